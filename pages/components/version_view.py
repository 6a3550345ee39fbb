"""What each training brought, beside the model in use."""

import streamlit as st


def section() -> None:
    """The part "Versions" of the training page."""
    st.caption("What a training brought is told by `python -m pipelines train` and by the model card of each version.")
