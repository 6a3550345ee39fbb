"""How feature tables become frames: the same columns, the same precision, the same order for training and scoring."""

from collections.abc import Iterable

import duckdb

from pipelines.quoting import quoted

KEYS = ("customer_id", "as_of_date")


def feature_columns(con: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """Names of the features of a table, in its order."""
    rows = con.execute(f"describe select * from {table}").fetchall()
    return tuple(row[0] for row in rows if row[0] not in KEYS)


def floats_sql(features: Iterable[str], alias: str) -> str:
    """The features as 4-byte floats: what the trees read, at half the memory."""
    return ", ".join(f"cast({alias}.{quoted(name)} as float) as {quoted(name)}" for name in features)
