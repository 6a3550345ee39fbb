"""What a version looks at: bars, a swarm of customers, the course of one feature, and every feature in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from models.wording import symbol_of, texts
from pages.components import driver_charts as charts
from pages.components import trained, widgets, words
from pages.components import version_words as own
from pages.components.trained import Version, VersionReport
from pages.components.version_table import behind

Run = Mapping[str, Any]
# Beyond 2,000 points Streamlit draws on a canvas, where words do not follow light and dark.
BARS, SWARMS, SWARM_ROWS = 15, 12, 160
_DIRECTIONS = {"higher_raises": "more means leaving", "higher_lowers": "more means staying", "either": "either way"}
_HELP = (
    "A contribution is what a feature adds to a customer’s log-odds of leaving, against the average customer. It is "
    "associated with leaving in this shop’s past, not proven as its cause."
)


def drivers(version: Version, run: Run) -> None:
    """The whole part; the feature looked at stands in the URL."""
    kept = trained.report(version)
    # JSON keeps names in the order of letters
    weights = dict(sorted(version.facts.get("importance", {}).items(), key=lambda entry: -entry[1]))
    labels = version.facts.get("feature_labels", {})
    if not weights:
        widgets.nothing_found("This version tells nobody apart: no feature adds anything.")
        return
    names = {feature: labels.get(feature, words.label(feature)) for feature in weights}
    left, right = st.columns(2, gap="small")
    with left:
        _bars(weights, names, version)
    if kept is None:
        with right:
            widgets.nothing_found(own.NO_REPORT)
        return
    with right:
        _swarm(kept, weights, names, run)
    left, right = st.columns([2, 3], gap="small")
    with left:
        _course(kept, weights, names, run)
    with right:
        _words(kept, weights)


def _bars(weights: Mapping[str, float], names: Mapping[str, str], version: Version) -> None:
    frame = pd.DataFrame({charts.FEATURE: [names[name] for name in weights], charts.WEIGHT: list(weights.values())})
    share = sum(list(weights.values())[:5]) / sum(weights.values())
    title = f"{names[next(iter(weights))]} weighs most; the first five make up {words.percent(share)}"
    note = (
        f"Mean contribution, either way, in log-odds · {len(weights)} of {len(version.facts['features'])} features used"
    )
    with widgets.card(title, note, _HELP):
        st.altair_chart(charts.bars(frame.head(BARS)), alt="Features by their mean contribution")
        behind(
            frame.assign(**{charts.WEIGHT: frame[charts.WEIGHT].round(3)}), "Features by their mean contribution", ()
        )


def _swarm(kept: VersionReport, weights: Mapping[str, float], names: Mapping[str, str], run: Run) -> None:
    frame = _swarm_frame(kept, list(weights)[:SWARMS], names, run["currency"])
    title = "Each point is a customer: to the right the risk is higher because of it"
    note = f"{words.count(min(SWARM_ROWS, len(kept.drivers.values)))} customers drawn at random"
    with widgets.card(title, note, _HELP):
        st.altair_chart(charts.swarm(frame, [names[name] for name in list(weights)[:SWARMS]]),
                        alt="Contributions of customers by feature")  # fmt: skip
        behind(_spread(frame), "Contributions of customers by feature", ())


def _spread(frame: pd.DataFrame) -> pd.DataFrame:
    """The points as a table: how far the contributions of each feature reach."""
    groups = frame.groupby(charts.FEATURE, sort=False)[charts.GIVEN]
    shown = groups.quantile([0.1, 0.5, 0.9]).unstack().round(2)
    return shown.set_axis(["Lowest tenth up to", "Middle", "Highest tenth from"], axis=1).reset_index()


def _swarm_frame(kept: VersionReport, features: list[str], names: Mapping[str, str], currency: str) -> pd.DataFrame:
    """One row per customer and feature: contribution, place of the value among all, value in words, jitter."""
    units = dict(zip(kept.words["feature"], kept.words["unit"], strict=True))
    parts = []
    for feature in features:
        values = kept.drivers.values[feature].head(SWARM_ROWS)
        given = kept.drivers.contributions[feature].head(SWARM_ROWS).to_numpy(dtype=float)
        parts.append(
            pd.DataFrame(
                {
                    charts.FEATURE: names[feature],
                    charts.GIVEN: np.round(given, 3),
                    charts.PLACE: values.rank(pct=True).round(3),
                    charts.TOLD: texts(values.to_numpy(), units.get(feature, "score"), symbol_of(currency)),
                    charts.JITTER: charts.jitter(given),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _course(kept: VersionReport, weights: Mapping[str, float], names: Mapping[str, str], run: Run) -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        widgets.own_value("driver", weights)
        feature = st.selectbox("Feature", list(weights), key="driver", format_func=lambda name: names.get(name, name),
                               bind="query-params",
                               help="Type to search. What this feature adds, customer by customer.")  # fmt: skip
        units = dict(zip(kept.words["feature"], kept.words["unit"], strict=True))
        values = kept.drivers.values[feature].to_numpy(dtype=float)
        given = kept.drivers.contributions[feature].to_numpy(dtype=float)
        known = np.isfinite(values)
        title = _course_title(values[known], given[known])
        st.markdown(f"**{words.literal(title)}**", help=_HELP)
        missing = f" · {words.percent(1 - known.mean())} unknown: {given[~known].mean():+.2f}" if (~known).any() else ""
        st.caption(
            words.literal(f"n = {words.count(known.sum())} customers drawn at random{missing}".replace("-", "−"))
        )
        unit, symbol = units.get(feature, "score"), symbol_of(run["currency"])
        frame = pd.DataFrame({charts.VALUE: values[known], charts.GIVEN: given[known],
                              charts.TOLD: texts(values[known], unit, symbol)})  # fmt: skip
        widgets.draw(charts.course(frame, names[feature], unit, symbol), "Not known of anybody.",
                     f"Contribution of {names[feature]} by its value")  # fmt: skip
        if len(frame):
            behind(_by_value(frame, unit, symbol), f"Contribution of {names[feature]} by its value", ())


def _by_value(frame: pd.DataFrame, unit: str, symbol: str) -> pd.DataFrame:
    """The points as a table: the mean contribution of ten groups of customers of one size, by value."""
    tenths = pd.cut(frame[charts.VALUE].rank(method="first"), min(10, len(frame)), labels=False)
    groups = frame.groupby(tenths)
    values = groups[charts.VALUE].agg(["min", "max"])
    return pd.DataFrame(
        {
            "From": texts(values["min"].to_numpy(), unit, symbol),
            "To": texts(values["max"].to_numpy(), unit, symbol),
            "Customers": groups.size().to_numpy(),
            "Mean contribution": groups[charts.GIVEN].mean().round(3).to_numpy(),
        }
    )


def _course_title(values: np.ndarray, given: np.ndarray) -> str:
    """Which way the contribution goes with the value, by rank."""
    if len(values) < 10 or np.ptp(values) == 0 or np.ptp(given) == 0:
        return "The same for everybody"
    together = pd.Series(values).rank().corr(pd.Series(given).rank())
    if abs(together) < 0.3:
        return "No one direction: it depends on the value"
    return f"The more, the {'higher' if together > 0 else 'lower'} the risk"


def _words(kept: VersionReport, weights: Mapping[str, float]) -> None:
    """Every feature in words, to be searched."""
    with st.container(border=True, height="stretch", gap="xxsmall"):
        asked = st.text_input("Find a feature", key="find_feature", placeholder="such as: overdue, refund, opened",
                              bind="query-params")  # fmt: skip
        table = kept.words.assign(weight=kept.words["feature"].map(weights).fillna(0.0))
        table = table.sort_values("weight", ascending=False)
        text = table[["label", "feature_group", "reason"]].agg(" ".join, axis=1).str.lower()
        for word in (asked or "").lower().split():
            table = table[text.loc[table.index].str.contains(word, regex=False)]
        st.caption(
            f"{words.plural(len(table), 'feature')} of {len(kept.words)}, as the model knows them and tells them"
        )
        if table.empty:
            st.caption("Nothing is called that. Try another word.")
            return
        shown = pd.DataFrame(
            {
                "Feature": table["label"],
                "Weight": table["weight"],
                "Told as": table["reason"]
                .str.replace(r"[\[\]]", "", regex=True)
                .str.replace(r"\{\w+\}", "…", regex=True),
                "Expected": table["direction"].map(_DIRECTIONS),
                "Group": table["feature_group"].map(words.label),
                "Can be changed": np.where(table["is_changeable"], "by the shop", ""),
            }
        )
        most = max(float(table["weight"].max()), 1e-6)
        st.dataframe(shown, hide_index=True, row_height=30, height=330, alt="Features in words", column_config={
            "Weight": st.column_config.ProgressColumn(width=80, format="%.2f", min_value=0.0, max_value=most),
            "Feature": st.column_config.TextColumn(width=210), "Told as": st.column_config.TextColumn(width=250),
        })  # fmt: skip
