"""The table behind a chart of the part "Versions", as wide as its card: a popover is too narrow for intervals."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st


def behind(frame: pd.DataFrame, alt: str, hidden: Sequence[str] = ()) -> None:
    """The table behind a chart, on demand; columns in small letters are the chart's own."""
    shown = frame.drop(columns=[*hidden, *(name for name in frame if str(name).islower())], errors="ignore")
    with st.expander("As a table"):
        st.dataframe(shown, hide_index=True, height="content" if len(shown) < 12 else 400, row_height=30, alt=alt)
