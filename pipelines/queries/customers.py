"""Questions about one customer: the row, the reasons and what happened."""

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record


def find_customers(cursor: Cursor, text: str, limit: int = 20) -> pd.DataFrame:
    """Customers whose id or name contains `text`, exact ids first, then the most valuable."""
    return frame(
        cursor,
        """
        select customer_id, name, country, churn_risk, value_at_risk, last_ordered_at, is_scored
        from customer_list
        where contains(lower(customer_id), lower($text)) or contains(lower(name), lower($text))
        order by lower(customer_id) = lower($text) desc, value_at_risk desc nulls last,
            revenue_12m desc, customer_id limit $limit
        """,
        {"text": text, "limit": limit},
    )


def customer(cursor: Cursor, customer_id: str) -> Record | None:
    """The list's row of one customer, or None when nobody has this id."""
    return record(cursor, "select * from customer_list where customer_id = $id", {"id": customer_id})


def customer_contract(cursor: Cursor, customer_id: str) -> Record | None:
    """The contract of one customer that runs or ended last; None without any, or where the shop has no contracts."""
    if not cursor.execute("select 1 from duckdb_tables() where table_name = 'customer_contracts'").fetchall():
        return None
    return record(cursor, "select * from customer_contracts where customer_id = $id", {"id": customer_id})


def customer_reasons(cursor: Cursor, customer_id: str) -> pd.DataFrame:
    """The main reasons of one customer, largest contribution (signed, log-odds) first."""
    return frame(cursor, "select * from customer_reasons where customer_id = $id order by rank", {"id": customer_id})


def customer_log_odds(cursor: Cursor, customer_id: str) -> Record | None:
    """Base, remainder and total of one customer's log-odds before calibration, and the calibrated probability."""
    return record(cursor, "select * from customer_log_odds where customer_id = $id", {"id": customer_id})


def customer_events(cursor: Cursor, customer_id: str, limit: int = 1_000) -> pd.DataFrame:
    """The newest `limit` events of one customer, oldest first."""
    return frame(
        cursor,
        """
        select * from (
            select * from customer_events where customer_id = $id order by occurred_at desc limit $limit
        ) order by occurred_at, kind
        """,
        {"id": customer_id, "limit": limit},
    )
