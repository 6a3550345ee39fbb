"""The part of the page of experience that shows the journey: the map, and the customers of one of its squares."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import access, data, widgets, words, worklist_words
from pages.components import journey_charts as charts
from pages.components import journey_words as own

Record = Mapping[str, Any]
SHOWN = 7


def show(run: Record) -> None:
    """The map on the left, one square of it on the right; both in the address."""
    if not data.has_journey():
        widgets.nothing_found(own.OLD)
        return
    cells, info = data.journey_cells(), data.journey_info()
    if cells.empty:
        widgets.nothing_found(info["note"])
        return
    names = own.cell_names(own.code(row["touchpoint"], row["stage"]) for row in cells.to_dict("records"))
    measure = st.segmented_control("Measure", own.MEASURES, key="measure", default=own.CHURN, required=True,
                                   label_visibility="collapsed", bind="query-params")  # fmt: skip
    left, right = st.columns([2.1, 1], gap="small")
    chosen = _chosen(cells, names)
    with left, widgets.card(own.title(measure, cells, run), own.note(measure, info), own.help_of(measure, info, run)):
        _map(charts.frame(cells, measure, chosen), measure)
        with st.popover("As a table", type="tertiary"):
            st.dataframe(charts.table(cells), hide_index=True, height=420, row_height=28,
                         alt="Every figure of the journey map")  # fmt: skip
    with right, st.container(border=True, height="stretch", gap="xsmall"):
        _square(cells, chosen, names, run)
    if info.get("note"):
        st.caption(words.literal(info["note"]))


def _chosen(cells: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The square that is looked at: the one in the address, else the worst, else the one most customers meet."""
    start = cells.sort_values(["is_worst", "customers"], ascending=False).iloc[0]
    kept = st.session_state.get("moment")
    if kept not in names:
        st.session_state["moment"] = own.code(start["touchpoint"], start["stage"])
    return str(st.session_state["moment"])


def _map(shown: pd.DataFrame, measure: str) -> None:
    """The squares of a measure; a click chooses one."""
    if shown.empty:
        st.caption(f"Nothing is known yet about: {measure.lower()}.")
        return
    st.altair_chart(charts.journey_map(shown, measure), key=_key(), on_select=_on_map, selection_mode="square",
                    alt=f"{measure} by touchpoint and lifecycle stage")  # fmt: skip


def _key() -> str:
    """The chart's key in this round; a new round is a fresh chart with nothing clicked."""
    return f"journey_map_{st.session_state.get('journey_round', 0)}"


def _on_map() -> None:
    """Look at the square that was clicked."""
    squares = st.session_state[_key()]["selection"]["square"]
    if squares:
        st.session_state["moment"] = squares[0]["code"]
        st.session_state["journey_round"] = st.session_state.get("journey_round", 0) + 1


def _square(cells: pd.DataFrame, chosen: str, names: Mapping[str, str], run: Record) -> None:
    """One square: what followed it, and who was there lately."""
    st.selectbox("Touchpoint and stage", list(names), key="moment", format_func=names.get, bind="query-params")
    touchpoint, _, stage = chosen.partition("|")
    row = cells[(cells["touchpoint"] == touchpoint) & (cells["stage"] == stage)].iloc[0].to_dict()
    if row["is_worst"]:
        st.badge("Worst of the map", icon=":material/flag:", color="orange", help=own.WORST)
    st.markdown(words.literal(own.verdict(row, run)))
    st.caption(words.literal(own.others(row)))
    listed = data.journey_listed().get(chosen, 0)
    st.markdown(f"**{words.literal(own.lately(listed, row, run))}**")
    if not listed:
        return
    if st.button("Open in the worklist", type="primary", key="journey_open"):
        st.switch_page(
            access.page("worklist"), query_params={"journey": [names[chosen]], "show": worklist_words.EVERYBODY}
        )
    _customers(data.journey_customers(chosen, SHOWN), run)


def _customers(found: pd.DataFrame, run: Record) -> None:
    """The first of them, as the worklist sorts them."""
    shown = pd.DataFrame(
        {
            "Customer": found["name"].fillna(found["customer_id"]),
            "On": found["happened_on"].map(words.day),
            "Churn risk": found["churn_risk"].map(words.percent),
            "At risk": found["value_at_risk"].map(lambda amount: words.money(amount, run["currency"])),
        }
    )
    right = {name: st.column_config.TextColumn(alignment="right", width=66) for name in ("Churn risk", "At risk")}
    right |= {"Customer": st.column_config.TextColumn(width=118), "On": st.column_config.TextColumn(width=82)}
    st.dataframe(shown, hide_index=True, height="content", row_height=28, column_config=right,
                 alt="Customers of the chosen square")  # fmt: skip
