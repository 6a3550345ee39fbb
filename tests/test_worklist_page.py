"""The worklist without a browser: suggestions, decisions beside them, one press for many, saved views."""

import re
from datetime import date, timedelta

import pytest

from pages.components import decisions
from pipelines import publish
from tests.test_pages import NO_MODEL, opened, said
from tests.warehouse_fixture import publish_warehouse
from workflow import outcomes, segments, tasks
from workflow.outcomes import Outcome
from workflow.segments import Segment, View
from workflow.tasks import Task

OLD = (
    *(f"alter table customer_list drop column {name}" for name in (
        "action_title", "channel", "cost", "agent_minutes", "blocked_by", "deferred_until", "is_planned",
        "next_order_expected")),
    "drop table actions",
)  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A shop of one page, whose decisions a test may make."""
    publish_warehouse(tmp_path, customers=60)
    monkeypatch.setenv("STAMMKUNDE_HOME", str(tmp_path))
    return tmp_path


def suggested(home, count=1):
    """Customers with most expected net, with their actions."""
    with publish.open_current(home, "warehouse") as con:
        query = "select customer_id, action from customer_list where action is not null order by expected_net desc"
        return con.execute(query).fetchmany(count)


def press(app, label):
    """Click the button of a name, wherever it stands."""
    return next(button for button in app.button if button.label.startswith(label)).click().run()


def test_the_list_starts_with_what_earns_most(home, monkeypatch):
    app = opened("worklist", home, monkeypatch)
    table = app.dataframe[0].value
    with publish.open_current(home, "warehouse") as con:
        rows = con.execute(
            "select customer_id, action_title from customer_list where action is not null order by expected_net desc"
        ).fetchall()
    assert list(table["action"]) == [title for _, title in rows][:50]
    assert app.metric[0].value == str(len(rows))


def test_who_waits_is_told_the_rule_and_the_day(home, monkeypatch):
    app = opened("worklist", home, monkeypatch, show="All customers", held_out="true")
    told = [text for text in app.dataframe[0].value["action"] if "until" in text]
    assert told
    for text in told:
        assert re.fullmatch(r"Waits until \d+\u00a0Dec: (control group|had it lately)", text)


def test_a_press_for_all_of_a_filter_is_kept_and_taken_back(home, monkeypatch):
    app = opened("worklist", home, monkeypatch)
    everybody = int(app.metric[0].value)
    app.session_state["work_on"] = "all"
    press(app.run(), "Approve")
    kept = tasks.still_open(decisions.database())
    assert len(kept) == everybody
    assert {task.status for task in kept} == {"approved"}
    assert all(task.due_on == date.today() + timedelta(days=7) for task in kept)
    assert set(app.dataframe[0].value["status"]) == {"Approved"}
    press(app, "Undo")
    assert not tasks.still_open(decisions.database())
    assert app.dataframe[0].value["status"].isna().all()


def test_filters_by_decision_live_in_the_address(home, monkeypatch):
    (first, action), (second, other), (third, last) = suggested(home, 3)
    later = date.today() + timedelta(days=3)
    tasks.add(decisions.database(), [
        Task(first, action, owner="Anna"), Task(second, other, owner="Ben", status="approved"),
        Task(third, last, owner="Anna", snoozed_until=later),
    ], by="anna")  # fmt: skip
    everybody = int(opened("worklist", home, monkeypatch, snoozed="true").metric[0].value)
    assert int(opened("worklist", home, monkeypatch).metric[0].value) == everybody - 1
    assert opened("worklist", home, monkeypatch, owner="Anna").metric[0].value == "1"
    assert opened("worklist", home, monkeypatch, owner="Anna", snoozed="true").metric[0].value == "2"
    assert opened("worklist", home, monkeypatch, status="Snoozed").metric[0].value == "1"
    assert opened("worklist", home, monkeypatch, status="Approved").dataframe[0].value["owner"].tolist() == ["Ben"]
    assert int(opened("worklist", home, monkeypatch, owner="Nobody").metric[0].value) == everybody - 3
    empty = opened("worklist", home, monkeypatch, owner="Ben", status="Done")
    assert "Without the filters by owner, status and snooze" in said(empty)


def test_who_objected_since_the_scoring_is_not_to_be_contacted(home, monkeypatch):
    ((customer, _),) = suggested(home)
    outcomes.add(decisions.database(), [Outcome(customer, "do not contact")], by="anna")
    app = opened("worklist", home, monkeypatch)
    assert app.dataframe[0].value["action"].iloc[0] == "Not now: asked not to be contacted"
    app.session_state["work_on"] = "all"
    press(app.run(), "Approve")
    assert customer not in {task.customer_id for task in tasks.still_open(decisions.database())}


def test_a_view_and_a_segment_open_as_they_were_kept(home, monkeypatch):
    monkeypatch.setattr(decisions.getpass, "getuser", lambda: "anna")
    state = {"segment": ["Loyal", "no longer there"], "sort": "churn_risk", "show": "All customers"}
    segments.add(decisions.database(), View("anna", "worklist", "mine", state), by="anna")
    segments.add(decisions.database(), View("ben", "worklist", "his", {}), by="ben")
    segments.add(
        decisions.database(), Segment("lapsing", {"stages": ["at risk", "lapsed"], "min_value": 5.0}), by="ben"
    )
    app = opened("worklist", home, monkeypatch)
    assert app.selectbox(key="view_name").options == ["mine"]
    app.button(key="view_open").click().run()
    assert app.multiselect(key="segment").value == ["Loyal"]
    assert (app.session_state["sort"], app.session_state["show"]) == ("churn_risk", "All customers")
    app.button(key="segment_open").click().run()
    assert app.multiselect(key="segment").value == []
    assert app.multiselect(key="stage").value == ["at risk", "lapsed"]
    assert app.number_input(key="min_value").value == 5
    app.text_input(key="new_segment").set_value("again").run()
    app.button(key="segment_keep").click().run()
    (kept,) = [segment for segment in segments.listed(decisions.database()) if segment.name == "again"]
    assert kept.definition == {"stages": ["at risk", "lapsed"], "min_value": 5.0}
    app.text_input(key="segment_rename").set_value("mended").run()
    assert "mended" in {segment.name for segment in segments.listed(decisions.database())}


def test_a_view_of_another_time_opens_without_a_model(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=60, changes=NO_MODEL)
    monkeypatch.setenv("STAMMKUNDE_HOME", str(tmp_path))
    monkeypatch.setattr(decisions.getpass, "getuser", lambda: "anna")
    state = {"sort": "expected_net", "show": "In the plan"}
    segments.add(decisions.database(), View("anna", "worklist", "mine", state), by="anna")
    app = opened("worklist", tmp_path, monkeypatch)
    app.button(key="view_open").click().run()
    assert app.session_state["sort"] == "revenue_12m"
    assert "could not be drawn" not in said(app)


def test_a_list_of_an_older_version_still_opens_and_says_what_is_missing(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=60, changes=OLD)
    app = opened("worklist", tmp_path, monkeypatch)
    assert not app.exception
    assert "could not be drawn" not in said(app)
    assert "python -m pipelines score" in said(app)
    assert len(app.dataframe[0].value) > 20


def test_a_shop_without_consents_is_told_what_to_do(tmp_path, monkeypatch):
    changes = (
        "update customer_list set blocked_by = 'no consent', deferred_until = null where action is not null",
        "update customer_list set contactable_channels = null, action = null, expected_net = null, is_planned = false",
    )
    publish_warehouse(tmp_path, customers=60, changes=changes)
    app = opened("worklist", tmp_path, monkeypatch)
    assert "the data hold no consents" in said(app)
    assert "unknown_consent" in said(app)
    assert "Not now: no consent for it" in set(app.dataframe[0].value["action"])
    assert not [button for button in app.button if button.label == "Approve"]


def test_a_database_that_does_not_answer_leaves_the_list_whole(home, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", "mysql://host/name")
    app = opened("worklist", home, monkeypatch)
    assert len(app.dataframe[0].value) > 20
    assert "must be sqlite:" in said(app)
