"""The workflow database: the same promises on SQLite and on PostgreSQL."""

import dataclasses
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.campaign_cases import objecting
from workflow import (
    EditConflictError,
    WorkflowError,
    audit,
    campaigns,
    contacts,
    open_database,
    outcomes,
    segments,
    settings_history,
    tasks,
)
from workflow.campaigns import Brief, Campaign
from workflow.contacts import Contact
from workflow.errors import AlreadyThereError, DatabaseUnreachableError, NotFoundError
from workflow.outcomes import Outcome
from workflow.schema import metadata
from workflow.segments import Segment, View
from workflow.tasks import Task

PAGE = Path(__file__).parent.parent / "docs/workflow.md"
NOON = datetime(2026, 3, 2, 12)
ANSWERED = dataclasses.asdict(Brief("economic", "at risk", "letter", "voucher", "once, in March", "sales"))


class Clock:
    """A clock that moves one minute with each look at it."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def database(workflow_url):
    opened = open_database(workflow_url, Clock())
    yield opened
    opened.close()


def draft(database, name="Spring", **fields):
    return campaigns.add(
        database, Campaign(name, ANSWERED, {"segment": "x"}, 0.5, date(2026, 6, 1), **fields), by="anna"
    )


def test_records_come_back_as_they_went_in(database):
    campaign = draft(database)
    (task,) = tasks.add(database, [Task("Ä'1", "call", "ben", due_on=date(2026, 3, 9), note="„x“\n%")], by="anna")
    contact = Contact("Ä'1", "call", "control", "phone", 1.25, NOON, None, "run", task.task_id, campaign.campaign_id)
    contacts.add(database, [contact], by="anna")
    outcome = Outcome("Ä'1", "accepted", "glad", task.task_id, contact.contact_id)
    (outcome,) = outcomes.add(database, [outcome], by="anna")
    segment = segments.add(database, Segment("big", {"min": 3, "stage": ["lapsed"]}), by="anna")
    view = segments.add(database, View("anna", "worklist", "mine", {"sort": "risk"}), by="anna")
    assert tasks.get(database, task.task_id) == task == tasks.of_customer(database, "Ä'1")[0]
    assert contacts.of_customer(database, "Ä'1") == [contact]
    assert outcomes.of_customer(database, "Ä'1") == [outcome]
    assert campaigns.listed(database) == [campaign]
    assert segments.listed(database) == [segment]
    assert segments.views_of(database, "anna", "worklist") == [view]


def test_who_edits_second_is_told_what_changed_and_nothing_is_overwritten(database):
    (seen,) = tasks.add(database, [Task("c1", "call", note="old")], by="anna")
    tasks.save(database, replace(seen, owner="ben"), by="ben")
    latest = tasks.save(database, replace(tasks.get(database, seen.task_id), note="new"), by="cleo")
    with pytest.raises(EditConflictError) as told:
        tasks.save(database, replace(seen, owner="dora"), by="dora")
    changes = [(change.field, change.before, change.after, change.who) for change in told.value.changes]
    assert changes == [("owner", None, "ben", "ben"), ("note", "old", "new", "cleo")]
    assert [change.at for change in told.value.changes] == [NOON + timedelta(minutes=2), NOON + timedelta(minutes=3)]
    assert "ben changed owner from nothing to ben on 02 Mar 2026 12:02 UTC" in str(told.value)
    assert tasks.get(database, seen.task_id) == latest
    assert [entry.who for entry in audit.history(database, "task", seen.task_id)] == ["anna", "ben", "cleo"]


def test_a_bulk_save_keeps_what_it_can_and_tells_the_rest(database):
    seen = tasks.add(database, [Task(f"c{i}", "call") for i in range(1200)], by="anna")
    touched = tasks.save(database, replace(seen[700], status="done"), by="ben")
    done = tasks.save_all(database, [replace(task, owner="anna") for task in seen], by="anna")
    assert len(done.saved) == 1199
    assert [conflict.record_id for conflict in done.conflicts] == [touched.task_id]
    assert {task.owner for task in tasks.still_open(database)} == {"anna"}
    assert tasks.get(database, touched.task_id) == touched


def test_every_write_stands_in_the_audit_trail_with_before_and_after(database):
    (task,) = tasks.add(database, [Task("c1", "call")], by="anna")
    tasks.save(database, replace(task, due_on=date(2026, 4, 1), status="approved"), by="ben")
    added, changed = audit.history(database, "task", task.task_id)
    assert (added.what, added.who, added.before, added.after["action"]) == ("task added", "anna", None, "call")
    assert (changed.what, changed.version, changed.customer_id) == ("task changed", 2, "c1")
    assert changed.before == {"due_on": None, "status": "open"}
    assert changed.after == {"due_on": "2026-04-01", "status": "approved"}
    assert changed.at == NOON + timedelta(minutes=2)


def test_saving_what_is_already_so_changes_nothing(database):
    (task,) = tasks.add(database, [Task("c1", "call")], by="anna")
    assert tasks.save(database, task, by="ben") == task
    assert len(audit.history(database, "task", task.task_id)) == 1


def test_a_write_that_fails_leaves_no_trace(database):
    tasks.add(database, [Task("c1", "call")], by="anna")
    before = audit.latest(database)
    with pytest.raises(AlreadyThereError):
        tasks.add(database, [Task("c2", "call"), Task("c1", "call")], by="ben")
    with pytest.raises(AlreadyThereError):
        contacts.add(database, [Contact("c2", "call", task_id="nowhere")], by="ben")
    with pytest.raises(NotFoundError):
        tasks.save_all(database, [replace(tasks.of_customer(database, "c1")[0], owner="b"), Task("c3", "x")], by="ben")
    assert tasks.of_customer(database, "c2") == []
    assert audit.latest(database) == before


def test_a_done_task_makes_room_for_the_next(database):
    (task,) = tasks.add(database, [Task("c1", "call")], by="anna")
    tasks.save(database, replace(task, status="done"), by="anna")
    tasks.add(database, [Task("c1", "call")], by="anna")
    assert [task.status for task in tasks.of_customer(database, "c1")] == ["done", "open"]


def test_open_tasks_are_sorted_by_due_day_without_those_put_off(database):
    tasks.add(
        database,
        [
            Task("late", "call", "anna", due_on=date(2026, 4, 1)),
            Task("never", "call", "anna"),
            Task("soon", "call", "anna", due_on=date(2026, 3, 3)),
            Task("put off", "call", "anna", snoozed_until=date(2026, 3, 20), held_by="cooldown"),
            Task("of ben", "call", "ben"),
        ],
        by="anna",
    )
    listed = tasks.still_open(database, "anna", date(2026, 3, 10))
    assert [task.customer_id for task in listed] == ["soon", "late", "never"]
    assert len(tasks.still_open(database, "anna", date(2026, 3, 20))) == 4


def test_words_that_no_page_knows_are_refused_by_name():
    with pytest.raises(WorkflowError, match=r"status is 'opne'; it must be one of: open, approved, done, dropped"):
        Task("c1", "call", status="opne")
    with pytest.raises(WorkflowError, match="treated, control"):
        Contact("c1", "call", "both")
    with pytest.raises(WorkflowError, match="do not contact"):
        Outcome("c1", "angry")


def test_a_customer_cannot_be_swapped_and_nobody_writes_without_a_name(database):
    (task,) = tasks.add(database, [Task("c1", "call")], by="anna")
    with pytest.raises(WorkflowError, match="customer_id of a task never changes"):
        tasks.save(database, replace(task, customer_id="c2"), by="anna")
    with pytest.raises(WorkflowError, match="without a name"):
        tasks.save(database, replace(task, owner="x"), by=" ")


def test_contacts_are_counted_in_a_half_open_window(database):
    days = [Contact(f"c{day}", "mail", contacted_at=NOON + timedelta(days=day)) for day in range(4)]
    contacts.add(database, days, by="anna")
    found = contacts.between(database, NOON + timedelta(days=1), NOON + timedelta(days=3))
    assert [contact.customer_id for contact in found] == ["c1", "c2"]
    answered = contacts.save(database, replace(found[0], responded_at=NOON + timedelta(days=9)), by="import")
    assert contacts.of_customer(database, "c1") == [answered]


def test_an_objection_is_known_from_its_outcome(database):
    outcomes.add(database, [Outcome("c1", "do not contact"), Outcome("c2", "refused")], by="anna")
    assert objecting(database) == {"c1"}


def test_a_name_is_taken_once_and_a_removed_segment_stays_in_the_trail(database):
    segment = segments.add(database, Segment("big", {"min": 3}), by="anna")
    with pytest.raises(AlreadyThereError):
        segments.add(database, Segment("big", {"min": 4}), by="ben")
    edited = segments.save(database, replace(segment, definition={"min": 5}), by="ben")
    with pytest.raises(EditConflictError):
        segments.remove(database, segment, by="anna")
    segments.remove(database, edited, by="anna")
    assert segments.listed(database) == []
    assert audit.latest(database, 1)[0].before == {"name": "big", "said": {"min": 5}}


def test_settings_are_kept_when_they_change_and_without_the_url(database):
    first = {"churn.horizon_days": 90, "risk.bands": [0.2, 0.5], "workflow.url": "postgresql://u:secret@h/d"}
    assert len(settings_history.record(database, first, by="anna")) == 2
    moment = database.clock()
    (change,) = settings_history.record(database, first | {"churn.horizon_days": 60}, by="ben")
    assert (change.before, change.after, change.changed_by) == (90, 60, "ben")
    assert settings_history.history(database, "churn.horizon_days")[0] == change
    assert settings_history.values_at(database, moment)["churn.horizon_days"] == 90
    assert settings_history.values_at(database, database.clock())["churn.horizon_days"] == 60
    assert "secret" not in str(audit.latest(database))


def test_a_writer_who_waits_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("workflow.database.WAIT_SECONDS", 0.1)
    opened = open_database(f"sqlite:///{tmp_path / 'workflow.db'}")
    with opened.write("anna"):
        with pytest.raises(DatabaseUnreachableError, match="database is locked"):
            tasks.add(opened, [Task("c1", "call")], by="ben")
        assert tasks.of_customer(opened, "c1") == []  # who reads does not wait
    opened.close()


def test_a_schema_of_its_own_can_be_named_in_the_url(postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop schema if exists apart cascade")
        connection.execute("create schema apart")
        opened = open_database(f"{postgres_url}?options=-csearch_path%3Dapart")
        tasks.add(opened, [Task("c1", "call")], by="anna")
        assert connection.execute("select customer_id from apart.tasks").fetchall() == [("c1",)]
    opened.close()


def test_the_page_names_every_table_and_its_example_runs(tmp_path, monkeypatch):
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == {*metadata.tables, "workflow_version"}
    monkeypatch.chdir(tmp_path)
    said = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], said)
    assert tasks.get(said["database"], said["task"].task_id).status == "done"
    said["database"].close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://shop:geheim-7%2Fx@127.0.0.1:1/none",
        "postgresql://127.0.0.1:1/none?user=shop&password=geheim-7/x",
        "postgresql://shop:geheim-7/x@127.0.0.1:port/none",
        "mysql://shop:geheim-7@host/none",
        "geheim-7",
        "sqlite://",
    ],
)
def test_a_password_is_never_repeated(url, caplog):
    with pytest.raises(DatabaseUnreachableError) as told:
        open_database(url)
    cause = told.value.__cause__ or told.value
    assert "geheim" not in f"{told.value} {told.value!r} {cause} {caplog.text}"


def test_a_wrong_password_is_not_repeated_and_values_stay_out_of_errors(postgres_url):
    with pytest.raises(DatabaseUnreachableError, match="password authentication failed") as told:
        open_database(postgres_url.replace("geheim", "falsch"))
    assert "falsch" not in str(told.value)
    opened = open_database(postgres_url)
    assert "geheim" not in repr(opened)
    with pytest.raises(WorkflowError) as told, opened.write("anna") as change:
        change.connection.exec_driver_sql("select 1/%s", (0,))
    assert "division by zero" in str(told.value)
    opened.close()
