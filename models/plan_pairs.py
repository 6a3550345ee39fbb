"""The pairs of customer and action that a plan may pick: allowed, and worth something."""

from dataclasses import dataclass, replace

import numpy as np

from models.plan_offers import Limits, Offers, limit_vector

SLACK = 1e-9  # relative room for sums of floats


@dataclass(frozen=True)
class Pairs:
    """Arrays of one length, sorted by customer. `row` is the place among the offers, `owner` counts the customers that
    have a pair, `start` holds each one's first pair; `limits` is a vector as in `models.plan_offers.limit_names`."""

    row: np.ndarray
    owner: np.ndarray
    start: np.ndarray
    net: np.ndarray
    cost: np.ndarray
    minutes: np.ndarray
    channel: np.ndarray
    limits: np.ndarray

    @property
    def owners(self) -> int:
        """How many customers have a pair."""
        return len(self.start)

    def priced(self, prices: np.ndarray) -> np.ndarray:
        """Net of every pair less what its use of the limits costs at these prices."""
        worth = self.net.copy()
        if prices[0]:
            worth -= prices[0] * self.cost
        if prices[1]:
            worth -= prices[1] * self.minutes
        if prices[2:].any():
            worth -= prices[2:][self.channel]
        return worth

    def uses(self, pair: np.ndarray) -> np.ndarray:
        """What these pairs use, one row per pair and one column per limit."""
        used = np.zeros((len(pair), len(self.limits)))
        used[:, 0], used[:, 1] = self.cost[pair], self.minutes[pair]
        used[np.arange(len(pair)), 2 + self.channel[pair]] = 1.0
        return used

    def used(self, pair: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """What these pairs use in all, one figure per limit; `weight` counts them in parts."""
        channel = self.channel[pair]
        contacts = np.bincount(channel, weights=weight, minlength=len(self.limits) - 2).astype(float)
        if weight is None:
            return np.r_[self.cost[pair].sum(), self.minutes[pair].sum(), contacts]
        # Not `@`: a thread pool that spins on two busy cores costs far more than these sums.
        sums = [np.einsum("i,i->", values[pair], weight) for values in (self.cost, self.minutes)]
        return np.r_[sums, contacts]

    def tops(self, worth: np.ndarray) -> np.ndarray:
        """The largest worth of each customer's pairs."""
        return np.maximum.reduceat(worth, self.start) if self.owners else np.zeros(0)

    def firsts(self, is_one: np.ndarray) -> np.ndarray:
        """Each customer's first pair that is marked; −1 without one."""
        marked = np.flatnonzero(is_one)[::-1]
        first = np.full(self.owners, -1)
        first[self.owner[marked]] = marked  # from the back, so that the first one stays
        return first

    def only(self, owners: np.ndarray, limits: np.ndarray) -> "Pairs":
        """The pairs of some customers, given as a sorted array, under other limits."""
        kept = np.zeros(self.owners, bool)
        kept[owners] = True
        return _grouped(self, np.flatnonzero(kept[self.owner]), limits)


def room(limits: np.ndarray) -> np.ndarray:
    """The limits with room for rounding."""
    return limits * (1 + SLACK) + SLACK


def open_pairs(offers: Offers, limits: Limits) -> Pairs:
    """The pairs worth picking: no rule against them and net above zero."""
    kept = np.flatnonzero((offers.column("net") > 0) & (offers.column("rule") < 0))
    vector = limit_vector(offers, limits)
    every = Pairs(
        row=np.arange(len(offers.rows)),
        owner=offers.column("customer"),
        start=np.zeros(0, np.int64),
        net=offers.column("net"),
        cost=offers.column("cost"),
        minutes=offers.column("minutes"),
        channel=offers.column("channel"),
        limits=vector,
    )
    return _grouped(every, kept, vector)


def within_limits(pairs: Pairs) -> Pairs:
    """The pairs that are within every limit on their own; what is not can be in no plan."""
    most = room(pairs.limits)
    fits = (pairs.cost <= most[0]) & (pairs.minutes <= most[1])
    if len(fits):
        fits &= (most[2:] >= 1)[pairs.channel]
    return pairs if fits.all() else _grouped(pairs, np.flatnonzero(fits), pairs.limits)


def _grouped(pairs: Pairs, kept: np.ndarray, limits: np.ndarray) -> Pairs:
    """Some of the pairs, their owners counted anew."""
    owner = pairs.owner[kept]
    is_new = np.ones(len(owner), bool)
    is_new[1:] = owner[1:] != owner[:-1]
    return replace(
        pairs,
        row=pairs.row[kept],
        owner=(np.cumsum(is_new) - 1).astype(np.int32),
        start=np.flatnonzero(is_new),
        net=pairs.net[kept],
        cost=pairs.cost[kept],
        minutes=pairs.minutes[kept],
        channel=pairs.channel[kept],
        limits=limits,
    )
