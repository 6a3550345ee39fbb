"""Databases: PostgreSQL over ADBC, SQLite and DuckDB, each streamed to the loader as Arrow batches."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as postgresql
import duckdb
import pyarrow as pa

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.mapping import TableMapping, did_you_mean
from pipelines.quoting import quoted
from pipelines.readers.raw import ROW, Raw, blames_source, check_names, first_line, types_of
from pipelines.source import Source, TableSource, hidden, redacted

BATCH_ROWS = 50_000
_ERRORS = (adbc_driver_manager.Error, sqlite3.Error, duckdb.Error, pa.ArrowException, OSError)
_PLAIN = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean,
    pa.types.is_timestamp, pa.types.is_date,
)  # fmt: skip


class Database(Protocol):
    """What the loader asks of a database."""

    def tables(self) -> list[str]:
        """Names of the tables and views that a bare name reaches."""

    def columns(self, relation: str) -> dict[str, str]:
        """Column → SQL that selects it in a type Arrow and DuckDB share."""

    def batches(self, sql: str) -> pa.RecordBatchReader:
        """A query's rows, batch by batch."""


class _PostgreSQL:
    """PostgreSQL over ADBC, in a read-only transaction."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor()
        self._cursor.execute("set transaction read only")

    def tables(self) -> list[str]:
        sql = "select table_name from information_schema.tables where table_schema = any(current_schemas(false))"
        self._cursor.execute(f"{sql} order by table_name")
        return [row[0] for row in self._cursor.fetchall()]

    def columns(self, relation: str) -> dict[str, str]:
        return {field.name: self._select(field) for field in self.batches(f"select * from {relation} limit 0").schema}

    def batches(self, sql: str) -> pa.RecordBatchReader:
        self._cursor.execute(sql)
        return self._cursor.fetch_record_batch()

    @staticmethod
    def _select(field: pa.Field) -> str:
        """Numeric as double, what DuckDB has no match for as text."""
        name, kind = quoted(field.name), (field.metadata or {}).get(b"POSTGRESQL:type", b"").strip(b"'").decode()
        if kind in ("numeric", "money"):
            return f"cast(cast({name} as numeric) as double precision)"
        return name if any(test(field.type) for test in _PLAIN) else f"cast({name} as text)"


class _SQLite:
    """SQLite read-only. Its columns hold values of any type, so each gets the narrowest one that holds them all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._types: dict[str, pa.DataType] = {}

    def tables(self) -> list[str]:
        found = self._connection.execute("select name from sqlite_master where type in ('table', 'view') order by name")
        return [row[0] for row in found]

    def columns(self, relation: str) -> dict[str, str]:
        names = [item[0] for item in self._connection.execute(f"select * from {relation} limit 0").description]
        kinds = ("integer", "real", "text", "blob")
        seen = ", ".join(f"max(typeof({quoted(name)}) = '{kind}')" for name in names for kind in kinds)
        flags = self._connection.execute(f"select {seen} from {relation}").fetchone()
        for index, name in enumerate(names):
            _, is_real, is_text, is_blob = flags[4 * index : 4 * index + 4]
            number = pa.float64() if is_real else pa.int64()
            self._types[name] = pa.string() if is_text or is_blob else number
        return {name: quoted(name) for name in names}

    def batches(self, sql: str) -> pa.RecordBatchReader:
        cursor = self._connection.execute(sql)
        schema = pa.schema([(item[0], self._types[item[0]]) for item in cursor.description])
        return pa.RecordBatchReader.from_batches(schema, _batches(cursor, schema))


def _batches(cursor: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows of an SQLite cursor as Arrow batches."""
    while rows := cursor.fetchmany(BATCH_ROWS):
        arrays = []
        for values, field in zip(zip(*rows, strict=True), schema, strict=True):
            column: Sequence[Any] = [_as_text(v) for v in values] if field.type == pa.string() else values
            arrays.append(pa.array(column, field.type))
        yield pa.record_batch(arrays, schema)


def _as_text(value: Any) -> str | None:
    """A value of a column that holds text as well."""
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class _DuckDB:
    """A DuckDB file, read-only and without access to anything outside it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def tables(self) -> list[str]:
        sql = "select table_name from information_schema.tables where table_schema = current_schema() order by 1"
        return [row[0] for row in self._connection.execute(sql).fetchall()]

    def columns(self, relation: str) -> dict[str, str]:
        found = self._connection.execute(f"describe select * from {relation}").fetchall()
        return {row[0]: quoted(row[0]) for row in found}

    def batches(self, sql: str) -> pa.RecordBatchReader:
        return self._connection.sql(sql).to_arrow_reader(BATCH_ROWS)


@contextmanager
def connect(url: str) -> Iterator[Database]:
    """Open the database of a URL read-only; raises InputError, without any password, when it cannot be opened."""
    scheme = url.split("://", 1)[0].lower()
    try:
        connection, wrap = _open(scheme, url)
    except _ERRORS as error:
        raise InputError(
            f"{redacted(url)} cannot be reached: {hidden(first_line(error), url)} "
            "Check host, port, name, user and password in the URL, and that the server runs."
        ) from error
    try:
        yield wrap(connection)
    finally:
        connection.close()


def _open(scheme: str, url: str) -> tuple[Any, Callable[[Any], Database]]:
    """The driver's connection and the class that wraps it."""
    if scheme == "postgresql":
        return postgresql.connect(url), _PostgreSQL
    path = _file(url)
    if scheme == "sqlite":
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False), _SQLite
    config: dict[str, Any] = {"enable_external_access": False, "autoinstall_known_extensions": False}
    return duckdb.connect(str(path), read_only=True, config=config), _DuckDB


def _file(url: str) -> Path:
    """The file of a URL: three slashes before a relative path, four before an absolute one."""
    text = url.split("://", 1)[1].removeprefix("/")
    for path in (Path(text), Path("/" + text)):
        if path.is_file():
            return path
    raise InputError(
        f"{url}: the file {text} does not exist. "
        "Write three slashes before a relative path, four before an absolute one."
    )


def read_database(con: duckdb.DuckDBPyConnection, source: Source, origin: TableSource, stage: str) -> Raw | None:
    """Copy one table, or the result of the mapping's query, into table `stage`; None when the database lacks it.

    Only columns that the contract or the mapping names are transferred. Raises InputError when the database cannot be
    reached, has no orders, or refuses the query.
    """
    url, mapping, table = source.url or "", origin.mapping, origin.table
    if mapping.file:
        raise InputError(
            f'{source.mapping_name} [{table}]: file is for files. For a database write query = "select …".'
        )
    with connect(url) as database:
        try:
            if not mapping.query and table not in (tables := database.tables()):
                _refuse_without_orders(source, table, tables)
                return None
            return _copy(con, database, origin, source, stage)
        except _ERRORS as error:
            if not blames_source(error):
                raise
            raise InputError(
                f"{source.text}, {table}: {hidden(first_line(error), url)} Check the table or the query in the mapping."
            ) from error


def _refuse_without_orders(source: Source, table: str, tables: list[str]) -> None:
    """Raise InputError when the absent table is the one that a source must have."""
    if table != "orders":
        return
    raise InputError(
        f"{source.text} has no table orders. {did_you_mean('orders', tables)}It has: {', '.join(tables) or 'none'}. "
        'Name it in a mapping file (--mapping FILE): [orders] query = "select * from …".'
    )


def _copy(con: duckdb.DuckDBPyConnection, database: Database, origin: TableSource, source: Source, stage: str) -> Raw:
    """Stream the wanted columns of a relation into the scratch database."""
    query = (origin.mapping.query or "").strip().rstrip(";")
    relation = f"({query}) as source_query" if query else quoted(origin.table)
    columns = database.columns(relation)
    label = f"{source.text}, {'query of ' if query else ''}{origin.table}"
    check_names(label, list(columns))
    wanted = [name for name in columns if _is_wanted(name, origin.table, origin.mapping)]
    chosen = ", ".join(f"{columns[name]} as {quoted(name)}" for name in wanted) or "1 as nothing"
    con.register("batches", database.batches(f"select {chosen} from {relation}"))
    try:
        con.execute(f"create or replace table {stage} as select * from batches")
    finally:
        con.unregister("batches")
    sql = f"select rowid + 1 as {ROW}, * from {stage}"
    types = types_of(con, sql)
    return Raw(label, sql, {name: types.get(name, "VARCHAR") for name in columns})


def _is_wanted(name: str, table: str, mapping: TableMapping) -> bool:
    """Whether the contract, the mapping or (for customers) an attribute may ask for a column."""
    if table == "customers" or name in mapping.columns.values():
        return True
    texts = " ".join((*mapping.expressions.values(), mapping.where or "")).lower()
    return name in {column.name for column in TABLES[table].columns} or name.lower() in texts
