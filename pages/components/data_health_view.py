"""What came in, table by table: how fresh, which days are missing, what was rejected, and what to look at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

Record = Mapping[str, Any]


def section(run: Record) -> None:
    """The whole part of the page, below its head."""
    st.caption("Coming.")
