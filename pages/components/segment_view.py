"""The parts of the page of segments that show groups: map, RFM, lifecycle."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, segment_choice, widgets, words
from pages.components import segment_charts as charts
from pages.components import segment_words as own
from pages.components.sentences import has_model

Record = Mapping[str, Any]
# Right-aligned columns of a table of groups, in pixels: all of them stand on a desk's screen.
WIDTHS = {"Customers": 74, "Value at risk": 84, "Churn risk": 72, "Revenue, 12 m": 90, "Order days": 72,
          "Last order": 72}  # fmt: skip


def behind(frame: pd.DataFrame, alt: str, hidden: Sequence[str] = ("share", charts.CHOSEN)) -> None:
    """The table behind a chart, on demand."""
    shown = frame.drop(columns=[*hidden, *(name for name in frame if str(name).islower())], errors="ignore")
    with st.popover("As a table", type="tertiary"):
        st.dataframe(shown, hide_index=True, height="content" if len(shown) < 12 else 400, row_height=30, alt=alt)


def value_map(edges: Sequence[Record], run: Record) -> None:
    """Expected value against churn risk; a click chooses a square."""
    if not has_model(run) or not edges:
        widgets.nothing_found(own.NO_MAP)
        return
    cells = data.value_risk_map()
    names = {int(edge["value_class"]): own.value_class(edge, run["currency"]) for edge in edges}
    chosen = st.session_state.get("worth"), st.session_state.get("risk", [])
    frame = charts.map_frame(cells, names, chosen, run["currency"])
    note = (
        f"Value at risk and customers by expected value and churn risk · n = {words.count(cells['customers'].sum())}, "
        f"{words.day(run['as_of_date'])} · click a square to choose its customers"
    )
    with widgets.card(own.map_title(cells, run["currency"], names), note):
        st.altair_chart(charts.value_risk_map(frame), key=segment_choice.chart_key("map"), on_select=_on_map,
                        selection_mode="square", alt="Value at risk by expected value and churn risk")  # fmt: skip
        behind(frame, "Value at risk by expected value and churn risk")


def _on_map() -> None:
    square = segment_choice.clicked("map")
    if square:
        segment_choice.choose(worth=int(square["value_class"]), risk=[square["risk_band"]])


def rfm(run: Record) -> None:
    """The eleven groups as a table, beside the squares that make them."""
    groups = data.segment_groups("segment")
    left, right = st.columns([2, 1], gap="small")
    with left, widgets.card(own.group_title(groups, run), _outcome_note(groups, run)):
        _table(groups, "segment", "rfm", run)
    grid = charts.grid_frame(data.rfm_grid(), st.session_state.get("rfm", []))
    with right, widgets.card("Which fifths make which group", "Customers per square · click one to choose its group"):
        st.altair_chart(charts.rfm_grid(grid), key=segment_choice.chart_key("grid"), on_select=_on_grid,
                        selection_mode="square", alt="RFM groups by recency and by frequency and money")  # fmt: skip


def _on_grid() -> None:
    square = segment_choice.clicked("grid")
    if square:
        segment_choice.choose(rfm=[square[charts.GROUP]])


def lifecycle(run: Record) -> None:
    """The stages as a table, beside how their shares moved within a year."""
    groups = data.segment_groups("lifecycle_stage")
    days = data.move_days()
    then = own.year_before(days)
    before = data.moves("lifecycle_stage", then, days[0]) if then else _no_moves()
    if not own.knew_most(before):  # in the first weeks of the data nobody can have lapsed
        then, before = None, _no_moves()
    left, right = st.columns([2, 1], gap="small")
    with left, widgets.card(own.life_title(groups, before, then), _outcome_note(groups, run)):
        _table(groups, "lifecycle_stage", "life", run)
    frame = charts.stage_frame(groups, before)
    mark = f"; the mark is {words.day(then)}" if then else ""
    with right, widgets.card("Where customers stand by their own rhythm", f"Share of all customers{mark}"):
        st.altair_chart(charts.stage_bars(frame), alt="Share of customers by lifecycle stage, now and earlier")
        behind(frame, "Share of customers by lifecycle stage", (charts.NOW, charts.THEN, charts.SHOWN))


def _no_moves() -> pd.DataFrame:
    return pd.DataFrame(columns=["from_group", "to_group", "customers", "value_at_risk"])


def _outcome_note(groups: pd.DataFrame, run: Record) -> str:
    """Scope of a table of groups, and whose outcome its last column tells."""
    looked_at = words.count(groups["eligible_customers"].sum())
    note = f"n = {words.count(groups['customers'].sum())}, {looked_at} looked at, {words.day(run['as_of_date'])}"
    known = groups.dropna(subset=["outcome_from"])
    if known.empty:
        return note
    row = known.iloc[0]
    return f"{note} · “Left” counts who was in the group on {words.day(row['outcome_from'])} and left by " \
           f"{words.day(row['outcome_until'])}"  # fmt: skip


def _table(groups: pd.DataFrame, dimension: str, key: str, run: Record) -> None:
    """The groups from best to gone; a click chooses one."""
    ordered = groups.set_index("group_name").loc[own.ordered(list(groups["group_name"]), dimension)].reset_index()
    shown = _shown(ordered, run)
    st.session_state[f"{key}_rows"] = list(ordered["group_name"])
    columns = {name: st.column_config.TextColumn(alignment="right", width=width) for name, width in WIDTHS.items()} | {
        "Group": st.column_config.TextColumn(width=116, help="Click a row to choose the group."),
        "Share": st.column_config.ProgressColumn(width=72, format="%.0f %%", min_value=0,
                                                 max_value=float(max(shown["Share"].max(), 1))),
        "Left": st.column_config.TextColumn(alignment="right", width=88, help="Measured churn rate of the group, "
                                            "and of how many customers, over the last horizon that is over."),
    }  # fmt: skip
    with st.container(key=f"{key}_table"):
        st.dataframe(shown, key=segment_choice.chart_key(f"{key}_groups"), hide_index=True, row_height=30,
                     height="content", column_config=columns, on_select=_on_row, selection_mode="single-cell",
                     placeholder=words.MISSING, alt=f"{own.DIMENSIONS[dimension]} with size and money")  # fmt: skip


def _shown(groups: pd.DataFrame, run: Record) -> pd.DataFrame:
    """A table of groups in people's words and formats."""
    money = {
        "Value at risk": groups["value_at_risk"].map(lambda amount: words.money(amount, run["currency"])),
        "Churn risk": groups["mean_risk"].map(words.percent),
    }
    rate = groups["outcome_churned"].astype(float) / groups["outcome_customers"].astype(float)
    left = [
        words.MISSING if words.is_missing(share) else f"{words.percent(share)} of {words.count(n)}"
        for share, n in zip(rate, groups["outcome_customers"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Group": groups["group_name"].map(words.label),
            "Share": groups["customers"] / max(groups["customers"].sum(), 1) * 100,
            "Customers": groups["customers"].map(words.count),
            **(money if has_model(run) else {}),
            "Left": left,
            "Revenue, 12 m": groups["revenue_12m"].map(lambda amount: words.money(amount, run["currency"])),
            "Order days": groups["order_days"].map(lambda days: f"{days:.1f}"),
            "Last order": groups["days_since_last_order"].map(words.days),
        }
    )


def _on_row() -> None:
    """Choose the group whose row was clicked."""
    for key in ("rfm", "life"):
        name = segment_choice.chart_key(f"{key}_groups")
        cells = st.session_state[name]["selection"]["cells"] if name in st.session_state else []
        if cells:
            segment_choice.choose(**{key: [st.session_state[f"{key}_rows"][cells[0][0]]]})
            round_ = f"{key}_groups_round"
            st.session_state[round_] = st.session_state.get(round_, 0) + 1
