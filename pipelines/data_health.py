"""What the data health page shows: how fresh each source is, which days are missing, what was checked and matched.

Made at every scoring from the published source, beside the scores that were made from it. Tables: `data_sources` (one
row per table of the contract), `data_days` (table × day), `data_gaps` (table × run of missing days), `data_columns`
(table × column: where it came from and how full it is), `data_rejects` (rejected rows by reason), `matched_revenue`
(one row), `data_checks` and `data_check_rows` (`pipelines.data_checks`).
"""

from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from models.daily_gaps import CLOSED, GAP, judge
from pipelines.contract import TABLES
from pipelines.data_checks import PASSED, PROBLEM, DataCheck, add_check, checks_into, create_tables, state_of
from pipelines.ingest_report import BRINGS
from pipelines.loading import main_time
from pipelines.progress import Progress, silent
from pipelines.quoting import quoted, sql_text
from pipelines.warehouse import run_folder, set_variables, tables

LONGEST_DAYS = 5 * 366  # older days are not judged
_DAYS = "table_name varchar, day date, rows bigint, expected double, low double, high double, state varchar"


def data_health_into(con: duckdb.DuckDBPyConnection, progress: Progress = silent) -> None:
    """Write the tables of the module's docstring into `con`.

    Contract tables, `rejects`, `ingest_report`, `source_info` and, where the source was loaded by this version,
    `source_columns` are read by their bare names; variable data_through must be set.
    """
    there = tables(con)
    set_variables(con, **{f"has_{name}": name in there for name in ("customers", "order_lines", "products")})
    progress("days of each source", 0.0)
    _days_into(con)
    run_folder(con, "data_health")
    progress("columns", 0.4)
    _columns_into(con, there)
    progress("checks of the data", 0.5)
    create_tables(con)
    for check in [_missing_days(con), _stopped(con), *_loaded(con)]:
        add_check(con, check)
    checks_into(con)
    _sources_into(con)


def _days_into(con: duckdb.DuckDBPyConnection) -> None:
    """Write `data_days` and `data_gaps`: every table that has moments, up to the newest day of all of them."""
    con.execute(f"create or replace table data_days ({_DAYS})")
    newest = _newest(con)
    for name in [name for name in TABLES if name in tables(con) and main_time(TABLES[name])]:
        judged = _judged(con, name, newest) if newest else None
        if judged is not None:
            con.register("judged_days", judged)
            con.execute(f"insert into data_days select {sql_text(name)}, * from judged_days")
            con.unregister("judged_days")
    con.execute(f"""
        create or replace table data_gaps as
        select
            table_name, min(day) as first_day, max(day) as last_day, count(*) as days, sum(expected) as expected_rows,
            sum(rows) as rows, max(day) = any_value(until) as is_open,
        from (
            select
                *,
                row_number() over (partition by table_name order by day)
                    - row_number() over (partition by table_name, state order by day) as run,
                max(day) over (partition by table_name) - 1 as until,
            from data_days where state != {sql_text(CLOSED)}
        )
        where state = {sql_text(GAP)}
        group by table_name, run
        order by first_day, table_name
    """)


def _newest(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """The newest moment of any table that is not after the load itself."""
    return con.execute(
        "select max(last_at) from ingest_report, source_info where last_at <= ingested_at + interval 1 day"
    ).fetchall()[0][0]


def _judged(con: duckdb.DuckDBPyConnection, name: str, newest: datetime) -> pd.DataFrame | None:
    """Every day of one table from its first row on, judged; None for a table without a moment."""
    moment = quoted(str(main_time(TABLES[name])))
    last: date = newest.date()
    first = last - timedelta(days=LONGEST_DAYS - 1)
    found = con.execute(
        f"select cast({moment} as date) as day, count(*) as rows from {name}"
        f" where {moment} >= ? and cast({moment} as date) <= ? group by 1",
        [first, last],
    ).fetchall()
    if not found:
        return None
    first = min(day for day, _ in found)
    rows = np.zeros((last - first).days + 1)
    for day, count in found:
        rows[(day - first).days] = count
    return judge(rows, first)


def _columns_into(con: duckdb.DuckDBPyConnection, there: set[str]) -> None:
    """Write `data_columns`: each column of a loaded table, what fills it and in how many rows it is filled."""
    con.execute(
        "create or replace table data_columns (table_name varchar, place bigint, column_name varchar,"
        " is_required boolean, filled bigint, looked_at bigint, origin varchar, source varchar)"
    )
    for name, table in TABLES.items():
        if name not in there:
            continue
        own = {column.name: column for column in table.columns}
        names = [row[0] for row in con.execute(f"describe {name}").fetchall()]
        counts = con.execute(f"select count(*), {', '.join(f'count({quoted(one)})' for one in names)} from {name}")
        total, *filled = counts.fetchall()[0]
        rows = [
            [name, place, one, one in own and own[one].is_required, count, total]
            for place, (one, count) in enumerate(zip(names, filled, strict=True))
        ]
        con.executemany("insert into data_columns values (?, ?, ?, ?, ?, ?, null, null)", rows)
    if "source_columns" in there:
        con.execute("""
            update data_columns set origin = told.origin, source = told.source from source_columns as told
            where told.table_name = data_columns.table_name and told.column_name = data_columns.column_name
        """)


def _missing_days(con: duckdb.DuckDBPyConnection) -> DataCheck:
    """Whether days are missing between others; the rows behind it are the gaps, the longest first."""
    con.execute("""
        insert into data_check_rows
        select 'missing_days', row_number() over (order by days desc, first_day, table_name), null,
            replace(table_name, '_', ' '),
            first_day || ' to ' || last_day || ': ' || days || ' days, about ' || round(expected_rows)::bigint
                || ' rows expected' || case when rows > 0 then ', ' || rows || ' came' else '' end
        from data_gaps where not is_open order by 2 limit 100
    """)
    days, looked_at = con.execute(
        "select (select coalesce(sum(days), 0) from data_gaps where not is_open), count(*) from data_days"
    ).fetchall()[0]
    return DataCheck(
        "missing_days", "No days are missing", state_of(days, looked_at, 0.0), days, looked_at, "days of all tables",
        "A day that was not exported looks like a day on which nobody ordered: customers seem to pause.",
        "Export these days again and load the source anew.",
    )  # fmt: skip


def _stopped(con: duckdb.DuckDBPyConnection) -> DataCheck:
    """Whether every source goes on to the newest day."""
    con.execute("""
        insert into data_check_rows
        select 'sources_go_on', row_number() over (order by days desc, table_name), null,
            replace(table_name, '_', ' '), 'no rows since ' || first_day || ': ' || days || ' days, about '
                || round(expected_rows)::bigint || ' rows expected'
        from data_gaps where is_open order by 2 limit 100
    """)
    stopped, looked_at = con.execute(
        "select (select count(*) from data_gaps where is_open), count(distinct table_name) from data_days"
    ).fetchall()[0]
    return DataCheck(
        "sources_go_on", "Every source goes on to the newest day", PROBLEM if stopped else PASSED, stopped, looked_at,
        "tables with dates",
        "A source that stopped looks like customers who fell silent, and the model takes it for behaviour.",
        "Mend the export of this table, then load the source anew.",
    )  # fmt: skip


def _loaded(con: duckdb.DuckDBPyConnection) -> list[DataCheck]:
    """What the load itself counted: rejected rows and exact copies."""
    rejected, copies, rows_read = con.execute(
        "select sum(rows_rejected), sum(rows_duplicate), sum(rows_read - rows_filtered) from ingest_report"
    ).fetchall()[0]
    return [
        DataCheck(
            "rejected_rows", "Every row could be read", state_of(rejected, rows_read, 0.01), rejected, rows_read,
            "all tables", "Rejected rows are missing in everything that follows.",
            "Look at the reasons under “Rejected rows”, mend the file or the mapping, and load again.",
        ),
        DataCheck(
            "exact_copies", "No row came twice", state_of(copies, rows_read, 0.01), copies, rows_read, "all tables",
            "Exact copies were dropped; they count once. Many of them mean that files were exported twice.",
            "Nothing has to be done; look at the export if they are many.",
        ),
    ]  # fmt: skip


def _sources_into(con: duckdb.DuckDBPyConnection) -> None:
    """Write `data_sources`: the ingest's report with freshness in days, missing days and what an absent table brings.

    `state` is `stopped`, `up to date`, `without dates` or `absent`; `freshness_days` counts from the newest moment of
    all tables.
    """
    con.register("brings", pd.DataFrame({"table_name": list(BRINGS), "brings": list(BRINGS.values())}))
    con.register("table_order", pd.DataFrame({"table_name": list(TABLES), "place": range(len(TABLES))}))
    con.execute(f"""
        create or replace table data_sources as
        with

        days as (
            select
                table_name, count(*) as days, count(*) filter (state = {sql_text(GAP)}) as gap_days,
                count(*) filter (state = 'quiet') as quiet_days,
            from data_days group by 1
        ),

        stopped as (select table_name, min(first_day) as stopped_on from data_gaps where is_open group by 1),

        newest as (
            select max(last_at) as newest_at from ingest_report, source_info
            where last_at <= ingested_at + interval 1 day
        )

        select
            table_order.place, report.*, newest_at,
            greatest(date_diff('day', cast(last_at as date), cast(newest_at as date)), 0) as freshness_days,
            days, coalesce(gap_days, 0) as gap_days, coalesce(quiet_days, 0) as quiet_days, stopped_on, brings,
            case
                when not is_present then 'absent'
                when stopped_on is not null then 'stopped'
                when days is null then 'without dates'
                else 'up to date'
            end as state,
        from ingest_report as report
        cross join newest
        left join days using (table_name)
        left join stopped using (table_name)
        left join brings using (table_name)
        left join table_order using (table_name)
        order by place
    """)
    for name in ("brings", "table_order"):
        con.unregister(name)
