"""The campaigns page's three parts, by their names in the URL."""

import streamlit as st

PLAN, NEW, RUNNING = "plan", "new", "campaigns"
PARTS = {PLAN: "Plan"}
TITLES = {
    PLAN: "What is our budget worth?",
    NEW: "What do we try, and how will we know?",
    RUNNING: "Did it work?",
}


def choose() -> str:
    """The part that is open; it stands in the URL as `part`."""
    return st.segmented_control(
        "Part", list(PARTS), key="part", default=PLAN, required=True, format_func=PARTS.get, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
