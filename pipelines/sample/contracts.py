"""Subscriptions: who takes one out, and for which planted reason it ends at a renewal."""

from dataclasses import dataclass

import numpy as np

from pipelines.sample.coefficients import Coefficients, Subscription
from pipelines.sample.draws import Floats, Frame, Ints, Rng, chance, pick
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.state import State
from pipelines.sample.traits import Traits

# Name, monthly fee, is paid by the year.
PLANS = (("Shop Plus", 4.90, False), ("Refill Box", 24.90, False), ("Coffee Club", 14.90, False),
         ("Shop Plus Annual", 3.90, True))  # fmt: skip
END_CAUSES = ("natural", "left", "price_rise", "bad_service")
PRICE_RISE_MONTH = 23  # September 2025


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


def turn_month(rng: Rng, traits: Traits, state: State, running: Contracts, when: tuple[int, Coefficients]) -> None:
    """Let contracts start in this month and let some of the running ones end at their next renewal."""
    month, c = when
    start = float(MONTH_EDGES[month])
    n = len(traits)
    is_running = ~np.isnan(running.started) & np.isnan(running.ends)
    _end(rng, traits, state, running, (np.flatnonzero(is_running), month), c.subscription)
    can_start = ~state.has_left & np.isnan(running.started) & (state.last_order < start)
    new = np.flatnonzero(can_start & chance(rng, np.minimum(c.subscription.starts * traits.engagement, 0.05), n))
    running.started[new] = start + rng.random(len(new)) * 27
    running.plan[new] = pick(rng, (0.45, 0.2, 0.2, 0.15), len(new))
    state.is_subscriber[new] = True


def _end(rng: Rng, traits: Traits, state: State, running: Contracts, who: tuple[Ints, int], c: Subscription) -> None:
    customer, month = who
    n = len(customer)
    start = float(MONTH_EDGES[month])
    rose = PRICE_RISE_MONTH <= month <= PRICE_RISE_MONTH + 1
    reasons = np.stack([
        np.full(n, c.ends),
        c.ends_after_leaving * (state.left_at[customer] < start),
        c.ends_after_price_rise * rose * (0.5 + traits.discount_taste[customer]),
        c.ends_after_bad_service * traits.sensitivity[customer] * (state.grievance[customer] > c.bad_service),
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


def to_frame(running: Contracts, c: Coefficients) -> Frame:
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
        "fee": np.round(np.where(has_risen, fee * c.subscription.price_rise, fee), 2),
    }
