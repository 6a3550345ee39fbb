"""Build: from the source tables to facts, a feature table for every snapshot, and labels."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines import lineage, publish
from pipelines.attributes import write_attributes
from pipelines.categories import write_codes
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.progress import Progress, silent
from pipelines.snapshots import (
    FEATURES,
    LABELS,
    Calendar,
    calendar_of,
    feature_files,
    feature_words,
    label_into,
    set_snapshot_variables,
    snapshots_of,
    word_problems,
)
from pipelines.warehouse import FolderRun, expose, read_folder, run_folder, set_variables, tables
from pipelines.words import write_words

_FACTS_SHARE = 0.3  # of the time a build takes, as measured
_FOREVER = date(9999, 1, 1)
_SOURCE = "source"


@dataclass(frozen=True)
class BuildReport:
    """What a build made. `skipped` names SQL files that had to step aside and the absent tables that were the cause."""

    as_of_date: str
    snapshots: int
    labelled: int
    orders: int
    rows: int
    eligible: int
    features: int
    skipped: dict[str, list[str]]
    seconds: float

    def lines(self) -> list[str]:
        """The report in plain lines."""
        return [
            f"Built {self.features} features for {self.snapshots} snapshots up to {self.as_of_date}, "
            f"{self.labelled} of them labelled: {self.rows:,} rows from {self.orders:,} orders.",
            f"Eligible on {self.as_of_date}: {self.eligible:,} customers.",
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def build(
    home: Path, settings: Settings, run_id: str, cut: date | None = None, progress: Progress = silent
) -> BuildReport:
    """Build features from the current source and publish them as stage `features`.

    Raises InputError when there is no source yet or nothing in it to build from.
    """
    source = publish.require(home, "source")
    with publish.new_store(home, "features", run_id, settings) as con:
        publish.attach(con, source, _SOURCE)
        return build_into(con, _SOURCE, settings, cut, progress)


def build_into(
    con: duckdb.DuckDBPyConnection,
    source_alias: str,
    settings: Settings,
    cut: date | None = None,
    progress: Progress = silent,
) -> BuildReport:
    """Build facts, features, labels, snapshots and words into `con` from the attached store `source_alias`.

    With `cut` the result is what a build on the morning of that day would have made: no event at or after it is
    read, and the newest as-of date is the cut itself. Raises InputError when nothing is there to build from.
    """
    # One transaction: a build that stops leaves nothing behind, and nothing is written twice on the way.
    con.begin()
    try:
        report = _build_into(con, source_alias, settings, cut, progress)
    except BaseException:
        with suppress(duckdb.Error):  # the error that stopped the build is the one to tell
            con.rollback()
        raise
    con.commit()
    return report


def _build_into(
    con: duckdb.DuckDBPyConnection, source_alias: str, settings: Settings, cut: date | None, progress: Progress
) -> BuildReport:
    """All steps of a build, in order."""
    started = time.monotonic()
    facts = facts_into(con, source_alias, settings, cut, progress)
    days = calendar_of(con, settings, cut)
    if days is None:
        until = f" before {cut}" if cut else ""
        raise InputError(f"orders has no order{until} that is not cancelled. Ingest a source with orders first.")
    set_snapshot_variables(con, settings, days.newest)
    _check_words(con)
    write_words(con, feature_words(con))
    lineage.write_build_info(con, source_alias, settings)
    _snapshots_into(con, settings, days, progress)
    return _report(con, days, facts, time.monotonic() - started)


def facts_into(
    con: duckdb.DuckDBPyConnection,
    source_alias: str,
    settings: Settings,
    cut: date | None = None,
    progress: Progress = silent,
) -> FolderRun:
    """Build the fact tables into `con` from the attached store; with `cut` only from what was known by then."""
    exposed = expose(con, source_alias)
    if settings.churn.eligibility == "subscribed" and "subscriptions" not in exposed:
        raise InputError(
            "Setting churn.eligibility is 'subscribed', but the source has no table subscriptions. "
            "Add the table and run ingest again, or set eligibility to 'active' or 'due'."
        )
    set_variables(con, known_until=cut or _FOREVER, gross_margin=float(settings.economics.gross_margin))
    run_folder(con, "staging", "temp view")
    keys = set(run_folder(con, "keys", "temp table").built)
    # Millions of lines have done their work once they are counted per order: memory is for what comes next.
    _drop_temporary(
        con, keys - {name for file in read_folder("facts") for name in file.references | set(file.optional)}
    )
    run = run_folder(con, "facts", "table", lambda step, done: progress(step, done * _FACTS_SHARE))
    _drop_temporary(con, keys & tables(con))
    write_attributes(con, settings, "customers" in exposed)
    write_codes(con, settings)
    return run


def _drop_temporary(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    for name in names:
        con.execute(f"drop table temp.{name}")


def _check_words(con: duckdb.DuckDBPyConnection) -> None:
    """Stop when a feature and its words do not match; raises InputError naming each."""
    found = word_problems(con)
    if found:
        raise InputError("Features and their words do not match: " + "; ".join(found) + ".")


def _snapshots_into(con: duckdb.DuckDBPyConnection, settings: Settings, days: Calendar, progress: Progress) -> None:
    """Features and labels of every date, oldest first, and table `snapshots` about them."""
    dates = days.dates
    with snapshots_of(con, settings, days.newest) as snapshots:
        for done, (as_of, following) in enumerate(zip(dates, (*dates[1:], None), strict=True)):
            progress(f"features of {as_of}", _FACTS_SHARE + (1 - _FACTS_SHARE) * done / len(dates))
            snapshots.into(as_of, following=following)
            label_into(con, settings, as_of, days.known_until)
    con.execute("create or replace table snapshots (as_of_date date, is_labelled boolean)")
    con.executemany("insert into snapshots values (?, ?)", [(day, day in days.labelled) for day in dates])
    con.execute(f"""
        create or replace table snapshots as
        select as_of_date, is_labelled, count(customer_id) as eligible, avg(churned::double) as churn_rate
        from snapshots left join {LABELS} using (as_of_date)
        group by all order by as_of_date
    """)


def _report(con: duckdb.DuckDBPyConnection, days: Calendar, facts: FolderRun, seconds: float) -> BuildReport:
    """Count what the build made."""
    rows, eligible = con.execute(
        f"select count(*), count(*) filter (as_of_date = ?) from {FEATURES}", [days.newest]
    ).fetchall()[0]
    _, skipped = feature_files(con)
    return BuildReport(
        as_of_date=str(days.newest),
        snapshots=len(days.dates),
        labelled=len(days.labelled),
        orders=con.execute("select count(*) from order_facts").fetchall()[0][0],
        rows=rows,
        eligible=eligible,
        features=con.execute("select count(*) from feature_words").fetchall()[0][0],
        skipped={name: tables_ for name, tables_ in (facts.skipped | skipped).items() if name not in tables(con)},
        seconds=round(seconds, 2),
    )
