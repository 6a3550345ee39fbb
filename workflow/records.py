"""Reading, adding and saving records of any kind: dataclasses in and out, every write with its line of audit."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from workflow import audit
from workflow.audit import Event
from workflow.database import Change, Database
from workflow.errors import AlreadyThereError, EditConflictError, NotFoundError, WorkflowError

R = TypeVar("R")
CHUNK = 500  # ids per statement, far below what either database allows


@dataclass(frozen=True)
class Kind(Generic[R]):
    """Which dataclass a table holds, what one of them is called, and which fields never change."""

    table: Table
    type: type[R]
    noun: str
    fixed: frozenset[str]

    @property
    def key(self) -> str:
        """The field that identifies a record."""
        return next(iter(self.table.primary_key.columns)).name

    def id_of(self, record: R) -> str:
        """A record's id."""
        return str(getattr(record, self.key))


@dataclass(frozen=True)
class Saved(Generic[R]):
    """What a bulk save did: the records as they stand now, and those somebody else had changed."""

    saved: list[R]
    conflicts: list[EditConflictError]


def new_id() -> str:
    """An id that no other process gives away."""
    return uuid.uuid4().hex


def one_of(field: str, value: str, allowed: Sequence[str]) -> None:
    """Raise WorkflowError naming the allowed words when a value is none of them."""
    if value not in allowed:
        raise WorkflowError(f"{field} is {value!r}; it must be one of: {', '.join(allowed)}.")


def find(connection: Connection, kind: Kind[R], *conditions: ColumnElement[bool], order: Any = None) -> list[R]:
    """The records that meet all conditions, in the order of a column, else of their ids."""
    ordered = kind.table.c[kind.key] if order is None else order
    rows = connection.execute(select(kind.table).where(*conditions).order_by(ordered)).mappings()
    return [kind.type(**row) for row in rows]


def get(database: Database, kind: Kind[R], record_id: str) -> R:
    """One record by its id; raises NotFoundError."""
    with database.read() as connection:
        found = find(connection, kind, kind.table.c[kind.key] == record_id)
    if not found:
        raise NotFoundError(f"There is no {kind.noun} {record_id!r}.")
    return found[0]


def add(change: Change, kind: Kind[R], records: Sequence[R]) -> list[R]:
    """Insert new records; raises AlreadyThereError where one of the kind already stands in the place."""
    # in one order, so that two who add the same never wait for each other in a circle
    rows = sorted(map(_row, records), key=lambda row: (str(row.get("customer_id")), str(row.get("action"))))
    try:
        if rows:
            change.connection.execute(insert(kind.table), rows)
    except IntegrityError:
        raise AlreadyThereError(f"The {kind.noun} is there already, or refers to something that is not.") from None
    audit.write(change, [_event(kind, record, "added", None, _row(record)) for record in records])
    return list(records)


def save(change: Change, kind: Kind[R], record: R) -> R:
    """Save an edited record under the version it was read at; raises EditConflictError or NotFoundError."""
    done = save_all(change, kind, [record])
    if done.conflicts:
        raise done.conflicts[0]
    return done.saved[0]


def save_all(change: Change, kind: Kind[R], records: Sequence[R]) -> Saved[R]:
    """Save edited records; those that somebody changed meanwhile are told and left as they are.

    A record that says what the database already says is neither written nor audited. Raises NotFoundError.
    """
    current = _locked(change.connection, kind, sorted({kind.id_of(record) for record in records}))
    done: Saved[R] = Saved([], [])
    events = []
    for record in records:
        record_id = kind.id_of(record)
        if record_id not in current:
            raise NotFoundError(f"There is no {kind.noun} {record_id!r} any more.")
        seen = record.version  # type: ignore[attr-defined]
        if seen != current[record_id].version:  # type: ignore[attr-defined]
            changes = audit.changes_since(change.connection, kind.noun, record_id, seen)
            done.conflicts.append(EditConflictError(kind.noun, record_id, seen, changes))
            continue
        before, after = _difference(kind, current[record_id], record)
        fresh = replace(record, version=seen + 1) if after else record  # type: ignore[type-var]
        done.saved.append(fresh)
        if after:
            current[record_id] = fresh
            events.append(_event(kind, fresh, "changed", before, after))
    _write(change, kind, [current[event.record_id] for event in events])
    audit.write(change, events)
    return done


def _locked(connection: Connection, kind: Kind[R], ids: list[str]) -> dict[str, R]:
    """The records as they stand, held until the transaction ends; taken in the order of ids, against deadlocks."""
    key = kind.table.c[kind.key]
    found = {}
    for part in chunks(ids):
        query = select(kind.table).where(key.in_(part)).order_by(key).with_for_update()
        found.update({row[kind.key]: kind.type(**row) for row in connection.execute(query).mappings()})
    return found


def _write(change: Change, kind: Kind[R], records: list[R]) -> None:
    """Update whole rows by their ids."""
    if not records:
        return
    names = [field.name for field in fields(records[0]) if field.name != kind.key]  # type: ignore[arg-type]
    statement = update(kind.table).where(kind.table.c[kind.key] == bindparam("of_record"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in names})
    rows = [
        {"of_record": kind.id_of(record)} | {f"new_{name}": getattr(record, name) for name in names}
        for record in records
    ]
    try:
        change.connection.execute(statement, rows)
    except IntegrityError:
        raise AlreadyThereError(f"Another {kind.noun} of this name or kind is there already.") from None


def _difference(kind: Kind[R], old: R, new: R) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changed fields with their values before and after; raises WorkflowError for one that never changes."""
    was, now = _row(old), _row(new)
    changed = [name for name in now if name != "version" and was[name] != now[name]]
    for name in changed:
        if name in kind.fixed:
            raise WorkflowError(f"The {name} of a {kind.noun} never changes: add a new {kind.noun} instead.")
    return {name: was[name] for name in changed}, {name: now[name] for name in changed}


def _row(record: Any) -> dict[str, Any]:
    """A record as the columns of its table."""
    return dict(vars(record))  # asdict would copy every value deeply


def _event(kind: Kind[R], record: R, verb: str, before: Any, after: Any) -> Event:
    """The line of the audit trail for one record."""
    customer = getattr(record, "customer_id", None)
    version = record.version  # type: ignore[attr-defined]
    return Event(f"{kind.noun} {verb}", kind.noun, kind.id_of(record), version, before, after, customer)


def chunks(ids: list[str]) -> Iterator[list[str]]:
    """Ids in parts small enough for one statement."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
