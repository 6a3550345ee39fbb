"""Erase a person from everything under home, and remember only a keyed hash so that no later ingest brings them back."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines import publish
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.publish import sql_text

_READERS = {".parquet": "read_parquet({0})", ".csv": "read_csv({0}, all_varchar = true)", ".jsonl": "read_json({0})"}
_WRITERS = {".parquet": "(format parquet)", ".csv": "(header)", ".jsonl": "(format json)"}


@dataclass(frozen=True)
class ForgetReport:
    """What was erased, without naming the person."""

    rows_erased: int
    stores: list[str]
    files: list[str]
    unread_files: list[str]

    def lines(self) -> list[str]:
        """The report in plain lines."""
        lines = [f"Erased {self.rows_erased:,} rows from {len(self.stores)} stores and {len(self.files)} files."]
        lines.append("Older runs were removed. A later ingest leaves this customer out.")
        if self.unread_files:
            lines.append(f"Not checked, look at them yourself: {', '.join(self.unread_files)}.")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def forget_customer(home: Path, customer_id: str, settings: Settings, run_id: str) -> ForgetReport:
    """Erase every row of a customer under home; raises InputError when nobody of that id is there.

    Stores are rewritten whole, because a deleted row stays readable in a database file. Call under the run lock.
    """
    orders = _orders_of(home, customer_id)
    files, unread = _files_naming(home, customer_id, orders)
    stores = [stage for stage in publish.STAGES if _rows_in_store(home, stage, customer_id, orders)]
    if not stores and not files:
        raise InputError(f"No customer {customer_id!r} under {home}. Check the id: it must match exactly.")
    _remember(home, customer_id)
    erased = sum(_rewrite_store(home, stage, customer_id, orders, settings, run_id) for stage in stores)
    erased += sum(_rewrite_file(path, customer_id, orders) for path in files)
    for stage in publish.STAGES:
        publish.prune(home, stage, keep=1)
    (home / "last_error.txt").unlink(missing_ok=True)
    names = [str(path.relative_to(home)) for path in files]
    return ForgetReport(erased, stores, names, [str(path.relative_to(home)) for path in unread])


def drop_forgotten(con: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Delete forgotten people from the contract tables of a source being loaded; returns the rows left out."""
    if not _memory(home).exists():
        return 0
    memory = json.loads(_memory(home).read_text(encoding="utf-8"))
    con.execute("create or replace temp table forgotten as select unnest(?::varchar[]) as hash", [memory["hashes"]])
    is_forgotten = f"sha256({sql_text(memory['salt'])} || customer_id) in (select hash from forgotten)"
    tables = _tables(con, "customer_id")
    dropped = 0
    if "order_lines" in _tables(con, "order_id") and "orders" in tables:
        condition = f"order_id in (select order_id from orders where {is_forgotten})"
        dropped += _delete(con, "order_lines", condition)
    return dropped + sum(_delete(con, table, is_forgotten) for table in tables)


def _delete(con: duckdb.DuckDBPyConnection, table: str, condition: str) -> int:
    """Delete rows and return how many."""
    return int(con.execute(f'delete from "{table}" where {condition}').fetchall()[0][0])


def _memory(home: Path) -> Path:
    """Where the keyed hashes of forgotten people lie."""
    return home / "forgotten.json"


def _remember(home: Path, customer_id: str) -> None:
    """Add a customer's keyed hash; the file is replaced atomically and readable by its owner alone."""
    path = _memory(home)
    memory = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"salt": secrets.token_hex(16), "hashes": []}
    with duckdb.connect() as con:
        digest = con.execute("select sha256(? || ?)", [memory["salt"], customer_id]).fetchall()[0][0]
    memory["hashes"] = sorted({*memory["hashes"], digest})
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(memory), encoding="utf-8")
    unfinished.chmod(0o600)
    os.replace(unfinished, path)


def _tables(con: duckdb.DuckDBPyConnection, column: str, database: str = "") -> list[str]:
    """Tables that have a column, in the connection's own database or an attached one."""
    rows = con.execute(
        "select distinct table_name from duckdb_columns() where column_name = ? and not internal"
        " and database_name = coalesce(nullif(?, ''), current_database()) order by 1",
        [column, database],
    ).fetchall()
    return [row[0] for row in rows]


def _orders_of(home: Path, customer_id: str) -> list[str]:
    """Order ids of a customer in the current source, to find lines that carry no customer id."""
    if publish.current(home, "source") is None:
        return []
    with publish.open_current(home, "source") as con:
        rows = con.execute("select order_id from orders where customer_id = ?", [customer_id]).fetchall()
    return [row[0] for row in rows]


def _erased_sql(columns: set[str], customer_id: str, orders: list[str]) -> str | None:
    """The condition that finds a person's rows in a table with these columns, or None where there can be none."""
    if "customer_id" in columns:
        return f"cast(customer_id as varchar) = {sql_text(customer_id)}"
    if "order_id" in columns and orders:
        return f"cast(order_id as varchar) in ({', '.join(map(sql_text, orders))})"
    if {"column_name", "value", "reason"} <= columns:
        values = ", ".join(map(sql_text, [customer_id, *orders]))
        return f"value in ({values})"
    return None


def _conditions(con: duckdb.DuckDBPyConnection, database: str, customer_id: str, orders: list[str]) -> dict[str, str | None]:
    """Every table of a database with the condition that finds the person's rows in it."""
    rows = con.execute(
        "select table_name, list(column_name) from duckdb_columns() where database_name = ? and not internal"
        " group by 1 order by 1",
        [database],
    ).fetchall()
    return {table: _erased_sql(set(columns), customer_id, orders) for table, columns in rows}


def _rows_in_store(home: Path, stage: str, customer_id: str, orders: list[str]) -> int:
    """How many rows of the person a stage's current file holds."""
    path = publish.current(home, stage)
    if path is None:
        return 0
    with duckdb.connect() as con:
        publish.attach(con, path, "old")
        found = _conditions(con, "old", customer_id, orders).items()
        counts = [_count(con, f'old."{table}"', condition) for table, condition in found if condition]
    return sum(counts)


def _count(con: duckdb.DuckDBPyConnection, relation: str, condition: str) -> int:
    """Rows of a relation that meet a condition."""
    return int(con.execute(f"select count(*) from {relation} where {condition}").fetchall()[0][0])


def _rewrite_store(
    home: Path, stage: str, customer_id: str, orders: list[str], settings: Settings, run_id: str
) -> int:
    """Publish a copy of a stage's current file without the person; returns the rows left out."""
    erased = 0
    path = publish.require(home, stage)
    with publish.new_store(home, stage, run_id, settings) as con:
        publish.attach(con, path, "old")
        for table, condition in _conditions(con, "old", customer_id, orders).items():
            keep = f"where ({condition}) is not true" if condition else ""
            con.execute(f'create table "{table}" as select * from old."{table}" {keep}')
            erased += _count(con, f'old."{table}"', condition) if condition else 0
    return erased


def _files_naming(home: Path, customer_id: str, orders: list[str]) -> tuple[list[Path], list[Path]]:
    """Data files under home that hold rows of the person, and those that cannot be searched by column."""
    found, unread = [], []
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home).parts[0]
        if inside in {"store", "registry", "tmp"} or path.suffix.lower() not in {*_READERS, ".xlsx"}:
            continue
        try:
            if _rows_in_file(path, customer_id, orders):
                found.append(path)
        except (KeyError, duckdb.Error):
            unread.append(path)
    return found, unread


def _file_condition(con: duckdb.DuckDBPyConnection, relation: str, customer_id: str, orders: list[str]) -> str | None:
    """The condition for a data file; its columns are read from the file."""
    columns = {row[0] for row in con.execute(f"describe select * from {relation}").fetchall()}
    condition = _erased_sql(columns, customer_id, orders)
    if condition is None and not {"order_id", "product_id"} & columns:
        raise KeyError("no column of the contract")
    return condition


def _rows_in_file(path: Path, customer_id: str, orders: list[str]) -> int:
    """Rows of the person in a data file; raises KeyError when its columns are not the contract's."""
    with duckdb.connect() as con:
        relation = _READERS[path.suffix.lower()].format(sql_text(str(path)))
        condition = _file_condition(con, relation, customer_id, orders)
        return _count(con, relation, condition) if condition else 0


def _rewrite_file(path: Path, customer_id: str, orders: list[str]) -> int:
    """Replace a data file atomically by one without the person; returns the rows left out."""
    unfinished = path.with_name(f".{path.name}.new")
    with duckdb.connect() as con:
        relation = _READERS[path.suffix.lower()].format(sql_text(str(path)))
        condition = _file_condition(con, relation, customer_id, orders)
        erased = _count(con, relation, str(condition))
        con.execute(
            f"copy (select * from {relation} where ({condition}) is not true) "
            f"to {sql_text(str(unfinished))} {_WRITERS[path.suffix.lower()]}"
        )
    os.replace(unfinished, path)
    return erased
