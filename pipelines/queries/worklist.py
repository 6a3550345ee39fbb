"""Questions about the list of customers: filtered, sorted and paged inside the database."""

from dataclasses import dataclass, fields, replace

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record

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
    """The condition of a filter and its named parameters. On the list is whom the churn definition looks at."""
    active = {field.name: getattr(chosen, field.name) for field in fields(chosen) if getattr(chosen, field.name)}
    conditions = ["is_eligible", *(_CONDITIONS[name] for name in active)]
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in active.items()}
    values.pop("hide_held_out", None)
    return " and ".join(conditions), values


def list_summary(cursor: Cursor, chosen: ListFilter) -> Record:
    """Count and sums over the filtered list: customers, money, mean churn risk (None where nobody has a risk)."""
    where, values = _where(chosen)
    found = record(
        cursor,
        f"""
        select
            count(*) as customers, coalesce(sum(value_at_risk), 0) as value_at_risk, avg(churn_risk) as mean_risk,
            coalesce(sum(expected_value), 0) as expected_value, coalesce(sum(revenue_12m), 0) as revenue_12m,
            count(*) filter (contactable_channels = '') as mute,
            count(*) filter (contactable_channels != '') as contactable, count(*) filter (open_tickets > 0) as ticketed,
        from customer_list where {where}
        """,
        values,
    )
    return found or {}


def list_page(cursor: Cursor, chosen: ListFilter, order: ListOrder, page: int = 1, size: int = 50) -> pd.DataFrame:
    """The rows of one page (from 1) of the filtered, sorted list; a page beyond the end is empty.

    Equal keys come in the list's own order: most value at risk first, then revenue of 12 months, then customer number.
    """
    size = min(max(size, 1), MAX_PAGE_SIZE)
    where, values = _where(chosen)
    direction = "desc" if order.descending else "asc"
    # The key that breaks ties makes pages disjoint; sorting only keys first keeps a deep page cheap.
    return frame(
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
        name: column(
            cursor,
            f"select {field} from customer_list where is_eligible and {field} is not null "
            f"group by all order by count(*) desc, 1",
        )
        for name, field in (("segments", "segment"), ("stages", "lifecycle_stage"), ("bands", "risk_band"))
    }
    channels = """
        select channel from (
            select distinct contactable_channels from customer_list
        ), unnest(string_split(contactable_channels, ', ')) as t(channel) where channel != '' group by all order by 1
    """
    return {**options, "channels": column(cursor, channels)}


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
