"""The door from pages to what people decided: one database, who decides, and refusals in people's words."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import decision_words, decisions
from tests.test_pages import said
from tests.warehouse_fixture import publish_warehouse
from workflow import WorkflowError, tasks
from workflow.errors import EditConflictError
from workflow.tasks import Task


@pytest.fixture
def home(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=60)
    monkeypatch.setenv("STAMMKUNDE_HOME", str(tmp_path))
    return tmp_path


def test_the_database_is_made_under_home_and_opened_once(home):
    assert decisions.database() is decisions.database()
    assert (home / "workflow.db").exists()
    tasks.add(decisions.database(), [Task("C0000016", "call")], by="anna")
    assert [task.action for task in decisions.tasks_of(["C0000016", "C0000018"])] == ["call"]


def test_whoever_decides_is_the_account_until_a_name_is_given(home, monkeypatch):
    monkeypatch.setattr(decisions.getpass, "getuser", lambda: "shop")

    def script():
        from pages.components import deciding, decisions

        deciding.name_tag()
        decisions.st.title(decisions.person())

    app = AppTest.from_function(script).run()
    assert app.text_input(key="given_name").value == app.title[0].value == "shop"
    app.text_input(key="given_name").set_value(" Anna ").run()
    assert app.title[0].value == "Anna"
    app.text_input(key="given_name").set_value("").run()
    assert app.title[0].value == "shop"


def test_where_people_sign_in_their_address_decides_and_nobody_else(home, monkeypatch):
    monkeypatch.setattr(decisions.st, "user", {"is_logged_in": True, "email": "anna@example.org"})
    assert decisions.person() == "anna@example.org"
    monkeypatch.setattr(decisions.st, "user", {"is_logged_in": False})
    assert decisions.person() == ""
    assert decisions.decide([("C0000016", "call")], {"owner": "anna"}, {}, {}) is None
    assert decisions.tasks_of(["C0000016"]) == []


def test_a_database_that_does_not_answer_leaves_the_page_whole(home, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", "mysql://anna:geheim@host/name")

    def script():
        from pages.components import deciding, decisions

        decisions.tasks_of(["C0000016"])
        deciding.notices()

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert "must be sqlite:" in said(app)
    assert "geheim" not in said(app)
    app.button(key="dismiss").click()
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", "")
    assert "must be" not in said(app.run())


def test_an_edit_that_came_second_is_told_in_words(home):
    database = decisions.database()
    (task,) = tasks.add(database, [Task("C0000016", "call")], by="anna")
    tasks.save(database, tasks.replace(task, owner="ben", status="approved"), by="ben")
    with pytest.raises(EditConflictError) as told:
        tasks.save(database, tasks.replace(task, owner="anna"), by="anna")
    sentence = decision_words.refusal(told.value)
    assert "ben changed the owner from nothing to ben and the status from “open” to “approved” on" in sentence
    assert decision_words.refusal(WorkflowError("It rests.")) == "It rests."
