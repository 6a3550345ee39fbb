"""The plan: at most one action per customer, the most expected net within budget, agent hours and channel caps.

A multiple-choice knapsack with several limits. Prices of the limits give a bound that no plan exceeds and, repaired and
filled, a plan close to it; what prices leave open HiGHS decides exactly where it is small (docs/decisions/0019-*.md).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.plan_dual import bound_at, find_prices, picks_at, sampled
from models.plan_exact import improve
from models.plan_fill import fill, keep_limits
from models.plan_offers import (
    AGENT_HOURS,
    BUDGET,
    MINUTES,
    Limits,
    Offers,
    PlanAction,
    dense_offers,
    limit_names,
)
from models.plan_pairs import Pairs, open_pairs, within_limits

__all__ = ["LimitUse", "Limits", "Offers", "Plan", "PlanAction", "dense_offers", "make_plan"]

EXACT, BOUNDED = "exact", "bounded"
PROVED = 1e-9  # relative gap below which nothing is left to prove
STEPS = {BUDGET: 1_000.0, AGENT_HOURS: 10.0}  # by how much a limit is raised to say what more of it would earn
CONTACTS = 100.0  # the step of a channel cap
RESOLVED_PAIRS = 600  # up to here a raised limit is planned anew to the last cent


@dataclass(frozen=True)
class LimitUse:
    """One limit: how much of it is used and what more of it would earn.

    `used` and `limit` in the limit's unit (money, hours, contacts). `price` is the money that the next unit earns at
    the margin, `gain` what `step` more units earn, found by planning again with the limit raised.
    """

    name: str
    limit: float
    used: float
    price: float
    step: float
    gain: float

    @property
    def is_binding(self) -> bool:
        """Whether more of it would earn anything; by the price where the gain was left out."""
        return self.price > 0 if np.isnan(self.gain) else self.gain > 0


@dataclass(frozen=True)
class Plan:
    """Who gets which action. `row` holds per customer the place of the chosen offer, −1 for none.

    `value` is the expected net of the plan, `bound` what no plan under these limits exceeds; both money. `prices` are
    per unit of `models.plan_offers.limit_names`, agent time in minutes.
    """

    offers: Offers
    limits: Limits
    row: np.ndarray
    value: float
    bound: float
    prices: np.ndarray
    limit_uses: tuple[LimitUse, ...]

    @property
    def gap(self) -> float:
        """By which share of the bound a better plan could at most be better; 0 is proved to be the best."""
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0 else 0.0

    @property
    def method(self) -> str:
        """`exact`: no plan is better; `bounded`: none is better by more than `gap`."""
        return EXACT if self.gap <= PROVED else BOUNDED

    @property
    def choice(self) -> np.ndarray:
        """The place of the action in `offers.actions` per customer, −1 for none."""
        chosen = np.full(self.offers.customers, -1, np.int16)
        has = self.row >= 0
        chosen[has] = self.offers.column("action")[self.row[has]]
        return chosen

    @property
    def contacts(self) -> int:
        """How many customers are contacted."""
        return int((self.row >= 0).sum())

    @property
    def cost(self) -> float:
        """What the plan takes from the budget, money."""
        return float(self.offers.column("cost")[self.row[self.row >= 0]].sum())

    def assignments(self) -> pd.DataFrame:
        """One row per contacted customer: customer, action, channel, net, cost, minutes."""
        rows = self.offers.rows.iloc[self.row[self.row >= 0]].drop(columns="rule").reset_index(drop=True)
        for column in ("action", "channel"):
            rows[column] = pd.Categorical.from_codes(
                rows[column].to_numpy(), pd.Index(getattr(self.offers, f"{column}s"))
            )
        return rows

    def told(self) -> str:
        """The plan in one line."""
        proof = "no plan earns more" if self.method == EXACT else f"at most {self.gap:.3%} below the best possible"
        return f"{self.contacts:,} customers contacted, expected net {self.value:,.2f}, {proof}"


def make_plan(offers: Offers, limits: Limits, with_gains: bool = True) -> Plan:
    """The plan with the most expected net, to `gap`. The same offers and limits always give the same plan.

    `with_gains=False` leaves out what raised limits would earn (`gain` is then nan), for callers that do not show it.
    """
    everyone = open_pairs(offers, limits)
    prices = find_prices(everyone)
    pairs, picks, bound = _solved(everyone, prices)
    row = np.full(offers.customers, -1, np.int64)
    chosen = pairs.row[picks[picks >= 0]]
    row[offers.column("customer")[chosen]] = chosen
    value = float(offers.column("net")[chosen].sum())
    plan = Plan(offers, limits, row, value, max(bound, value), prices, ())
    gain = _gains(everyone, plan) if with_gains else lambda place, step: np.nan
    return replace(plan, limit_uses=_limit_uses(plan, gain))


def _solved(everyone: Pairs, prices: np.ndarray) -> tuple[Pairs, np.ndarray, float]:
    """The pairs that fit, one pick per customer that has one, and the bound."""
    pairs = within_limits(everyone)
    if pairs is not everyone:
        prices = find_prices(pairs, prices)
    bound = bound_at(pairs, prices)
    picks = keep_limits(pairs, picks_at(pairs, prices), prices)
    picks = fill(pairs, picks, prices, bound * (1 - PROVED))
    proved = improve(pairs, picks, prices)
    return pairs, proved.picks, proved.bound


def _limit_uses(plan: Plan, gain: Callable[[int, float], float]) -> tuple[LimitUse, ...]:
    """Every limit that is one, in the order of their names."""
    rows = plan.row[plan.row >= 0]
    contacts = np.bincount(plan.offers.column("channel")[rows], minlength=len(plan.offers.channels))
    minutes = float(plan.offers.column("minutes")[rows].sum())
    used = [plan.cost, minutes / MINUTES, *map(float, contacts)]
    caps = [plan.limits.channel_caps.get(channel, np.inf) for channel in plan.offers.channels]
    found = []
    for place, (name, limit) in enumerate(
        zip(limit_names(plan.offers), (plan.limits.budget, plan.limits.agent_hours, *caps), strict=True)
    ):
        unit, step = (MINUTES if place == 1 else 1.0), (CONTACTS if place > 1 else STEPS[name])
        if np.isfinite(limit):
            price = float(plan.prices[place]) * unit
            found.append(LimitUse(name, float(limit), used[place], price, step, gain(place, step * unit)))
    return tuple(found)


def _gains(everyone: Pairs, plan: Plan) -> Callable[[int, float], float]:
    """What raising the limit at a place by a step earns.

    Few pairs are planned anew. For many, the bound is minimised again on the customers that prices were found on; as
    what a limit earns is concave in it, the gain lies between the step at the new price and at the old one.
    """
    if len(everyone.net) <= RESOLVED_PAIRS:
        return lambda place, step: _exact_gain(_raised(everyone, place, step), plan.value)
    sample = sampled(everyone)
    share = sample.owners / everyone.owners
    before = bound_at(sample, plan.prices)

    def gain(place: int, step: float) -> float:
        if plan.prices[place] <= 0:
            return 0.0
        raised = _raised(sample, place, step * share)
        prices = find_prices(raised, plan.prices)
        most = float(plan.prices[place] * step)
        least = min(float(prices[place] * step), most)
        return float(np.clip((bound_at(raised, prices) - before) / share, least, most))

    return gain


def _raised(pairs: Pairs, place: int, step: float) -> Pairs:
    limits = pairs.limits.copy()
    limits[place] += step
    return replace(pairs, limits=limits)


def _exact_gain(raised: Pairs, value: float) -> float:
    pairs, picks, _ = _solved(raised, find_prices(raised))
    return max(float(pairs.net[picks[picks >= 0]].sum()) - value, 0.0)
