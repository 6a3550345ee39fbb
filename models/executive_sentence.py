"""The one sentence of the overview: rules that choose words for figures, no language model.

A figure is told with its direction only where the difference is beyond chance; what is not known is said to be so.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from models import told
from models.support_effect import newcombe

TELLING_SHARE = 0.25  # of all value at risk, that a group must hold to be named
LONG_MONTH = "%B %Y"


@dataclass(frozen=True)
class Rate:
    """A retention rate of a month over n customers active at its start."""

    month: date
    share: float
    n: int


@dataclass(frozen=True)
class Ahead:
    """What is expected of the next month's retention."""

    month: date
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class AtRisk:
    """Value at risk in all, and the group that holds most of it with its share."""

    amount: float
    horizon_days: int
    group: str = ""
    group_share: float = 0.0


@dataclass(frozen=True)
class Kept:
    """Revenue that campaigns earned beyond their control groups within twelve months, with its 95 % interval."""

    amount: float
    low: float
    high: float


@dataclass(frozen=True)
class Known:
    """What a shop knows of itself; None where it does not."""

    currency: str
    now: Rate | None = None
    year_ago: Rate | None = None
    ahead: Ahead | None = None
    at_risk: AtRisk | None = None
    kept: Kept | None = None


@dataclass(frozen=True)
class Part:
    """A clause of the sentence: what it is about, its words, and the table that its figures are from."""

    part: str
    text: str
    figures_from: str


def sentence(known: Known) -> tuple[str, list[Part]]:
    """One sentence of up to four clauses: who stays, what is expected, what is at stake, what was earned; and these."""
    parts = [part for part in (_stays(known), _expected(known), _stake(known), _earned(known)) if part.text]
    joined = "; ".join(part.text for part in parts)
    return f"{joined[0].upper()}{joined[1:]}.", parts


def _stays(known: Known) -> Part:
    """Who stayed in the newest month that is over, beside the same month a year before."""
    now, before = known.now, known.year_ago
    if now is None:
        return Part("retention", "how many customers stay is not known yet, the data are too young", "kpi_months")
    text = f"in {now.month:{LONG_MONTH}}, {told.rate(now.share)} of customers stayed"
    if before is not None:
        text += f", {_against(now, before)}"
    return Part("retention", text, "kpi_months")


def _against(now: Rate, before: Rate) -> str:
    """The difference to a year before, in points only where it is beyond chance."""
    step = now.share - before.share
    low, high = newcombe((now.share, now.n), (before.share, before.n))
    if low <= 0 <= high or round(abs(step), 3) == 0:
        return "about as many as a year before"
    return f"{told.points(abs(step)).lstrip('+')} {'more' if step > 0 else 'fewer'} than a year before"


def _expected(known: Known) -> Part:
    """The next month, told only where its whole band lies beyond the newest one."""
    now, ahead = known.now, known.ahead
    if now is None or ahead is None or ahead.low <= now.share <= ahead.high:
        return Part("forecast", "", "retention_forecast")
    only = "only " if ahead.share < now.share else ""
    return Part("forecast", f"in {ahead.month:%B} {only}{told.rate(ahead.share)} are expected to", "retention_forecast")


def _stake(known: Known) -> Part:
    """The margin at stake, and where most of it lies."""
    stake = known.at_risk
    if stake is None:
        return Part("value at risk", "who is about to leave is not known yet", "run_info")
    text = f"{told.money(stake.amount, known.currency)} of margin is at risk in the next {stake.horizon_days} days"
    if stake.group and stake.group_share >= TELLING_SHARE:
        text += f", {told.percent(stake.group_share)} of it in the group “{stake.group}”"
    return Part("value at risk", text, "kpi_values")


def _earned(known: Known) -> Part:
    """What contacting customers earned beyond leaving them alone."""
    kept = known.kept
    if kept is None:
        return Part("kept", "what contacting customers earns is not measured yet", "campaign_results")
    low, high = (told.money_tile(end, known.currency) for end in (kept.low, kept.high))
    amount = told.money_tile(abs(kept.amount), known.currency)
    if kept.low > 0:
        text = f"campaigns earned {amount} of revenue in twelve months that would not have come (95 %: {low} to {high})"
    elif kept.high < 0:
        text = f"campaigns cost {amount} of revenue in twelve months (95 %: {low} to {high})"
    else:
        text = f"campaigns show neither gain nor loss beyond chance in twelve months (95 %: {low} to {high})"
    return Part("kept", text.replace("95 %", f"95{told.GAP}%"), "campaign_results")


def described(parts: list[Part]) -> list[dict[str, Any]]:
    """The clauses as JSON-able records."""
    return [{"part": part.part, "text": part.text, "figures_from": part.figures_from} for part in parts]
