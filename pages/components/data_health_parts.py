"""The data health page's parts, by their names in the URL: what is loaded, and a new upload."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components import widgets

HEALTH, UPLOAD = "health", "upload"
PARTS = {HEALTH: "Health", UPLOAD: "New upload"}
TITLES = {HEALTH: "Can the data be trusted?", UPLOAD: "What would your files bring?"}


def choose() -> str:
    """The part that is open; it stands in the URL as `show_data`."""
    return st.segmented_control(
        "Part", list(PARTS), key="show_data", default=HEALTH, required=True, format_func=PARTS.get,
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip


def head(part: str, run: Mapping[str, Any] | None) -> None:
    """The part's title; before the first publication nothing can be said about a prediction."""
    if run is None:
        st.title(TITLES[part], anchor=False)
    else:
        widgets.head(TITLES[part], run)
