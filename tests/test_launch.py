"""A launch draws arms that nobody can steer, writes everything or nothing, and refuses who must not be contacted."""

import multiprocessing
import time
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import func, select

from models.assignment import is_control
from tests.campaign_cases import ANSWERED, NOON, arms, draft, everything, held_out, people
from workflow import EditConflictError, WorkflowError, audit, campaigns, contacts, open_database, outcomes, tasks
from workflow.contacts import Contact
from workflow.launch import Terms, fingerprint_of, launch, leave_out
from workflow.outcomes import Outcome
from workflow.schema import audit_trail, campaign_assignments, campaign_members
from workflow.tasks import Task


def test_a_launch_writes_members_tasks_and_the_contact_log_of_both_arms(database):
    terms = Terms(due_on=date(2026, 3, 20), owner="ben")
    launched = launch(database, draft(database), people(400), "run-7", by="anna", terms=terms)
    found = arms(database, launched)
    treated = {customer for customer, arm in found.items() if arm == "treated"}
    assert set(found) == set(people(400)["customer_id"])
    assert (launched.status, launched.run_id, launched.launched_at) == ("running", "run-7", NOON)
    made = tasks.still_open(database)
    assert {task.customer_id for task in made} == treated
    assert {(task.action, task.owner, task.due_on, task.run_id, task.campaign_id, task.version) for task in made} == {
        ("call", "ben", date(2026, 3, 20), "run-7", launched.campaign_id, 1)
    }
    log = contacts.between(database, NOON, NOON + timedelta(days=1))
    assert {contact.customer_id: contact.arm for contact in log} == found
    assert {contact.task_id for contact in log} == {task.task_id for task in made} | {None}
    assert {(contact.arm, contact.cost) for contact in log} == {("treated", 4.8), ("control", 0.0)}
    assert {(c.channel, c.campaign_id, c.run_id) for c in log} == {("phone", launched.campaign_id, "run-7")}
    assert held_out(database) == set(found) - treated


def test_arms_are_the_keyed_hash_of_a_secret_that_is_new_for_each_launch(database):
    first = launch(database, draft(database), people(600), "run", by="anna")
    second = launch(database, draft(database, "Summer"), people(600, 600), "run", by="anna")
    with database.read() as connection:
        kept = connection.execute(select(campaign_assignments.c.campaign_id, campaign_assignments.c.secret))
        secrets = dict(map(tuple, kept))
    assert len(set(secrets.values())) == 2
    for launched in (first, second):
        found = arms(database, launched)
        key = f"{launched.campaign_id}:{secrets[launched.campaign_id]}"
        drawn = is_control(list(found), key, 0.2)
        assert [arm == "control" for arm in found.values()] == list(drawn)
        assert 80 < drawn.sum() < 165  # 120 expected, four standard deviations
    assert fingerprint_of(database, first.campaign_id) != fingerprint_of(database, second.campaign_id)


def test_the_secret_stands_in_no_record_and_no_line_of_audit(database):
    launched = launch(database, draft(database), people(5), "run", by="anna")
    with database.read() as connection:
        (secret,) = connection.execute(select(campaign_assignments.c.secret)).scalars().all()
    assert len(secret) == 64
    rest = {name: rows for name, rows in everything(database).items() if name != "campaign_assignments"}
    assert secret not in str(rest) + str(launched) + str(campaigns.listed(database))


def test_a_launch_is_two_lines_of_audit_however_many_members(database):
    launched = launch(database, draft(database), people(300), "run", by="ben")
    counted, changed, added = audit.latest(database)
    held = len(held_out(database))
    assert (counted.what, counted.who, counted.record_id) == ("members assigned", "ben", launched.campaign_id)
    assert counted.after == {"treated": 300 - held, "control": held}
    assert (changed.what, added.what) == ("campaign changed", "campaign added")
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(audit_trail)).scalar_one() == 3


def test_a_small_audience_still_has_both_arms(database):
    for number in range(8):
        campaign = draft(database, f"tiny {number}", control_share=0.01)
        launched = launch(database, campaign, people(2, 2 * number), "run", by="anna")
        assert sorted(arms(database, launched).values()) == ["control", "treated"]


@pytest.mark.parametrize(
    ("fields", "audience", "terms", "missing"),
    [
        ({"brief": ANSWERED | {"bond": " ", "how": ""}}, people(3), Terms(), "bond, how missing"),
        ({"stop_on": None}, people(3), Terms(), "stop_on missing"),
        ({"stop_on": NOON.date()}, people(3), Terms(), "stop date 2026-03-02 is not after today"),
        ({}, people(0), Terms(), "members missing"),
        ({}, people(1), Terms(), "nobody can be held out"),
        ({}, pd.concat([people(2), people(1)]), Terms(), "1 customers stand in the audience twice"),
        ({}, people(3).assign(action=["call", None, ""]), Terms(), "no number or no action"),
        ({}, people(3).drop(columns="action"), Terms(), "no column action"),
        ({"control_share": 0.0}, people(3), Terms(), "say that this campaign measures nothing"),
        ({}, people(3), Terms(measures_nothing=True), "holds nobody out"),
    ],
)
def test_nothing_is_launched_half_ready(database, fields, audience, terms, missing):
    campaign = draft(database)
    before = everything(database)
    with pytest.raises(WorkflowError, match=missing):
        launch(database, replace(campaign, **fields), audience, "run", "anna", terms)
    assert everything(database) == before


def test_who_measures_nothing_says_so(database):
    campaign = draft(database, control_share=0.0)
    launched = launch(database, campaign, people(30), "run", "anna", Terms(measures_nothing=True))
    assert set(arms(database, launched).values()) == {"treated"}


def test_who_must_not_be_contacted_is_refused_and_can_be_left_out(database):
    first = launch(database, draft(database, control_share=0.5), people(20), "run", by="anna")
    held = [customer for customer, arm in arms(database, first).items() if arm == "control"]
    outcomes.add(database, [Outcome("C00020", "do not contact")], by="anna")
    tasks.add(database, [Task("C00021", "call")], by="anna")
    contacts.add(database, [Contact("C00022", "mail", contacted_at=NOON)], by="anna")
    campaign = draft(database, "Summer")
    before = everything(database)
    with pytest.raises(WorkflowError) as told:
        launch(database, campaign, people(30), "run", by="ben")
    assert f"{len(held)} held out by another running campaign, 1 asked not to be contacted" in str(told.value)
    assert f"{21 - len(held)} already have an open task" in str(told.value)
    assert everything(database) == before
    kept, left = leave_out(database, people(30), since=NOON)
    assert list(kept["customer_id"]) == [f"C{number:05}" for number in range(23, 30)]
    assert sum(left.values()) == 23
    assert left["were contacted since the last scoring"] == 1
    launch(database, campaign, kept, "run", by="ben")


def test_of_two_who_launch_the_same_draft_one_does(database):
    campaign = draft(database)
    launched = launch(database, campaign, people(10), "run", by="anna")
    members = campaigns.members(database, campaign.campaign_id)
    with pytest.raises(EditConflictError, match="anna changed status from draft to running"):
        launch(database, campaign, people(10, 50), "run", by="ben")
    with pytest.raises(WorkflowError, match="is running: only a draft is launched"):
        launch(database, launched, people(10, 50), "run", by="ben")
    assert campaigns.members(database, campaign.campaign_id) == members


def launch_at_once(url: str, name: str, gate) -> None:
    opened = open_database(url, lambda: NOON)
    campaign = draft(opened, name, control_share=0.5)
    gate.wait()
    try:
        launch(opened, campaign, people(200).assign(action=name), "run", by=name)
    except WorkflowError as error:
        assert "held out by another running campaign" in str(error)
    opened.close()


def test_launches_at_the_same_moment_never_share_a_held_out_customer(workflow_url):
    open_database(workflow_url).close()
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(3)
    writers = [context.Process(target=launch_at_once, args=(workflow_url, name, gate)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    opened = open_database(workflow_url)
    assert sorted(one.status for one in campaigns.listed(opened)) == ["draft", "draft", "running"]
    with opened.read() as connection:
        assert connection.execute(select(func.count()).select_from(campaign_members)).scalar_one() == 200
    opened.close()


def test_a_large_launch_takes_seconds(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'workflow.db'}", lambda: NOON)
    campaign = draft(opened)
    start = time.process_time()
    launched = launch(opened, campaign, people(10_000), "run", by="anna")
    assert time.process_time() - start < 3  # hence a hundred thousand in half a minute
    counts = campaigns.tally(opened, launched.campaign_id).arms
    assert sum(counts.values()) == 10_000
    assert counts["control"] / 10_000 == pytest.approx(0.2, abs=0.02)
    opened.close()
