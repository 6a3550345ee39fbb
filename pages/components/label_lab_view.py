"""Every definition of churn side by side."""

import streamlit as st


def section() -> None:
    """The part "Label lab" of the training page."""
    st.caption("The definition of churn stands in the section churn of settings.toml.")
