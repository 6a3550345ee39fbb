"""The journey of customers: what each touchpoint meets at each lifecycle stage, and what follows it.

Days are numbers, days since 1970. A touchpoint stands on the day on which it was known what it was (a parcel is late
from the day after the promise), so that what follows it never began before it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.lifecycle import STAGES, Thresholds, stage_place

Days = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]
NO_ORDER = "no order yet"
ALL_STAGES = (NO_ORDER, *STAGES)
DROP_DAYS, RATING_DAYS = 30, 30
_BATCH = 1_000_000
_DAY_BITS, _CUSTOMER_BITS = 20, 32


@dataclass(frozen=True)
class Touchpoint:
    """A kind of moment: its words, whether the shop answers for it, whether it is a sign of life of the customer."""

    title: str
    is_shop: bool = False
    is_sign: bool = True


TOUCHPOINTS = {
    "visit": Touchpoint("Visit"),
    "cart left": Touchpoint("Cart left behind"),
    "mail read": Touchpoint("Newsletter read"),
    "chat": Touchpoint("Chat", is_shop=True),
    "order": Touchpoint("Order"),
    "cancelled": Touchpoint("Order cancelled", is_shop=True, is_sign=False),
    "on time": Touchpoint("Delivered on time", is_shop=True, is_sign=False),
    "late": Touchpoint("Delivered late", is_shop=True, is_sign=False),
    "return": Touchpoint("Return", is_shop=True),
    "quick reply": Touchpoint("Reply within 24 h", is_shop=True, is_sign=False),
    "slow reply": Touchpoint("No reply within 24 h", is_shop=True, is_sign=False),
    "unsolved": Touchpoint("Ticket open for a week", is_shop=True, is_sign=False),
    "reopened": Touchpoint("Ticket reopened", is_shop=True),
    "praise": Touchpoint("Review or referral"),
    "contact": Touchpoint("Retention contact", is_sign=False),
    "unsubscribed": Touchpoint("Unsubscribed", is_sign=False),
}
SIGNS_ALONE = ("ticket", "answer")  # signs of life that are no touchpoint of the map
RATED = ("order", "cancelled", "on time", "late", "return", "quick reply", "slow reply", "unsolved", "reopened")


@dataclass(frozen=True)
class Rhythms:
    """Where customers stand after each of their order days, sorted by customer and day; gaps are not a number if none.

    `second_order_days` stands in for the gap of who has ordered once.
    """

    customer: Days
    day: Days
    next_day: Days  # far away where there is none
    order_days: Days
    median_gap: NDArray[np.float64]
    last_gap: NDArray[np.float64]
    previous_median_gap: NDArray[np.float64]
    second_order_days: float
    thresholds: Thresholds

    def place(self, customer: Days, day: Days) -> Days:
        """The row that holds on a day for each customer, the day's own order counted; −1 before the first order."""
        at = np.searchsorted(keys(self.customer, self.day), keys(customer, day), side="right") - 1
        found: Days = np.where((at >= 0) & (self.customer[np.maximum(at, 0)] == customer), at, -1)
        return found

    def stages(self, place: Days, day: Days) -> Days:
        """Positions in ALL_STAGES, by the rules of `stage_place`."""
        found = np.zeros(len(place), dtype=np.int8)
        for start in range(0, len(place), _BATCH):
            known = np.flatnonzero(place[start : start + _BATCH] >= 0) + start
            if len(known):
                found[known] = 1 + stage_place(self.standing(place[known], day[known]), self.thresholds)
        return found

    def standing(self, place: Days, day: Days) -> pd.DataFrame:
        """What `stage_place` looks at, of rows that hold on some days; nothing was ordered where there is none."""
        has_order = place >= 0
        return pd.DataFrame(
            {
                "order_days": np.where(has_order, self.order_days[place], 0),
                "days_since_last_order": np.where(has_order, day - self.day[place], 0),
                "median_gap_days": self.median_gap[place],
                "last_gap_days": self.last_gap[place],
                "previous_median_gap_days": self.previous_median_gap[place],
                "first_gap_days": self.second_order_days,
            }
        )


@dataclass(frozen=True)
class Moments:
    """Touchpoints by customer and day: `kind` is the position in TOUCHPOINTS, `stage` in ALL_STAGES."""

    customer: Days
    day: Days
    kind: Days
    times: Days
    stage: Days

    def where(self, chosen: Bools) -> "Moments":
        """Some of them."""
        return Moments(*(values[chosen] for values in (self.customer, self.day, self.kind, self.times, self.stage)))

    @property
    def cell(self) -> Days:
        """One number per pair of stage and touchpoint."""
        return self.stage.astype(np.int64) * len(TOUCHPOINTS) + self.kind

    def firsts(self) -> Bools:
        """The first of each customer in each cell. Choosing it looks back alone; the last one would know the future."""
        owner = (self.cell << _CUSTOMER_BITS) + self.customer
        order = np.lexsort((self.day, owner))
        is_first = np.zeros(len(order), dtype=bool)
        is_first[order[np.flatnonzero(np.diff(owner[order], prepend=-1))]] = True
        return is_first


def keys(customer: Days, day: Days) -> Days:
    """One sortable number per customer and day."""
    return (customer.astype(np.int64) << _DAY_BITS) + day


def next_sign(customer: Days, day: Days, signs: Days) -> Days:
    """Days until the next sign of life of each customer after a day; very many without any. `signs` are sorted keys."""
    at = np.searchsorted(signs, keys(customer, day), side="right")
    padded = np.append(signs, np.iinfo(np.int64).max)
    is_own = padded[at] >> _DAY_BITS == customer
    return np.where(is_own, padded[at] - keys(customer, day), np.iinfo(np.int32).max)


def counts(moments: Moments) -> pd.DataFrame:
    """One row per cell that occurs: stage, touchpoint (words), volume, customers."""
    cell, size = moments.cell, len(ALL_STAGES) * len(TOUCHPOINTS)
    volume = np.bincount(cell, weights=moments.times, minlength=size)
    people = np.bincount(cell[moments.firsts()], minlength=size)
    return named(pd.DataFrame({"volume": volume.astype(np.int64), "customers": people}), people > 0)


def rated(ratings: pd.DataFrame, moments: Moments, rhythms: Rhythms) -> pd.DataFrame:
    """One row per cell with a rating: how many (`rating_n`) and how many of them good (`rating_good`).

    `ratings` has customer_number, day, touchpoint (of a ticket's stars; missing for a survey, which belongs to the
    newest service touchpoint of the 30 days before it) and is_good.
    """
    position = {name: at for at, name in enumerate(TOUCHPOINTS)}
    customer, day = (ratings[name].to_numpy(dtype=np.int64) for name in ("customer_number", "day"))
    given = ratings["touchpoint"].map(position).fillna(-1).to_numpy(dtype=np.int64)
    service = moments.where(np.isin(moments.kind, [position[name] for name in RATED]))
    kind = np.where(given >= 0, given, _before(service, customer, day))
    known, size = kind >= 0, len(ALL_STAGES) * len(TOUCHPOINTS)
    stage = rhythms.stages(rhythms.place(customer, day), day)
    cell = stage[known] * len(TOUCHPOINTS) + kind[known]
    good = ratings["is_good"].to_numpy(dtype=float)[known]
    n = np.bincount(cell, minlength=size)
    found = pd.DataFrame({"rating_n": n, "rating_good": np.bincount(cell, weights=good, minlength=size)})
    return named(found.astype(np.int64), n > 0)


def _before(moments: Moments, customer: Days, day: Days) -> Days:
    """The kind of the newest moment of each customer in the 30 days up to a day; −1 without one."""
    if not len(moments.day):
        return np.full(len(day), -1, dtype=np.int64)
    order = np.lexsort((moments.kind, moments.day, moments.customer))
    at = np.searchsorted(keys(moments.customer, moments.day)[order], keys(customer, day), side="right") - 1
    newest = order[np.maximum(at, 0)]
    is_near = (moments.customer[newest] == customer) & (day - moments.day[newest] <= RATING_DAYS) & (at >= 0)
    return np.where(is_near, moments.kind[newest], -1)


def named(cells: pd.DataFrame, kept: Bools) -> pd.DataFrame:
    """Cells, one row per number from 0, by their words; those that are kept."""
    at, names = np.arange(len(cells)), list(TOUCHPOINTS)
    stage = [ALL_STAGES[cell // len(names)] for cell in at]
    return cells.assign(stage=stage, touchpoint=[names[cell % len(names)] for cell in at])[kept].reset_index(drop=True)
