"""Part "Churn and support": customers with and without a ticket, as they are and like beside like, and by stratum."""

import pandas as pd
import streamlit as st

from pages.components import access, data, experience_charts, experience_frames, widgets, words
from pages.components import experience_words as own
from pages.components.experience_tables import behind
from pages.components.experience_words import Record

CRUDE, ADJUSTED = "crude", "adjusted"
PARTS = {CRUDE: "Crude", ADJUSTED: "Adjusted"}
MEANS = {CRUDE: "As they are (crude)", ADJUSTED: "Like beside like (adjusted)"}
STRATA = {"outcome": "How the tickets went", "wait": "How long the first reply took"}
COLUMNS = ("adjusted_difference", "adjusted_low", "adjusted_high")


def show(run: Record) -> None:
    """The two comparisons and their difference in words, beside the strata."""
    missing = own.missing(data.experience_notes(), "support")
    rows = {row["part"]: row for row in data.experience_support().to_dict("records")}
    if missing or ADJUSTED not in rows:
        widgets.nothing_found(missing or "Too few customers have had contact to compare them.")
        return
    left, right = st.columns([11, 9], gap="small")
    with left:
        _compared(rows, run)
    with right:
        for dimension, title in STRATA.items():
            _strata(dimension, title)


def _compared(rows: dict[str, Record], run: Record) -> None:
    """Crude beside adjusted, with what each means."""
    crude, adjusted = rows[CRUDE], rows[ADJUSTED]
    with widgets.card(finding(adjusted), scope(adjusted, run), own.SUPPORT_HELP):
        found = data.experience_support().assign(n=lambda frame: frame["exposed_n"])
        frame = experience_frames.differences(found, lambda row: PARTS[row["part"]], ("difference", "low", "high"))
        told = "Difference in churn between customers with and without a ticket, crude and adjusted"
        widgets.draw(experience_charts.groups(frame, "points", told, 0.0))
        st.markdown(words.literal(_lesson(crude, adjusted)))
        for part, row in rows.items():
            st.caption(f"**{MEANS[part]}.** {words.literal(row['words'])}")
        with st.container(horizontal=True, vertical_alignment="center"):
            behind(_both(rows), told)
            st.page_link(access.page("campaigns"), label="Be sure: try a service initiative →",
                         query_params={"part": "Service initiative"},
                         help="Customers drawn at random are served in a new way, the others as usual.")  # fmt: skip


def finding(adjusted: Record) -> str:
    """What contact with support goes with, or that it cannot be told."""
    low, high = adjusted["low"], adjusted["high"]
    points = f"{words.points(adjusted['difference'])} ({own.between_points(low, high)})"
    points = points.replace(f"{words.GAP}points)", ")")
    if low <= 0 <= high:
        return f"Whether contact with support changes churn cannot be told: {points}"
    return f"Contact with support {'costs' if low > 0 else 'keeps'} customers: {points} of churn"


def scope(adjusted: Record, run: Record) -> str:
    """Who is compared, over which days."""
    days = f"{words.day(adjusted['first_day'])} to {words.day(adjusted['as_of_date'])}"
    part = ", an even share of all" if adjusted["is_sample"] else ""
    return (
        f"A ticket in the 90 days before a day, churn in the {words.plural(run['horizon_days'], 'day')} after it · "
        f"{days} · n = {words.plural(adjusted['customers_used'], 'customer')}{part} · 95 % intervals"
    )


def _lesson(crude: Record, adjusted: Record) -> str:
    """Both comparisons as shares."""
    return (
        f"As they are, {words.rate(crude['exposed_churn'])} of those with a ticket left and "
        f"{words.rate(crude['unexposed_churn'])} of those without. Of customers alike, "
        f"{words.rate(adjusted['exposed_churn'])} left with a ticket where {words.rate(adjusted['unexposed_churn'])} "
        "would have without."
    )


def _both(rows: dict[str, Record]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Comparison": PARTS[part],
                "With a ticket": words.rate(row["exposed_churn"]),
                "n with": words.count(row["exposed_n"]),
                "Without": words.rate(row["unexposed_churn"]),
                "n without": words.count(row["unexposed_n"]),
                "Difference": words.points(row["difference"]),
                "95 % interval": own.between_points(row["low"], row["high"]),
                "Ratio": words.MISSING if words.is_missing(row["ratio"]) else f"{row['ratio']:.2f}",
            }
            for part, row in rows.items()
        ]
    )


def _strata(dimension: str, title: str) -> None:
    """Those with a ticket by how it went, each beside customers alike without one."""
    found = data.experience_support_strata(dimension)
    judged = found[found["adjusted_difference"].notna()]
    if judged.empty:
        return
    worst = judged.sort_values("adjusted_low", ascending=False).iloc[0]
    name = words.label(worst["stratum"])
    is_clear = worst["adjusted_low"] > 0
    told = f"{name}: {words.points(worst['adjusted_difference'])} of churn beside customers alike" if is_clear else \
           "No group leaves more often than customers alike"  # fmt: skip
    frame = experience_frames.differences(judged, lambda row: words.label(row["stratum"]), COLUMNS)
    frame["Left"] = [f"{words.rate(share)}" for share in judged["churn"]]
    with widgets.card(told, f"{title} · beside customers alike without a ticket"):
        words_of_it = f"{title}: churn beside customers alike"
        widgets.draw(experience_charts.groups(frame, "points", words_of_it, 0.0))
        behind(frame, words_of_it)
