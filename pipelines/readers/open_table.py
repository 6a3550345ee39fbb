"""One door to all readers: from where a table comes from to its raw rows."""

from pathlib import Path

from duckdb import DuckDBPyConnection

from pipelines.errors import InputError
from pipelines.readers.csv_files import read_csv
from pipelines.readers.databases import read_database
from pipelines.readers.plain_files import read_json_lines, read_parquet
from pipelines.readers.raw import ROW, Raw, types_of
from pipelines.readers.sheets import read_sheets
from pipelines.source import Source, TableSource

STAGE = "scratch.raw"


def open_table(con: DuckDBPyConnection, source: Source, origin: TableSource, scratch: Path) -> Raw | None:
    """The raw rows of one table, or None when a database does not have it.

    `scratch` is the prefix of files that a reader may write. Raises InputError when the source cannot be read.
    """
    mapping = origin.mapping
    if origin.kind == "database":
        return read_database(con, source, origin, STAGE)
    if origin.kind == "csv":
        return read_csv(con, origin.files, mapping.encoding, mapping.delimiter, scratch)
    if origin.kind == "json":
        return read_json_lines(con, origin.files)
    if origin.kind == "parquet":
        return read_parquet(con, origin.files)
    return _workbook(con, origin)


def _workbook(con: DuckDBPyConnection, origin: TableSource) -> Raw:
    """A workbook's rows, put into the scratch database."""
    if len(origin.files) > 1:
        raise InputError(
            f"{origin.table} has {len(origin.files)} workbooks. Put the rows into one, or save them as CSV."
        )
    cells = read_sheets(origin.files[0], origin.mapping.sheets)
    con.register("cells", cells)
    con.execute(f"create or replace table {STAGE} as select * from cells")
    con.unregister("cells")
    return staged_raw(con, origin.files[0].name)


def staged_raw(con: DuckDBPyConnection, label: str) -> Raw:
    """The rows that lie in the scratch database, in the order they were written."""
    sql = f"select rowid + 1 as {ROW}, * from {STAGE}"
    return Raw(label, sql, types_of(con, sql))
