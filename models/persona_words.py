"""The behaviour that personas are told in: how a condition on it reads, and what it gives to a name."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trait:
    """One fact of a customer. `more` and `less` are the conditions with `{x}`, `high` and `low` the words for a name.

    `is_noun` says that the words name the customers themselves. Log-scaled where amounts differ by factors.
    """

    name: str
    unit: str
    more: str
    less: str
    high: str
    low: str
    is_log: bool = True
    is_noun: bool = False


TRAITS = (
    Trait("days_since_last_order", "days", "last order over {x} ago", "last order at most {x} ago", "silent", "recent"),
    Trait("order_days", "count", "bought on more than {x} days", "bought on at most {x} days", "regulars",
          "occasional buyers", is_noun=True),
    Trait("usual_gap_days", "days", "usually over {x} between orders", "usually at most {x} between orders",
          "slow-rhythm", "frequent"),
    Trait("tenure_days", "days", "first order over {x} ago", "first order at most {x} ago", "long-standing", "new"),
    Trait("revenue_12m", "money", "spent over {x} in 12 months", "spent at most {x} in 12 months", "big-spending",
          "small-spending"),
    Trait("expected_value", "money", "expected value over {x}", "expected value at most {x}", "valuable", "low-value"),
    Trait("order_value", "money", "usual order over {x}", "usual order at most {x}", "large-basket", "small-basket"),
    Trait("discount_share", "share", "over {x} of orders at a discount", "at most {x} of orders at a discount",
          "discount-led", "full-price", is_log=False),
    Trait("late_share", "share", "over {x} of parcels late", "at most {x} of parcels late", "often-delayed",
          "punctually served", is_log=False),
    Trait("refund_share", "share", "over {x} of orders refunded", "at most {x} of orders refunded", "often-refunded",
          "seldom-refunded", is_log=False),
    Trait("tickets", "count", "more than {x} tickets in 12 months", "at most {x} tickets in 12 months",
          "support-seeking", "quiet"),
    Trait("visits", "count", "more than {x} visits in 90 days", "at most {x} visits in 90 days", "browsing", "absent"),
    Trait("has_contract", "flag", "a running contract", "no running contract", "subscribed", "contract-free",
          is_log=False),
)  # fmt: skip
BY_NAME = {trait.name: trait for trait in TRAITS}


@dataclass(frozen=True)
class Condition:
    """A trait above `low` (exclusive), up to `high` (inclusive), or between both."""

    trait: Trait
    low: float | None = None
    high: float | None = None

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Whom it holds for; what is not known meets no condition."""
        met = ~np.isnan(values)
        if self.low is not None:
            met &= values > self.low
        if self.high is not None:
            met &= values <= self.high
        return met

    def words(self, symbol: str) -> str:
        """The condition as people read it."""
        parts = []
        if self.trait.name == "order_days" and 1 in (self.low, self.high):
            return "bought once" if self.high == 1 else "bought more than once"
        if self.low is not None:
            parts.append(self.trait.more.format(x=_amount(self.low, self.trait.unit, symbol)))
        if self.high is not None:
            parts.append(self.trait.less.format(x=_amount(self.high, self.trait.unit, symbol)))
        return " and ".join(parts).replace("at most 0 ", "no ").replace("more than 0 ", "some ")

    @property
    def adjective(self) -> str:
        """What it gives to a name; a range from both sides gives nothing."""
        if self.low is not None and self.high is not None:
            return ""
        if self.trait.name == "order_days" and self.high is not None and self.high < 2:
            return "one-time buyers"
        return self.trait.high if self.low is not None else self.trait.low


def name(conditions: Sequence[Condition], taken: Sequence[str] = ()) -> str:
    """A name of at most three words of the rule, another than those taken."""
    said = [condition for condition in conditions if condition.adjective]
    nouns = [condition.adjective for condition in said if condition.trait.is_noun]
    adjectives = [condition.adjective for condition in said if not condition.trait.is_noun]
    for many in range(min(2, len(adjectives)), len(adjectives) + 1):
        found = ", ".join(adjectives[:many]) + " " + (nouns[0] if nouns else "customers")
        found = found.strip()[0].upper() + found.strip()[1:]
        if found not in taken and (nouns or adjectives):
            return found
    base = found if said else "Customers in between"
    number = next(i for i in range(1, len(taken) + 2) if (f"{base} {i}" if i > 1 else base) not in taken)
    return base if number == 1 else f"{base} {number}"


def contradicts(called: str, conditions: Sequence[Condition]) -> bool:
    """Whether a name says the opposite of one of the conditions, such as a recent customer of one long silent."""
    words = re.split(r"[, ]+", called.lower())
    opposites = [
        condition.trait.low if condition.adjective == condition.trait.high else condition.trait.high
        for condition in conditions
        if condition.adjective
    ]
    return any(set(re.split(r"[, ]+", opposite)) <= set(words) for opposite in opposites)


def readable(value: float, unit: str) -> float:
    """A threshold that people would have chosen: whole for counts, two digits else."""
    if unit == "flag" or not math.isfinite(value):
        return value
    if unit == "count":
        return float(math.floor(value))
    if unit == "share":
        return round(value, 2)
    digits = 1 - math.floor(math.log10(abs(value))) if value else 0
    return round(value, min(digits, 0))


def _amount(value: float, unit: str, symbol: str) -> str:
    """A threshold with its unit."""
    if unit == "money":
        return f"{symbol} {value:,.0f}"
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "days":
        return f"{value:,.0f} day{'' if value == 1 else 's'}"
    return f"{value:,.0f}"
