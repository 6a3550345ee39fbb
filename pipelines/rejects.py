"""What happens to rows after typing: orders are put together, duplicates dropped, impossible dates and keys rejected.

All work on scratch tables: `staged` holds the rows of one table (see `staging.stage`), `removed` collects those that
do not go on, each with its column, value and reason, or as an exact copy.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from duckdb import DuckDBPyConnection

from pipelines.checks import Check, range_checks
from pipelines.contract import Column, Table
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW
from pipelines.staging import PROBLEM, VALUE

STAGED, REMOVED = "scratch.staged", "scratch.removed"
_EXACT = "decimal(24, 6)"  # sums of doubles depend on their order, sums of decimals do not


def start_removed(con: DuckDBPyConnection) -> None:
    """Create the empty collection of removed rows."""
    con.execute(
        f"create or replace table {REMOVED} "
        f"({ROW} bigint, column_name varchar, value varchar, reason varchar, is_copy boolean)"
    )


def remove_problems(con: DuckDBPyConnection, checks: Sequence[Check]) -> None:
    """Move the rows that broke a check into the collection."""
    if not checks:
        return
    columns = ", ".join(sql_text(check.column) for check in checks)
    reasons = ", ".join(sql_text(check.reason) for check in checks)
    con.execute(f"""
        insert into {REMOVED}
        select {ROW}, ([{columns}])[{PROBLEM}], {VALUE}, ([{reasons}])[{PROBLEM}], false
        from {STAGED}
        where {PROBLEM} > 0
    """)


def group_rows(con: DuckDBPyConnection, table: Table, columns: Sequence[Column]) -> int:
    """Put the rows of one key together and check the sums; returns how many rows went into another one.

    In orders and their lines money and quantities are summed, and a unit price is the mean weighted by quantity.
    Timestamps keep their first; anything else keeps its first value in the order of the source.
    """
    before = _good_rows(con)
    checks = range_checks(columns, {})
    chosen = ", ".join(f"{_grouped_sql(table, column)} as {quoted(column.name)}" for column in columns)
    codes = " ".join(f"when {check.condition} then {code}" for code, check in enumerate(checks, 1))
    problem = f"case {codes} end" if checks else "null::integer"
    values = " ".join(f"when {code} then {check.value}" for code, check in enumerate(checks, 1))
    value = f"case {PROBLEM} {values} end" if checks else "null::varchar"
    keys = ", ".join(map(quoted, table.key))
    con.execute(f"""
        create table scratch.grouped as
        select *, {value} as {VALUE}
        from (
            select *, {problem} as {PROBLEM}
            from (select min({ROW}) as {ROW}, {chosen} from {STAGED} where {PROBLEM} is null group by {keys})
        )
        order by {ROW}
    """)
    con.execute(f"drop table {STAGED}")
    con.execute("alter table scratch.grouped rename to staged")
    remove_problems(con, checks)
    return before - con.execute(f"select count(*) from {STAGED}").fetchall()[0][0]


def count_staged(con: DuckDBPyConnection) -> tuple[int, int]:
    """Rows staged, and those of them that the mapping's `where` left out."""
    return con.execute(f"select count(*), count(*) filter ({PROBLEM} = 0) from {STAGED}").fetchall()[0]


def count_copies(con: DuckDBPyConnection) -> int:
    """Exact copies that were dropped."""
    return con.execute(f"select count(*) from {REMOVED} where is_copy").fetchall()[0][0]


def _good_rows(con: DuckDBPyConnection) -> int:
    """Rows without a problem."""
    return con.execute(f"select count(*) from {STAGED} where {PROBLEM} is null").fetchall()[0][0]


def _grouped_sql(table: Table, column: Column) -> str:
    """The aggregate of one column."""
    name = quoted(column.name)
    if column.name in table.key:
        return f"any_value({name})"
    is_summed = table.name in ("orders", "order_lines") and column.type in ("money", "number")
    if is_summed and column.name == "unit_price":
        weighted = f"sum(cast(unit_price * quantity as {_EXACT})) / nullif(sum(cast(quantity as {_EXACT})), 0)"
        return f"case when min({name}) = max({name}) then min({name}) else cast({weighted} as double) end"
    if is_summed:
        return f"cast(sum(cast({name} as {_EXACT})) as double)"
    return f"min({name})" if column.type == "timestamp" else f"arg_min({name}, {ROW})"


def remove_duplicates(con: DuckDBPyConnection, table: Table, columns: Sequence[Column]) -> None:
    """Drop exact copies of an earlier row; reject rows that use its key for something else."""
    key = ", ".join(map(quoted, table.key))
    hashed = f"hash({key})"
    con.execute(f"""
        create or replace table scratch.repeated as
        select {hashed} as hashed from {STAGED} where {PROBLEM} is null group by 1 having count(*) > 1
    """)
    if not con.execute("select count(*) from scratch.repeated").fetchall()[0][0]:
        return
    content = "row(" + ", ".join(quoted(column.name) for column in columns) + ")"
    shown = " || ', ' || ".join(f"cast({quoted(name)} as varchar)" for name in table.key)
    con.execute(f"""
        insert into {REMOVED}
        select
            {ROW}, {sql_text(", ".join(table.key))}, {shown}, case when not is_copy then
                'row ' || first_row || ' has the same ' || {sql_text(" and ".join(table.key))} || ' with other content'
            end, is_copy
        from (
            select
                {ROW}, {key}, first({ROW}) over same as first_row,
                {content} is not distinct from first({content}) over same as is_copy,
            from {STAGED}
            where {PROBLEM} is null and {hashed} in (select hashed from scratch.repeated)
            window same as (partition by {key} order by {ROW} rows between unbounded preceding and current row)
        )
        where {ROW} > first_row
    """)


def remove_stray_orders(con: DuckDBPyConnection, gap_days: int, tail_share: float, now: datetime | None = None) -> None:
    """Reject orders dated after tomorrow, and the few that lie alone after a long gap.

    An order counts as alone when all orders after a gap of more than `gap_days` are at most `tail_share` of all:
    a shop that paused for a year and came back is left as it is. `now` is naive UTC.
    """
    latest = (now or datetime.now(UTC).replace(tzinfo=None)) + timedelta(days=1)
    good = f"{PROBLEM} is null and {ROW} not in (select {ROW} from {REMOVED})"
    value = "cast(ordered_at as varchar)"
    con.execute(
        f"insert into {REMOVED} select {ROW}, 'ordered_at', {value}, 'lies in the future', false "
        f"from {STAGED} where {good} and ordered_at > ?",
        [latest],
    )
    found = con.execute(f"""
        select previous, day
        from (
            select
                day, lag(day) over (order by day) as previous,
                sum(orders) over (order by day rows between current row and unbounded following) as later,
                sum(orders) over () as total,
            from (select ordered_at::date as day, count(*) as orders from {STAGED} where {good} group by 1)
        )
        where day - previous > {gap_days} and later <= {tail_share} * total
        order by day
        limit 1
    """).fetchall()
    if found:
        previous, day = found[0]
        reason = f"lies {(day - previous).days} days after all other orders (the last is of {previous})"
        con.execute(
            f"insert into {REMOVED} select {ROW}, 'ordered_at', {value}, ?, false from {STAGED} "
            f"where {good} and ordered_at >= ?",
            [reason, day],
        )
