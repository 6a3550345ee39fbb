"""Is there enough to learn from, and the training itself: start, progress, result."""

import streamlit as st

from pages.components import widgets


def section() -> None:
    """The part "Train" of the training page."""
    st.caption("A training is started with `python -m pipelines train`.")
    widgets.evidence()
