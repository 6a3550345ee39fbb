"""The publication before this one: whether its risks can be compared with the new ones, and with which model.

Table risk_change_info, one row, says with what was compared or in a sentence why nothing was, and keeps what the next
run must know to judge the same.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from models.bundle import Bundle, from_files
from pipelines import publish, registry
from pipelines.config import Settings
from pipelines.frames import feature_columns
from pipelines.warehouse import read_folder, tables

ALIAS = "previous"
_COLUMNS = (
    "previous_run_id varchar, previous_as_of date, previous_version varchar, compared bigint, note varchar, "
    "definition varchar, computation varchar"
)
_FOLDERS = ("staging", "keys", "facts", "features", "labels")
NO_MODEL = "Nobody has a churn risk in this run, so there is nothing to compare."
FIRST = "These are the first scores, so there is nothing to compare with yet."
EARLIER = "The last scores were published by an earlier version of the program; the next ones can be compared."
UNREADABLE = "The last scores cannot be read, so there is nothing to compare with."
NOBODY = "Nobody had a churn risk in the last run, so there is nothing to compare with."
REDEFINED = (
    "The churn definition, or another setting that risks rest on, changed since the last run: the two risks answer "
    "different questions and are not compared."
)
RECOMPUTED = (
    "What is known of a customer is computed in another way since the last run, so the change cannot be divided."
)


@dataclass(frozen=True)
class Previous:
    """The publication to compare with; without `model` its risks are known and the parts are not. `note` says why."""

    run_id: str
    as_of: date
    version: str
    model: Bundle | None = None
    note: str = ""


def previous_of(
    con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, as_of: date, model: Bundle | None
) -> Previous | str:
    """The publication in use, attached as `previous`, if its risks can be compared with those of `model` on a day.

    Else the sentence that says why not.
    """
    path = publish.current(home, "warehouse")
    if model is None or path is None:
        return FIRST if path is None else NO_MODEL
    try:
        publish.attach(con, path, ALIAS)
    except duckdb.Error:  # a new list is worth more than the words for what changed
        return UNREADABLE
    if not {f"{ALIAS}.risk_change_info", f"{ALIAS}.model_files"} <= tables(con):
        return EARLIER
    told = _row(con, "run_info") | _row(con, "risk_change_info")
    why_not = _why_not(told, settings, as_of)
    if why_not:
        return why_not
    found = Previous(told["run_id"], told["as_of_date"], told["model_version"])
    if told["computation"] != computation():
        return replace(found, note=RECOMPUTED)
    return replace(found, model=model) if found.version == model.version else _with_old_model(con, found)


def write_info(con: duckdb.DuckDBPyConnection, settings: Settings, found: Previous | str) -> None:
    """Write risk_change_info into `con`, after its table risk_changes."""
    known = [found.run_id, found.as_of, found.version] if isinstance(found, Previous) else [None, None, None]
    note = found.note if isinstance(found, Previous) else found
    con.execute(f"create or replace table risk_change_info ({_COLUMNS})")
    con.execute(
        "insert into risk_change_info select ?, ?, ?, (select count(*) from risk_changes), ?, ?, ?",
        [*known, note or None, definition_of(settings), computation()],
    )


def definition_of(settings: Settings) -> str:
    """The settings that change features or the label of a day: risks under different ones are different questions."""
    parts = {
        "label": registry.label_of(settings),
        "gross_margin": settings.economics.gross_margin,
        "attributes": settings.features.attributes,
    }
    return json.dumps(parts, sort_keys=True)


def computation() -> str:
    """Twelve hex digits over every SQL file that features and labels are made by."""
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for file in read_folder(folder):
            digest.update(f"{folder}/{file.name}\0{file.text}\0".encode())
    return digest.hexdigest()[:12]


def _row(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """The one row of a table of the previous publication."""
    result = con.execute(f"select * from {ALIAS}.{table}")
    names = [column[0] for column in result.description or []]
    return dict(zip(names, result.fetchall()[0], strict=True))


def _why_not(told: dict[str, Any], settings: Settings, as_of: date) -> str:
    """Why the risks of a publication cannot be compared at all; empty when they can."""
    if told["model_version"] is None:
        return NOBODY
    if told["as_of_date"] > as_of:
        day = told["as_of_date"]
        return f"The last run was for a later day, {day.day} {day:%b %Y}: nothing has happened since it."
    return REDEFINED if told["definition"] != definition_of(settings) else ""


def _with_old_model(con: duckdb.DuckDBPyConnection, found: Previous) -> Previous:
    """The publication with the model it was scored with, if that can be read and score the present features."""
    files = dict(con.execute(f"select name, content from {ALIAS}.model_files").fetchall())
    try:
        old = from_files(files, found.version)
    except (KeyError, ValueError, TypeError):
        return replace(found, note=_lost(found, "cannot be read any more"))
    missing = set(old.churn.features) - set(feature_columns(con, "features.customer_features"))
    if missing:
        return replace(found, note=_lost(found, f"needs {len(missing)} facts that the data no longer give"))
    return replace(found, model=old)


def _lost(found: Previous, why: str) -> str:
    return f"Model version {found.version} of the last run {why}, so the change cannot be divided."
