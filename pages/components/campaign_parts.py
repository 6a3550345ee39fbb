"""The campaigns page's parts, by their names in the URL, and the way from one to another."""

from typing import Any

import streamlit as st

from pages.components import widgets

PLAN, NEW, SERVICE, RUNNING = "plan", "new", "service", "campaigns"
PARTS = {PLAN: "Plan", NEW: "New campaign", SERVICE: "Service initiative", RUNNING: "Running and finished"}
TITLES = {
    PLAN: "What is our budget worth?",
    NEW: "What do we try, and how will we know?",
    SERVICE: "Would better service keep them?",
    RUNNING: "Did it work?",
}
FRESH = "new"  # instead of the name of a draft: one that is not kept yet
_NEXT = "campaigns_next"


def choose() -> str:
    """The part that is open; it stands in the URL as `part`."""
    st.session_state.update(st.session_state.pop(_NEXT, {}))
    widgets.own_value("part", PARTS)
    return st.segmented_control(
        "Part", list(PARTS), key="part", default=PLAN, required=True, format_func=PARTS.get, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip


def go(part: str, **state: Any) -> None:
    """Open another part at once, with values for its controls."""
    st.session_state[_NEXT] = {"part": part, **state}
    st.rerun()
