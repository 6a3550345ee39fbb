"""What was measured of a version: figures beside the others, promise and outcome, ranking, groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from models import gains as reckon
from models.evaluate import Resamples
from models.judged import CHURNED, CUSTOMER, RISK
from pages.components import trained, widgets, words
from pages.components import version_charts as charts
from pages.components import version_figures as figures
from pages.components import version_words as own
from pages.components.trained import Version, VersionReport
from pages.components.version_table import behind

Run = Mapping[str, Any]
POPULATIONS = {"all": "All looked at", "active_2h": "Recently active"}
COMPARED = ("log_loss", "roc_auc")
SHOWN = ("roc_auc", "log_loss", "calibration_gap", "brier", "lift_10", "pr_auc")


def result(version: Version, _run: Run) -> None:
    """Every figure beside the others, and promise against outcome by month and by tenth."""
    with st.container(horizontal=True, gap="small"):
        who = st.segmented_control(
            "Customers", list(POPULATIONS), key="who_judged", default="all", required=True, bind="query-params",
            format_func=POPULATIONS.get,
            help="Recently active: only customers who ordered within the last two horizons, where ranking is harder.",
        )  # fmt: skip
        metric = st.segmented_control(
            "Compared by", list(COMPARED), key="compared_by", default="log_loss", required=True, bind="query-params",
            format_func=lambda name: own.METRICS[name][0], help="  \n".join(_meanings(COMPARED)),
        )  # fmt: skip
    _ladder(version, str(who), str(metric))
    left, right = st.columns(2, gap="small")
    months = version.facts["evaluation"]["months"]
    with left:
        note = "Mean risk promised and churn that came, per day judged by a model that had not seen it"
        with widgets.card(own.months_title(months), note):
            frame = figures.month_frame(version)
            widgets.draw(charts.months(frame), "No month was judged.", "Promised and actual churn by month")
            behind(_told(frame), "Promised and actual churn by month", (figures.SHOWN,))
    with right:
        frame = figures.tenth_frame(version)
        with widgets.card(figures.tenths_title(frame), f"{own.scope(version)} · bars: 95 % interval of what came"):
            widgets.draw(charts.tenths(frame), "Nothing was judged.", "Promised and actual churn by tenth of risk")
            behind(_told(frame), "Promised and actual churn by tenth of risk", (figures.SHOWN,))


def _ladder(version: Version, who: str, metric: str) -> None:
    """Differences to every other model, and the figures behind them."""
    frame, name = figures.difference_frame(version, metric, who), own.METRICS[metric][0]
    left, right = st.columns([5, 6], gap="small")
    side = "left" if metric in own.LOWER_IS_BETTER else "right"
    note = f"{name} of this version minus each other’s, 95 % interval · {side} of the line this version is better"
    with left, widgets.card(own.ladder_title(version, metric, who), note, own.BASELINE_HELP):
        text = f"Difference in {name} to every other model"
        widgets.draw(charts.differences(frame, f"Difference in {name}", name), "Too few of these to compare.", text)
        if len(frame):
            behind(frame, text, (figures.VALUE, figures.LOW, figures.HIGH))
    with right, widgets.card("Figures with their intervals", own.scope(version, who), "  \n".join(_meanings(SHOWN))):
        table = figures.ladder_frame(version, who, SHOWN[:3])
        if table.empty:
            st.caption("Too few of these customers to judge them alone.")
            return
        st.dataframe(table, hide_index=True, row_height=30, height="content", column_config=_columns(table),
                     alt="Figures of every model judged")  # fmt: skip
        with st.expander("Every figure"):
            st.dataframe(figures.ladder_frame(version, who, SHOWN), hide_index=True, row_height=30, height="content",
                         alt="Every figure of every model judged")  # fmt: skip


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    return {str(name): st.column_config.TextColumn(width=140) for name in table if name != figures.MODEL}


def _meanings(names: Sequence[str]) -> list[str]:
    return [f"**{own.METRICS[name][0]}**: {own.METRICS[name][1]}" for name in names]


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """A chart's frame as a table: shares in percent, days as days."""
    shares = [name for name in (figures.PROMISED, figures.CAME, figures.LOW, figures.HIGH) if name in frame]
    told = frame.assign(**{name: frame[name].map(words.rate) for name in shares})
    return told.assign(**{figures.DAY: told[figures.DAY].map(words.day)}) if figures.DAY in told else told


def ranking(version: Version, _run: Run) -> None:
    """Gains and lift."""
    kept = trained.report(version)
    if kept is None:
        widgets.nothing_found(own.NO_REPORT)
        return
    lines = _gains(kept, version)
    lifts = _lifts(str(version.report_folder), kept)
    left, right = st.columns(2, gap="small")
    with left, widgets.card(_gains_title(lines, version), f"Gains · {own.scope(version)}"):
        rival = own.contender(own.RIVAL, version) if own.RIVAL in contenders(kept) else None
        chart = charts.gains(lines, own.contender(own.OWN, version), rival)
        st.altair_chart(chart, alt="Share of leavers found by share of customers")
        wide = lines.pivot(index=charts.SHARE, columns=charts.LINE, values=charts.FOUND)
        wide = wide[list(dict.fromkeys(lines[charts.LINE]))]
        behind(wide.reset_index().map(words.percent), "Share of leavers found", ())
    with right, widgets.card(_lift_title(lifts), f"Lift by tenth, with its 95 % interval · {own.scope(version)}"):
        st.altair_chart(charts.lifts(lifts), alt="Lift by tenth of risk")
        behind(lifts, "Lift by tenth", (charts.LIFT, figures.LOW, figures.HIGH))


def contenders(kept: VersionReport) -> list[str]:
    """Who was judged on the kept rows, this version first; the churn rate alone ranks nobody."""
    names = [name.removeprefix(RISK) for name in kept.judged.columns if name.startswith(RISK)]
    return [name for name in figures.ORDER if name in names and name != "base_rate"]


def _gains(kept: VersionReport, version: Version) -> pd.DataFrame:
    """One line per model: share of customers, share of leavers found."""
    churned = kept.judged[CHURNED].to_numpy()
    parts = []
    for name in contenders(kept):
        share, found = reckon.gains(churned, kept.judged[RISK + name].to_numpy())
        line = own.contender(name, version)
        parts.append(pd.DataFrame({charts.LINE: line, charts.SHARE: share.round(4), charts.FOUND: found}))
    return pd.concat(parts, ignore_index=True)


def _gains_title(lines: pd.DataFrame, version: Version) -> str:
    own_line = lines[lines[charts.LINE] == own.contender(own.OWN, version)]
    found = float(np.interp(0.2, own_line[charts.SHARE], own_line[charts.FOUND]))
    return f"The riskiest {words.percent(0.2)} hold {words.percent(found)} of those who left"


@st.cache_data(max_entries=12, show_spinner=False)
def _lifts(folder: str, _kept: VersionReport) -> pd.DataFrame:
    judged = _kept.judged
    rows = reckon.lift_of_tenths(
        judged[CHURNED].to_numpy(dtype=float), judged[RISK + own.OWN].to_numpy(), Resamples.of(judged[CUSTOMER])
    )
    return pd.DataFrame(
        {
            charts.TENTH: [row["tenth"] for row in rows],
            charts.LIFT: [row["value"] for row in rows],
            figures.LOW: [row["low"] for row in rows],
            figures.HIGH: [row["high"] for row in rows],
            figures.PROMISED: [words.percent(row["promised"]) for row in rows],
            figures.CAME: [words.percent(row["actual"]) for row in rows],
            figures.CUSTOMERS: [row["n"] for row in rows],
            figures.SHOWN: [f"{row['value']:.2f}{words.GAP}× ({row['low']:.2f} to {row['high']:.2f})" for row in rows],
            "short": [f"{row['value']:.1f}{words.GAP}×" for row in rows],
        }
    )


def _lift_title(lifts: pd.DataFrame) -> str:
    first = lifts.iloc[0]
    return f"The riskiest tenth left {first[charts.LIFT]:.1f} times as often as everybody"


def groups(version: Version, _run: Run) -> None:
    """Promise against outcome in groups that people speak of."""
    frame = figures.slice_frame(version)
    if frame.empty:
        widgets.nothing_found("No group of the judged customers is large enough to be told alone.")
        return
    dimensions = list(dict.fromkeys(frame[figures.DIMENSION]))
    worst = frame.loc[frame[figures.MARK] == "worst", figures.DIMENSION]
    widgets.own_value("group_by", dimensions)
    chosen = st.pills(
        "Groups by", dimensions, key="group_by", default=worst.iloc[0] if len(worst) else dimensions[0],
        required=True, bind="query-params",
    )  # fmt: skip
    shown = frame[frame[figures.DIMENSION] == chosen]
    help_text = (
        "A model that is right on the whole can be wrong for a group. The interval is that of the group’s customers. "
        "Worst: the largest gap of all groups that is beyond chance. Segments are quintiles among those judged."
    )
    left, right = st.columns([3, 2], gap="small")
    with left, widgets.card(figures.slices_title(frame), own.scope(version), help_text):
        st.altair_chart(charts.groups(shown), alt="Promised minus actual churn by group")
    with right, widgets.card("Figures by group", "Groups of 50 customers and more"):
        told = shown.assign(**{figures.CUSTOMERS: shown[figures.CUSTOMERS].map(words.count)})
        columns = [figures.GROUP, figures.CUSTOMERS, figures.PROMISED, figures.CAME, "ROC AUC", figures.MARK]
        st.dataframe(told[columns], hide_index=True, row_height=30, height="content", alt="Figures by group")
