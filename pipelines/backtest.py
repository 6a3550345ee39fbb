"""Time travel: the list exactly as it would have been on a day, next to what then happened."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines import publish
from pipelines.build import build_into, facts_into
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.progress import Progress, silent
from pipelines.quoting import sql_text
from pipelines.score import score_into
from pipelines.snapshots import label_into, snapshot_into
from pipelines.train import Training, train_from

_SOURCE = "source"


@dataclass(frozen=True)
class BacktestReport:
    """What a backtest wrote, and how promise and outcome compare where the horizon is over."""

    out: str
    as_of_date: str
    customers: int
    promised_churn: float
    actual_churn: float | None

    def lines(self) -> list[str]:
        """The report in plain lines."""
        told = f"{self.actual_churn:.1%}" if self.actual_churn is not None else "not known yet: the horizon is not over"
        return [
            f"Wrote {self.customers:,} customers as of {self.as_of_date} to {self.out}.",
            f"Churn promised {self.promised_churn:.1%}, actual {told}.",
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def backtest_to(out: Path, home: Path, settings: Settings, as_of: date, progress: Progress = silent) -> BacktestReport:
    """Train on what was known before `as_of`, score that day, and write one row per eligible customer as Parquet.

    Columns: customer_id, as_of_date, churn_risk (probability), churned (null where the horizon is not over),
    expected_value (margin over the value horizon if the customer stays). Nothing published changes. Raises InputError
    when the day lies outside the data, or too little was known by then for a list that is more than noise.
    """
    source = publish.require(home, _SOURCE)
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist. Create it or name another one.")
    with _scratch(home, "known", settings) as con:
        publish.attach(con, source, _SOURCE)
        _require_day(con, as_of)
        build_into(con, _SOURCE, settings, as_of, progress)
        training = train_from(con, settings, progress)
        _require_signal(training, as_of)
        score_into(con, "main", settings, as_of, training.model, progress)
        known = home / "tmp" / "known.parquet"
        con.execute(f"copy (select * from customer_scores) to {sql_text(str(known))} (format parquet)")
    with _scratch(home, "outcome", settings) as con:
        publish.attach(con, source, _SOURCE)
        _outcomes_into(con, settings, as_of)
        return _write(con, known, out, as_of)


@contextmanager
def _scratch(home: Path, name: str, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a database file of its own that is gone afterwards."""
    folder = home / "tmp" / f"backtest_{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with duckdb.connect(str(folder / "scratch.duckdb")) as con:
            publish.configure(con, home, settings)
            yield con
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_day(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Refuse a day without orders before it, or one after everything the source knows."""
    first, last = con.execute(
        "select min(ordered_at)::date, max(ordered_at)::date from source.orders where status != 'cancelled'"
    ).fetchall()[0]
    if not first < as_of <= last + timedelta(days=1):
        raise InputError(
            f"--as-of {as_of}: the orders run from {first} to {last}. "
            f"Name a day from {first + timedelta(days=1)} to {last + timedelta(days=1)}."
        )


def _require_signal(training: Training, as_of: date) -> None:
    """Refuse to write noise as risk: on that day `score` would have published nobody's risk either."""
    if not training.evaluation.has_signal:
        raise InputError(
            f"--as-of {as_of}: no usable signal in what was known by then, {training.evaluation.lacking}. "
            "No risk would have been published that day. Name a later day, or choose another churn.horizon_days."
        )


def _outcomes_into(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> None:
    """What then happened: labels of the customers eligible on the day, from everything known today."""
    facts_into(con, _SOURCE, settings)
    snapshot_into(con, settings, as_of)
    last = con.execute("select max(ordered_on) from order_facts").fetchall()[0][0]
    label_into(con, settings, as_of, last + timedelta(days=1))


def _write(con: duckdb.DuckDBPyConnection, known: Path, out: Path, as_of: date) -> BacktestReport:
    """Join prediction and outcome, write beside the target and rename."""
    con.execute(
        f"""
        create table backtest as
        select scores.customer_id, scores.as_of_date, churn_risk, churned, expected_value
        from read_parquet({sql_text(str(known))}) as scores
        left join churn_labels using (customer_id)
        order by customer_id
        """
    )
    unfinished = out.with_name(f".{out.name}.tmp")
    try:
        con.execute(f"copy backtest to {sql_text(str(unfinished))} (format parquet)")
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
        known.unlink(missing_ok=True)
    rows, promised, actual = con.execute(
        "select count(*), avg(churn_risk), avg(churned::double) from backtest"
    ).fetchall()[0]
    return BacktestReport(str(out), str(as_of), rows, promised, actual)
