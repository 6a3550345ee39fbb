"""What the pages ask of the warehouse: the only place with their SQL. Values travel as parameters, never as text.

Every function takes a cursor on a published `warehouse.duckdb` and returns a small frame or a plain record.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import duckdb
import pandas as pd

Cursor = duckdb.DuckDBPyConnection
Record = dict[str, Any]
Dimension = Literal["segment", "lifecycle_stage", "risk_band", "country"]

SORTS = {
    "value_at_risk": "value_at_risk",
    "churn_risk": "churn_risk",
    "expected_value": "expected_value",
    "days_overdue": "days_overdue",
    "last_ordered_at": "last_ordered_at",
    "revenue_12m": "revenue_12m",
    "name": "coalesce(name, customer_id)",
}
MAX_PAGE_SIZE = 500


@dataclass(frozen=True)
class ListFilter:
    """Which customers of the list are meant; empty fields do not filter."""

    segments: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    min_value: float = 0.0
    search: str = ""
    hide_held_out: bool = True


@dataclass(frozen=True)
class ListOrder:
    """How the list is sorted: a key of SORTS and the direction. Missing values come last in both directions."""

    by: str = "value_at_risk"
    descending: bool = True


_CONDITIONS = {
    "segments": "list_contains($segments, segment)",
    "stages": "list_contains($stages, lifecycle_stage)",
    "bands": "list_contains($bands, risk_band)",
    "channels": "list_has_any(string_split(contactable_channels, ', '), $channels)",
    "min_value": "value_at_risk >= $min_value",
    "search": "(contains(lower(name), lower($search)) or contains(lower(customer_id), lower($search)))",
    "hide_held_out": "not coalesce(is_held_out, false)",
}


def _where(chosen: ListFilter) -> tuple[str, Record]:
    """The condition of a filter and its named parameters. Only customers with a prediction are on the list."""
    active = {field.name: getattr(chosen, field.name) for field in fields(chosen) if getattr(chosen, field.name)}
    conditions = ["is_scored", *(_CONDITIONS[name] for name in active)]
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in active.items()}
    values.pop("hide_held_out", None)
    return " and ".join(conditions), values


def run_info(cursor: Cursor) -> Record | None:
    """The one row that says what was predicted, from which data, when and by which model."""
    return _record(cursor, "select * from run_info")


def monthly_kpis(cursor: Cursor, months: int = 25) -> pd.DataFrame:
    """One row per month, oldest first, the newest `months` of them; `is_complete` marks a month that is over."""
    return _frame(
        cursor,
        "select * from (select * from monthly_kpis order by month desc limit $months) order by month",
        {"months": months},
    )


def snapshot_health(cursor: Cursor) -> pd.DataFrame:
    """One row per snapshot date, oldest first: eligible customers and, where the horizon is over, the churn rate."""
    return _frame(cursor, "select * from snapshot_health order by as_of_date")


def totals(cursor: Cursor) -> Record:
    """Sums over all scored customers: how many, mean churn risk, expected value and value at risk in money.

    `has_consents` and `has_tickets` say whether the shop's data knows of these at all.
    """
    found = _record(
        cursor,
        """
        select
            count(*) as customers, avg(churn_risk) as mean_risk, sum(churn_risk) as expected_churners,
            coalesce(sum(expected_value), 0) as expected_value, coalesce(sum(value_at_risk), 0) as value_at_risk,
            count(*) filter (risk_band in ('high', 'very high')) as high_risk_customers,
            count(contactable_channels) > 0 as has_consents, count(open_tickets) > 0 as has_tickets,
        from customer_list where is_scored
        """,
    )
    return found or {}


def at_risk_by(cursor: Cursor, dimension: Dimension) -> pd.DataFrame:
    """One row per value of `dimension` among scored customers, largest value at risk first."""
    column = _identifier(dimension, ("segment", "lifecycle_stage", "risk_band", "country"))
    return _frame(
        cursor,
        f"""
        select {column}, count(*) as customers, sum(value_at_risk) as value_at_risk, avg(churn_risk) as mean_risk,
        from customer_list where is_scored group by all order by value_at_risk desc nulls last
        """,
    )


def risk_histogram(cursor: Cursor, bins: int = 20) -> pd.DataFrame:
    """One row per band of churn risk, all of one width: `risk_from`, `risk_to` (shares), customers, value at risk."""
    return _frame(
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


def ingest_report(cursor: Cursor) -> pd.DataFrame:
    """One row per table of the contract: whether it came, and rows read, loaded, rejected and orphaned."""
    return _frame(cursor, "select * from ingest_report order by is_present desc, rows_loaded desc, table_name")


def list_summary(cursor: Cursor, chosen: ListFilter) -> Record:
    """Count and sums over the filtered list: customers, value at risk and expected value in money, mean churn risk."""
    where, values = _where(chosen)
    found = _record(
        cursor,
        f"""
        select
            count(*) as customers, coalesce(sum(value_at_risk), 0) as value_at_risk, avg(churn_risk) as mean_risk,
            coalesce(sum(expected_value), 0) as expected_value, count(*) filter (contactable_channels = '') as mute,
            count(*) filter (contactable_channels != '') as contactable, count(*) filter (open_tickets > 0) as ticketed,
        from customer_list where {where}
        """,
        values,
    )
    return found or {}


def list_page(cursor: Cursor, chosen: ListFilter, order: ListOrder, page: int = 1, size: int = 50) -> pd.DataFrame:
    """The rows of one page (from 1) of the filtered, sorted list; a page beyond the end is empty."""
    size = min(max(size, 1), MAX_PAGE_SIZE)
    where, values = _where(chosen)
    direction = "desc" if order.descending else "asc"
    # The key that breaks ties makes pages disjoint; sorting only keys first keeps a deep page cheap.
    return _frame(
        cursor,
        f"""
        with keys as (
            select rowid as place, {SORTS[order.by]} as sort_key, from customer_list where {where}
            order by sort_key {direction} nulls last, place limit $size offset $start
        )
        select customer_list.* from keys join customer_list on customer_list.rowid = keys.place
        order by keys.sort_key {direction} nulls last, keys.place
        """,
        {**values, "size": size, "start": (max(page, 1) - 1) * size},
    )


def list_options(cursor: Cursor) -> dict[str, list[str]]:
    """What can be chosen in the filters: segments, stages, bands and channels that occur, most frequent first."""
    options = {
        name: _column(
            cursor,
            f"select {column} from customer_list where is_scored and {column} is not null "
            f"group by all order by count(*) desc, 1",
        )
        for name, column in (("segments", "segment"), ("stages", "lifecycle_stage"), ("bands", "risk_band"))
    }
    channels = """
        select channel from (
            select distinct contactable_channels from customer_list
        ), unnest(string_split(contactable_channels, ', ')) as t(channel) where channel != '' group by all order by 1
    """
    return {**options, "channels": _column(cursor, channels)}


def loosening(cursor: Cursor, chosen: ListFilter) -> Record:
    """How many customers the list would hold without each one of the filters that are set, most first."""
    defaults = ListFilter(hide_held_out=False)
    found = {}
    for field in fields(chosen):
        default = getattr(defaults, field.name)
        if getattr(chosen, field.name) != default:
            looser = replace(chosen, **{field.name: default})
            found[field.name] = list_summary(cursor, looser)["customers"]
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def find_customers(cursor: Cursor, text: str, limit: int = 20) -> pd.DataFrame:
    """Customers whose id or name contains `text`, exact ids first, then the most valuable."""
    return _frame(
        cursor,
        """
        select customer_id, name, country, churn_risk, value_at_risk, last_ordered_at, is_scored
        from customer_list
        where contains(lower(customer_id), lower($text)) or contains(lower(name), lower($text))
        order by lower(customer_id) = lower($text) desc, value_at_risk desc nulls last, customer_id limit $limit
        """,
        {"text": text, "limit": limit},
    )


def customer(cursor: Cursor, customer_id: str) -> Record | None:
    """The list's row of one customer, or None when nobody has this id."""
    return _record(cursor, "select * from customer_list where customer_id = $id", {"id": customer_id})


def customer_reasons(cursor: Cursor, customer_id: str) -> pd.DataFrame:
    """The main reasons of one customer, largest contribution (signed, log-odds) first."""
    return _frame(cursor, "select * from customer_reasons where customer_id = $id order by rank", {"id": customer_id})


def customer_log_odds(cursor: Cursor, customer_id: str) -> Record | None:
    """Base, remainder and total of one customer's log-odds before calibration, and the calibrated probability."""
    return _record(cursor, "select * from customer_log_odds where customer_id = $id", {"id": customer_id})


def customer_events(cursor: Cursor, customer_id: str, limit: int = 1_000) -> pd.DataFrame:
    """The newest `limit` events of one customer, oldest first."""
    return _frame(
        cursor,
        """
        select * from (
            select * from customer_events where customer_id = $id order by occurred_at desc limit $limit
        ) order by occurred_at, kind
        """,
        {"id": customer_id, "limit": limit},
    )


def _identifier(name: str, allowed: tuple[str, ...]) -> str:
    """A column name that may stand in SQL; raises ValueError for any other."""
    if name not in allowed:
        raise ValueError(f"{name} is not one of {', '.join(allowed)}.")
    return name


def _frame(cursor: Cursor, sql: str, values: Record | None = None) -> pd.DataFrame:
    return cursor.execute(sql, values or None).df()


def _record(cursor: Cursor, sql: str, values: Record | None = None) -> Record | None:
    result = cursor.execute(sql, values or None)
    names = [column[0] for column in result.description or []]
    row = next(iter(result.fetchall()), None)
    return None if row is None else dict(zip(names, row, strict=True))


def _column(cursor: Cursor, sql: str) -> list[str]:
    return [row[0] for row in cursor.execute(sql).fetchall()]
