"""How customers stand in the worklist by their tasks, and one press for many of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.campaign_cases import NOON, STOP, Clock, draft, people
from workflow import audit, case, open_database, outcomes, standing, tasks
from workflow.launch import launch
from workflow.outcomes import Outcome
from workflow.tasks import Task

TODAY, LATER = date(2026, 3, 2), date(2026, 3, 9)


@pytest.fixture
def database(workflow_url):
    opened = open_database(workflow_url)
    yield opened
    opened.close()


def seen(database, *customers):
    """The tasks of customers as a page shows them now."""
    found = standing.by_customer(tasks.of_customers(database, customers))
    return {customer: found.get(customer, []) for customer in customers}


def owners(database, *customers):
    found = {task.customer_id: task.owner for task in tasks.of_customers(database, customers)}
    return [found[customer] for customer in customers]


def test_open_tasks_stand_before_closed_and_the_suggested_before_others():
    closed, other, wanted = Task("A", "call", status="done"), Task("A", "letter"), Task("A", "call")
    assert standing.current([closed, other, wanted], "call") is wanted
    assert standing.current([closed, other], "call") is other
    assert standing.current([], "call") is None
    resting = replace(wanted, snoozed_until=LATER)
    assert [standing.state(task, TODAY) for task in (None, closed, other, resting)] == [
        "none",
        "done",
        "open",
        "snoozed",
    ]
    assert standing.state(resting, LATER) == "open"


def test_one_press_takes_up_the_new_and_changes_the_open(database):
    tasks.add(database, [Task("B", "letter"), Task("D", "call", status="done", run_id="run")], by="ben")
    wanted = [("A", "call"), ("B", "call"), ("C", None), ("D", "call")]
    step = standing.decide(database, wanted, {"owner": "anna"}, seen(database, "A", "B", "C", "D"),
                           {"due_on": LATER, "run_id": "run"}, by="anna")  # fmt: skip
    assert (step.customers, step.without_suggestion, step.finished) == (2, 1, 1)
    assert {(task.customer_id, task.action, task.owner) for task in tasks.still_open(database)} == {
        ("A", "call", "anna"), ("B", "letter", "anna"),
    }  # fmt: skip
    assert standing.chosen(database, ["anna"], [], TODAY).only == ("A", "B")
    assert standing.chosen(database, [standing.NOBODY], [], TODAY).without == ("A", "B")
    assert standing.chosen(database, [], ["done"], TODAY).only == ("D",)


def test_whoever_comes_second_is_told_and_overwrites_nothing(database):
    tasks.add(database, [Task("A", "call"), Task("B", "call")], by="anna")
    looked = seen(database, "A", "B", "C")
    standing.decide(database, [("A", "call"), ("C", "call")], {"owner": "ben"}, {}, {}, by="ben")
    step = standing.decide(
        database, [("A", "call"), ("B", "call"), ("C", "call")], {"owner": "anna"}, looked, {}, "anna"
    )
    assert owners(database, "A", "B", "C") == ["ben", "anna", "ben"]
    assert {customer: {change.who for change in told.changes} for customer, told in step.conflicts} == {
        "A": {"ben"}, "C": {"ben"},
    }  # fmt: skip
    # who was not looked at is changed as it stands
    standing.decide(database, [("A", "call")], {"owner": "anna"}, {}, {}, by="anna")
    assert owners(database, "A") == ["anna"]


def test_a_step_is_taken_back_except_where_others_went_on(database):
    tasks.add(database, [Task("A", "call", owner="ben"), Task("B", "call")], by="ben")
    wanted = [(customer, "call") for customer in "ABCD"]
    step = standing.decide(database, wanted, {"owner": "anna", "snoozed_until": LATER}, {}, {}, by="anna")
    (went_on,) = tasks.of_customer(database, "D")
    tasks.save(database, replace(went_on, status="approved"), by="ben")
    undone = standing.undo(database, step, by="anna")
    left = {task.customer_id: task.owner for task in tasks.of_customers(database, "ABCD")}
    assert left == {"A": "ben", "B": None, "D": "anna"}
    assert [customer for customer, _ in undone.conflicts] == ["D"]
    assert undone.customers == 3
    assert len(audit.history(database, "task", step.changed[0][0].task_id)) == 3


def test_what_was_taken_back_meanwhile_can_be_taken_up_again(database):
    step = standing.decide(database, [("A", "call")], {"owner": "anna"}, {}, {}, by="anna")
    looked = seen(database, "A")
    standing.undo(database, step, by="anna")
    standing.decide(database, [("A", "call")], {"owner": "ben"}, looked, {}, by="ben")
    assert owners(database, "A") == ["ben"]


def test_the_snoozed_rest_out_of_sight_until_their_day(database):
    tasks.add(database, [Task("A", "call", snoozed_until=LATER), Task("B", "call")], by="anna")
    assert standing.chosen(database, [], [], TODAY) == standing.Choice(None, ("A",))
    assert standing.chosen(database, [], [], LATER) == standing.Choice()
    assert standing.chosen(database, [], [], TODAY, hide_snoozed=False) == standing.Choice()
    assert standing.chosen(database, [], ["snoozed"], TODAY).only == ("A",)


def test_who_said_do_not_contact_is_taken_up_by_nobody(database):
    tasks.add(database, [Task("B", "call")], by="anna")
    outcomes.add(database, [Outcome("A", "do not contact"), Outcome("B", "do not contact")], by="anna")
    assert standing.stopped(database, ["A", "B", "C"]) == {"A": "objection", "B": "objection"}
    wanted = [(customer, "call") for customer in "ABC"]
    step = standing.decide(database, wanted, {"status": "approved"}, {}, {}, by="ben")
    assert (step.customers, step.stopped) == (1, 2)
    assert {task.customer_id: task.status for task in tasks.still_open(database)} == {"B": "open", "C": "approved"}


def test_a_control_group_is_free_from_the_day_after_the_stop_date_closed_or_not(workflow_url):
    clock = Clock()
    database = open_database(workflow_url, clock)
    try:
        launch(database, draft(database, control_share=0.5), people(20), "run", by="anna")
        ids = list(people(20)["customer_id"])
        found = {}
        for days in (0, 1):
            clock.now = datetime.combine(STOP, NOON.time()) + timedelta(days=days)
            found[days] = len(standing.arms(database, ids)), len(standing.stopped(database, ids))
            assert all(case.about(database, one).arm == standing.arms(database, ids).get(one) for one in ids[:3])
        assert found[0][0] == 20 and 0 < found[0][1] < 20
        assert found[1] == (0, 0)
    finally:
        database.close()
