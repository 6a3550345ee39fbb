"""The map of suggestions: segment × action, how many customers and what they are expected to earn; a click filters."""

from collections.abc import Mapping
from dataclasses import replace

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import data, words
from pages.components.data import ListFilter, Marked
from pages.components.theme import STRONGEST, dressed
from pages.components.theme import TEXT as INK
from pages.components.worklist import first_page

SEGMENT, ACTION, CUSTOMERS, NET, SHOWN = "Segment", "Suggested action", "Customers", "Expected net", "Shown as"
IS_CHOSEN = "is_chosen"
ROW = 18  # pixels per action


def section(chosen: ListFilter, marked: Marked, titles: Mapping[str, str], currency: str) -> None:
    """The map in one line that says what it shows; it opens on demand and stays as it was left."""
    # Its own two filters aside, or one click would leave a map of one cell.
    cells = data.action_map(replace(chosen, segments=(), actions=()), marked)
    shown = frame(cells, titles, currency)
    picked = set(chosen.segments), set(chosen.actions)
    shown[IS_CHOSEN] = [
        any(picked) and (not picked[0] or segment in picked[0]) and (not picked[1] or action in picked[1])
        for segment, action in zip(shown[SEGMENT], shown["action"], strict=True)
    ]
    opened = st.expander(finding(shown, currency), key="map", on_change="rerun", bind="query-params")
    if opened.open and not shown.empty:
        with opened:
            draw(shown)


def frame(cells: pd.DataFrame, titles: Mapping[str, str], currency: str) -> pd.DataFrame:
    """The map's cells in people's words, one row per segment and action that occurs."""
    net = cells["expected_net"].astype(float)
    return pd.DataFrame(
        {
            SEGMENT: cells["segment"],
            ACTION: [titles.get(action) or words.label(action) for action in cells["action"]],
            CUSTOMERS: cells["customers"],
            NET: net.round(2),
            "share": net / net.max() if len(net) and net.max() else 0.0,
            SHOWN: [words.money(amount, currency) for amount in net],
            "action": cells["action"],
        }
    )


def finding(shown: pd.DataFrame, currency: str) -> str:
    """The title of the map: the cell in which most is expected."""
    if shown.empty:
        return "Map of segments and actions"
    best = shown.sort_values(NET, ascending=False).iloc[0]
    return (
        f"Map of segments and actions: most is expected from “{best[ACTION]}” for “{best[SEGMENT]}”, "
        f"{words.money(best[NET], currency)}"
    )


def chart(shown: pd.DataFrame) -> alt.LayerChart:
    """One cell per segment and action: the darker, the more it is expected to earn; the figure counts customers."""
    actions = list(shown.groupby(ACTION)[NET].sum().sort_values(ascending=False).index)
    segments = list(shown.groupby(SEGMENT)[NET].sum().sort_values(ascending=False).index)
    x = alt.X(f"{SEGMENT}:N", sort=segments, title=None,
              axis=alt.Axis(orient="top", labelAngle=0, labelLimit=84, domain=False))  # fmt: skip
    y = alt.Y(f"{ACTION}:N", sort=actions, title=None, axis=alt.Axis(labelLimit=230, domain=False))
    pick = alt.selection_point(name="cell", fields=[SEGMENT, "action"], on="click")
    tip = [SEGMENT, ACTION, alt.Tooltip(CUSTOMERS, format=","), alt.Tooltip(SHOWN, title=NET)]
    base = alt.Chart(shown).encode(x=x, y=y)
    cells = base.mark_rect(cornerRadius=2, stroke=INK).encode(
        strokeWidth=alt.when(f"datum.{IS_CHOSEN}").then(alt.value(1.8)).otherwise(alt.value(0.5)),
        strokeOpacity=alt.when(f"datum.{IS_CHOSEN}").then(alt.value(0.9)).otherwise(alt.value(0.25)),
        # One hue that gets stronger on light and dark grounds alike; the figure inside says it too.
        fillOpacity=alt.FillOpacity("share:Q", scale=alt.Scale(type="sqrt", range=[0.06, STRONGEST]), legend=None),
    )
    counts = base.mark_text(fontSize=11).encode(text=alt.Text(f"{CUSTOMERS}:Q", format=","))
    # Nothing to see, on top of the figures: what is pointed at and clicked.
    touched = base.mark_rect(fillOpacity=0, cursor="pointer").encode(tooltip=tip).add_params(pick)
    layers = alt.layer(cells, counts, touched)
    return dressed(layers, 24 + ROW * len(actions))


def draw(shown: pd.DataFrame) -> None:
    """The map; a click on a cell filters the list by its segment and action."""
    round_ = st.session_state.get("map_round", 0)
    st.altair_chart(chart(shown), key=f"cells_{round_}", on_select=_picked, selection_mode="cell",
                    alt="Customers and expected net by segment and suggested action")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Figures count customers; the stronger the colour, the more their actions are expected to earn. "
                   "Click a cell to see its customers, once more to see all.", width="stretch")  # fmt: skip
        with st.popover("As a table", type="tertiary"):
            table = shown.sort_values(NET, ascending=False)[[SEGMENT, ACTION, CUSTOMERS, SHOWN]]
            right = {SHOWN: st.column_config.TextColumn(NET, alignment="right")}
            st.dataframe(table, hide_index=True, height=360, width=520, row_height=28, column_config=right)


def _picked() -> None:
    """Filter by the cell that was clicked; a second click on it takes the filter off."""
    round_ = st.session_state.get("map_round", 0)
    cells = st.session_state[f"cells_{round_}"]["selection"]["cell"]
    if cells:
        cell = [cells[0][SEGMENT]], [cells[0]["action"]]
        is_same = (st.session_state.get("segment"), st.session_state.get("action")) == cell
        st.session_state["segment"], st.session_state["action"] = ([], []) if is_same else cell
        st.session_state["map_round"] = round_ + 1  # a fresh map: the same cell can be clicked again
        first_page()
