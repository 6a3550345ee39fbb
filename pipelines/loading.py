"""The last step of an ingest: good rows into the store in the order later steps read them, the others beside them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

from pipelines.contract import TABLES, Column, Table
from pipelines.errors import InputError
from pipelines.forget import drop_forgotten_rejects
from pipelines.ingest_report import TableReport
from pipelines.mapping import GROUPABLE
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW, BadRow
from pipelines.rejects import REMOVED, STAGED
from pipelines.staging import PROBLEM

_SHOWN = 3
_BAD_ROW = ["number", "column_name", "value", "reason"]
_KEPT = 100_000  # lines of the file that is left for the user to look at


def create_rejects(con: DuckDBPyConnection) -> None:
    """Create the table `rejects`, empty."""
    con.execute(
        "create table rejects "
        "(table_name varchar, row_number bigint, column_name varchar, value varchar, reason varchar)"
    )


def store_rejects(con: DuckDBPyConnection, name: str, bad: Sequence[BadRow], is_shifted: bool) -> int:
    """Add a table's rejects to the store, ordered by row; returns their number.

    `bad` are rows that the format itself broke. With `is_shifted` the other rows were numbered without them, so that
    every good row moves up by the bad ones before it.
    """
    number, column, value, reason = zip(*bad, strict=True) if bad else ([], [], [], [])
    con.register("bad_row", pa.table([pa.array(number, pa.int64()), *map(_texts, (column, value, reason))], _BAD_ROW))
    con.execute(f"""
        insert into rejects
        with moved as (
            select number - nth as after, max(nth) as shift
            from (select number, row_number() over (order by number) as nth from bad_row where {is_shifted})
            group by 1
        )
        select {sql_text(name)}, number, column_name, value, reason
        from (
            select r.{ROW} + coalesce(moved.shift, 0) as number, column_name, value, reason
            from (select * from {REMOVED} where not is_copy) as r
            asof left join moved on r.{ROW} > moved.after
            union all
            select number, column_name, value, reason from bad_row
        )
        order by number
    """)
    con.unregister("bad_row")
    return con.execute("select count(*) from rejects where table_name = ?", [name]).fetchall()[0][0]


def _texts(values: Sequence[str | None]) -> pa.Array:
    """A column of text, also where every value is missing."""
    return pa.array(values, pa.string())


def clear_rejects(home: Path) -> None:
    """Remove what earlier stopped runs left behind for the user to look at."""
    for name in TABLES:
        (_folder(home) / f"{name}.csv").unlink(missing_ok=True)


def _folder(home: Path) -> Path:
    """Where the rejects of a stopped run lie."""
    return home / "rejects"


def stop_at_many_rejects(con: DuckDBPyConnection, home: Path, report: TableReport, largest_share: float) -> None:
    """Raise InputError when too many rows of a table were rejected, or none of the orders is good.

    The rejects go to `home/rejects/<table>.csv`, because the store that would hold them is not published.
    """
    name, left = report.table_name, report.rows_read - report.rows_filtered - report.rows_rejected
    if report.reject_share <= largest_share and (left or name != "orders"):
        return
    if not report.rows_rejected:
        raise InputError(_no_orders(report))
    drop_forgotten_rejects(con, home)
    _folder(home).mkdir(parents=True, exist_ok=True)
    path = _folder(home) / f"{name}.csv"
    own = f"from rejects where table_name = {sql_text(name)} order by row_number"
    con.execute(f"copy (select * {own} limit {_KEPT}) to {sql_text(str(path))} (header)")
    rows = con.execute(f"select row_number, column_name, value, reason {own} limit {_SHOWN}").fetchall()
    first = "; ".join(_told(row) for row in rows)
    wanted = report.rows_read - report.rows_filtered
    raise InputError(
        f"{report.file}: {report.rows_rejected:,} of {wanted:,} rows of {name} cannot be used "
        f"(allowed: {largest_share:.0%}). The first: {first}. All of them are in {path}. "
        f"Mend the file or the mapping, or raise the setting ingest.max_reject_share.{_hint(name, rows)}"
    )


def _no_orders(report: TableReport) -> str:
    """Say that a source has no orders, and why."""
    if report.rows_filtered:
        return f"{report.file}: where in [orders] leaves none of {report.rows_read:,} rows. Mend that condition."
    return f"{report.file} has no orders, only a header. Put at least one order there."


def _told(row: tuple[int, str | None, str | None, str]) -> str:
    """One reject in words."""
    number, column, value, reason = row
    where = f"row {number}" + (f", {column}" if column else "")
    return f"{where}{f' {value!r}' if value is not None else ''}: {reason}"


def _hint(name: str, rows: Sequence[tuple]) -> str:
    """What to set in the mapping when the rejects look like a decimal comma, or like several rows that are one."""
    if any("number" in reason and value and "," in value for _, _, value, reason in rows):
        return ' If numbers have a decimal comma, set decimal = "," in the mapping file.'
    if name in GROUPABLE and any("has the same" in reason for _, _, _, reason in rows):
        return f" If several rows are one of {name}, set group_by_order = true in the mapping file."
    return ""


def move_to_store(con: DuckDBPyConnection, table: Table, columns: Sequence[Column], report: TableReport) -> TableReport:
    """Write the good rows as the contract's table, sorted by customer and time where it has them."""
    names = ", ".join(quoted(column.name) for column in columns)
    moment = main_time(table)
    order = [name for name in ("customer_id", moment, *table.key) if name and name in _names(table)]
    by = "" if table.name == "order_lines" else f"order by {', '.join(dict.fromkeys(order))}"
    removed = f"and {ROW} not in (select {ROW} from {REMOVED})" if _any_removed(con) else ""
    con.execute(f"create table {table.name} as select {names} from {STAGED} where {PROBLEM} is null {removed} {by}")
    con.execute(f"drop table {STAGED}")
    con.execute("drop table if exists scratch.raw")
    span = f"min({moment}), max({moment})" if moment else "null, null"
    loaded, first, last = con.execute(f"select count(*), {span} from {table.name}").fetchall()[0]
    return replace(report, rows_loaded=loaded, first_at=first, last_at=last)


def _any_removed(con: DuckDBPyConnection) -> bool:
    """Whether rows without a problem of their own were removed all the same."""
    return bool(con.execute(f"select count(*) from {REMOVED}").fetchall()[0][0])


def _names(table: Table) -> list[str]:
    """A table's column names."""
    return [column.name for column in table.columns]


def main_time(table: Table) -> str | None:
    """The column that says when a row happened: the first required timestamp, or `signed_up_at` of customers."""
    required = [column.name for column in table.columns if column.type == "timestamp" and column.is_required]
    return required[0] if required else "signed_up_at" if table.name == "customers" else None


def count_orphans(con: DuckDBPyConnection, table: Table, loaded: Mapping[str, TableReport]) -> TableReport:
    """Count the rows that refer to a customer, order or product that the source does not have.

    A reference into a table that is not there at all says nothing and is not counted.
    """
    misses = []
    for column in table.columns:
        if column.refers_to and column.refers_to in loaded:
            key = TABLES[column.refers_to].key[0]
            name = quoted(column.name)
            misses.append(f"({name} is not null and {name} not in (select {key} from {column.refers_to}))")
    if not misses:
        return loaded[table.name]
    count = con.execute(f"select count(*) from {table.name} where {' or '.join(misses)}").fetchall()[0][0]
    return replace(loaded[table.name], orphans=count)


def content_hash(con: DuckDBPyConnection, tables: Sequence[str]) -> str:
    """Sixteen hex digits that change when any loaded value does, and not with row order or file format."""
    digest = hashlib.sha256()
    for name in tables:
        described = con.execute(f"describe {name}").fetchall()
        listed = ", ".join(quoted(row[0]) for row in described)
        count, total = con.execute(f"select count(*), sum(hash({listed})) from {name}").fetchall()[0]
        digest.update(repr((name, [row[:2] for row in described], count, str(total))).encode())
    return digest.hexdigest()[:16]
