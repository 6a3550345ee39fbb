"""The five pictures of the overview: finding, note, chart and the table behind it, the same on page and report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from altair import LayerChart

from pages.components import charts, overview_charts, overview_groups, words
from pages.components import overview_words as own
from pages.components.overview_shop import Shop
from pages.components.sentences import no_churn_rate


@dataclass(frozen=True)
class Picture:
    """A chart in its place; without one, `otherwise` says what is missing. `table` is what the chart shows."""

    title: str
    note: str
    alt: str
    chart: LayerChart | None
    table: pd.DataFrame
    otherwise: str
    help: str = ""


def retention(shop: Shop, height: int = 160) -> Picture:
    """Retention per month with the year before and what was expected; in a young shop what came of past days."""
    if shop.months["retention_rate"].notna().any():
        over = shop.months[~shop.months["is_running"].astype(bool)]
        if over["retention_rate"].notna().any():
            frame = overview_charts.retention_frame(shop.months, shop.forecast)
            return Picture(
                own.retention_title(shop), own.retention_note(shop), "Retention per month, and what was expected",
                overview_charts.retention_line(frame, height), _readable(frame), "",
                "Retention = (customers at the end − new or returned ones) ÷ customers at the start of the month. The "
                "expected range comes from the model's own risks and how far they were off in the past.",
            )  # fmt: skip
    frame = charts.outcome_frame(shop.snapshots)
    return Picture(own.retention_title(shop), no_churn_rate(shop.run), "Churn rate of past days",
                   charts.rate_line(frame, height), _readable(frame),
                   "It comes with the end of the first horizon.")  # fmt: skip


def bridge(shop: Shop, height: int = 160) -> Picture:
    """From the revenue of the customers at the month's start to that at its end."""
    row = own.bridge_row(shop)
    alternative = "From the revenue at the month's start to that at its end"
    if row is None:
        return Picture("From one month's revenue to the next", "", alternative, None, pd.DataFrame(),
                       f"No month can be compared yet: {no_churn_rate(shop.run)[0].lower()}"
                       f"{no_churn_rate(shop.run)[1:]}")  # fmt: skip
    frame = overview_charts.bridge_frame(row, shop.run["currency"])
    return Picture(
        own.bridge_title(row), own.bridge_note(row, shop.run), alternative,
        overview_charts.bridge_bars(frame, height), _readable(frame), "",
        "Start + expansion − contraction − churned + won back + new = end, to the cent. Expansion and contraction are "
        "of customers active at both; churned count with what they brought at the start, won back and new at the end.",
    )  # fmt: skip


def cohorts(shop: Shop, height: int = 138) -> Picture:
    """Who came again, by the month of the first order and the months since."""
    frame = overview_groups.cohort_frame(shop.cohorts)
    table = frame.pivot(index=overview_groups.COHORT, columns=overview_groups.SINCE, values=overview_groups.SHARE)
    order = list(dict.fromkeys(frame[overview_groups.COHORT]))
    what = "with a contract" if shop.run["eligibility"] == "subscribed" else "who ordered"
    return Picture(
        own.cohort_title(shop.cohorts, shop.run), f"% {what}, by months since",
        "Share of first buyers who came again, by month",
        overview_groups.cohort_map(frame, height), table.reindex(order).fillna("").reset_index().rename(columns=str),
        "No month of first orders is a month old yet.",
        "Everybody belongs to the month of their first order; each square is the share of them in that month since. A "
        "month still running is left out. The first month of the data holds everybody known before it, too.",
    )  # fmt: skip


def steps(shop: Shop, height: int = 138) -> Picture:
    """First, second, third order."""
    frame = overview_groups.step_frame(shop.steps)
    return Picture(
        own.step_title(shop.steps), own.step_note(shop.steps), "First, second and third order",
        overview_groups.step_bars(frame, height), _readable(frame),
        "Steps are shown from 50 first orders on that had 90 days to come back.",
        own.step_help(shop.steps),
    )  # fmt: skip


def movement(shop: Shop, height: int = 138) -> Picture:
    """Which segments grew or shrank between the two newest days."""
    frame = overview_groups.movement_frame(shop.moves)
    note = "" if shop.moved is None else f"Change since {_short(shop.moved[0])} · customers now"
    return Picture(
        own.movement_title(shop), note, "Change of customers by segment",
        overview_groups.movement_bars(frame, height), _readable(frame),
        "Groups can be compared once a month of orders lies before the newest day.",
        "Segments by recency, frequency and monetary value (RFM, quintiles of the day).",
    )  # fmt: skip


def _short(day: date) -> str:
    return f"{day.day}{words.GAP}{day:%b}"


def first_row(shop: Shop) -> Sequence[Picture]:
    return retention(shop), bridge(shop)


def second_row(shop: Shop) -> Sequence[Picture]:
    return cohorts(shop), steps(shop), movement(shop)


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns for people: those that only the chart needs are in lower case."""
    return frame[[name for name in frame if not str(name).islower()]]
