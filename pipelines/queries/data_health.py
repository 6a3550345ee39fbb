"""Questions about the loaded data: each source, its days, what was rejected, checked and matched."""

from typing import Any

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record, records
from pipelines.rejects_file import rejects_bytes

_TABLES = ("data_sources", "data_days", "data_gaps", "data_columns", "data_rejects", "data_checks", "matched_revenue")


def has_data_health(cursor: Cursor) -> bool:
    """Whether these scores were published with what is known of the data's health."""
    found = cursor.execute("select table_name from duckdb_tables()").fetchall()
    return set(_TABLES) <= {name for (name,) in found}


def data_sources(cursor: Cursor) -> list[Record]:
    """One record per table of the contract, in its order; see `pipelines.data_health`."""
    return records(cursor, "select * from data_sources order by place")


def data_days(cursor: Cursor, table: str, days: int) -> pd.DataFrame:
    """The newest days of one table, oldest first: rows, expected range and state."""
    return frame(
        cursor,
        "select day, rows, expected, low, high, state from data_days where table_name = $name"
        " and day > (select max(day) from data_days) - $days order by day",
        {"name": table, "days": days},
    )


def data_gaps(cursor: Cursor) -> list[Record]:
    """Runs of missing days, the newest first."""
    return records(cursor, "select * from data_gaps order by last_day desc, table_name")


def data_columns(cursor: Cursor, table: str) -> pd.DataFrame:
    """Each column of a loaded table: where it came from, and in how many rows it is filled."""
    return frame(cursor, "select * from data_columns where table_name = $name order by place", {"name": table})


def data_rejects(cursor: Cursor) -> pd.DataFrame:
    """Rejected rows by table, column and reason, most first."""
    return frame(cursor, "select * from data_rejects order by rows_rejected desc, table_name, why limit 200")


def reject_rows(cursor: Cursor, table: str | None, limit: int = 200) -> pd.DataFrame:
    """The first rejected rows, of one table or of all, with their values."""
    return frame(
        cursor,
        "select table_name, row_number, column_name, value, reason from rejects"
        " where $name is null or table_name = $name order by table_name, row_number limit $limit",
        {"name": table, "limit": limit},
    )


def data_checks(cursor: Cursor) -> list[Record]:
    """The result of each check, in the order in which they ran."""
    return records(cursor, "select * from data_checks")


def check_rows(cursor: Cursor, check: str) -> pd.DataFrame:
    """The worst rows behind a check."""
    return frame(
        cursor,
        "select customer_id, row_key, found from data_check_rows where check_name = $name order by place",
        {"name": check},
    )


def matched_revenue(cursor: Cursor) -> dict[str, Any]:
    """How much of orders, revenue and lines belongs to known customers, orders and products."""
    return record(cursor, "select * from matched_revenue") or {}


def rejects_file(cursor: Cursor) -> bytes:
    """All rejected rows as a CSV file."""
    return rejects_bytes(cursor)
