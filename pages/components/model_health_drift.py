"""Drift on the page: the heat map of features and months, one feature's distribution, the spread of risks over time."""

import pandas as pd
import streamlit as st

from pages.components import data, widgets, words
from pages.components import model_health_drift_charts as charts
from pages.components import model_health_words as own
from pages.components.segment_view import behind

ALL, ROWS = "All groups", 16


def drift() -> None:
    """What moved, and one feature closer."""
    summary = data.drift_summary()
    if summary.empty:
        widgets.nothing_found("Nothing to compare yet: the next `refresh` looks at the features of every month.")
        return
    summary = _of_group(summary)
    names = dict(zip(summary["feature"], summary["label"], strict=True))
    order = list(names)[:ROWS]
    frame = charts.month_frame(data.drift_months(tuple(order)), order)
    note = (
        f"PSI against the training rows, {len(order)} of {words.plural(len(names), 'feature')}, what moved first · "
        "amber: customers changed · violet: a data break behind it · blue: as before, or as every season · "
        "grey: learned from · click a square to look closer"
    )
    with widgets.card(own.drift_title(data.drift_summary()), note, own.PSI_HELP):
        st.altair_chart(charts.heat(frame), key=f"heat_{st.session_state.get('heat_round', 0)}", on_select=_on_heat,
                        selection_mode="square", alt="PSI per feature and month")  # fmt: skip
        behind(frame, "PSI per feature and month")
    _closer(summary, names)


def _of_group(summary: pd.DataFrame) -> pd.DataFrame:
    """The features of the group that the URL names."""
    group = st.segmented_control("Group", [ALL, *data.drift_groups()], key="drift_group", default=ALL, required=True,
                                 format_func=words.label, bind="query-params",
                                 label_visibility="collapsed")  # fmt: skip
    return summary if group == ALL else summary[summary["feature_group"] == group]


def _on_heat() -> None:
    """Look closer at the feature that was clicked; the next chart starts afresh."""
    place = st.session_state.get("heat_round", 0)
    squares = st.session_state[f"heat_{place}"]["selection"]["square"]
    if squares:
        st.session_state["drift_feature"] = squares[0]["feature"]
        st.session_state["heat_round"] = place + 1


def _closer(summary: pd.DataFrame, names: dict[str, str]) -> None:
    """One feature's distribution on a day beside the training rows."""
    if st.session_state.get("drift_feature") not in names:
        st.session_state.pop("drift_feature", None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        feature = st.selectbox("Feature", list(names), key="drift_feature", format_func=names.get, bind="query-params",
                               width=340)  # fmt: skip
        months = data.drift_months((feature,))
        days = [pd.Timestamp(day) for day in months["as_of_date"]][::-1]
        day = st.selectbox("Customers of", days, key="drift_day", format_func=words.day, bind="query-params", width=160)
    row = months[pd.to_datetime(months["as_of_date"]) == day].iloc[0]
    found = charts.bin_frame(data.drift_bins(feature), day, str(row["unit"]))
    title = f"{names[feature]}: {own.KINDS[row['kind']]}"
    note = f"{own.moved_words(row)} · grey: the training rows, blue: customers of {words.day(day)}"
    with widgets.card(title, note, own.PSI_HELP):
        st.altair_chart(charts.distribution(found), alt=f"Distribution of {names[feature]} then and now")
        behind(found, f"Distribution of {names[feature]} then and now", ("share", "told", "who"))


def risks() -> None:
    """How risks are spread over customers, month by month."""
    deciles = data.score_deciles()
    if deciles.empty:
        widgets.nothing_found("No risks yet: the next `score` shows how they are spread.")
        return
    frame = charts.spread_frame(deciles)
    note = (
        "Deciles of churn risk per day · bands: the model in use looking back at past months, line: the median · "
        "marks: lists as published, from the lowest to the highest tenth"
    )
    runs = frame[frame["kind"] == "run"]
    now = (runs if len(runs) else frame).iloc[-1]
    title = f"Half of the customers have a risk up to {now['Half up to']}, a tenth from {now['Highest tenth from']}"
    with widgets.card(title, note):
        st.altair_chart(charts.spread(frame), alt="Deciles of churn risk per day")
        behind(frame, "Deciles of churn risk per day")
