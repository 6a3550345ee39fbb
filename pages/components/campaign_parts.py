"""The campaigns page's parts, by their names in the URL."""

import streamlit as st

from pages.components.parts import Parts

PLAN, NEW, SERVICE, RUNNING = "plan", "new", "service", "campaigns"
PARTS = {PLAN: "Plan", NEW: "New campaign", SERVICE: "Service initiative", RUNNING: "Running and finished"}
TITLES = {
    PLAN: "What is our budget worth?",
    NEW: "What do we try, and how will we know?",
    SERVICE: "Would better service keep them?",
    RUNNING: "Did it work?",
}
PAGE = Parts("part", PARTS, TITLES)
go = PAGE.go
FRESH = "new"  # instead of the name of a draft: one that is not kept yet


def proposed() -> str | None:
    """The action or initiative that a link asks to test, once: afterwards the controls say it."""
    return st.query_params.pop("test", None)
