"""Checks of what was loaded, each with its result, its words and the rows behind it.

A check is an SQL file of `sql/data_checks` (one row per row at fault) with its words in `words.toml`, or one of those
that hold for every table of the contract: references and dates. Nothing here stops a run; it is for people to look at.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass

import duckdb
from pydantic import BaseModel, ConfigDict

from pipelines.contract import TABLES, Column, Table
from pipelines.loading import main_time
from pipelines.quoting import quoted, sql_text
from pipelines.warehouse import SQL_FOLDER, execute, read_folder, tables

FOLDER = "data_checks"
PASSED, LOOK, PROBLEM, UNKNOWN = "passed", "worth a look", "problem", "not checked"
KEPT_ROWS = 100  # behind each check
_FOUND = "check_found"
_CUSTOMERS_OF_ORDERS = "customers of orders"
_ROWS = {
    "orders": "order", "order_lines": "order line", "products": "product", "consents": "consent",
    "support_tickets": "ticket", "surveys": "survey answer", "touchpoints": "touchpoint", "contacts": "contact",
    "subscriptions": "contract", "customers": "customer",
}  # fmt: skip
_TITLES = {
    "upgrade_of": "What a product upgrades is a known product",
    "accessory_of": "What an accessory fits is a known product",
}


class CheckWords(BaseModel):
    """What a check looks for; see the head of `words.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    of: str
    limit: float
    why: str
    next_step: str


@dataclass(frozen=True)
class DataCheck:
    """The result of one check: a row of table `data_checks`. `missing` names the tables it would need."""

    check_name: str
    title: str
    state: str
    found: int
    looked_at: int
    of: str
    why: str
    next_step: str
    missing: str = ""


def words() -> dict[str, CheckWords]:
    """The words of every check that is an SQL file, in the order in which people read them."""
    text = (SQL_FOLDER / FOLDER / "words.toml").read_text(encoding="utf-8")
    return {name: CheckWords(**entry) for name, entry in tomllib.loads(text).items()}


def state_of(found: int, looked_at: int, limit: float) -> str:
    """Passed without a row at fault; a problem where they are more than `limit` of all, as a share."""
    if not found:
        return PASSED
    return PROBLEM if found > limit * looked_at else LOOK


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create `data_checks` and `data_check_rows`, empty."""
    con.execute(
        "create or replace table data_checks (check_name varchar, title varchar, state varchar, found bigint,"
        " looked_at bigint, of_what varchar, why varchar, next_step varchar, missing varchar)"
    )
    con.execute(
        "create or replace table data_check_rows"
        " (check_name varchar, place bigint, customer_id varchar, row_key varchar, found varchar)"
    )


def add_check(con: duckdb.DuckDBPyConnection, check: DataCheck) -> None:
    """Add the result of one check."""
    con.execute("insert into data_checks values (?, ?, ?, ?, ?, ?, ?, ?, ?)", list(astuple(check)))


def checks_into(con: duckdb.DuckDBPyConnection) -> None:
    """Run the checks of the SQL files and of the contract's references and dates.

    Contract tables, `ingest_report` and `source_info` are read by their bare names; variable data_through must be set.
    """
    there, files = tables(con), {file.name: file for file in read_folder(FOLDER)}
    sizes = {name: _rows(con, name) for name in TABLES if name in there}
    sizes[_CUSTOMERS_OF_ORDERS] = con.execute("select count(distinct customer_id) from orders").fetchall()[0][0]
    for name, told in words().items():
        missing = files[name].missing(there)
        found = 0
        if not missing:
            execute(con, f"create or replace temp table {_FOUND} as {files[name].text}", files[name].path)
            found = _keep_rows(con, name)
        looked_at = sizes.get(told.of, 0)
        state = UNKNOWN if missing else state_of(found, looked_at, told.limit)
        add_check(
            con, DataCheck(name, told.title, state, found, looked_at, told.of, told.why, told.next_step,
                           ", ".join(missing)),
        )  # fmt: skip
    for check in [*_references(con, sizes), *_futures(con, sizes)]:
        add_check(con, check)
    con.execute(f"drop table if exists {_FOUND}")


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """Rows of a table."""
    return con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]


def _keep_rows(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """Keep the worst of the rows found; returns how many there are."""
    con.execute(
        f"insert into data_check_rows select ?, row_number() over (order by weight desc, row_key), customer_id,"
        f" row_key, found from {_FOUND} order by weight desc, row_key limit {KEPT_ROWS}",
        [name],
    )
    return _rows(con, _FOUND)


def _references(con: duckdb.DuckDBPyConnection, sizes: Mapping[str, int]) -> Iterator[DataCheck]:
    """One check per column that names a row of another table: orphans."""
    (orphans,) = con.execute("select map_from_entries(list((table_name, orphans))) from ingest_report").fetchall()[0]
    for name in sizes:
        if name not in TABLES:
            continue
        for column in TABLES[name].columns:
            if column.refers_to and column.refers_to in sizes:
                found = _orphans(con, TABLES[name], column) if orphans.get(name) else 0
                yield _reference_check(name, column, found, sizes[name])


def _reference_check(name: str, column: Column, found: int, looked_at: int) -> DataCheck:
    """The result for one reference."""
    what = str(column.refers_to).removesuffix("s")
    title = _TITLES.get(column.name) or f"Every {_ROWS[name]} names {'an' if what == 'order' else 'a'} known {what}"
    return DataCheck(
        f"{name}_{column.name}_known", title, state_of(found, looked_at, 0.02), found, looked_at, name,
        f"Rows whose {what} is not in the data are kept, and nothing of that {what} is known for them.",
        f"Export {column.refers_to} for the same time span, and spell their numbers alike.",
    )  # fmt: skip


def _orphans(con: duckdb.DuckDBPyConnection, table: Table, column: Column) -> int:
    """Find rows whose reference leads nowhere; keeps some and returns how many."""
    target, key, name = str(column.refers_to), TABLES[str(column.refers_to)].key[0], quoted(column.name)
    names = [one.name for one in table.columns]
    whose = "rows.customer_id" if "customer_id" in names else "null::varchar"
    row_key = ", ".join(f"rows.{quoted(one)}" for one in table.key)
    con.execute(f"""
        create or replace temp table {_FOUND} as
        select
            {whose} as customer_id, concat_ws(', ', {row_key}) as row_key,
            {sql_text(target.removesuffix("s") + " ")} || rows.{name} as found, 0 as weight,
            {"rows.order_id" if "order_id" in names else "null::varchar"} as order_id,
        from {table.name} as rows
        anti join {target} on rows.{name} = {target}.{key}
        where rows.{name} is not null
    """)
    found = _keep_rows(con, check := f"{table.name}_{column.name}_known")
    if whose.startswith("null") and "order_id" in names:  # whose line it is: forgetting a customer must find it
        con.execute(f"""
            update data_check_rows set customer_id = orders.customer_id
            from {_FOUND} as found, orders
            where data_check_rows.check_name = {sql_text(check)} and found.row_key = data_check_rows.row_key
                and orders.order_id = found.order_id
        """)
    return found


def _futures(con: duckdb.DuckDBPyConnection, sizes: Mapping[str, int]) -> Iterator[DataCheck]:
    """One check over all tables: rows dated after the day they were loaded."""
    found, check = 0, "dated_in_the_future"
    ahead = con.execute(
        "select table_name from ingest_report, source_info where last_at > ingested_at + interval 1 day"
    ).fetchall()
    parts = []
    for (name,) in ahead:
        moment, key = quoted(str(main_time(TABLES[name]))), ", ".join(map(quoted, TABLES[name].key))
        whose = "customer_id" if "customer_id" in [one.name for one in TABLES[name].columns] else "null::varchar"
        parts.append(
            f"select {whose} as customer_id, concat_ws(', ', {key}) as row_key,"
            f" {sql_text(name.replace('_', ' ') + ' of ')} || {moment} as found, epoch({moment}) as weight"
            f" from {name}, source_info where {moment} > ingested_at + interval 1 day"
        )
    if parts:
        con.execute(f"create or replace temp table {_FOUND} as {' union all '.join(parts)}")
        found = _keep_rows(con, check)
    looked_at = sum(size for name, size in sizes.items() if name in TABLES)
    yield DataCheck(
        check, "Nothing is dated in the future", state_of(found, looked_at, 0.001), found, looked_at, "all tables",
        "Rows dated after the day of the load are not known to any prediction before that day comes.",
        "Check the form of the dates: day and month may be exchanged, or the year mistyped.",
    )  # fmt: skip
