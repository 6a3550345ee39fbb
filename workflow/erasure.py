"""Erasing a person from the database of decisions: rows, names in notes, filters and the audit trail's contents."""

import json
import re
import secrets
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from workflow import audit
from workflow.audit import Event
from workflow.database import WAIT_SECONDS, Change, Database, open_database, sqlite_file
from workflow.errors import DatabaseUnreachableError
from workflow.schema import audit_trail, metadata


def forget(url: str, customer_id: str, by: str = "forget") -> int:
    """Erase a customer from the database; returns the rows erased or blotted out, 0 where nothing was known.

    Tasks, contacts, outcomes and memberships go. Lines of the audit trail stay with who, when and what, without
    customer and values. Anywhere else the id becomes "(erased …)" where it stands as a word of its own. A database file
    is rewritten, because a deleted row stays readable in it. Raises DatabaseUnreachableError, also while a reader keeps
    the old content from being cleared: then run it again.
    """
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return 0
    database = open_database(url)
    try:
        with database.write(by) as change:
            count = _erase(change, customer_id)
            if count:
                audit.write(change, [Event("person erased", "person", "", 1, None, {"rows": count})])
        _clear(database)
    finally:
        database.close()
    return count


def _erase(change: Change, customer_id: str) -> int:
    """Delete the person's rows, empty the audit trail's lines about them, blot the id out everywhere else."""
    connection = change.connection
    count = 0
    for table in reversed(metadata.sorted_tables):  # those that refer to others first
        if "customer_id" in table.c:
            condition = table.c.customer_id == customer_id
            count += int(connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one())
            if table is audit_trail:
                connection.execute(update(table).where(condition).values(customer_id=None, before=None, after=None))
            else:
                connection.execute(delete(table).where(condition))
    instead = f"(erased {secrets.token_hex(2)})"  # names that must differ still do
    return count + sum(_blot_out(connection, table, (customer_id, instead)) for table in metadata.sorted_tables)


def _blot_out(connection: Connection, table: Table, swap: tuple[str, str]) -> int:
    """Replace the id in the texts and JSON of one table; returns the rows changed."""
    customer_id, instead = swap
    keys = list(table.primary_key.columns)
    columns = [
        column
        for column in table.c
        if isinstance(column.type, Text | JSON) and not column.primary_key and column.name != "customer_id"
    ]
    if not columns:
        return 0
    found = or_(*(_holds(column, customer_id) for column in columns))
    word = re.compile(rf"(?<![\w-]){re.escape(customer_id)}(?![\w-])")
    changed = 0
    for row in connection.execute(select(*keys, *columns).where(found)).mappings().all():
        values = {column.name: _without(row[column.name], word, instead) for column in columns}
        if values != {column.name: row[column.name] for column in columns}:
            where = and_(*(key == row[key.name] for key in keys))
            connection.execute(update(table).where(where).values(values))
            changed += 1
    return changed


def _holds(column: Column[Any], customer_id: str) -> Any:
    """Whether a text or the JSON of a column holds the id, escaped as JSON writes it."""
    if isinstance(column.type, JSON):
        return cast(column, Text).contains(json.dumps(customer_id, ensure_ascii=False)[1:-1], autoescape=True)
    return column.contains(customer_id, autoescape=True)


def _without(value: Any, word: re.Pattern[str], instead: str) -> Any:
    """A text or JSON value without the id."""
    if isinstance(value, str):
        return word.sub(instead, value)
    if isinstance(value, list):
        return [_without(item, word, instead) for item in value]
    if isinstance(value, dict):
        return {word.sub(instead, name): _without(item, word, instead) for name, item in value.items()}
    return value


def _clear(database: Database) -> None:
    """Rewrite what holds deleted rows: the file and its log, or a server's tables."""
    with database.read() as connection:
        if connection.dialect.name == "postgresql":
            _rewrite_tables(connection.execution_options(isolation_level="AUTOCOMMIT"))
            return
        cursor = connection.connection.cursor()  # the driver's own, because no transaction may surround these
        cursor.execute("vacuum")
        is_busy = cursor.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
    if is_busy:
        raise DatabaseUnreachableError(
            "Erased rows still lie in the log of the workflow database, because somebody is reading it. Run this again."
        )


def _rewrite_tables(connection: Connection) -> None:
    """Write a server's tables anew; gives up, to be run again, where a reader stands in the way for too long."""
    connection.execute(text(f"set lock_timeout = '{WAIT_SECONDS}s'"))
    for table in metadata.sorted_tables:
        connection.execute(text(f"vacuum full {table.name}"))
