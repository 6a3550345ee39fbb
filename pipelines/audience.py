"""Whom a campaign is for: the plan, a filter of the list, or a saved segment, each customer with one allowed action."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

from models.plan import Limits, make_plan
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.plan import default_limits, read_offers
from pipelines.queries.worklist import filter_of, where_sql
from pipelines.warehouse import tables

BEST = "best"
_SOURCES = ("plan", "filter", "segment")
_LIMITS = ("budget", "agent_hours", "channel_caps")

_COLUMNS = """
select
    offers.customer_id, offers.action, offers.channel, offers.expected_net, offers.cost, actions.contact_cost,
    offers.agent_minutes, offers.acceptance, scores.churn_risk, scores.expected_value, scores.segment,
from customer_actions as offers
inner join customer_scores as scores using (customer_id)
left join actions on offers.action = actions.action
"""
_ORDER = "order by offers.expected_net desc, offers.customer_id"


def audience(
    cursor: duckdb.DuckDBPyConnection, definition: Mapping[str, Any], settings: Settings | None = None
) -> pd.DataFrame:
    """One row per customer of the audience that a definition describes, most expected net first.

    Definitions: `{"from": "plan"}` (the published plan) or with `"limits": {"budget", "agent_hours", "channel_caps"}`
    (planned anew; a limit left out is the settings'); `{"from": "filter", "filter": {fields of ListFilter}, "action":
    "best" or an action's id}`; `{"from": "segment", "filter": {the segment's definition}, "action": …}`. Only offers
    that no rule holds back; of these an action is only proposed where it is expected to earn, unless `"also_losing"`.
    Each may name `"actions": [ids]`, which keeps only those. A limit of null is none.
    Columns: customer_id, action, channel, expected_net, cost (expected, with incentive), contact_cost (of the contact
    alone), agent_minutes, acceptance, churn_risk, expected_value, segment; money in the shop's currency. Raises
    InputError for a definition that names nothing known, and for a warehouse without actions.
    """
    if "customer_actions" not in tables(cursor):
        raise InputError("The warehouse has no table customer_actions yet. Run `python -m pipelines score` first.")
    source = definition.get("from")
    if source not in _SOURCES:
        raise InputError(f"An audience comes from one of: {', '.join(_SOURCES)}; not from {source!r}.")
    if source == "plan":
        found = _planned(cursor, definition.get("limits"), settings or Settings())
    else:
        found = _filtered(cursor, definition)
    only = definition.get("actions")
    return found[found["action"].isin(only)].reset_index(drop=True) if only else found


def _planned(cursor: duckdb.DuckDBPyConnection, limits: Mapping[str, Any] | None, settings: Settings) -> pd.DataFrame:
    """The published plan; where other limits are given, or an older warehouse has none, a new one."""
    if limits is None and "customer_plan" in tables(cursor):
        chosen = "customer_plan"
    else:
        shop = read_offers(cursor)
        plan = make_plan(shop.offers, _limits(limits or {}, settings), with_gains=False)
        cursor.register("planned_rows", shop.named(plan.assignments())[["customer_id", "action"]])
        chosen = "planned_rows"
    found = cursor.execute(
        f"{_COLUMNS} inner join {chosen} as planned "
        "on offers.customer_id = planned.customer_id and offers.action = planned.action "
        f"where offers.blocked_by is null {_ORDER}"
    ).df()
    if chosen == "planned_rows":
        cursor.unregister("planned_rows")
    return found


def _limits(given: Mapping[str, Any], settings: Settings) -> Limits:
    """The limits that a definition names, the settings' for the rest."""
    unknown = set(given) - set(_LIMITS)
    if unknown:
        raise InputError(f"There is no limit {', '.join(sorted(unknown))}; there are {', '.join(_LIMITS)}.")
    usual = default_limits(settings)
    return Limits(
        _or_none(given.get("budget", usual.budget)),
        _or_none(given.get("agent_hours", usual.agent_hours)),
        {name: _or_none(cap) for name, cap in given.get("channel_caps", usual.channel_caps).items()},
    )


def _or_none(limit: float | None) -> float:
    """A limit as a number; JSON knows no infinity."""
    return float("inf") if limit is None else float(limit)


def _filtered(cursor: duckdb.DuckDBPyConnection, definition: Mapping[str, Any]) -> pd.DataFrame:
    """Customers of a filter with the best allowed action, or with one that was named, where it is allowed for them."""
    if "filter" not in definition:
        raise InputError("The audience names no filter. Read the saved segment and hand over its definition.")
    where, values = where_sql(filter_of(definition["filter"]))
    action = definition.get("action", BEST)
    known = [name for (name,) in cursor.execute("select action from actions order by place").fetchall()]
    if action != BEST and action not in known:
        raise InputError(f"There is no action {action!r}; there are {', '.join(known)}.")
    if action == BEST:
        chosen = "offers.action = scores.action"
    else:
        chosen, values = "offers.action = $chosen_action", {**values, "chosen_action": action}
    earns = "true" if definition.get("also_losing") else "offers.expected_net > 0"
    return cursor.execute(
        f"{_COLUMNS} where {chosen} and offers.blocked_by is null and {earns} "
        f"and offers.customer_id in (select customer_id from customer_list where {where}) {_ORDER}",
        values,
    ).df()
