"""The audit trail: who did what, when, with the values before and after, written in the transaction that did it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from workflow.database import Change, Database
from workflow.errors import FieldChange
from workflow.schema import audit_trail

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line of the audit trail. `before` and `after` hold changed fields alone, None where a person was erased."""

    entry_id: int
    at: datetime
    who: str
    what: str
    record: str
    record_id: str
    version: int
    customer_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Event:
    """What happened to one record, before it is written down."""

    what: str
    record: str
    record_id: str
    version: int
    before: Values | None
    after: Values | None
    customer_id: str | None = None


def write(change: Change, events: Iterable[Event]) -> None:
    """Write the lines of one transaction; call it inside that transaction and nowhere else."""
    rows = [
        {
            "at": change.at,
            "who": change.by,
            "what": event.what,
            "record": event.record,
            "record_id": event.record_id,
            "version": event.version,
            "customer_id": event.customer_id,
            "before": _plain(event.before),
            "after": _plain(event.after),
        }
        for event in events
    ]
    if rows:
        change.connection.execute(insert(audit_trail), rows)


def history(database: Database, record: str, record_id: str) -> list[Entry]:
    """Everything that happened to one record, oldest first."""
    query = select(audit_trail).where(audit_trail.c.record == record, audit_trail.c.record_id == record_id)
    with database.read() as connection:
        return [Entry(**row) for row in connection.execute(query.order_by(audit_trail.c.entry_id)).mappings()]


def latest(database: Database, limit: int = 100) -> list[Entry]:
    """The newest lines of the whole trail, newest first."""
    query = select(audit_trail).order_by(audit_trail.c.entry_id.desc()).limit(limit)
    with database.read() as connection:
        return [Entry(**row) for row in connection.execute(query).mappings()]


def changes_since(connection: Connection, record: str, record_id: str, version: int) -> list[FieldChange]:
    """What was saved to a record after the version somebody saw, oldest first."""
    query = select(audit_trail).where(
        audit_trail.c.record == record, audit_trail.c.record_id == record_id, audit_trail.c.version > version
    )
    rows = connection.execute(query.order_by(audit_trail.c.version)).mappings().all()
    return [
        FieldChange(field, (row["before"] or {}).get(field), value, row["who"], row["at"])
        for row in rows
        for field, value in (row["after"] or {}).items()
    ]


def _plain(values: Values | None) -> dict[str, Any] | None:
    """Values as JSON can hold them: moments and days in ISO 8601."""
    if values is None:
        return None
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
