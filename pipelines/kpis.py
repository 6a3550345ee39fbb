"""What an executive reads: months, cohorts, the revenue bridge, steps to the third order, value and value at risk."""

from datetime import date
from pathlib import Path

import duckdb

from pipelines import promises, publish
from pipelines.config import Settings
from pipelines.progress import Progress, silent
from pipelines.quoting import sql_text
from pipelines.warehouse import run_folder, set_variables, tables

_AT_RISK = (
    "as_of_date date, horizon_days integer, eligibility varchar, customers bigint, expected_churners double, "
    "expected_value double, value_at_risk double"
)
_SUMS = "count(*), sum(churn_risk), sum(expected_value), sum(churn_risk * expected_value)"


def kpis_into(
    con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, as_of: date, progress: Progress = silent
) -> None:
    """Write tables kpi_months, kpi_bridge, kpi_cohorts, kpi_steps, kpi_values and kpi_value_at_risk into `con`.

    After the list is there. Facts and contract tables are read by their bare names, the variables of `marts` must be
    set. docs/kpis.md has every formula.
    """
    progress("kpis", 0.0)
    set_variables(
        con,
        gross_margin=float(settings.economics.gross_margin),
        ticket_cost=float(settings.economics.ticket_cost),
        contact_cost=float(settings.economics.contact_cost),
    )
    _value_at_risk_into(con, home, settings, as_of)
    parts = run_folder(con, "kpi_parts", "temp table").built
    run_folder(con, "kpi_marts")
    for name in parts:
        con.execute(f"drop table temp.{name}")


def _value_at_risk_into(con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, as_of: date) -> None:
    """Table kpi_value_at_risk: one row per day and question about which a run promised something, and today's.

    What the last publication knew stays known after its promises are settled. Readers choose the question (horizon and
    who is looked at) that is asked now, and days up to the one that is scored.
    """
    con.execute(f"create or replace table kpi_value_at_risk ({_AT_RISK})")
    _from_last_publication(con, home)
    for one in promises.kept(home):
        if one.path:
            asked = (one.as_of_date, one.horizon_days, one.eligibility)
            _replace(con, asked, f"read_parquet({sql_text(str(one.path))})")
    _replace(con, (as_of, settings.churn.horizon_days, settings.churn.eligibility), "customer_scores")


def _replace(con: duckdb.DuckDBPyConnection, asked: tuple[date, int, str], scores: str) -> None:
    """Put the sums of some scores in the place of what an earlier version said about the same day."""
    con.execute(
        "delete from kpi_value_at_risk where as_of_date = ? and horizon_days = ? and eligibility = ?", list(asked)
    )
    con.execute(f"insert into kpi_value_at_risk select ?, ?, ?, {_SUMS} from {scores} having count(*) > 0", list(asked))


def _from_last_publication(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Copy the rows of what is published now, if it knows any."""
    last = publish.current(home, "warehouse")
    if last is None:
        return
    with duckdb.connect(str(last), read_only=True) as published:
        known = "kpi_value_at_risk" in tables(published)
        rows = published.execute("select * from kpi_value_at_risk").fetchall() if known else []
    if rows:
        con.executemany("insert into kpi_value_at_risk values (?, ?, ?, ?, ?, ?, ?)", rows)
