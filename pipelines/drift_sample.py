"""The customers that drift looks at: one lasting sample, with their features on about one day per month.

Months whose outcome is known lie in the feature store; those between them and today are computed for the sample alone.
"""

from collections.abc import Iterator
from datetime import date

import duckdb
import pandas as pd

from pipelines.config import Settings
from pipelines.frames import floats_sql
from pipelines.quoting import quoted
from pipelines.snapshots import months_before, snapshot_into

SAMPLE = 10_000  # customers looked at per day
MONTHS = 18
_BETWEEN_DAYS, _SETTLED_DAYS = 25, 20
_RECENT = "recent_features"
_OWN = {"customer_features", "churn_labels", "snapshots", "feature_words", "build_info", "customer_attributes"}


def sample_into(con: duckdb.DuckDBPyConnection, newest: date) -> bool:
    """Temporary table `looked_at`: the sampled customers, the same from run to run; False where it is all of them."""
    rows = con.execute("select count(*) from customer_features where as_of_date = ?", [newest]).fetchall()[0][0]
    share = 10_000 * SAMPLE // max(rows, SAMPLE)
    con.execute(
        "create temp table looked_at as select customer_id, customer_number from customer_numbers"
        f" where md5_number_lower(customer_id) % 10000 < {share}"
    )
    return share < 10_000


def days_of(con: duckdb.DuckDBPyConnection, newest: date) -> list[date]:
    """About one day per month, oldest first: the stored ones, and between the last of these and the newest more."""
    stored = [row[0] for row in con.execute("select as_of_date from snapshots order by 1 desc").fetchall()]
    kept: list[date] = []
    for day in stored[1:]:
        if not kept or (kept[-1] - day).days >= _BETWEEN_DAYS:
            kept.append(day)
    last = kept[0] if kept else newest
    between = [months_before(newest, step) for step in range(1, 25)]
    recent = [day for day in between if (day - last).days >= _SETTLED_DAYS]
    return sorted({*kept[:MONTHS], *recent, newest})


def frames_of(
    con: duckdb.DuckDBPyConnection, settings: Settings, days: list[date], names: list[str], is_part: bool
) -> Iterator[tuple[date, pd.DataFrame]]:
    """Each day with the sampled customers' features; what the store does not hold is computed.

    Facts that an earlier version of the program built may not fit the present SQL: then those days are left out.
    """
    stored = {row[0] for row in con.execute("select as_of_date from snapshots").fetchall()}
    columns = floats_sql(names, "rows")
    missing = [day for day in days if day not in stored]
    is_computed = bool(missing) and _computed(con, settings, missing, is_part)
    for day in days:
        if day in missing and not is_computed:
            continue
        table = _RECENT if day in missing else "features.customer_features"
        yield (
            day,
            con.execute(
                f"select rows.customer_id, rows.as_of_date, {columns} from {table} as rows"
                " semi join looked_at using (customer_id) where rows.as_of_date = ?",
                [day],
            ).df(),
        )


def _computed(con: duckdb.DuckDBPyConnection, settings: Settings, days: list[date], is_part: bool) -> bool:
    """Make table `recent_features` of the sampled customers on days that the store lacks; False where it cannot be."""
    try:
        if is_part:
            _sampled_facts(con)
        for day in days:
            snapshot_into(con, settings, day, _RECENT)
    except duckdb.Error:
        return False
    return True


def _sampled_facts(con: duckdb.DuckDBPyConnection) -> None:
    """Facts of the sampled customers in place of everybody's."""
    found = con.execute(
        "select table_name, list(column_name) from duckdb_columns() where database_name = 'features' group by 1"
    ).fetchall()
    for name, columns in found:
        key = next((key for key in ("customer_number", "customer_id") if key in columns), None)
        if key and name not in _OWN:
            con.execute(f"drop view if exists {quoted(name)}")
            con.execute(
                f"create temp table {quoted(name)} as from features.{quoted(name)} semi join looked_at using ({key})"
            )
