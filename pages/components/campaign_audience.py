"""Choosing whom a campaign is for: the plan, a filter or a saved segment. The choice is a definition in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from models.plan import Limits
from models.wording import symbol_of
from pages.components import campaign_decisions, data, plan_words, words
from pages.components.campaign_words import BEST, FILTER, PLAN, SEGMENT, SOURCES
from pages.components.plan_words import BUDGET, HOURS

Record = dict[str, Any]
NO_LIMIT = float("inf")
FILTERS = {"segments": "Segment", "stages": "Lifecycle stage", "bands": "Risk band", "channels": "May be contacted by"}


def choose(kept: Mapping[str, Any], prefix: str, run: Record) -> Record:
    """The controls of the audience, starting from what the draft says; returns the definition."""
    source = st.segmented_control(
        "Where the customers come from", list(SOURCES), key=f"{prefix}:from", default=kept.get("from", PLAN),
        required=True, format_func=SOURCES.get, persist_state="session",
    )  # fmt: skip
    if source == PLAN:
        return _from_plan(kept, prefix, run)
    if source == FILTER:
        return {"from": FILTER, "filter": _filter(kept.get("filter", {}), prefix, run), **_action(kept, prefix)}
    return _from_segment(kept, prefix)


def _from_plan(kept: Mapping[str, Any], prefix: str, run: Record) -> Record:
    """Everybody whom a plan contacts, or those with some of its actions."""
    given = kept.get("limits") or st.session_state.get(f"{prefix}:limits")
    st.caption(limits_told(given, run["currency"]))
    actions = data.plan_actions(limits_of(given))
    titles = dict(zip(actions["action"], actions["title"].fillna(actions["action"]), strict=True))
    only = st.multiselect(
        "With these actions", list(titles), default=[action for action in kept.get("actions", []) if action in titles],
        key=f"{prefix}:actions", format_func=lambda action: titles.get(action, action), placeholder="All of the plan",
        persist_state="session", help="One action tells more: its effect is measured alone.",
    )  # fmt: skip
    return {"from": PLAN} | ({"limits": given} if given else {}) | ({"actions": only} if only else {})


def _from_segment(kept: Mapping[str, Any], prefix: str) -> Record:
    """Everybody of a saved segment who may be contacted."""
    saved = {segment.segment_id: segment for segment in campaign_decisions.saved_segments()}
    if not saved:
        st.caption("No segment is saved yet. Save one on the segments page, or choose by a filter.")
        return {"from": SEGMENT}
    start = list(saved).index(kept["segment_id"]) if kept.get("segment_id") in saved else 0
    picked = st.selectbox("Saved segment", list(saved), index=start, key=f"{prefix}:segment", persist_state="session",
                          format_func=lambda one: saved[one].name)  # fmt: skip
    return {"from": SEGMENT, "segment_id": picked, "filter": saved[picked].definition, **_action(kept, prefix)}


def _filter(kept: Mapping[str, Any], prefix: str, run: Record) -> Record:
    """The worklist's filters; what does not occur in the data is not offered."""
    options = data.list_options()
    found: Record = {}
    for place, (name, label) in zip(st.columns(len(FILTERS), gap="small"), FILTERS.items(), strict=True):
        with place:
            found[name] = st.multiselect(
                label, options[name], default=[one for one in kept.get(name, []) if one in options[name]],
                key=f"{prefix}:{name}", format_func=words.label, placeholder="All", wrap=False, persist_state="session",
            )  # fmt: skip
    found["min_value"] = st.number_input(
        f"Value at risk from, {symbol_of(run['currency'])}", min_value=0, value=int(kept.get("min_value", 0)), step=50,
        key=f"{prefix}:min_value", width=220, persist_state="session",
    )  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _action(kept: Mapping[str, Any], prefix: str) -> Record:
    """Which action everybody gets: their best one, or one and the same."""
    titles = {BEST: "The best allowed action of each", **data.action_titles()}
    choices = list(titles)
    start = choices.index(kept["action"]) if kept.get("action") in choices else 0
    picked = st.selectbox(
        "Action", choices, index=start, key=f"{prefix}:action", format_func=titles.get, persist_state="session",
        help="Only customers whom it fits and who may get it now come along.",
    )  # fmt: skip
    return {"action": picked}


def is_whole(definition: Mapping[str, Any]) -> bool:
    """Whether a definition says whom it means; without a saved segment it does not."""
    return definition["from"] != SEGMENT or "filter" in definition


def limits_of(given: Mapping[str, Any] | None) -> Limits | None:
    """The limits of a definition; None for those of the settings."""
    if not given:
        return None
    caps = {name: float(cap) for name, cap in (given.get("channel_caps") or {}).items()}
    budget, hours = (NO_LIMIT if given.get(name) is None else float(given[name]) for name in (BUDGET, HOURS))
    return Limits(budget, hours, caps)


def definition_of(limits: Limits | None) -> Record | None:
    """Limits as a definition keeps them in JSON, where null is no limit; None for those of the settings."""
    if limits is None:
        return None
    given = {BUDGET: limits.budget, HOURS: limits.agent_hours}
    kept: Record = {name: None if value == NO_LIMIT else value for name, value in given.items()}
    return kept | {"channel_caps": dict(limits.channel_caps)}


def limits_told(given: Mapping[str, Any] | None, currency: str) -> str:
    """Under which limits a plan stands."""
    if not given:
        return "The published plan, under the limits of the settings."
    every = {name: given.get(name) for name in (BUDGET, HOURS)} | dict(given.get("channel_caps") or {})
    told = [
        f"{plan_words.limit(name).lower()} {plan_words.of_limit(name, value, currency)}"
        for name, value in every.items()
        if value is not None
    ]
    return f"A plan of your own: {', '.join(told) or 'no limit'}."


def told(definition: Mapping[str, Any], titles: Mapping[str, str], currency: str) -> str:
    """A definition in one line, for a campaign that was launched."""
    parts = [SOURCES.get(str(definition.get("from")), "Unknown")]
    if definition.get("limits"):
        parts.append(limits_told(definition["limits"], currency).rstrip("."))
    parts += [_values(name, values) for name, values in (definition.get("filter") or {}).items() if values]
    action = definition.get("action")
    if action:
        parts.append("best action of each" if action == BEST else titles.get(action, action))
    parts += [titles.get(action, action) for action in definition.get("actions", [])]
    return " · ".join(parts)


def _values(name: str, values: Any) -> str:
    label = FILTERS.get(name, words.label(name))
    listed: Sequence[Any] = values if isinstance(values, list) else [values]
    return f"{label}: {', '.join(words.label(str(value)) for value in listed)}"
