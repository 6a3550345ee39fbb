"""Promises beside what came of them: over time, one by one, and per tenth of risk."""

import pandas as pd
import streamlit as st

from pages.components import data, widgets, words
from pages.components import model_health_charts as charts
from pages.components import model_health_words as own
from pages.components.segment_view import behind


def promises() -> None:
    """What each run promised and what came of it, as a chart and as the table of all promises."""
    runs = data.promise_runs()
    if runs.empty:
        widgets.nothing_found("No promise yet: the next `score` keeps one.")
        return
    frame = charts.promise_frame(runs)
    note = (
        "Churn rate per list. Pale bar: what the promise allows · line: promised · dot: came, with 95 % interval · "
        "diamond: estimated from the days so far · grey: rehearsed in training"
    )
    with widgets.card(own.promise_title(runs), note, own.PROMISE_HELP):
        st.altair_chart(charts.promises(frame), alt="Promised and actual churn rate per list")
    with widgets.card("Every promise", "Newest first · rates of the customers of the list, and how many that is"):
        _table(frame)


def _table(frame: pd.DataFrame) -> None:
    """All promises, newest first."""
    shown = frame.iloc[::-1].drop(columns=[charts.AUC_RANGE, *(name for name in frame if str(name).islower())])
    right = {name: st.column_config.TextColumn(alignment="right", help=text) for name, text in _HELP.items()}
    st.dataframe(shown, hide_index=True, row_height=30, height="content" if len(shown) < 12 else 390,
                 column_config=right, alt="Promises and what came of them, newest first")  # fmt: skip


_HELP = {
    charts.CUSTOMERS: "Customers with a churn risk on the day.",
    charts.PROMISED: "Mean churn risk, and the customers that it amounts to.",
    charts.CAME: "Share that churned within the horizon, and their number. While the horizon runs: where it is "
    "heading, from how many came back so far and how soon customers of each risk came back in past months.",
    charts.INTERVAL: "Of what came (Wilson), or of the estimate.",
    charts.ALLOWED: own.PROMISE_HELP,
    charts.AUC: own.AUC_HELP,
    charts.KNOWN: "First day on which the horizon is over.",
}


def calibration() -> None:
    """How far promises were off over time, how well they ranked, and one of them per tenth of risk."""
    runs = data.promise_runs()
    told = charts.promise_frame(runs) if len(runs) else pd.DataFrame()
    if told.empty or told["seen"].isna().all():
        widgets.nothing_found("No promise can be judged yet: the first is over one horizon after its day.")
        return
    judged = told[told["seen"].notna()]
    left, right = st.columns(2, gap="small")
    note = "What came less what was promised, per list · pale bar: what the promise allows · grey: rehearsed"
    with left, widgets.card(own.gap_title(runs), note, own.PROMISE_HELP):
        st.altair_chart(charts.gaps(judged), alt="Gap between what came and what was promised, per list")
        behind(judged, "Promises that can be judged", ("gap",))
    with right, widgets.card("How well risks ranked", "ROC AUC per list with 95 % interval", own.AUC_HELP):
        if judged["area"].notna().any():
            st.altair_chart(charts.areas(judged), alt="ROC AUC per list")
            behind(judged[[charts.DAY, charts.VERSION, charts.MADE, charts.AUC, charts.AUC_RANGE]], "ROC AUC per list")
        else:
            st.caption("Known once a promise is over.")
    _tenths(runs)


def _tenths(runs: pd.DataFrame) -> None:
    """Promised and came per tenth of risk of one promise, which the URL names."""
    tenths = data.promise_tenths()
    keys = list(dict.fromkeys(zip(tenths["run_id"], tenths["as_of_date"], strict=True)))[::-1]
    if not keys:
        return
    made = {(row["run_id"], row["as_of_date"]): row for row in runs.to_dict("records") if row["state"] == own.MATURED}
    keys.sort(key=lambda key: not key[0])  # runs before rehearsals, each newest first
    names = {f"{run_id or own.REHEARSED}_{pd.Timestamp(day):%Y-%m-%d}": (run_id, day) for run_id, day in keys}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Promise", list(names), key="promise", bind="query-params", width=340,
                              format_func=lambda name: _promise_name(made.get(names[name]), names[name]))  # fmt: skip
    run_id, day = names[chosen]
    frame = charts.tenth_frame(tenths[(tenths["run_id"] == run_id) & (tenths["as_of_date"] == day)])
    beyond = int((frame["tone"] == "beyond").sum())
    title = (
        "Every tenth came as promised" if not beyond else
        f"{words.plural(beyond, 'tenth')} of {len(frame)} came beyond the interval of what was promised"
    )  # fmt: skip
    with widgets.card(title, f"Customers of {words.day(day)} by their risk · dashed: as promised", own.TENTH_HELP):
        left, right = st.columns(2, gap="medium")
        left.altair_chart(charts.tenths(frame), alt="Promised and actual churn per tenth of risk")
        shown = frame.drop(columns=[name for name in frame if str(name).islower()])
        numbers = {name: st.column_config.Column(alignment="right") for name in shown if name != charts.VERDICT}
        right.dataframe(shown, hide_index=True, row_height=28, height="content", column_config=numbers,
                        alt="Promised and actual churn per tenth of risk")  # fmt: skip


def _promise_name(row: dict[str, object] | None, key: tuple[str, object]) -> str:
    """A promise in the selection: its day, and who made it."""
    made = f"version {row['model_version']}" if row else "a version no longer known"
    return f"{words.day(key[1])} · {made}{'' if key[0] else ', rehearsed'}"
