"""A new upload: files dropped here become the next source."""

import streamlit as st


def section() -> None:
    """The whole part of the page, below its head."""
    st.caption("Coming.")
