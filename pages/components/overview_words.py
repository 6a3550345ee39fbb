"""Findings of the overview, written from data: the sentence, the titles of the charts, their notes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import pandas as pd

from pages.components import sentences, words
from pages.components.overview_shop import Record, Shop
from pages.components.segment_words import NOT_YET
from pages.components.sentences import same_month_last_year

TITLE = "Are we keeping our customers?"
RISKS, EXPERIMENTS, HELP_DESK = "Top risks", "What to try next", "Help desk"
NOTHING_TOLD = "Risks and experiments come with the next run: `python -m pipelines score`, then reload."
LEAST_OF_A_MONTH = 20  # first orders of a month below which their share is no finding
NO_RISK = "No rule finds one that concerns five customers or more."
# What a month may move without anybody calling it a move: a tenth of a point is what the figures show.
STILL = 0.001


@dataclass(frozen=True)
class Line:
    """A risk or an experiment: what it is, in how many words, and the page on which to look at it or begin."""

    title: str
    text: str
    more: str
    page: str
    address: dict[str, list[str]]


def risks(shop: Shop) -> list[Line]:
    """The top risks: what stands behind each beyond its first sentence is `more`."""
    return [_line(row, *_parted(row["sentence"])) for row in _ranked(shop.risks)]


def experiments(shop: Shop) -> list[Line]:
    """What to try next: how many customers it takes, and which difference that would show."""
    return [
        _line(
            row,
            f"{words.plural(row['customers'], 'customer')} in {words.plural(row['rounds'], 'round')} show a difference "
            f"from {words.points(row['detectable']).lstrip('+')}",
            f"{row['sentence']} {row['why']}",
        )
        for row in _ranked(shop.experiments)
    ]


def _ranked(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return rows.sort_values("rank").head(3).to_dict("records") if len(rows) else []


def _line(row: Record, text: str, more: str) -> Line:
    return Line(row["title"], text, more, row["page"], parse_qs(row["filter"] or ""))


def _parted(text: str) -> tuple[str, str]:
    """The first sentence, and the rest of it."""
    first, _, rest = text.partition(". ")
    return first.rstrip(".") + ".", rest


def sentence(shop: Shop) -> str:
    """The one sentence of the page; from older publications the sentence about churn and value at risk."""
    return shop.told.get("sentence") or sentences.overview(shop.months, shop.totals, shop.run)


def retention_title(shop: Shop) -> str:
    """The finding of the line: how the newest month that is over stands against the same month of last year."""
    newest, before = same_month_last_year(shop.months, "retention_rate")
    if newest is None:
        return sentences.outcome_title(shop.snapshots, shop.run)
    now = words.rate(newest["retention_rate"])
    if before is None:
        return f"{now} of customers stayed in {words.month(newest['month'])}"
    return f"{now} of customers stayed in {newest['month']:%b %y}, {words.rate(before)} a year before"


def retention_note(shop: Shop) -> str:
    """What the line and its bars are, and how past forecasts did."""
    text = "Share kept, by month"
    if shop.forecast.empty:
        return text
    past = shop.forecast[shop.forecast["is_within"].notna()]
    if past.empty:
        return f"{text}; bars: expected (95 %)"
    held = int(past["is_within"].astype(bool).sum())
    return f"{text}; bars: expected, {held} of {words.plural(len(past), 'forecast')} held"


def bridge_row(shop: Shop) -> pd.Series | None:
    """The newest month whose bridge may be compared; None in a shop too young for one."""
    if shop.bridge.empty:
        return None
    is_over = ~shop.bridge["is_running"].astype(bool) & shop.bridge["is_comparable"].astype(bool)
    rows = shop.bridge[is_over & shop.bridge["start"].notna()]
    return None if rows.empty else rows.iloc[-1]


def bridge_title(row: pd.Series) -> str:
    """The finding of the bridge: by how much customers' revenue grew in the month."""
    step, start = float(row["end"]) - float(row["start"]), float(row["start"])
    month, what = words.month(row["month"]), "Contract fees" if row["basis"] == "fees" else "Customers’ revenue"
    if not start or abs(step / start) < STILL:
        return f"{what} stayed level in {month}"
    share = words.rate(abs(step) / start)
    return f"{what} {'grew' if step > 0 else 'shrank'} by {share} in {month}"


def bridge_note(row: pd.Series, run: Record) -> str:
    """What the bridge counts."""
    if row["basis"] == "fees":
        return "Monthly fees of running contracts, change in the month"
    return f"Net revenue of {words.days(run['active_days'])}, change in the month"


def cohort_title(cohorts: pd.DataFrame, run: Record) -> str:
    """The finding of the cohorts: how many of the newest customers came again, or still run, a month later."""
    is_contract = run["eligibility"] == "subscribed"
    rows = cohorts[(cohorts["months_since"] == 1) & ~cohorts["is_running"].astype(bool)].sort_values("cohort")
    if rows.empty or rows["customers"].iloc[-1] < LEAST_OF_A_MONTH:
        return "Who keeps the contract for a month" if is_contract else "Who comes again after the first order"
    newest, rows = rows.iloc[-1], rows[rows["customers"] >= LEAST_OF_A_MONTH]
    share = words.percent(newest["retained_share"])
    before = rows[rows["cohort"] == newest["cohort"] - pd.DateOffset(years=1)]["retained_share"]
    then = f", {words.percent(before.iloc[0])} a year ago" if len(before) else ""
    if is_contract:
        return f"{share} keep their contract for a month{then}"
    return f"{share} order again a month after the first{then}"


def step_title(steps: pd.DataFrame) -> str:
    """The finding of the steps: who makes a second order."""
    second = steps[(steps["period"] == "latest") & (steps["step"] == 2)] if len(steps) else steps
    if second.empty:
        return "First, second, third order"
    return f"{words.percent(second['share_of_first'].iloc[0])} come a second time"


def step_note(steps: pd.DataFrame) -> str:
    """Who is counted in the steps, and what the tick is."""
    latest = steps[steps["period"] == "latest"] if len(steps) else steps
    if latest.empty:
        return "Too few first orders to tell."
    first = latest.iloc[0]
    tick = "; tick: before" if (steps["period"] == "before").any() else ""
    return f"In {words.days(first['within_days'])}{tick}"


def step_help(steps: pd.DataFrame) -> str:
    """Who is counted in the steps."""
    what = "Of first-time buyers, the share who came a second and a third day."
    latest = steps[steps["period"] == "latest"] if len(steps) else steps
    if latest.empty:
        return what
    first = latest.iloc[0]
    return (
        f"{what} First orders from {words.day(first['from_on'])} to {words.day(first['until_on'])}, "
        f"n = {words.count(first['customers'])}; all had {words.plural(first['within_days'], 'day')} to come back."
    )


def movement_title(shop: Shop) -> str:
    """The finding of the movement: the segment that grew or shrank most since the day before."""
    if shop.moved is None or shop.moves.empty:
        return "Segments have not been compared yet"
    now = shop.moves.groupby("to_group")["customers"].sum()
    then = shop.moves[shop.moves["from_group"] != NOT_YET].groupby("from_group")["customers"].sum()
    change = now.sub(then, fill_value=0)
    name = change.abs().idxmax()
    step = int(change[name])
    if not step:
        return "No segment changed its size"
    return f"“{words.label(name)}” {'grew' if step > 0 else 'shrank'} by {words.count(abs(step))}"
