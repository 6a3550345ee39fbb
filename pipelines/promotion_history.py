"""Which version was put to use when, by whom and why, for readers: by people, as the workflow database keeps it, and
by the rule of a training, as the versions themselves tell.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import workflow
from pipelines import registry, versions
from pipelines.config import load_settings, workflow_url
from pipelines.promotion_words import PROMOTED, RECORD, ROLLED_BACK
from workflow import audit

BY_RULE = "by rule"
_MOST = 10_000  # lines of the audit trail that are looked through, newest first


@dataclass(frozen=True)
class Line:
    """One change of the version in use; `by` is empty where the rule of a training decided, `at` UTC."""

    at: datetime
    by: str
    what: str
    version: str
    before: str | None
    note: str


def history(home: Path) -> list[Line]:
    """Every change that is known, newest first; raises WorkflowError where the workflow database does not answer."""
    database = workflow.open_existing(workflow_url(home, load_settings(home)))
    lines = []
    if database is not None:
        try:
            lines = [_line(entry) for entry in audit.latest(database, _MOST) if entry.record == RECORD]
        finally:
            database.close()
    ruled = [
        Line(version.trained_at, "", BY_RULE, version.number, version.facts.get("previous"), version.facts["reason"])
        for version in versions.all_versions(home)
        if version.facts.get("promoted")
    ]
    return sorted([*lines, *ruled], key=lambda line: line.at, reverse=True)


def _line(entry: audit.Entry) -> Line:
    after, before = entry.after or {}, entry.before or {}
    return Line(entry.at, entry.who, entry.what, entry.record_id, before.get("version"), after.get("note", ""))


def before(home: Path) -> str | None:
    """The version that a roll back leads to, straight from the registry's file; None where there is none."""
    if not registry.exists(home):
        return None
    path = (registry.folder(home) / "mlflow.db").resolve()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as con:
        tag = con.execute(
            "select value from registered_model_tags where name = ? and key = ?", [registry.NAME, registry.ORDER]
        ).fetchone()
    found = versions.all_versions(home)
    in_use = next((version for version in found if version.state == versions.IN_USE), None)
    if in_use is None:
        return None
    order = registry.until(json.loads(tag[0]) if tag else [], in_use.number)
    earlier = next((number for number in reversed(order[:-1]) if number != in_use.number), None)
    earlier = earlier or in_use.facts.get("previous")
    return earlier if any(version.number == earlier for version in found) else None


__all__ = ["BY_RULE", "PROMOTED", "ROLLED_BACK", "Line", "before", "history"]
