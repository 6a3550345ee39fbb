"""The journey map in words: the names of its cells and figures, its findings, and what each figure means."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from models.journey import ALL_STAGES, DROP_DAYS, NO_ORDER, TOUCHPOINTS
from pages.components import words

Record = Mapping[str, Any]

OLD = "This list was published before the program drew the journey. Run `python -m pipelines score` to fill this part."
CHURN, RATING, DROP, VOLUME = "Churn after it", "Rating", "Drop-off", "Customers"
MEASURES = (CHURN, RATING, DROP, VOLUME)
WORST = (
    "Of all touchpoints the shop answers for, the one that costs most customers a year beyond what customers alike "
    "would lose, by the cautious end of the interval, widened for looking at many squares. Squares of fewer than 50 "
    "customers or of less than 2 points are left out."
)
STAGE_NAMES = {stage: words.label(stage) for stage in ALL_STAGES}
FEW = 20  # customers below which a share is drawn pale: its interval says little


def code(touchpoint: str, stage: str) -> str:
    """The name of a cell in the address and in filters."""
    return f"{touchpoint}|{stage}"


def cell_names(codes: Iterable[str]) -> dict[str, str]:
    """Cells for people by their code: `No reply within 24 h · Active`; what is not known stays as it is."""
    return {one: _name(*one.partition("|")[::2]) for one in codes}


def _name(touchpoint: str, stage: str) -> str:
    known = TOUCHPOINTS.get(touchpoint)
    return f"{known.title if known else words.label(touchpoint)} · {words.label(stage)}"


def help_of(measure: str, info: Record, run: Record) -> str:
    """What a measure counts, in which days, and what its interval is."""
    event = words.churn(run["eligibility"])
    year = f"the year to {words.day(info['until_on'])}"
    past = f"the year to {words.day(info['followed_until'])}, whose {info['horizon_days']} days after are over"
    return {
        CHURN: f"Share of customers who {event['many_left']} in the {info['horizon_days']} days after the touchpoint, "
        f"from their first such touchpoint at that stage in {past}. Beside it: percentage points more or less than "
        "customers alike (same stage, rhythm, time since the last order, month). Associated, not proven as the cause. "
        f"Counted of {_who(run)}.",
        RATING: "Share of 4 or 5 stars of 5, of tickets and of surveys within 30 days after the touchpoint, in "
        f"{year}. Beside it: how many ratings.",
        DROP: f"Share of customers of whom nothing was heard in the {info['drop_days']} days after the touchpoint: no "
        f"order, visit, mail read, ticket, answer. From their first such touchpoint at that stage in {past}.",
        VOLUME: f"Customers who met the touchpoint at that stage in {year}. Beside it: how often all of them together.",
    }[measure]


def title(measure: str, cells: pd.DataFrame, run: Record) -> str:
    """The finding of the map under a measure."""
    if measure == CHURN:
        return _breaks(cells, run)
    column, n, is_most = {RATING: ("rating", "rating_n", False), DROP: ("drop_off", "drop_n", True),
                          VOLUME: ("customers", "customers", True)}[measure]  # fmt: skip
    if measure == RATING and not cells[n].any():
        return "Nobody has rated a ticket or answered a survey yet"
    enough = cells[(cells[n] >= FEW) & (cells["stage"] != NO_ORDER)]
    if enough.empty:
        return f"Too few customers to tell where the {measure.lower()} stands out"
    row = enough.sort_values(column, ascending=not is_most).iloc[0]
    where = f"“{row['title']}” for {row['stage']} customers"
    return {
        RATING: f"Least content: {where}, {words.percent(row['rating'])} of {words.count(row['rating_n'])} ratings",
        DROP: f"Most fall silent after {where}: {words.percent(row['drop_off'])} of {words.count(row['drop_n'])}",
        VOLUME: f"Most come by at {where}: {words.count(row['customers'])} in a year",
    }[measure]


def _breaks(cells: pd.DataFrame, run: Record) -> str:
    """The worst cell in a sentence, or that none is surely worse than its like."""
    worst = cells[cells["is_worst"]]
    if worst.empty and (cells["low"] > 0).any():  # an order, or one too few to count as the worst
        return "No touchpoint of the shop’s own stands out by the churn that follows it"
    if worst.empty:
        return "No touchpoint is surely followed by more churn than customers alike have"
    row = worst.iloc[0]
    event = words.churn(run["eligibility"])["leave"]
    return (
        f"It breaks for {row['stage']} customers at “{row['title']}”: {words.percent(row['churn'])} {event}, "
        f"{words.percent(row['alike'])} of those alike"
    )


def note(measure: str, info: Record) -> str:
    """What the figures are, and of which days."""
    what, first, last = {
        CHURN: ("Churn after it, and points beside customers alike", "followed_from", "followed_until"),
        RATING: ("Share of 4 or 5 stars, and how many ratings", "from_on", "until_on"),
        DROP: (f"Nothing heard within {info['drop_days']} days", "followed_from", "followed_until"),
        VOLUME: ("Customers, and how often", "from_on", "until_on"),
    }[measure]
    return (
        f"{what} · {words.day(info[first])} to {words.day(info[last])} · pale: fewer than {FEW} · click for customers"
    )


def verdict(row: Record, run: Record) -> str:
    """One cell in a sentence: what followed it, beside customers alike."""
    days = run["horizon_days"]
    if words.is_missing(row["churn"]):
        return f"Nobody there could leave: churn in the {days} days after it is counted of {_who(run)}."
    event = words.churn(run["eligibility"])["many_left"]
    told = (
        f"{words.percent(row['churn'])} of {words.count(row['followed'])} customers {event} in the {days} days after it"
    )
    told += f" ({interval(row['churn_low'], row['churn_high'])})"
    if words.is_missing(row["difference"]):
        return f"{told}. There are too few customers to say what those alike do."
    return f"{told}; of customers alike {words.percent(row['alike'])}. {_compared(row)}"


def others(row: Record) -> str:
    """The other figures of one cell."""
    parts = [
        f"{words.plural(int(row['customers']), 'customer')} in a year, {words.count(row['volume'])} times",
        f"{words.percent(row['rating'])} content of {words.plural(int(row['rating_n']), 'rating')}"
        if row["rating_n"]
        else "no rating",
        f"{words.percent(row['drop_off'])} of {words.count(row['drop_n'])} not heard of within {words.days(DROP_DAYS)}"
        if row["drop_n"]
        else "",
    ]
    return " · ".join(part for part in parts if part)


def lately(listed: int, row: Record, run: Record) -> str:
    """How many were in a cell lately and are on the list."""
    days = run["horizon_days"]
    if listed:
        return f"{words.count(listed)} on the list were there in the last {days} days"
    return (
        f"Nobody of the list was there in the last {days} days"
        if not row["recent"]
        else (f"{words.plural(int(row['recent']), 'customer')} were there in the last {days} days; none is on the list")
    )


def _compared(row: Record) -> str:
    if row["followed"] < FEW:
        return "They are too few to tell whether that differs."
    size, ends = abs(row["difference"]), sorted((abs(row["low"]), abs(row["high"])))
    told = f"{round(size * 100)} points ({round(ends[0] * 100)} to {round(ends[1] * 100)})"
    if row["low"] > 0:
        return f"That is {told} worse."
    if row["high"] < 0:
        return f"That is {told} better."
    return f"That is no sure difference: {points(row['low'])} to {points(row['high'])} points."


def _who(run: Record) -> str:
    """Who can leave at all."""
    return (
        "customers whose contract runs" if run["eligibility"] == "subscribed" else "customers who have ordered lately"
    )


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval of a share: `24 to 39 %`; a dash where there is none."""
    if words.is_missing(low) or words.is_missing(high):
        return words.MISSING
    return f"{words.percent(low).replace(f'{words.GAP}%', '')} to {words.percent(high)}"


def points(difference: float | None) -> str:
    """A difference of shares in percentage points: `+16`, `−2`, `0`."""
    if words.is_missing(difference):
        return words.MISSING
    return f"{round(difference * 100):+d}".replace("-", "−").replace("+0", "0")


def state(row: Record) -> str:
    """Whether a cell is worse or better than customers alike, in a word."""
    if row["is_worst"]:
        return "worst"
    if words.is_missing(row["low"]):
        return "not compared"
    if row["followed"] < FEW:
        return "too few"
    return "worse" if row["low"] > 0 else "better" if row["high"] < 0 else "no sure difference"


def stage_order(cells: pd.DataFrame) -> list[str]:
    """Stages that occur, in the order of the journey; who has not ordered yet comes first."""
    seen = set(cells["stage"])
    return [stage for stage in ALL_STAGES if stage in seen]
