"""Questions about the whole shop: the run, its months, its snapshots, and where the value at risk lies."""

from typing import Literal, get_args

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record

Dimension = Literal["segment", "lifecycle_stage", "risk_band", "country"]


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


def at_risk_by(cursor: Cursor, dimension: Dimension) -> pd.DataFrame:
    """One row per value of `dimension` among customers looked at, largest value at risk (else revenue) first."""
    group = _identifier(dimension, get_args(Dimension))
    return frame(
        cursor,
        f"""
        select {group}, count(*) as customers, sum(value_at_risk) as value_at_risk, avg(churn_risk) as mean_risk,
            sum(revenue_12m) as revenue_12m,
        from customer_list where is_eligible group by all order by value_at_risk desc nulls last, revenue_12m desc
        """,
    )


def risk_histogram(cursor: Cursor, bins: int = 20) -> pd.DataFrame:
    """One row per band of churn risk, all of one width: `risk_from`, `risk_to` (shares), customers, value at risk."""
    return frame(
        cursor,
        """
        with binned as (
            select least(floor(churn_risk * $bins), $bins - 1)::integer as bin, value_at_risk
            from customer_list where is_scored
        )
        select
            t.bin / $bins::double as risk_from, (t.bin + 1) / $bins::double as risk_to,
            count(binned.bin) as customers, coalesce(sum(value_at_risk), 0) as value_at_risk,
        from range($bins) as t(bin) left join binned on binned.bin = t.bin
        group by t.bin order by t.bin
        """,
        {"bins": bins},
    )


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
