"""The training page's parts, by their names in the URL, and the way from one to another."""

from typing import Any

import streamlit as st

from pages.components import widgets

TRAIN, VERSIONS, LAB = "train", "versions", "labels"
PARTS = {TRAIN: "Train", VERSIONS: "Versions", LAB: "Label lab"}
TITLES = {
    TRAIN: "What can be learned today?",
    VERSIONS: "Should the new model go live?",
    LAB: "What do we call churn?",
}
_NEXT = "training_next"


def choose() -> str:
    """The part that is open; it stands in the URL as `part`."""
    st.session_state.update(st.session_state.pop(_NEXT, {}))
    widgets.own_value("part", PARTS)
    return st.segmented_control(
        "Part", list(PARTS), key="part", default=TRAIN, required=True, format_func=PARTS.get, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip


def go(part: str, **state: Any) -> None:
    """Open another part at once, with values for its controls."""
    st.session_state[_NEXT] = {"part": part, **state}
    st.rerun()
