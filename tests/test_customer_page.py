"""The customer page without a browser: what it suggests, why a risk changed, what if, and logging what came of it."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.change import rescored
from pages.components import customer_changes, customer_words
from pipelines import publish, queries
from pipelines.queries import customer_inputs
from pipelines.what_if import answer, bundle_of
from tests.test_pages import opened, said
from tests.warehouse_fixture import publish_warehouse
from workflow import case, open_database, tasks
from workflow.case import Answer
from workflow.tasks import Task

SECTION = {"contacts": "Contacts and answers", "change": "Why the risk changed", "what if": "What if",
           "offers": "Rules and offers", "reasons": "What the risk is made of"}  # fmt: skip


@pytest.fixture
def url(tmp_path, monkeypatch):
    """A workflow database of its own: the shared home stays as it is."""
    url = f"sqlite:///{tmp_path / 'workflow.db'}"
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", url)
    return url


@pytest.fixture
def database(url):
    database = open_database(url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def offered(shared_home) -> dict:
    """A customer to whom an action that keeps people is suggested, and who may get others."""
    with publish.open_current(shared_home, "warehouse") as con:
        rows = con.execute(
            "select list.customer_id, list.action, list.churn_risk from customer_list as list"
            " inner join customer_actions as offers using (customer_id, action)"
            " where offers.break_even_risk is not null and offers.blocked_by is null and not list.is_held_out"
            " and (select count(*) from customer_actions as other where other.customer_id = list.customer_id) > 3"
            " order by list.expected_net desc limit 1"
        ).fetchall()
    return dict(zip(("customer_id", "action", "churn_risk"), rows[0], strict=True))


def page(home: Path, monkeypatch, customer_id: str, section: str = ""):
    address = {"section": SECTION[section]} if section else {}
    return opened("customer", home, monkeypatch, customer_id=customer_id, **address)


def text(app) -> str:
    """What is read, tables included."""
    cells = [str(cell) for table in app.table for cell in table.value.reset_index().to_numpy().ravel()]
    return "\n".join([said(app), *cells]).replace("\u00a0", " ").replace("\\", "")


def test_the_first_screen_says_what_to_do_from_which_risk_on_and_what_else(shared_home, offered, url, monkeypatch):
    app = page(shared_home, monkeypatch, offered["customer_id"])
    told = text(app)
    with publish.open_current(shared_home, "warehouse") as con:
        offers = queries.customer_offers(con.cursor(), offered["customer_id"]).set_index("action")
    best = offers.loc[offered["action"]]
    assert re.search(r"risk in the next 90 days \(acting pays from (< )?\d+ %\)", told)
    assert f": {best['title']}, by " in told
    assert "Expected to earn €" in told
    shown = app.table[-1].value.reset_index()
    assert len(shown) == 3
    assert shown["Action"].iloc[0].replace("*", "") == best["title"]
    assert all(re.search(r"badge\[(assumed|modelled|measured)\]", cell) for cell in shown["Keeps or wins"])
    assert best["break_even_risk"] < offered["churn_risk"]


def test_every_section_is_in_the_address_and_draws(shared_home, offered, url, monkeypatch):
    for section in SECTION:
        app = page(shared_home, monkeypatch, offered["customer_id"], section)
        assert not app.exception
        assert "could not be drawn" not in said(app)
        assert app.segmented_control(key="section").value == section
        assert not re.search(r"\b(nan|NaT|None %|churn_risk|blocked_by)\b", text(app)), section


def test_rules_are_told_in_words_with_the_day_they_end(shared_home, url, monkeypatch):
    with publish.open_current(shared_home, "warehouse") as con:
        rows = con.execute(
            "select customer_id, blocked_by, deferred_until from customer_actions"
            " qualify row_number() over (partition by blocked_by order by customer_id) = 1 and blocked_by is not null"
        ).fetchall()
    assert len(rows) >= 3
    for customer, rule, until in rows[:3]:
        told = text(page(shared_home, monkeypatch, customer, "offers"))
        assert customer_words.RULES[rule] in told
        assert until is None or f"from {until.day} {until:%b %Y}" in told


def log(app, result: str, about: str | None = None, note: str = ""):
    """Fill the form and press its button."""
    app.button_group(key="said_result").set_value(result)
    if about:
        select = app.selectbox(key="said_about")
        select.set_value(next(option for option in select.options if about in option))
    app.text_input(key="said_note").set_value(note)
    return next(button for button in app.button if button.label == "Log it").click().run()


def test_what_came_of_it_is_logged_and_shown_with_who_said_so(shared_home, offered, database, monkeypatch):
    app = page(shared_home, monkeypatch, offered["customer_id"], "contacts")
    app.session_state["person"] = "Ana"
    log(app, "refused", about="No particular action", note="has moved *away*")
    assert not app.exception
    (outcome,) = case.about(database, offered["customer_id"]).outcomes
    assert (outcome.result, outcome.note) == ("refused", "has moved *away*")
    told = text(app)
    assert "Refused" in told
    assert "Ana" in told
    assert "has moved *away*" in told
    again = text(page(shared_home, monkeypatch, offered["customer_id"], "contacts"))
    assert "Ana" in again
    assert "contacted here since" not in again  # of no particular action: that was no contact of ours


def test_nothing_is_logged_without_an_outcome(shared_home, offered, database, monkeypatch):
    app = page(shared_home, monkeypatch, offered["customer_id"], "contacts")
    next(button for button in app.button if button.label == "Log it").click().run()
    assert [toast.value for toast in app.toast] == ["Choose an outcome first."]
    assert case.about(database, offered["customer_id"]).outcomes == []


def test_the_second_of_two_people_is_told_what_the_first_changed(shared_home, offered, database, monkeypatch):
    (task,) = tasks.add(database, [Task(offered["customer_id"], offered["action"], owner="Ben")], "Ben")
    app = page(shared_home, monkeypatch, offered["customer_id"], "contacts")
    tasks.save(database, replace(task, owner="Cem"), "Cem")
    log(app, "reached", about="Task")
    assert "Somebody was faster. Cem changed the owner from Ben to Cem" in text(app)
    found = case.about(database, offered["customer_id"])
    assert (found.outcomes, [one.status for one in found.tasks]) == ([], ["open"])
    log(app, "reached", about="Task")  # the page has read the task anew
    assert [one.status for one in case.about(database, offered["customer_id"]).tasks] == ["done"]
    assert "contacted here since" in text(app)


def test_a_suggestion_is_taken_up_once_and_then_named(shared_home, offered, database, monkeypatch):
    app = page(shared_home, monkeypatch, offered["customer_id"])
    app.session_state["person"] = "Ana"
    app.button(key="take_up").click().run()
    (task,) = case.about(database, offered["customer_id"]).open_tasks
    assert (task.action, task.owner) == (offered["action"], "Ana")
    assert "Taken up by Ana" in text(app)
    assert "take_up" not in [button.key for button in app.button]
    answers = page(shared_home, monkeypatch, offered["customer_id"], "contacts")
    told = answers.selectbox(key="said_about").options
    assert sum(option.endswith(told[0].removeprefix("Task: ")) for option in told) == 1


def test_who_objects_is_offered_nothing_from_that_moment_on(shared_home, offered, database, monkeypatch):
    case.log(database, Answer(offered["customer_id"], "do not contact"), "Ana")
    told = text(page(shared_home, monkeypatch, offered["customer_id"]))
    assert "Suggested: leave alone" in told
    assert "Asked here not to be contacted any more" in told
    assert "acting pays" not in told


def test_a_correction_is_kept_and_the_second_one_is_told(shared_home, offered, database, monkeypatch):
    logged = case.log(database, Answer(offered["customer_id"], "reached"), "Ana")
    first, second = (page(shared_home, monkeypatch, offered["customer_id"], "contacts") for _ in range(2))
    for app, result in ((first, "refused"), (second, "accepted")):
        app.selectbox(key="right_result").set_value(result)
        next(button for button in app.button if button.label == "Correct it").click().run()
    assert case.about(database, offered["customer_id"]).outcomes[0].result == "refused"
    assert "changed the outcome from" in text(second)
    assert logged.version == 1


def test_moving_an_input_moves_the_risk_as_the_model_says(shared_home, offered, url, monkeypatch):
    app = page(shared_home, monkeypatch, offered["customer_id"], "what if")
    assert f"The risk is {round(offered['churn_risk'] * 100)} %" in text(app)
    with publish.open_current(shared_home, "warehouse") as con, publish.open_current(shared_home, "features") as store:
        model, as_of = bundle_of(con), con.execute("select as_of_date from run_info").fetchall()[0][0]
        row = customer_inputs(store, offered["customer_id"], as_of)
        inputs = queries.what_if_inputs(con.cursor()).set_index("feature")
        other = queries.find_customers(con.cursor(), "C0")["customer_id"].drop_duplicates()
    known = inputs[[bool(row[name].notna().all()) for name in inputs.index]]
    assert rescored(model.churn, row)[0][0] == pytest.approx(offered["churn_risk"], abs=1e-12)
    moves = {name: answer(model, row, {name: float(ends.high)}).after for name, ends in known.iterrows()}
    name = max(moves, key=lambda name: abs(moves[name] - offered["churn_risk"]) * (known.loc[name, "unit"] != "money"))
    app.multiselect(key="change").set_value([name]).run()
    slider = app.slider(key=f"if_{name}")
    slider.set_value(slider.max if slider.value != slider.max else slider.min).run()
    scale = 100 if known.loc[name, "unit"] == "share" else 1
    expected = answer(model, row, {name: app.slider(key=f"if_{name}").value / scale})
    assert expected.before == pytest.approx(offered["churn_risk"], abs=1e-12)
    told = text(app)
    assert f"{customer_words.what_if_title(expected.before, expected.after)}".replace("\u00a0", " ") in told
    assert "not proven" in told
    address = {
        "section": "What if",
        "change": known.loc[name, "label"],
        f"if_{name}": str(app.slider(key=f"if_{name}").value),
    }
    assert "The risk would" in told
    next_one = next(name for name in other if name != offered["customer_id"])
    app.text_input(key="customer_id").set_value(next_one).run()  # what was tried on one says nothing of the next
    assert "The risk would" not in text(app)
    assert re.search(r"The risk is \d+ %", text(app))
    shared = opened("customer", shared_home, monkeypatch, customer_id=offered["customer_id"], **address)
    assert customer_words.what_if_title(expected.before, expected.after).replace("\u00a0", " ") in text(shared)


def test_a_solved_ticket_takes_its_age_with_it(shared_home):
    with publish.open_current(shared_home, "warehouse") as con, publish.open_current(shared_home, "features") as store:
        model, as_of = bundle_of(con), con.execute("select as_of_date from run_info").fetchall()[0][0]
        (customer,) = store.execute(
            "select customer_id from customer_features where as_of_date = ? and open_tickets > 0 limit 1", [as_of]
        ).fetchall()[0]
        row = customer_inputs(store, customer, as_of)
    solved = {"open_tickets": 0.0, "open_ticket_days": None, "unanswered_days": None, "unsolved_since_order": 0.0}
    assert answer(model, row, {"open_tickets": 0.0}).after == answer(model, row, solved).after
    assert answer(model, row, {}).after == answer(model, row, {}).before


def test_touchpoints_stand_on_the_time_axis_once_a_day_and_kind(shared_home):
    with publish.open_current(shared_home, "warehouse") as con, publish.open_current(shared_home, "source") as source:
        told = con.execute(
            "select customer_id, occurred_at, detail from customer_events where kind = 'touchpoint'"
        ).df()
        as_of = con.execute("select as_of_date from run_info").fetchall()[0][0]
        known = source.execute(
            "select distinct customer_id, occurred_at::date, kind from touchpoints"
            " where kind != 'email_sent' and occurred_at < ?",
            [as_of],
        ).fetchall()
    assert len(told) == len(known) > 1_000
    assert "email_sent" not in set(told["detail"])


CHANGE = {"previous_as_of": date(2026, 10, 24), "previous_risk": 0.40, "risk": 0.26, "time_part": 0.05,
          "behaviour_part": -0.20, "model_part": 0.01, "told_now": "ordered 6 days ago",
          "told_else": "ordered 34 days ago"}  # fmt: skip
INFO = {"previous_as_of": date(2026, 10, 24), "previous_version": "2", "as_of": date(2026, 11, 21), "version": "3",
        "note": None}  # fmt: skip


def test_the_steps_lead_from_the_risk_then_to_the_risk_now():
    frame = customer_changes.steps(CHANGE)
    assert frame["To"].iloc[-1] == pytest.approx(CHANGE["risk"])
    assert frame["From"].iloc[1:4].tolist() == frame["To"].iloc[0:3].tolist()
    assert frame["Shown as"].iloc[2].replace("\u00a0", " ") == "▼ 20 points"


def test_the_parts_of_a_change_are_told_in_words():
    lines = [told.replace("\u00a0", " ") for _, told in customer_words.change_lines(CHANGE, {"order": 2}, INFO)]
    assert lines[0] == "28 days passed. Had nothing happened in them, the risk would be 45 %."
    assert lines[1] == "What happened since: 2 orders. Most of it: ordered 6 days ago (else: ordered 34 days ago)."
    assert lines[2] == "Model version 3 judges now; version 2 did then."
    same = customer_words.change_lines(
        CHANGE | {"told_now": None}, {}, INFO | {"version": "2", "as_of": date(2026, 10, 24)}
    )
    assert [told.split(".")[0] for _, told in same] == [
        "No time has passed: both runs are of the same day",
        "Nothing happened since that the data know of",
        "The model is the same, version 2",
    ]  # fmt: skip


PUBLISHED = (
    "create table risk_changes as select customer_id, date '2026-10-24' as previous_as_of, churn_risk - 0.01 as"
    " previous_risk, 0.03::double as time_part, -0.02::double as behaviour_part, 0::double as model_part,"
    " churn_risk as risk, 'x' as feature,"
    " 'ordered 6 days ago' as told_now, 'ordered 34 days ago' as told_else from customer_list where is_scored"
    " and customer_id != 'C0000018'",
    "create table risk_change_info as select 'run' as previous_run_id, date '2026-10-24' as previous_as_of,"
    " '3' as previous_version, 10 as compared, null::varchar as note, '' as definition, '' as computation",
)


def test_a_published_change_is_told_and_who_is_new_is_said_to_be(tmp_path, url, monkeypatch):
    publish_warehouse(tmp_path, customers=60, changes=PUBLISHED)
    told = text(page(tmp_path, monkeypatch, "C0000016", "change"))
    assert "Time passed: ▲ 3 points" in told
    assert "What happened: ▼ 2 points" in told
    assert "The model: ± 0 points" in told
    assert "New on the list: not scored in the last run" in text(page(tmp_path, monkeypatch, "C0000018", "change"))


def test_a_customer_who_never_ordered_has_a_page(tmp_path, url, monkeypatch):
    never = (
        "update customer_list set orders = 0, order_days = 0, first_ordered_at = null, last_ordered_at = null,"
        " days_since_last_order = null, typical_gap_days = null, days_overdue = null, name = null"
        " where customer_id = 'C0000016'",
        "delete from customer_events where customer_id = 'C0000016'",
    )
    publish_warehouse(tmp_path, customers=60, changes=(*PUBLISHED, *never))
    for section in ("", *SECTION):
        app = page(tmp_path, monkeypatch, "C0000016", section)
        assert not app.exception
        told = text(app)
        assert "Never ordered." in told
        assert "could not be drawn" not in told
        assert not re.search(r"\b(nan|NaT|None)\b", said(app).replace("None None", ""))


def test_what_an_older_publication_lacks_is_named_with_the_command(tmp_path, url, monkeypatch):
    publish_warehouse(tmp_path, customers=60)
    for section in ("change", "what if", "offers"):
        app = page(tmp_path, monkeypatch, "C0000016", section)
        assert not app.exception
        assert "python -m pipelines score" in text(app), section


def test_a_change_that_cannot_be_divided_is_told_with_its_reason(tmp_path, url, monkeypatch):
    lost = "update risk_changes set time_part = null, behaviour_part = null, model_part = null"
    why = "update risk_change_info set note = 'Model version 2 of the last run cannot be read any more.'"
    publish_warehouse(tmp_path, customers=60, changes=(*PUBLISHED, lost, why))
    told = text(page(tmp_path, monkeypatch, "C0000016", "change"))
    assert "cannot be read any more" in told
    assert re.search(r"The risk (rose|stayed|fell)", told)
    assert "Time passed" not in told
