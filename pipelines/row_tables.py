"""Records as a table, each column of the type it is declared with."""

from typing import Any

import duckdb
import pandas as pd


def write_rows(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[dict[str, Any]]) -> None:
    """Make table `name` with columns declared as "name type, name type" from records; what a record lacks is null."""
    con.execute(f"create or replace table {name} ({columns})")
    if not rows:
        return
    types = dict(column.split() for column in columns.split(", "))
    frame = pd.DataFrame({column: _series([row.get(column) for row in rows], kind) for column, kind in types.items()})
    con.register("written_rows", frame)
    con.execute(f"insert into {name} by name select * from written_rows")
    con.unregister("written_rows")


def _series(values: list[Any], kind: str) -> pd.Series:
    """Values as pandas keeps a type of DuckDB; dates may be given as ISO text."""
    if kind in ("date", "timestamp"):
        return pd.to_datetime(pd.Series(values, dtype=object))
    series = pd.Series(values, dtype=object)
    if kind in ("integer", "bigint"):
        return series.astype("Int64")
    if kind in ("varchar", "boolean"):
        return series.astype("string" if kind == "varchar" else "boolean")
    return series.astype("Float64")
