"""Questions about the whole shop: the run, its snapshots, its totals, what there is to learn from."""

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record


def run_info(cursor: Cursor) -> Record:
    """The one row that says what was predicted, from which data, when and by which model."""
    return record(cursor, "select * from run_info") or {}


def snapshot_health(cursor: Cursor) -> pd.DataFrame:
    """One row per snapshot date, oldest first: eligible customers and, where the horizon is over, the churn rate."""
    return frame(cursor, "select * from snapshot_health order by as_of_date")


def totals(cursor: Cursor) -> Record:
    """Sums over all customers looked at: how many, mean churn risk (None without a model), money.

    `left_out` and `left_out_once` count those not looked at and, of these, who bought once; `has_consents` and
    `has_tickets` say whether the shop's data knows of these at all.
    """
    found = record(
        cursor,
        """
        select
            count(*) filter (is_eligible) as customers, avg(churn_risk) as mean_risk,
            sum(churn_risk) as expected_churners, coalesce(sum(expected_value), 0) as expected_value,
            coalesce(sum(value_at_risk), 0) as value_at_risk,
            count(*) filter (risk_band in ('high', 'very high')) as high_risk_customers,
            coalesce(sum(revenue_12m) filter (is_eligible), 0) as revenue_12m,
            count(*) filter (not is_eligible) as left_out,
            count(*) filter (not is_eligible and order_days = 1) as left_out_once,
            count(contactable_channels) > 0 as has_consents, count(open_tickets) > 0 as has_tickets,
        from customer_list
        """,
    )
    return found or {}


def second_orders(cursor: Cursor) -> Record:
    """How many of 100 first-time buyers come back within how many days, and how soon; empty in a young shop."""
    return record(cursor, "select * from second_orders") or {}


def sufficiency(cursor: Cursor) -> pd.DataFrame:
    """One row per line of the sufficiency rule: what there is to learn from and what is needed."""
    return frame(cursor, "select * from sufficiency")


def ingest_report(cursor: Cursor) -> pd.DataFrame:
    """One row per table of the contract: whether it came, and rows read, loaded, rejected and orphaned."""
    return frame(cursor, "select * from ingest_report order by is_present desc, rows_loaded desc, table_name")


def _identifier(name: str, allowed: tuple[str, ...]) -> str:
    """A column name that may stand in SQL; raises ValueError for any other."""
    if name not in allowed:
        raise ValueError(f"{name} is not one of {', '.join(allowed)}.")
    return name
