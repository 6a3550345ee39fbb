"""Experience in words: the names of its parts, of channels and topics, the formats of scores, and what is missing."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pages.components import words

Record = Mapping[str, Any]

TITLE = "Where does the experience break?"
OLD = "These scores were published before experience was looked at. Run `python -m pipelines score`, then reload."
VOICE, SERVICE, SUPPORT, CALLS, JOURNEY = "voice", "service", "support", "calls", "journey"
PARTS = {
    VOICE: "Voice of the customer",
    SERVICE: "Service",
    SUPPORT: "Churn and support",
    CALLS: "Call back",
    JOURNEY: "Journey",
}
# Kinds of answers: id → (kind, source) of table experience_scores.
KINDS = {"CSAT": ("csat", "survey"), "CSAT of tickets": ("csat", "ticket"), "NPS": ("nps", "survey"),
         "CES": ("ces", "survey")}  # fmt: skip
MEANS = {
    "CSAT": "Customer satisfaction: share of answers 4 or 5 of 5 in surveys, with Wilson’s 95 % interval.",
    "CSAT of tickets": "Share of 4 or 5 stars of 5 that customers gave a ticket, with Wilson’s 95 % interval.",
    "NPS": "Net promoter score: % of answers 9–10 less % of answers 0–6, from −100 to 100, of all customers together "
    "and never of one; 95 % interval by bootstrap.",
    "CES": "Customer effort score: mean of answers 1 to 7, 7 is easy, with Student’s 95 % interval.",
}
LEAST = 10  # answers from which a group may be named in a title
FEW = 30  # answers below which a figure is drawn pale: its interval says little


def score(kind: str, value: float | None) -> str:
    """A score in its own unit: `85 %`, `+25`, `5.4`."""
    if words.is_missing(value):
        return words.MISSING
    if kind == "csat":
        return words.percent(value)
    if kind == "ces":
        return f"{value:.1f}"
    return "0" if round(value) == 0 else f"{value:+.0f}".replace("-", "−")


def between(kind: str, low: float | None, high: float | None) -> str:
    """An interval in the unit of its score: `82 to 87 %`; nothing where there is none."""
    if words.is_missing(low) or words.is_missing(high):
        return "no interval"
    if kind == "csat":
        return f"{words.percent(low).replace(f'{words.GAP}%', '')} to {words.percent(high)}"
    return f"{score(kind, low)} to {score(kind, high)}"


def touchpoint(name: str) -> str:
    """A channel, topic or touchpoint for people: `web_form support` becomes `Web form support`."""
    return "E-mail" + name[5:] if name.startswith("email") else words.label(name)


def year(run: Record) -> str:
    """The time that shop, channels and topics look back on, as a clause."""
    return f"365 days to {words.day(run['as_of_date'])}"


def missing(notes: pd.DataFrame, part: str) -> str:
    """Why a part cannot be shown, and the next step; nothing where it can."""
    found = notes.loc[notes["part"] == part, "sentence"]
    if not len(found):
        return ""
    is_table = "the table" in found.iloc[0]  # what is there and too little is not brought by another table
    return f"{found.iloc[0]} {'data/README.md says how to bring it.' if is_table else 'There are not so many yet.'}"


def newest(months: pd.DataFrame, column: str) -> tuple[pd.Series | None, pd.Series | None]:
    """The newest month that is over, and the same month of the year before; None where there is none."""
    over = months[~months["is_running"].astype(bool) & months[column].notna()]
    if over.empty:
        return None, None
    row = over.iloc[-1]
    before = over[pd.to_datetime(over["month"]) == pd.Timestamp(row["month"]) - pd.DateOffset(years=1)]
    return row, None if before.empty else before.iloc[0]


def between_points(low: float | None, high: float | None) -> str:
    """An interval of a difference of shares: `−1.2 to +3.8 points`."""
    if words.is_missing(low) or words.is_missing(high):
        return "no interval"
    return f"{words.points(low).replace(f'{words.GAP}points', '')} to {words.points(high)}"


SUPPORT_HELP = (
    "Difference in churn, in percentage points. Crude: customers with a ticket beside all others, Newcombe’s interval. "
    "Adjusted: what happened to those with a ticket beside what is expected of customers alike without one. It is "
    "an observation, not an experiment; docs/experience.md says what is adjusted for."
)
