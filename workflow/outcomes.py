"""Outcomes: what a contact led to, in the words of the person who made it or of a response that was imported."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from workflow import records
from workflow.contacts import CONTACTS, Contact
from workflow.database import Database, utc_now
from workflow.records import Kind, new_id
from workflow.schema import RESULTS, contacts, outcomes
from workflow.tasks import TASKS, Task


@dataclass(frozen=True)
class Outcome:
    """One answer of one customer."""

    customer_id: str
    result: str
    note: str = ""
    task_id: str | None = None
    contact_id: str | None = None
    outcome_id: str = field(default_factory=new_id)
    recorded_at: datetime = field(default_factory=utc_now)
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse a result that no report could count."""
        records.one_of("result", self.result, RESULTS)


OUTCOMES = Kind(outcomes, Outcome, "outcome", frozenset({"customer_id", "recorded_at"}))


def add(database: Database, new: Sequence[Outcome], by: str) -> list[Outcome]:
    """Log outcomes, all or none."""
    with database.write(by) as change:
        return records.add(change, OUTCOMES, [replace(outcome, recorded_at=change.at) for outcome in new])


def log(
    database: Database, outcome: Outcome, by: str, contact: Contact | None = None, task: Task | None = None
) -> Outcome:
    """Log what came of a contact, with the contact itself where it is not logged yet, and the task as it now stands.

    All of it or nothing: raises EditConflictError where somebody else changed the task or contact after it was read.
    """
    with database.write(by) as change:
        kept = None
        if contact is not None:
            is_logged = bool(records.find(change.connection, CONTACTS, contacts.c.contact_id == contact.contact_id))
            kept = records.save(change, CONTACTS, contact) if is_logged else records.add(change, CONTACTS, [contact])[0]
        if task is not None:
            records.save(change, TASKS, task)
        filled = replace(
            outcome,
            recorded_at=change.at,
            contact_id=kept.contact_id if kept else outcome.contact_id,
            task_id=task.task_id if task else outcome.task_id,
        )
        return records.add(change, OUTCOMES, [filled])[0]


def save(database: Database, outcome: Outcome, by: str) -> Outcome:
    """Correct an outcome that was logged wrongly; raises EditConflictError, NotFoundError."""
    with database.write(by) as change:
        return records.save(change, OUTCOMES, outcome)


def of_customer(database: Database, customer_id: str) -> list[Outcome]:
    """A customer's outcomes, oldest first."""
    with database.read() as connection:
        return records.find(connection, OUTCOMES, outcomes.c.customer_id == customer_id, order=outcomes.c.recorded_at)


def of_customers(database: Database, customer_ids: Sequence[str]) -> list[Outcome]:
    """All outcomes of some customers, such as those on one list, oldest first."""
    found: list[Outcome] = []
    with database.read() as connection:
        for part in records.chunks(sorted(set(customer_ids))):
            found += records.find(connection, OUTCOMES, outcomes.c.customer_id.in_(part))
    return sorted(found, key=lambda outcome: (outcome.recorded_at, outcome.outcome_id))
