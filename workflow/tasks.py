"""Tasks: who contacts whom with what, until when, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from workflow import audit, records
from workflow.audit import Event
from workflow.database import Database, utc_now
from workflow.records import Kind, Saved, new_id
from workflow.schema import OPEN_STATUSES, TASK_STATUSES, tasks


@dataclass(frozen=True)
class Task:
    """One action for one customer. `held_by` names the contact rule that put it off until `snoozed_until`."""

    customer_id: str
    action: str
    owner: str | None = None
    status: str = "open"
    due_on: date | None = None
    snoozed_until: date | None = None
    held_by: str | None = None
    note: str = ""
    run_id: str | None = None
    campaign_id: str | None = None
    task_id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=utc_now)
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse a status that no page knows."""
        records.one_of("status", self.status, TASK_STATUSES)


TASKS = Kind(tasks, Task, "task", frozenset({"customer_id", "action", "created_at", "run_id"}))


def add(database: Database, new: Sequence[Task], by: str) -> list[Task]:
    """Add tasks, all or none.

    A customer has at most one open task per action: raises AlreadyThereError, so that two people who plan the same
    contact at the same moment do not both make it.
    """
    with database.write(by) as change:
        return records.add(change, TASKS, [replace(task, created_at=change.at) for task in new])


def get(database: Database, task_id: str) -> Task:
    """One task; raises NotFoundError."""
    return records.get(database, TASKS, task_id)


def save(database: Database, task: Task, by: str) -> Task:
    """Save a task that was read and edited with `dataclasses.replace`; raises EditConflictError, NotFoundError."""
    with database.write(by) as change:
        return records.save(change, TASKS, task)


def save_all(database: Database, edited: Sequence[Task], by: str) -> Saved[Task]:
    """Save many edited tasks, as one press on a button does; conflicts come back, the others are saved."""
    with database.write(by) as change:
        return records.save_all(change, TASKS, edited)


def of_customer(database: Database, customer_id: str) -> list[Task]:
    """A customer's tasks, oldest first."""
    with database.read() as connection:
        return records.find(connection, TASKS, tasks.c.customer_id == customer_id, order=tasks.c.created_at)


def of_customers(database: Database, customer_ids: Sequence[str]) -> list[Task]:
    """All tasks of some customers, such as those on one page of a list, oldest first."""
    found: list[Task] = []
    with database.read() as connection:
        for part in records.chunks(sorted(set(customer_ids))):
            found += records.find(connection, TASKS, tasks.c.customer_id.in_(part))
    return sorted(found, key=lambda task: (task.created_at, task.task_id))


def put(database: Database, new: Sequence[Task], edited: Sequence[Task], by: str) -> Saved[Task]:
    """Add new tasks and save edited ones in one transaction, as one press on a button does for many customers.

    Edits that came second come back as conflicts, the others are saved. Raises AlreadyThereError, and writes nothing,
    where somebody added one of the new tasks in the same moment.
    """
    with database.write(by) as change:
        done = records.save_all(change, TASKS, edited)
        added = records.add(change, TASKS, [replace(task, created_at=change.at) for task in new])
    return Saved([*added, *done.saved], done.conflicts)


def take_back(database: Database, added: Sequence[Task], by: str) -> Saved[Task]:
    """Remove tasks as they were added, if nobody changed them since; the audit trail keeps both steps.

    Those that were changed stay and come back as conflicts. Raises NotFoundError for one that is gone already.
    """
    with database.write(by) as change:
        done = records.save_all(change, TASKS, added)  # tells conflicts, as any other save
        for part in records.chunks([task.task_id for task in done.saved]):
            change.connection.execute(delete(tasks).where(tasks.c.task_id.in_(part)))
        audit.write(change, [
            Event("task removed", "task", task.task_id, task.version + 1, {"status": task.status}, None,
                  task.customer_id) for task in done.saved
        ])  # fmt: skip
    return done


def owners(database: Database) -> list[str]:
    """Everybody who has an open task, by name."""
    query = select(tasks.c.owner).where(tasks.c.owner.is_not(None), tasks.c.status.in_(OPEN_STATUSES)).distinct()
    with database.read() as connection:
        return sorted(connection.execute(query).scalars())


def snoozed(database: Database, on: date) -> list[Task]:
    """Open tasks that rest beyond a day."""
    conditions = (tasks.c.status.in_(OPEN_STATUSES), tasks.c.snoozed_until > on)
    with database.read() as connection:
        return records.find(connection, TASKS, *conditions)


def newest(database: Database, limit: int) -> list[Any]:
    """Customer, owner, status and end of the snooze of the newest `limit` tasks, newest first: what a filter needs."""
    columns = (tasks.c.customer_id, tasks.c.owner, tasks.c.status, tasks.c.snoozed_until)
    with database.read() as connection:
        query = select(*columns).order_by(tasks.c.created_at.desc(), tasks.c.task_id).limit(limit)
        return list(connection.execute(query))


def still_open(database: Database, owner: str | None = None, on: date | None = None) -> list[Task]:
    """Tasks to do, the earliest due first: of one owner, and without those put off beyond a day, where given."""
    conditions: list[ColumnElement[bool]] = [tasks.c.status.in_(OPEN_STATUSES)]
    if owner is not None:
        conditions.append(tasks.c.owner == owner)
    if on is not None:
        conditions.append(tasks.c.snoozed_until.is_(None) | (tasks.c.snoozed_until <= on))
    with database.read() as connection:
        return records.find(connection, TASKS, *conditions, order=tasks.c.due_on.nulls_last())
