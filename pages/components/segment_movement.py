"""Movement: from which group to which, between two days that anybody can choose."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, sentences, widgets, words
from pages.components import segment_charts as charts
from pages.components import segment_words as own
from pages.components.segment_view import behind

Record = Mapping[str, Any]


def show(run: Record) -> None:
    """From which group to which between two days."""
    days = data.move_days()
    if len(days) < 2:
        widgets.nothing_found("There is one day only: groups can be compared once a month of orders lies before it.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        dimension = st.segmented_control("Groups", list(own.DIMENSIONS), key="by", default="segment", required=True,
                                         format_func=own.DIMENSIONS.get, label_visibility="collapsed",
                                         bind="query-params")  # fmt: skip
        start = st.selectbox("From", days[1:], key="from", format_func=words.day, width=150, bind="query-params",
                             label_visibility="collapsed", index=0)  # fmt: skip
        later = [day for day in days if day > start]
        if st.session_state.get("to") not in later:
            st.session_state["to"] = later[0]
        end = st.selectbox("To", later, key="to", format_func=words.day, width=150, bind="query-params",
                           label_visibility="collapsed")  # fmt: skip
    moves = data.moves(dimension, start, end)
    frame = charts.move_frame(moves, dimension)
    note = (
        f"From the group on {words.day(start)} (left) to {words.day(end)} (top), customers; blue rose, amber slid, "
        f"grey stayed or came · n = {words.count(moves['customers'].sum())}"
    )
    left, right = st.columns([13, 6], gap="small")
    with left, widgets.card(own.move_title(moves, dimension), note):
        st.altair_chart(charts.flow(frame, dimension), alt="Customers by group on the first and on the second day")
        behind(frame, "Customers by group on both days", ("share", charts.CHOSEN, charts.SHOWN))
    at_risk = ", and their value at risk now" if sentences.has_model(run) else ""
    with right, widgets.card("Widest ways down", f"Customers who slid{at_risk}"):
        _slid(moves, dimension, run)


def _slid(moves: pd.DataFrame, dimension: str, run: Record) -> None:
    """The moves away from the shop that most customers made."""
    stepped = own.with_steps(moves, dimension)
    down = stepped[stepped["step"] > 0].sort_values("customers", ascending=False).head(10)
    if down.empty:
        st.caption("Nobody slid between these days.")
        return
    shown = pd.DataFrame(
        {
            "From → to": down["from_group"].map(words.label) + " → " + down["to_group"].map(words.label),
            "n": down["customers"].map(words.count),
            "At risk": down["value_at_risk"].map(lambda amount: words.money_tile(amount, run["currency"])),
        }
    )
    if not sentences.has_model(run):
        shown = shown.drop(columns="At risk")
    columns = {"From → to": st.column_config.TextColumn(width=206),
               "n": st.column_config.TextColumn(alignment="right", width=44),
               "At risk": st.column_config.TextColumn(alignment="right", width=76)}  # fmt: skip
    st.dataframe(shown, hide_index=True, row_height=30, height="content", column_config=columns,
                 placeholder=words.MISSING, alt="Moves away from the shop, most customers first")  # fmt: skip
