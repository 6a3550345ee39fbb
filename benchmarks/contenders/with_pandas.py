"""Pandas: the same facts once, then grouped sums of prepared columns per snapshot, written as Parquet."""

import time
from datetime import date

import numpy as np
import pandas as pd

from benchmarks.contenders.formulas import features
from benchmarks.contenders.job import ACTIVE_DAYS, HORIZON_DAYS, WINDOWS, Job
from benchmarks.contenders.pandas_facts import customer_ids, first_purchases, order_facts, return_facts

Columns = dict[str, pd.Series]


class _Sums:
    """Columns of the sums for the formulas."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame.astype("float64")

    def __call__(self, name: str) -> pd.Series:
        return self.frame[name]

    def when(self, condition: pd.Series, value: pd.Series) -> pd.Series:
        return value.where(condition)

    def filled(self, value: pd.Series) -> pd.Series:
        return value.fillna(0.0)


def run(job: Job) -> float:
    """Write every snapshot; returns the CPU seconds that the facts took."""
    started = time.process_time()
    orders = order_facts(job.source)
    ids = customer_ids(job.source)
    firsts, returns = first_purchases(job.source, orders), return_facts(job.source, orders)
    orders = orders.drop(columns="order_id")
    facts = time.process_time() - started
    for as_of in job.dates:
        found = snapshot(orders, firsts, returns, as_of)
        found.insert(0, "customer_id", ids[found.index])
        found.to_parquet(job.out / f"{as_of}.parquet", compression="lz4", index=False)
    return facts


def snapshot(orders: pd.DataFrame, firsts: pd.DataFrame, returns: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Features of the customers who ordered within the active days before the date, by their number."""
    today = (as_of - date(1970, 1, 1)).days
    sums = order_sums(orders[orders["ordered_on"] < today], today)
    sums = sums[sums["last_ago"] <= ACTIVE_DAYS]
    sums = sums.join(novelties(firsts[firsts["ordered_on"] < today], today))
    known = returns[(returns["ordered_on"] < today) & (returns["returned_on"] < today)]
    sums = sums.join(known.groupby("customer")["returned_quantity"].sum().rename("returned_items"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.DataFrame(features(_Sums(sums), as_of)).astype("float32")


def order_sums(known: pd.DataFrame, today: int) -> pd.DataFrame:
    """One row per customer: grouped sums, extremes and last values of prepared columns."""
    age = today - known["ordered_on"]
    key = known["customer"].to_numpy()
    columns = _summed(known, age) | _summed_deliveries(known, today)
    summed = pd.DataFrame(columns).groupby(key).sum()
    or_missing = known[["shipping_fee", "discount", "items", "products"]].groupby(key).sum(min_count=1)
    days_late, delivered_ago = _days_late(known, today)
    highest = pd.DataFrame(
        {
            "first_ago": age,
            "longest_gap": known["gap_days"],
            "largest_order": known["revenue"],
            "worst_late_180d": days_late.where(delivered_ago <= 180),
        }
    )
    last = pd.DataFrame(
        {
            "last_ago": age,
            "last_gap": known["gap_days"],
            "last_order": known["revenue"],
            "last_discount": known["discount_share"],
            "last_days_late": days_late,
        }
    )
    return pd.concat([summed, or_missing, highest.groupby(key).max(), last.groupby(key).last()], axis=1)


def _summed(known: pd.DataFrame, age: pd.Series) -> Columns:
    """What is summed about time, money and baskets."""
    within = {days: age <= days for days in WINDOWS}
    is_discounted = known["discount"] > 0
    revenue, baskets = known["revenue"], known["products"].notna()
    return {
        "orders": pd.Series(1.0, index=known.index),
        "order_days": known["is_first_of_day"],
        **{f"orders_{days}d": is_in for days, is_in in within.items()},
        "orders_last_year": within[365] & (age > 365 - HORIZON_DAYS),
        "orders_in_season": 365.25 - age % 365.25 < HORIZON_DAYS,
        "gaps": known["gap_days"].notna(),
        "squared_gaps": known["gap_days"] ** 2,
        "revenue": revenue,
        **{f"revenue_{days}d": revenue.where(within[days], 0.0) for days in WINDOWS[1:]},
        "margin": known["margin"],
        "margin_365d": known["margin"].where(within[365], 0.0),
        "orders_with_word": known["discount"].notna(),
        "discounted": is_discounted,
        "discounted_180d": is_discounted & within[180],
        "coupons": known["has_coupon"],
        "baskets": baskets,
        "baskets_180d": baskets & within[180],
        "basket_revenue": revenue.where(known["items"].notna()),
        "items_180d": known["items"].where(within[180]),
        "products_180d": known["products"].where(within[180]),
    }


def _days_late(known: pd.DataFrame, today: int) -> tuple[pd.Series, pd.Series]:
    """Days late of what was known to be delivered, and how long ago that was."""
    delivered, promised = (today - known[f"{name}_on"] for name in ("delivered", "promised"))
    delivered = delivered.where(delivered > 0)
    late = promised - delivered
    return late.where(late > 0, (late * 0.0).where(promised > 0)), delivered


def _summed_deliveries(known: pd.DataFrame, today: int) -> Columns:
    """What is summed about deliveries and refunds."""
    days_late, delivered_ago = _days_late(known, today)
    promised_ago, refunded_ago = (today - known[f"{name}_on"] for name in ("promised", "refunded"))
    is_refunded = refunded_ago > 0
    return {
        "late": days_late > 0,
        "judged": days_late.notna(),
        "late_90d": (days_late > 0) & (delivered_ago <= 90),
        "delivered": delivered_ago.notna(),
        "delivery_days": (known["delivered_on"] - known["ordered_on"]).where(delivered_ago.notna()),
        "overdue": promised_ago.between(1, 30) & delivered_ago.isna(),
        "refunds_365d": is_refunded & (refunded_ago <= 365) & (known["refunded"] > 0),
        "refunded": known["refunded"].where(is_refunded),
    }


def novelties(known: pd.DataFrame, today: int) -> pd.DataFrame:
    """One row per customer: how much of what they bought was new to them."""
    age = today - known["ordered_on"]
    columns = {
        "new_products": known["new_products"],
        "new_categories": known["new_categories"],
        "new_products_180d": known["new_products"].where(age <= 180),
    }
    found = pd.DataFrame(columns).groupby(known["customer"]).sum()
    found["days_since_new_product"] = age.where(known["new_products"] > 0).groupby(known["customer"]).min()
    return found
