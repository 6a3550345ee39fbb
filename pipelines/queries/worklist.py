"""Questions about the list of customers: filtered, sorted and paged inside the database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record

SORTS = {
    "expected_net": "expected_net",
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
    actions: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    journeys: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    opportunities: tuple[str, ...] = ()
    min_value: float = 0.0
    expected_from: float = 0.0
    expected_to: float = 0.0
    search: str = ""
    with_suggestion: bool = False
    in_plan: bool = False
    hide_held_out: bool = True


@dataclass(frozen=True)
class Marked:
    """Customers chosen by what people decided about them: these alone (None: anybody), and without those."""

    only: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()


ANYBODY = Marked()


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
    "actions": "list_contains($actions, action)",
    "personas": "customer_id in (select customer_id from customer_personas where list_contains($personas, persona_id))",
    "troubles": "customer_id in (select customer_id from proactive_service where list_contains($troubles, state))",
    "opportunities": "customer_id in (select customer_id from expansion_customers "
    "where list_contains($opportunities, kind) union all select customer_id from advocates "
    "where is_advocate and list_contains($opportunities, 'advocate'))",
    "journeys": "customer_id in (select customer_id from journey_customers where cell in (select unnest($journeys)))",
    "min_value": "value_at_risk >= $min_value",
    "expected_from": "expected_value >= $expected_from",
    "expected_to": "expected_value < $expected_to",
    "search": "(contains(lower(name), lower($search)) or contains(lower(customer_id), lower($search)))",
    "with_suggestion": "action is not null",
    "in_plan": "is_planned",
    "hide_held_out": "not coalesce(is_held_out, false)",
}


def definition_of(chosen: ListFilter) -> dict[str, Any]:
    """A filter as JSON-able facts, those that filter alone: what a saved segment keeps."""
    start = asdict(ListFilter())
    return {name: _plain(value) for name, value in asdict(chosen).items() if value != start[name]}


def filter_of(definition: Mapping[str, Any]) -> ListFilter:
    """The filter of a saved segment; names of fields that this version does not know are passed over."""
    known = {field.name for field in fields(ListFilter)}
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in definition.items() if name in known
    }
    return ListFilter(**given)


def where_sql(chosen: ListFilter, marked: Marked = ANYBODY) -> tuple[str, Record]:
    """The condition of a filter over customer_list and its named parameters.

    On the list is whom the churn definition looks at.
    """
    active = {field.name: getattr(chosen, field.name) for field in fields(chosen) if getattr(chosen, field.name)}
    conditions = ["is_eligible", *(_CONDITIONS[name] for name in active)]
    values = {name: _plain(value) for name, value in active.items() if not isinstance(value, bool)}
    if marked.only is not None:
        conditions.append("customer_id in (select unnest($only))")
        values["only"] = list(marked.only)
    if marked.without:
        conditions.append("customer_id not in (select unnest($without))")
        values["without"] = list(marked.without)
    return " and ".join(conditions), values


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def list_summary(cursor: Cursor, chosen: ListFilter, marked: Marked = ANYBODY) -> Record:
    """Count and sums over the filtered list: customers, money, mean churn risk (None where nobody has a risk)."""
    where, values = where_sql(chosen, marked)
    found = record(
        cursor,
        f"""
        select
            count(*) as customers, coalesce(sum(value_at_risk), 0) as value_at_risk, avg(churn_risk) as mean_risk,
            coalesce(sum(expected_value), 0) as expected_value, coalesce(sum(revenue_12m), 0) as revenue_12m,
            count(*) filter (contactable_channels = '') as mute,
            count(*) filter (contactable_channels != '') as contactable, count(*) filter (open_tickets > 0) as ticketed,
            count(action) as suggested, coalesce(sum(expected_net), 0) as expected_net,
            coalesce(sum(value_at_risk) filter (action is not null), 0) as suggested_value_at_risk,
        from customer_list where {where}
        """,
        values,
    )
    return found or {}


def list_page(
    cursor: Cursor, chosen: ListFilter, order: ListOrder, page: int = 1, size: int = 50, marked: Marked = ANYBODY
) -> pd.DataFrame:
    """The rows of one page (from 1) of the filtered, sorted list; a page beyond the end is empty.

    Equal keys come in the list's own order: most value at risk first, then revenue of 12 months, then customer number.
    """
    size = min(max(size, 1), MAX_PAGE_SIZE)
    where, values = where_sql(chosen, marked)
    direction = "desc" if order.descending else "asc"
    # The key that breaks ties makes pages disjoint; sorting only keys first keeps a deep page cheap.
    return frame(
        cursor,
        f"""
        with keys as (
            select rowid as place, {SORTS[order.by]} as sort_key, from customer_list where {where}
            order by sort_key {direction} nulls last, place limit $size offset $start
        )
        select customer_list.*{_contract_columns(cursor)}
        from keys join customer_list on customer_list.rowid = keys.place
        order by keys.sort_key {direction} nulls last, keys.place
        """,
        {**values, "size": size, "start": (max(page, 1) - 1) * size},
    )


def _contract_columns(cursor: Cursor) -> str:
    """Plan and next renewal beside the list's columns, where the shop has contracts and the list is new enough."""
    if not cursor.execute("select 1 from duckdb_tables() where table_name = 'customer_contracts'").fetchall():
        return ""
    whose = "from customer_contracts where customer_contracts.customer_id = customer_list.customer_id"
    return f", (select plan {whose}) as plan, (select renews_on {whose}) as renews_on"


def list_options(cursor: Cursor) -> dict[str, list[str]]:
    """What can be chosen in the filters: segments, stages, bands and channels that occur, most frequent first."""
    options = {
        name: column(
            cursor,
            f"select {field} from customer_list where is_eligible and {field} is not null "
            f"group by all order by count(*) desc, 1",
        )
        for name, field in _OPTIONS.items()
    }
    channels = """
        select channel from (
            select distinct contactable_channels from customer_list
        ), unnest(string_split(contactable_channels, ', ')) as t(channel) where channel != '' group by all order by 1
    """
    return {**options, "channels": column(cursor, channels)}


_OPTIONS = {"segments": "segment", "stages": "lifecycle_stage", "bands": "risk_band", "actions": "action"}


def loosening(cursor: Cursor, chosen: ListFilter, marked: Marked = ANYBODY) -> Record:
    """How many customers the list would hold without each one of the filters that are set, most first."""
    defaults = ListFilter(hide_held_out=False)
    found = {}
    for field in fields(chosen):
        default = getattr(defaults, field.name)
        if getattr(chosen, field.name) != default:
            looser = replace(chosen, **{field.name: default})
            found[field.name] = list_summary(cursor, looser, marked)["customers"]
    if marked != ANYBODY:
        found["marked"] = list_summary(cursor, chosen)["customers"]
    return dict(sorted(found.items(), key=lambda item: -item[1]))
