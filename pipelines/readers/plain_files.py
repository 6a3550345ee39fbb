"""Parquet and JSON lines: files whose rows are whole by themselves."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from pipelines.errors import InputError
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW, BadRow, Raw, check_names, first_line, types_of


def read_parquet(con: DuckDBPyConnection, files: tuple[Path, ...]) -> Raw:
    """Read one or several Parquet files as one table with their own types; raises InputError naming a broken file."""
    for path in files:
        try:
            check_names(path.name, pq.read_schema(path).names)
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"{path.name} cannot be read as Parquet: {first_line(error)} Check that the file is complete."
            ) from error
    scan = f"read_parquet({_listed(files)}, union_by_name = true, hive_partitioning = false)"
    sql = f"select row_number() over () as {ROW}, * from {scan}"
    return Raw(_label(files), sql, types_of(con, sql))


def read_json_lines(con: DuckDBPyConnection, files: tuple[Path, ...]) -> Raw:
    """Read one JSON object per line as text columns; a line that is none is a reject."""
    scan = f"read_ndjson_objects({_listed(files)}, ignore_errors = true, maximum_object_size = 16777216)"
    numbered = f"select row_number() over () as {ROW}, json as object from {scan}"
    whole = "json_type(object) = 'OBJECT'"
    keys = con.execute(
        f"select distinct unnest(json_keys(object)) as key from ({numbered}) where {whole} order by key"
    ).fetchall()
    names = [row[0] for row in keys]
    if not names:
        raise InputError(f'{_label(files)} holds no JSON object: each line must be one, such as {{"order_id": "1"}}.')
    check_names(_label(files), names)
    shape = "{" + ", ".join(f'"{_escaped(key)}": "VARCHAR"' for key in names) + "}"
    columns = ", ".join(f"object.{quoted(key)}" for key in names)
    fields = f"json_transform(object, {sql_text(shape)}) as object"
    sql = f"select {ROW}, {columns} from (select {ROW}, {fields} from ({numbered}) where {whole})"

    def bad_rows(rows: int) -> list[BadRow]:
        broken = con.execute(f"select {ROW}, object from ({numbered}) where ({whole}) is not true").fetchall()
        return [(row, None, value and value[:200], "the line is no JSON object") for row, value in broken]

    return Raw(_label(files), sql, dict.fromkeys(names, "VARCHAR"), bad_rows)


def _escaped(key: str) -> str:
    """A name inside a JSON string."""
    return key.replace("\\", "\\\\").replace('"', '\\"')


def _listed(files: tuple[Path, ...]) -> str:
    """Paths as an SQL list."""
    return "[" + ", ".join(sql_text(str(path)) for path in files) + "]"


def _label(files: tuple[Path, ...]) -> str:
    """The file's name, or the folder's when there are several."""
    return files[0].name if len(files) == 1 else files[0].parent.name
