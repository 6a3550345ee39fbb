"""One press on a button for many customers: all of it happens, conflicts are told, and it can be taken back."""

from dataclasses import replace

import pytest

from workflow import audit, open_database, tasks
from workflow.errors import AlreadyThereError, NotFoundError
from workflow.tasks import Task


@pytest.fixture
def database(workflow_url):
    opened = open_database(workflow_url)
    yield opened
    opened.close()


def test_a_press_adds_and_edits_together_and_tells_what_came_second(database):
    mine, theirs = tasks.add(database, [Task("A", "call"), Task("B", "call")], by="anna")
    tasks.save(database, replace(theirs, owner="ben"), by="ben")
    edited = [replace(task, owner="anna") for task in (mine, theirs)]
    done = tasks.put(database, [Task("C", "call", owner="anna")], edited, by="anna")
    found = tasks.of_customers(database, ["C", "B", "A", "nobody", "A"])
    assert {task.customer_id: task.owner for task in found} == {"A": "anna", "B": "ben", "C": "anna"}
    (conflict,) = done.conflicts
    assert conflict.record_id == theirs.task_id
    assert {task.customer_id for task in done.saved} == {"A", "C"}
    assert tasks.owners(database) == ["anna", "ben"]


def test_a_press_that_cannot_be_done_whole_is_not_done_at_all(database):
    (there,) = tasks.add(database, [Task("A", "call")], by="anna")
    with pytest.raises(AlreadyThereError):
        tasks.put(database, [Task("A", "call")], [replace(there, owner="ben")], by="ben")
    assert tasks.get(database, there.task_id) == there


def test_added_tasks_are_taken_back_unless_somebody_went_on_with_them(database):
    kept, gone = tasks.add(database, [Task("A", "call"), Task("B", "call")], by="anna")
    tasks.save(database, replace(kept, status="approved"), by="ben")
    done = tasks.take_back(database, [kept, gone], by="anna")
    assert [task.customer_id for task in tasks.of_customers(database, ["A", "B"])] == ["A"]
    assert [task.task_id for task in done.saved] == [gone.task_id]
    assert [entry.what for entry in audit.history(database, "task", gone.task_id)] == ["task added", "task removed"]
    tasks.add(database, [Task("B", "call")], by="anna")
    with pytest.raises(NotFoundError):
        tasks.take_back(database, [gone], by="anna")
