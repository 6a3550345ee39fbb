"""The contact log: every retention contact made, or withheld from a control customer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workflow import records
from workflow.database import Database, utc_now
from workflow.records import Kind, new_id
from workflow.schema import ARMS, contacts


@dataclass(frozen=True)
class Contact:
    """One contact; arm `control` says that it was withheld. Cost in the shop's currency, moments in UTC."""

    customer_id: str
    action: str
    arm: str = "treated"
    channel: str | None = None
    cost: float | None = None
    contacted_at: datetime = field(default_factory=utc_now)
    responded_at: datetime | None = None
    run_id: str | None = None
    task_id: str | None = None
    campaign_id: str | None = None
    contact_id: str = field(default_factory=new_id)
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse an arm that no result could count."""
        records.one_of("arm", self.arm, ARMS)


CONTACTS = Kind(
    contacts, Contact, "contact", frozenset({"customer_id", "action", "arm", "contacted_at", "run_id", "campaign_id"})
)


def add(database: Database, new: Sequence[Contact], by: str) -> list[Contact]:
    """Log contacts, all or none; raises AlreadyThereError for one that was logged before."""
    with database.write(by) as change:
        return records.add(change, CONTACTS, new)


def save(database: Database, contact: Contact, by: str) -> Contact:
    """Save a response or a cost that came later; raises EditConflictError, NotFoundError."""
    with database.write(by) as change:
        return records.save(change, CONTACTS, contact)


def of_customer(database: Database, customer_id: str) -> list[Contact]:
    """A customer's contacts, oldest first."""
    with database.read() as connection:
        return records.find(connection, CONTACTS, contacts.c.customer_id == customer_id, order=contacts.c.contacted_at)


def between(database: Database, start: datetime, end: datetime) -> list[Contact]:
    """Contacts of start ≤ moment < end, oldest first: what caps and cooldowns count."""
    conditions = (contacts.c.contacted_at >= start, contacts.c.contacted_at < end)
    with database.read() as connection:
        return records.find(connection, CONTACTS, *conditions, order=contacts.c.contacted_at)
