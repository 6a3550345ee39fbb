"""Where every customer stands while the shop lives: next order, grievance, consent, and whether they have left."""

from dataclasses import dataclass

import numpy as np

from pipelines.sample.coefficients import Coefficients
from pipelines.sample.draws import Bools, Floats, Frame, Ints, Rng, chance, daytime
from pipelines.sample.leaving import NOT_LEFT, cause_number
from pipelines.sample.seasons import later
from pipelines.sample.traits import Traits

NEVER = np.inf


@dataclass
class State:
    """One value per customer in each array, changed in place; days count from the first day of the window."""

    next_order: Floats  # infinite when none will come
    last_order: Floats  # NaN before the first
    orders: Ints
    grievance: Floats
    hazard: Floats  # of the latest order, service included
    left_at: Floats  # infinite while they are there; a decision taken may lie ahead
    cause: Ints
    won_back_at: Floats
    times_won_back: Ints
    is_subscriber: Bools
    email_until: Floats  # minus infinity without consent, infinite while it lasts
    phone_until: Floats
    contacted_at: Floats
    voucher_until: Floats

    @classmethod
    def at_start(cls, rng: Rng, traits: Traits) -> "State":
        """Return the state on the first day: old customers somewhere in their rhythm, some of them already gone."""
        n = len(traits)
        is_old = traits.signed_up < 0
        orders = np.where(is_old, np.floor(-traits.signed_up / traits.mean_gap) + 1, 0).astype(np.int64)
        gone = is_old & chance(rng, 1.0 - np.exp(-0.6 * traits.base_hazard * orders), n)
        gap = traits.mean_gap * rng.standard_gamma(traits.regularity, n) / traits.regularity
        old_next = np.floor(later(np.zeros(n), gap * rng.random(n), traits.season)) + daytime(rng, n)
        delay = np.where(chance(rng, 0.85, n), 0.002 + 0.02 * rng.random(n), rng.exponential(12.0, n))
        due = np.where(is_old, old_next, traits.signed_up + delay)
        return cls(
            next_order=np.where(gone | traits.never_orders, NEVER, due),
            last_order=np.full(n, np.nan),
            orders=np.where(traits.never_orders, 0, orders),
            grievance=np.zeros(n),
            hazard=traits.base_hazard.copy(),
            left_at=np.where(gone, traits.signed_up * rng.random(n), NEVER),
            cause=np.where(gone, cause_number("natural"), NOT_LEFT),
            won_back_at=np.full(n, np.nan),
            times_won_back=np.zeros(n, dtype=np.int64),
            is_subscriber=np.zeros(n, dtype=bool),
            email_until=np.where(chance(rng, 0.74, n), NEVER, -NEVER),
            phone_until=np.where(chance(rng, 0.35, n), NEVER, -NEVER),
            contacted_at=np.full(n, -NEVER),
            voucher_until=np.full(n, -NEVER),
        )

    @property
    def has_left(self) -> Bools:
        """Tell who has decided to leave."""
        return np.isfinite(self.left_at)

    def use_voucher(self, rng: Rng, customer: Ints, orders: Frame, c: Coefficients) -> None:
        """Let holders of a valid voucher use it on this order, which changes the order's discount."""
        valid = self.voucher_until[customer] >= orders["at"]
        orders["has_voucher"] = valid & chance(rng, c.contacts.voucher_used, len(customer))
        orders["rate"] = np.where(orders["has_voucher"], c.contacts.voucher_rate, orders["rate"])
        self.voucher_until[customer] = -NEVER

    def leave(self, customer: Ints, at: Floats, cause: Ints | int) -> None:
        """Let `customer` leave `at` that time for `cause`; no order is due any more."""
        self.left_at[customer] = at
        self.cause[customer] = cause
        self.next_order[customer] = NEVER

    def come_back(self, customer: Ints, at: Floats, next_order: Floats) -> None:
        """Let `customer`, who had left, be won back `at` that time with half the grievance."""
        self.left_at[customer] = NEVER
        self.cause[customer] = NOT_LEFT
        self.next_order[customer] = next_order
        self.won_back_at[customer] = at
        self.times_won_back[customer] += 1
        self.grievance[customer] *= 0.5
