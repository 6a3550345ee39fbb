"""The history of settings: which value held when, who set it, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text

from workflow import audit
from workflow.audit import Event
from workflow.database import Change, Database
from workflow.schema import settings_history

SECRET = {"workflow.url"}


@dataclass(frozen=True)
class SettingChange:
    """One change of one setting, such as `churn.horizon_days` from 90 to 60; None stands for the default."""

    change_id: int
    setting: str
    before: Any
    after: Any
    changed_at: datetime
    changed_by: str
    why: str | None = None


def change(
    database: Database, moved: Mapping[str, tuple[Any, Any]], by: str, why: str, then: Callable[[], None]
) -> list[SettingChange]:
    """Keep that settings went from one value to another and why; `then` carries it out, in the same transaction.

    Where `then` fails nothing is kept. Values must be JSON.
    """
    with database.write(by) as written:
        rows = [
            {"setting": name, "before": before, "after": after, "why": why}
            for name, (before, after) in sorted(moved.items())
            if name not in SECRET
        ]
        kept = _insert(written, rows)
        then()
    return kept


def record(database: Database, settings: Mapping[str, Any], by: str) -> list[SettingChange]:
    """Keep the values that settings have now; only those that differ from the last kept value make a line.

    Values must be JSON; the workflow database's own URL is never kept, because it may hold a password.
    """
    with database.write(by) as change:
        if change.connection.dialect.name == "postgresql":  # of two writers the second compares with the first's values
            change.connection.execute(text("lock table settings_history in share row exclusive mode"))
        known = _values(change, None)
        moved = {
            name: value
            for name, value in settings.items()
            if name not in SECRET and (name not in known or known[name] != value)
        }
        rows = [{"setting": name, "before": known.get(name), "after": value} for name, value in sorted(moved.items())]
        return _insert(change, rows)


def _insert(change: Change, rows: list[dict[str, Any]]) -> list[SettingChange]:
    """Write lines of the history, and of the audit trail with them."""
    statement = insert(settings_history).returning(settings_history.c.change_id)
    lines = [row | {"changed_at": change.at, "changed_by": change.by} for row in rows]
    kept = [SettingChange(change.connection.execute(statement, line).scalar_one(), **line) for line in lines]
    audit.write(change, [_event(line) for line in kept])
    return kept


def history(database: Database, setting: str | None = None) -> list[SettingChange]:
    """Every change of one setting, or of all, newest first."""
    query = select(settings_history).order_by(settings_history.c.change_id.desc())
    if setting is not None:
        query = query.where(settings_history.c.setting == setting)
    with database.read() as connection:
        return [SettingChange(**row) for row in connection.execute(query).mappings()]


def values_at(database: Database, moment: datetime) -> dict[str, Any]:
    """The values that held at a moment, as far as they were kept."""
    with database.read() as connection:
        return _values(Change(connection, "", moment), moment)


def _values(change: Change, until: datetime | None) -> dict[str, Any]:
    """The last kept value of each setting, up to a moment or to now."""
    query = select(settings_history.c.setting, settings_history.c.after).order_by(settings_history.c.change_id)
    if until is not None:
        query = query.where(settings_history.c.changed_at <= until)
    return {row.setting: row.after for row in change.connection.execute(query)}


def _event(line: SettingChange) -> Event:
    """The line of the audit trail for a changed setting."""
    values = {line.setting: line.before}, {line.setting: line.after}
    return Event("setting changed", "setting", line.setting[:64], line.change_id, *values)
