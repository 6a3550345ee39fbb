"""Actions a shop can take, and whom each one fits: conditions over named facts of a customer, never code.

A catalogue is read and checked elsewhere; here is what it means. Facts of many customers are arrays of one length: a
number is a float array (not a number = not known), a yes or no a boolean array, a word an array of positions in the
words allowed for it (-1 = not known). What is not known fits no condition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.lifecycle import STAGES
from models.segments import RISK_BANDS, SEGMENTS

Arrays = Mapping[str, np.ndarray]
Badge = Literal["assumed", "modelled", "measured"]

SERVICE, FEEDBACK, REFERRAL = "service recovery", "feedback", "referral"
SALES = ("cross-sell", "up-sell", "replenishment", REFERRAL)  # earn by what is sold, not by who stays
KINDS = (SERVICE, "win-back", "cross-sell", "up-sell", "loyalty", REFERRAL, FEEDBACK, "second order", "replenishment")
BONDS = ("contractual", "economic", "situational", "technical-functional", "emotional")
CHANNELS = ("email", "phone", "sms", "post", "push")

WORDS: Mapping[str, tuple[str, ...]] = {
    "lifecycle": (*STAGES, "no orders"),
    "segment": (*SEGMENTS, "No orders"),
    "risk_band": RISK_BANDS,
}
NUMBERS: Mapping[str, str] = {
    "churn_risk": "probability of no order within the horizon",
    "expected_value": "margin over the value horizon if the customer stays",
    "days_since_last_order": "days",
    "days_overdue": "days beyond the customer's usual gap",
    "orders": "orders to date",
    "average_order": "revenue per order",
    "discount_share": "share of orders bought at a discount",
    "nps": "last answer to the recommendation question, 0 to 10",
}
YES_NO: Mapping[str, str] = {
    "open_ticket": "waits for an answer",
    "reopened_ticket": "a solved ticket was opened again lately",
    "slow_ticket": "the first reply took too long lately",
    "late_delivery": "a delivery came late, or is overdue, lately",
    "late_parcel": "a parcel is overdue or came late lately, and the customer has not written since",
    "repeat_returns": "sent things back from two orders or more lately, and has not written since",
    "has_contract": "a contract runs",
    "upgrade_available": "a better model than one they bought is recommended to them",
    "accessory_available": "an accessory to a product they bought is recommended to them",
    "replenishment_due": "their own usual time between purchases of a product is over",
}


@dataclass(frozen=True)
class Condition:
    """One thing a customer must meet: a range of a number, one of some words, or yes or no."""

    fact: str
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    is_true: bool | None = None

    def holds(self, facts: Arrays) -> np.ndarray:
        """Whom it holds for, one boolean per customer; both ends of a range belong to it."""
        known = facts[self.fact]
        if self.is_true is not None:
            return np.asarray(known == self.is_true)
        if self.words:
            return np.isin(known, [WORDS[self.fact].index(word) for word in self.words])
        met = ~np.isnan(known)
        if self.low is not None:
            met &= known >= self.low
        if self.high is not None:
            met &= known <= self.high
        return met


@dataclass(frozen=True)
class Incentive:
    """What a customer who takes the offer gets: a share of their usual order, an amount, or both.

    `redemption` is the share of customers who would have stayed anyway and take it all the same.
    """

    share_of_order: float = 0.0
    amount: float = 0.0
    redemption: float = 0.5

    @property
    def is_any(self) -> bool:
        """Whether anything is given at all."""
        return self.share_of_order > 0 or self.amount > 0


@dataclass(frozen=True)
class Acceptance:
    """Share of customers whom the action reaches as a Beta(a, b); says whether it is assumed or measured, and on whom.

    `segments` has the expected share of segments that were measured on their own. `harm` is the share of those who
    would have stayed whom the contact drives away; 0 until it is measured.
    """

    a: float = 6.0
    b: float = 14.0
    source: Badge = "assumed"
    words: str = ""
    segments: tuple[tuple[str, float], ...] = ()
    harm: float = 0.0

    @property
    def mean(self) -> float:
        """The expected share."""
        return self.a / (self.a + self.b)

    def within(self, segment: np.ndarray) -> np.ndarray:
        """The expected share per customer; `segment` are positions in WORDS, those not measured get the action's."""
        known = dict(self.segments)
        shares = np.array([*(known.get(name, self.mean) for name in WORDS["segment"]), self.mean])
        return np.asarray(shares[segment])


@dataclass(frozen=True)
class Action:
    """One entry of the catalogue. It fits who meets every condition of at least one of the groups in `when`.

    `contact_cost` is money per contact with the agent's pay in it, `gain` the share of a usual order's margin that a
    sale brings (only for `SALES`), `cooldown_days` the days until the same action may be repeated.
    """

    id: str
    title: str
    kind: str
    bond: str
    channel: str
    when: tuple[tuple[Condition, ...], ...]
    contact_cost: float
    agent_minutes: float = 0.0
    cooldown_days: int = 30
    needs_consent: bool = True
    incentive: Incentive = Incentive()
    acceptance: Acceptance = Acceptance()
    gain: float = 0.0

    @property
    def is_offer(self) -> bool:
        """Whether it must wait until a problem is dealt with; only dealing with it need not."""
        return self.kind != SERVICE

    @property
    def is_sale(self) -> bool:
        """Whether it earns by what is sold; the others earn by who stays."""
        return self.kind in SALES


@dataclass(frozen=True)
class Catalogue:
    """The actions of a shop in their order, and a version that changes when any of them does."""

    actions: tuple[Action, ...]
    version: str

    def __getitem__(self, action_id: str) -> Action:
        """The action of an id; raises KeyError."""
        return next(action for action in self.actions if action.id == action_id)


def fits(action: Action, facts: Arrays) -> np.ndarray:
    """Whom an action is meant for, one boolean per customer; whether they may be contacted is another question."""
    groups = [_all(condition.holds(facts) for condition in group) for group in action.when]
    return np.logical_or.reduce(groups)


def _all(held: Iterable[np.ndarray]) -> np.ndarray:
    return np.logical_and.reduce(list(held))
