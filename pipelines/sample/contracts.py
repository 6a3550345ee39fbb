"""Subscriptions: who takes one out, and for which planted reason it ends at a renewal."""

from dataclasses import dataclass

import numpy as np

from pipelines.sample.draws import Floats, Frame, Ints, Rng, chance, pick
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.state import State
from pipelines.sample.traits import Traits

# Name, monthly fee, is paid by the year.
PLANS = (("Shop Plus", 4.90, False), ("Refill Box", 24.90, False), ("Coffee Club", 14.90, False),
         ("Shop Plus Annual", 3.90, True))  # fmt: skip
END_CAUSES = ("natural", "left", "price_rise", "bad_service")
PRICE_RISE_MONTH = 23  # September 2025: fees went up by 15 %
PRICE_RISE = 1.15

STARTS = 0.009  # per month, × engagement
ENDS = 0.010  # per month
ENDS_AFTER_LEAVING = 0.40
ENDS_AFTER_PRICE_RISE = 0.10  # × (0.5 + discount taste), in that month and the next
ENDS_AFTER_BAD_SERVICE = 0.06  # × sensitivity, while the grievance is above 0.8


@dataclass
class Contracts:
    """At most one contract per customer; NaN where there is none."""

    started: Floats
    plan: Ints
    ends: Floats
    cause: Ints

    @classmethod
    def none(cls, n: int) -> "Contracts":
        """Return the contracts of `n` customers before anybody has one."""
        return cls(np.full(n, np.nan), np.zeros(n, dtype=np.int64), np.full(n, np.nan), np.full(n, -1))


def turn_month(rng: Rng, traits: Traits, state: State, running: Contracts, month: int) -> None:
    """Let contracts start in this month and let some of the running ones end at their next renewal."""
    start = float(MONTH_EDGES[month])
    n = len(traits)
    is_running = ~np.isnan(running.started) & np.isnan(running.ends)
    _end(rng, traits, state, running, (np.flatnonzero(is_running), month))
    can_start = ~state.has_left & np.isnan(running.started) & (state.last_order < start)
    new = np.flatnonzero(can_start & chance(rng, np.minimum(STARTS * traits.engagement, 0.05), n))
    running.started[new] = start + rng.random(len(new)) * 27
    running.plan[new] = pick(rng, (0.45, 0.2, 0.2, 0.15), len(new))
    state.is_subscriber[new] = True


def _end(rng: Rng, traits: Traits, state: State, running: Contracts, who: tuple[Ints, int]) -> None:
    customer, month = who
    n = len(customer)
    start = float(MONTH_EDGES[month])
    rose = PRICE_RISE_MONTH <= month <= PRICE_RISE_MONTH + 1
    reasons = np.stack([
        np.full(n, ENDS),
        ENDS_AFTER_LEAVING * (state.left_at[customer] < start),
        ENDS_AFTER_PRICE_RISE * rose * (0.5 + traits.discount_taste[customer]),
        ENDS_AFTER_BAD_SERVICE * traits.sensitivity[customer] * (state.grievance[customer] > 0.8),
    ])  # fmt: skip
    total = reasons.sum(axis=0)
    goes = chance(rng, np.minimum(total, 0.9), n)
    cause = (rng.random(n) * total >= np.cumsum(reasons, axis=0)).sum(axis=0)
    running.cause[customer[goes]] = np.minimum(cause[goes], len(END_CAUSES) - 1)
    running.ends[customer[goes]] = next_renewal(running, customer[goes], start)
    state.is_subscriber[customer[goes]] = False


def next_renewal(running: Contracts, customer: Ints, at: float) -> Floats:
    """Return each contract's first renewal at or after `at`: every 30.4375 days, or every 365.25 when annual."""
    period = np.array([365.25 if is_annual else 30.4375 for _, _, is_annual in PLANS])[running.plan[customer]]
    started = running.started[customer]
    return np.asarray(started + np.maximum(np.ceil((at - started) / period), 1) * period)


def to_frame(running: Contracts) -> Frame:
    """Return one row per contract; the end may lie after the window."""
    customer = np.flatnonzero(~np.isnan(running.started))
    end_of_data = float(MONTH_EDGES[-1])
    ends, plan = running.ends[customer], running.plan[customer]
    fee = np.array([fee for _, fee, _ in PLANS])[plan]
    price_rise_at = MONTH_EDGES[PRICE_RISE_MONTH]
    has_risen = ~(ends < price_rise_at)
    return {
        "customer": customer,
        "started": running.started[customer],
        "plan": plan,
        "ends": ends,
        "cause": running.cause[customer],
        "renews": next_renewal(running, customer, end_of_data),
        "fee": np.round(np.where(has_risen, fee * PRICE_RISE, fee), 2),
    }
