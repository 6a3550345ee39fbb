"""Where every customer stood on an earlier day: cadence from order days, by the rules of `customer_cadence.sql`.

One pass over sorted arrays per day instead of a query per day: medians of millions of gaps are two sorts of integers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.lifecycle import Thresholds, lifecycle_stage
from models.segments import rfm

_GAP_BITS = 16  # a gap of up to 179 years beside the customer in one integer


@dataclass(frozen=True)
class Orders:
    """Orders by customer and day: numbers of the customers from 0 up, days since 1970, revenue."""

    customer: np.ndarray
    day: np.ndarray
    revenue: np.ndarray

    @classmethod
    def of(cls, customer: np.ndarray, day: np.ndarray, revenue: np.ndarray) -> "Orders":
        """Sorted by customer and day, which costs nothing where they come sorted."""
        customer, day = customer.astype(np.int64), day.astype(np.int64)
        key = (customer << 20) + day
        if (np.diff(key) < 0).any():
            order = np.argsort(key, kind="stable")
            customer, day, revenue = customer[order], day[order], revenue[order]
        return cls(customer, day, revenue)

    def before(self, day: int) -> "Orders":
        """Those of earlier days."""
        earlier = self.day < day
        return Orders(self.customer[earlier], self.day[earlier], self.revenue[earlier])


def states_on(orders: Orders, day: int, thresholds: Thresholds) -> pd.DataFrame:
    """One row per customer with an order before `day`: customer, segment and lifecycle_stage as of that day."""
    cadence = cadence_on(orders, day)
    return pd.DataFrame(
        {
            "customer": cadence["customer"],
            "segment": rfm(cadence)["segment"],
            "lifecycle_stage": lifecycle_stage(cadence, thresholds),
        }
    )


def cadence_on(orders: Orders, day: int) -> pd.DataFrame:
    """One row per customer with an order before `day`, by number: what `customer_cadence` says of gaps and revenue."""
    past = orders.before(day)
    customers, position = np.unique(past.customer, return_inverse=True)
    count = len(customers)
    revenue = np.bincount(position, weights=past.revenue, minlength=count)
    is_new_day = np.r_[True, np.diff((past.customer << 20) + past.day) > 0] if len(position) else np.zeros(0, bool)
    who, on = position[is_new_day], past.day[is_new_day]
    order_days = np.bincount(who, minlength=count)
    last = np.cumsum(order_days) - 1
    gap = np.diff(on, prepend=0)
    is_gap = np.diff(who, prepend=-1) == 0
    is_last = np.zeros(len(who), dtype=bool)
    is_last[last] = True
    one = order_days > 1
    return pd.DataFrame(
        {
            "customer": customers,
            "order_days": order_days,
            "days_since_last_order": day - on[last],
            "revenue_total": revenue,
            "median_gap_days": _medians(who[is_gap], gap[is_gap], count),
            "first_gap_days": _where(one, gap, last - order_days + 2),
            "last_gap_days": _where(one, gap, last),
            "previous_median_gap_days": _medians(who[is_gap & ~is_last], gap[is_gap & ~is_last], count),
        }
    )


def _where(is_known: np.ndarray, gap: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The gap at each customer's place, not a number where there is none."""
    found = np.full(len(is_known), np.nan)
    found[is_known] = gap[place[is_known]]
    return found


def _medians(who: np.ndarray, gap: np.ndarray, count: int) -> np.ndarray:
    """The median gap of each customer, not a number without any."""
    gaps = np.sort((who << _GAP_BITS) + gap) & ((1 << _GAP_BITS) - 1)
    many = np.bincount(who, minlength=count)
    start = np.cumsum(many) - many
    known = many > 0
    found = np.full(count, np.nan)
    low, high = start + (many - 1) // 2, start + many // 2
    found[known] = (gaps[low[known]] + gaps[high[known]]) / 2
    return found
