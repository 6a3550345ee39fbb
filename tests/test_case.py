"""One customer's case: what came of a contact is logged whole or not at all, once, with who did it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from workflow import WorkflowError, case, contacts, open_database, outcomes, tasks
from workflow.case import Answer
from workflow.contacts import Contact
from workflow.errors import EditConflictError
from workflow.schema import RESULTS, campaign_members, campaigns
from workflow.tasks import Task

BY = "Ana"


@pytest.fixture
def database(workflow_url):
    opened = open_database(workflow_url)
    yield opened
    opened.close()


@pytest.fixture
def task(database):
    """An open task of a customer."""
    return tasks.add(database, [Task("c1", "call", owner="Ben")], "Ben")[0]


def test_an_answer_to_a_task_logs_its_contact_closes_it_and_says_who(database, task):
    logged = case.log(database, Answer("c1", "accepted", "gladly", task, channel="phone", cost=6.0), BY)
    found = case.about(database, "c1")
    (contact,) = found.contacts
    assert [one.result for one in found.outcomes] == ["accepted"]
    assert (contact.action, contact.channel, contact.cost, contact.task_id) == ("call", "phone", 6.0, task.task_id)
    assert contact.responded_at is not None
    assert (logged.contact_id, logged.task_id) == (contact.contact_id, task.task_id)
    assert [one.status for one in found.tasks] == ["done"]
    assert not found.open_tasks
    assert {found.who[record] for record in (logged.outcome_id, contact.contact_id, task.task_id)} == {BY}


def test_whoever_is_second_is_told_and_nothing_is_written(database, task):
    tasks.save(database, replace(task, owner="Cem"), "Cem")
    with pytest.raises(EditConflictError) as told:
        case.log(database, Answer("c1", "refused", task=task), BY)
    assert [(change.field, change.after, change.who) for change in told.value.changes] == [("owner", "Cem", "Cem")]
    found = case.about(database, "c1")
    assert (found.outcomes, found.contacts) == ([], [])
    assert [(one.status, one.owner) for one in found.tasks] == [("open", "Cem")]


def test_a_contact_that_was_logged_is_not_logged_again(database, task):
    """A campaign writes its contacts at launch; answers belong to them."""
    contacts.add(database, [Contact("c1", "call", channel="phone", task_id=task.task_id)], "launch")
    case.log(database, Answer("c1", "reached", task=task, closes=False), BY)
    case.log(database, Answer("c1", "accepted", task=case.about(database, "c1").tasks[0]), BY)
    found = case.about(database, "c1")
    assert len(found.contacts) == 1
    assert found.contacts[0].responded_at is not None
    assert {one.contact_id for one in found.outcomes} == {found.contacts[0].contact_id}


@pytest.mark.parametrize("result", RESULTS)
def test_a_contact_is_made_unless_nobody_was_reached(database, task, result):
    case.log(database, Answer("c1", result, task=task, closes=False), BY)
    found = case.about(database, "c1")
    assert len(found.contacts) == (result != "not reached")
    assert len(found.open_tasks) == 1
    assert found.objects == (result == "do not contact")


def test_an_answer_without_task_and_action_logs_no_contact(database):
    case.log(database, Answer("c1", "do not contact", "called us"), BY)
    found = case.about(database, "c1")
    assert (len(found.outcomes), found.contacts, found.objects) == (1, [], True)
    assert case.about(database, "c2") == case.Case()


def test_a_corrected_objection_is_none_any_more(database):
    logged = case.log(database, Answer("c1", "do not contact"), BY)
    outcomes.save(database, replace(logged, result="refused"), "Cem")
    found = case.about(database, "c1")
    assert not found.objects
    assert found.who[logged.outcome_id] == "Cem"


@pytest.mark.parametrize(("days", "arm"), [(1, "control"), (0, "control"), (-1, None)])
def test_whoever_is_held_out_is_so_through_the_stop_date(database, days, arm):
    now = database.clock()
    with database.write(BY) as change:
        change.connection.execute(
            insert(campaigns).values(
                campaign_id="k", name="Spring", status="running", brief={}, audience={}, control_share=0.2,
                stop_on=now.date() + timedelta(days=days), created_at=now, launched_at=now, version=1,
            )
        )  # fmt: skip
        change.connection.execute(
            insert(campaign_members).values(campaign_id="k", customer_id="c1", arm="control", assigned_at=now)
        )
    assert case.about(database, "c1").arm == arm
    assert case.about(database, "c2").arm is None


def test_nobody_logs_without_a_name_or_with_a_word_that_no_report_counts(database):
    with pytest.raises(WorkflowError):
        case.log(database, Answer("c1", "reached"), " ")
    with pytest.raises(WorkflowError, match="must be one of"):
        case.log(database, Answer("c1", "perhaps"), BY)
    assert case.about(database, "c1") == case.Case()
