"""Feature words: what stands beside a feature's SQL so that people can read the feature.

`features/price.toml` holds one table per feature that `features/price.sql` returns, and the `group` they belong to.
A file without words is no feature: it must be read by another file (as `customer_snapshots` is by the build).
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.warehouse import SqlFile

Unit = Literal["days", "money", "share", "count", "hours", "score", "ratio", "flag", "category"]
Group = Literal[
    "recency & rhythm", "value", "range", "price & discount", "delivery & returns", "service", "voice",
    "engagement", "tenure", "season",
]  # fmt: skip
SPINE = "customer_snapshots"
KEYS = ("customer_id", "customer_number", "as_of_date")

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Words(BaseModel):
    """How one feature is called, measured and told. `reason` may name any feature in braces, its own as {value}.

    `when_absent` is the value for a customer of whom the file has no row, such as 0 tickets; without it that is null.
    `codes` is not written beside the SQL: the build adds the names that the shop has (`pipelines.categories`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    group: Group
    label: str = Field(min_length=3)
    unit: Unit
    direction: Literal["higher_raises", "higher_lowers", "either"]
    changeable: bool
    family: str
    when_absent: float | None = None
    reason: str = Field(min_length=3)
    reason_missing: str = Field(min_length=3)
    codes: str | None = None  # of a category: the names behind its numbers, as JSON


def words_of(file: SqlFile) -> tuple[Words, ...]:
    """Words of the features a file returns, in order; empty for a file that has no words beside it."""
    path = file.path.with_suffix(".toml")
    return _read(path, path.stat().st_mtime_ns) if path.exists() else ()


@cache
def _read(path: Path, _changed: int) -> tuple[Words, ...]:
    """Parse a words file once per version of it; raises ValueError naming file and feature."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    group = entries.pop("group", None)
    try:
        return tuple(Words(feature=name, group=group, **entry) for name, entry in entries.items())
    except (ValidationError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error


def unknown_placeholders(words: Iterable[Words]) -> list[str]:
    """Placeholders in reasons that name no feature, as "feature: {placeholder}"."""
    every = tuple(words)
    known = {word.feature for word in every} | {"value"}
    return [
        f"{word.feature}: {{{name}}}"
        for word in every
        for name in _PLACEHOLDER.findall(word.reason)
        if name not in known
    ]


def problems(files: Collection[SqlFile], columns: dict[str, list[str]]) -> list[str]:
    """What keeps SQL and words apart: a feature without words, words without a feature, a name used twice.

    `columns` gives the columns each file returns.
    """
    read_by_others = {name for file in files for name in file.references | set(file.optional)} | {SPINE}
    found: list[str] = []
    owner: dict[str, str] = {}
    for file in files:
        worded = [word.feature for word in words_of(file)]
        returned = [name for name in columns[file.name] if name not in KEYS]
        if not worded and file.name not in read_by_others:
            found.append(f"{file.path.name} has no words: write {file.path.stem}.toml beside it")
        if worded:
            found += [f"{name} in {file.path.name} has no words" for name in returned if name not in worded]
            found += [f"{name} in {file.path.stem}.toml has no column" for name in worded if name not in returned]
            found += [f"{name} is in {owner[name]} and in {file.name}" for name in worded if name in owner]
        owner |= dict.fromkeys(worded, file.name)
    return found


def write_words(con: duckdb.DuckDBPyConnection, words: Iterable[Words]) -> None:
    """Write table `feature_words`: one row per feature that the build has, in the order of its columns."""
    con.execute(
        "create or replace table feature_words (feature varchar, label varchar, unit varchar, feature_group varchar, "
        "direction varchar, is_changeable boolean, reason varchar, reason_missing varchar, family varchar, "
        "codes varchar)"
    )
    rows = [
        (w.feature, w.label, w.unit, w.group, w.direction, w.changeable, w.reason, w.reason_missing, w.family, w.codes)
        for w in words
    ]
    if rows:
        con.executemany("insert into feature_words values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
