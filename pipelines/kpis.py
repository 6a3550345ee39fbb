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
    """Table kpi_value_at_risk: one row per day about which a run promised something, and the day that is scored now.

    What the last publication knew stays known after its promises are settled. Promises about another horizon or other
    customers are left out: they cannot be compared.
    """
    asked = (settings.churn.horizon_days, settings.churn.eligibility)
    con.execute(f"create or replace table kpi_value_at_risk ({_AT_RISK})")
    _from_last_publication(con, home, asked, as_of)
    for one in promises.kept(home):
        if one.path and one.as_of_date < as_of and (one.horizon_days, one.eligibility) == asked:
            # two versions may have promised something about one day: the later one is in use since
            con.execute("delete from kpi_value_at_risk where as_of_date = ?", [one.as_of_date])
            _add(con, one.as_of_date, asked, f"read_parquet({sql_text(str(one.path))})")
    _add(con, as_of, asked, "customer_scores")


def _add(con: duckdb.DuckDBPyConnection, day: date, asked: tuple[int, str], scores: str) -> None:
    con.execute(
        f"insert into kpi_value_at_risk select ?, ?, ?, {_SUMS} from {scores} having count(*) > 0", [day, *asked]
    )


def _from_last_publication(con: duckdb.DuckDBPyConnection, home: Path, asked: tuple[int, str], as_of: date) -> None:
    """Copy the earlier days of what is published now, if it knows any."""
    last = publish.current(home, "warehouse")
    if last is None:
        return
    with duckdb.connect(str(last), read_only=True) as published:
        if "kpi_value_at_risk" not in tables(published):
            return
        rows = published.execute(
            "select * from kpi_value_at_risk where as_of_date < ? and horizon_days = ? and eligibility = ?",
            [as_of, *asked],
        ).fetchall()
    if rows:
        con.executemany("insert into kpi_value_at_risk values (?, ?, ?, ?, ?, ?, ?)", rows)
