"""Experiments with how customers are served: what may be tried on whom, what is measured, and what a draw can tell.

Everybody counts in the arm they were drawn for. Windows begin with the draw of each customer, so that customers may
come in day by day, as tickets do; a result is read once, after the last window is over.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from models.experiments import Difference
from models.power import detectable_difference, needed_customers

TRIGGERS: Mapping[str, str] = {
    "open ticket": "wait for an answer to a ticket",
    "reopened ticket": "had a solved ticket opened again lately",
    "slow reply": "waited long for the first reply lately",
    "late parcel": "have a late parcel and have not written about it",
    "repeat returns": "sent things back from several orders and have not written about it",
    "first order": "made their first order within the last 30 days",
}
WINDOWS = (30, 60, 90)


@dataclass(frozen=True)
class Outcome:
    """What is compared: its unit (share, count, money), the sign of a change for the better, and whether customers
    are told by the churn horizon rather than by the window that was chosen."""

    unit: str
    better: int
    is_by_horizon: bool = False

    @property
    def is_share(self) -> bool:
        """Whether each customer is a yes or a no."""
        return self.unit == "share"


OUTCOMES: Mapping[str, Outcome] = {
    "churn": Outcome("share", -1, is_by_horizon=True),
    "repeat_order": Outcome("share", 1),
    "csat": Outcome("share", 1),
    "reopened": Outcome("share", -1),
    "tickets": Outcome("count", -1),
    "cost": Outcome("money", -1),
}
PRIMARY = ("churn", "repeat_order", "csat", "reopened")
GUARDRAILS = ("csat", "reopened", "tickets", "cost")


@dataclass(frozen=True)
class Base:
    """A share without the initiative among `customers` alike, of whom `n` tell it: who never rates has no CSAT."""

    share: float
    n: int
    customers: int
    outcome: str

    @property
    def reach(self) -> float:
        """Share of customers who tell the outcome at all: some never rate, some have no contract that could end."""
        if self.outcome not in ("csat", "churn"):
            return 1.0
        return self.n / self.customers if self.customers else 0.0

    @property
    def good(self) -> float:
        """The share of the outcome that should rise: what happens, or what does not."""
        return self.share if OUTCOMES[self.outcome].better > 0 else 1 - self.share


def window_of(outcome: str, window_days: int, horizon_days: int) -> int:
    """Days after the draw in which an outcome is told."""
    return horizon_days if OUTCOMES[outcome].is_by_horizon else window_days


def role_of(outcome: str, primary: str) -> str:
    """What an outcome is for an experiment: primary, guardrail, or beside it."""
    if outcome == primary:
        return "primary"
    return "guardrail" if outcome in GUARDRAILS else "beside"


def detectable(customers: float, control_share: float, base: Base) -> float:
    """The smallest change for the better that such arms show in four of five cases, in shares; nan where none shows.

    Only customers who tell the outcome count; for what should fall, the share of the others rises (`models.power`).
    """
    told = customers * base.reach
    calm = base.good
    if not (0 < calm < 1) or told * control_share < 1 or told * (1 - control_share) < 1:
        return math.nan
    return detectable_difference(told * (1 - control_share), told * control_share, calm)


def needed(difference: float, control_share: float, base: Base) -> float:
    """How many customers show a true change for the better of this size; nan where no number does."""
    calm = base.good
    if not (difference > 0 and calm + difference <= 1 and 0 < control_share < 1 and base.reach > 0):
        return math.nan
    return math.ceil(needed_customers(calm, difference, control_share) / base.reach)


def verdict(outcome: str, found: Difference) -> str:
    """`better` or `worse` where the interval leaves 0 on that side, else `not told`; empty without a difference."""
    if math.isnan(found.difference) or math.isnan(found.low):
        return ""
    low, high = (found.low, found.high) if OUTCOMES[outcome].better > 0 else (-found.high, -found.low)
    return "better" if low > 0 else "worse" if high < 0 else "not told"


def is_kept(outcome: str, found: Difference, most_cost: float) -> bool:
    """Whether a guardrail holds: no change for the worse beyond chance; cost at most `most_cost` more per customer."""
    if outcome == "cost":
        return not found.difference > most_cost
    return verdict(outcome, found) != "worse"
