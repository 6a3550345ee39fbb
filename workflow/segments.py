"""Saved segments, which everybody shares, and saved views, which belong to one person and page."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select

from workflow import audit, records
from workflow.audit import Event
from workflow.database import Database, utc_now
from workflow.records import Kind, new_id
from workflow.schema import audit_trail, segments, views


@dataclass(frozen=True)
class Segment:
    """A named set of customers; `definition` is the filter in JSON, evaluated anew on each run."""

    name: str
    definition: dict[str, Any]
    segment_id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=utc_now)
    version: int = 1


@dataclass(frozen=True)
class View:
    """A person's named state of a page: filters, columns, order."""

    owner: str
    page: str
    name: str
    state: dict[str, Any]
    view_id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=utc_now)
    version: int = 1


SEGMENTS = Kind(segments, Segment, "segment", frozenset({"created_at"}))
VIEWS = Kind(views, View, "view", frozenset({"created_at", "owner", "page"}))
Kept = TypeVar("Kept", Segment, View)


def add(database: Database, new: Kept, by: str) -> Kept:
    """Keep a new segment or view; raises AlreadyThereError when its name is taken."""
    with database.write(by) as change:
        return records.add(change, _kind(new), [replace(new, created_at=change.at)])[0]


def save(database: Database, edited: Kept, by: str) -> Kept:
    """Save an edited segment or view; raises EditConflictError, NotFoundError, AlreadyThereError."""
    with database.write(by) as change:
        return records.save(change, _kind(edited), edited)


def remove(database: Database, seen: Kept, by: str) -> None:
    """Remove a segment or view as it was seen; the audit trail keeps it. Raises EditConflictError, NotFoundError."""
    kind: Kind[Kept] = _kind(seen)
    with database.write(by) as change:
        current = records.save(change, kind, seen)  # tells a conflict, as any other save
        change.connection.execute(delete(kind.table).where(kind.table.c[kind.key] == kind.id_of(current)))
        said = {"name": current.name, "said": current.definition if isinstance(current, Segment) else current.state}
        line = Event(f"{kind.noun} removed", kind.noun, kind.id_of(current), current.version + 1, said, None)
        audit.write(change, [line])


def listed(database: Database) -> list[Segment]:
    """All saved segments, by name."""
    with database.read() as connection:
        return records.find(connection, SEGMENTS, order=segments.c.name)


def makers(database: Database) -> dict[str, str]:
    """Who added each segment, by its id, as the audit trail keeps it."""
    trail = audit_trail.c
    query = select(trail.record_id, trail.who).where(trail.record == SEGMENTS.noun, trail.version == 1)
    with database.read() as connection:
        return {row.record_id: row.who for row in connection.execute(query.order_by(trail.entry_id.desc()))}


def views_of(database: Database, owner: str, page: str) -> list[View]:
    """One person's saved views of a page, by name."""
    with database.read() as connection:
        return records.find(connection, VIEWS, views.c.owner == owner, views.c.page == page, order=views.c.name)


def _kind(record: Any) -> Any:
    """Where a record is kept."""
    return SEGMENTS if isinstance(record, Segment) else VIEWS
