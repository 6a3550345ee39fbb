"""Lifecycle stages by the customer's own cadence.

overdue = days since the last order / own median gap between order days (at least one day). A one-time buyer has no gap
of their own: the shop's typical time from first to second order stands in.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

STAGES = ("new", "activated", "active", "cooling", "at risk", "lapsed", "won back")


@dataclass(frozen=True)
class Thresholds:
    """From which overdue ratio a stage begins, and how long a first order makes a new customer."""

    new_days: int = 60
    cooling: float = 1.0
    at_risk: float = 1.5
    lapsed: float = 2.0


def second_order_days(customers: pd.DataFrame) -> float:
    """The shop's median days from first to second order day, over all who ordered again.

    Without anybody who did, the longest time a customer could be waiting.
    """
    known = customers["first_gap_days"].dropna()
    if len(known):
        return max(float(known.median()), 1.0)
    return max(float(customers["days_since_last_order"].max()), 1.0) if len(customers) else 1.0


def overdue_ratio(customers: pd.DataFrame) -> np.ndarray:
    """Days since the last order in own median gaps."""
    gap = customers["median_gap_days"].to_numpy(dtype=float)
    gap = np.where(np.isnan(gap), second_order_days(customers), np.maximum(gap, 1.0))
    return customers["days_since_last_order"].to_numpy(dtype=float) / gap


def lifecycle_stage(customers: pd.DataFrame, thresholds: Thresholds) -> np.ndarray:
    """One stage per customer, by `stage_place`."""
    return np.array(STAGES, dtype=object)[stage_place(customers, thresholds)]


def stage_place(customers: pd.DataFrame, thresholds: Thresholds) -> np.ndarray:
    """Position in STAGES per customer, by the first rule that fits; days and gaps are those of `customer_cadence`:

    new: one order day, within `new_days`; lapsed, at risk, cooling: overdue above 2, from 1.5, from 1; won back: on
    time now, but the last gap was above 2 × the median of the earlier ones; activated: on time with two order days;
    active: on time.
    """
    overdue = overdue_ratio(customers)
    days = customers["order_days"].to_numpy(dtype=float)
    is_new = (days <= 1) & (customers["days_since_last_order"].to_numpy(dtype=float) <= thresholds.new_days)
    earlier = np.maximum(customers["previous_median_gap_days"].to_numpy(dtype=float), 1.0)
    with np.errstate(invalid="ignore"):
        was_lapsed = customers["last_gap_days"].to_numpy(dtype=float) > thresholds.lapsed * earlier
    rules = [
        (is_new, "new"),
        (overdue > thresholds.lapsed, "lapsed"),
        (overdue >= thresholds.at_risk, "at risk"),
        (overdue >= thresholds.cooling, "cooling"),
        (was_lapsed, "won back"),
        (days == 2, "activated"),
    ]
    places = [np.int8(STAGES.index(name)) for _, name in rules]
    return np.select([rule for rule, _ in rules], places, np.int8(STAGES.index("active")))
