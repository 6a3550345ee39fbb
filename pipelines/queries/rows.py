"""Small answers of a database as what pages and reports take: a frame, a record, a list of values."""

from typing import Any

import duckdb
import pandas as pd

Cursor = duckdb.DuckDBPyConnection
Record = dict[str, Any]


def frame(cursor: Cursor, sql: str, values: Record | None = None) -> pd.DataFrame:
    """The rows of a query; `values` are its named parameters."""
    return cursor.execute(sql, values or None).df()


def records(cursor: Cursor, sql: str, values: Record | None = None) -> list[Record]:
    """The rows of a query as records with plain Python values: dates stay dates, NULL is None."""
    result = cursor.execute(sql, values or None)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def record(cursor: Cursor, sql: str, values: Record | None = None) -> Record | None:
    """The first row of a query, or None when there is none."""
    return next(iter(records(cursor, sql, values)), None)


def column(cursor: Cursor, sql: str) -> list[str]:
    """The first value of every row of a query."""
    return [row[0] for row in cursor.execute(sql).fetchall()]
