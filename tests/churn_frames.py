"""Small labelled frames with a known cause of churn, for tests of the models."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

HORIZON = 60


def snapshot_dates(months: int, newest: date = date(2025, 6, 1), step: int = 30) -> list[date]:
    """`months` dates, oldest first."""
    return sorted(newest - timedelta(days=step * number) for number in range(months))


def labelled_frame(
    customers: int = 600, months: int = 10, signal: float = 1.0, seed: int = 1, service: float = 2.0
) -> pd.DataFrame:
    """One row per customer × month. Log-odds of churn = signal · (recency and frequency + service · bad service).

    `bad_service` acts only where `order_days` is at least 3, which a linear model cannot say; with `signal` 0 nothing
    tells anything. `noise` means nothing, `gappy` is often missing, `constant` never varies, `empty` has no value.
    """
    rng = np.random.default_rng(seed)
    rows = []
    activity = rng.gamma(1.5, 1.0, customers)
    for day in snapshot_dates(months):
        days = rng.exponential(60 / (0.3 + activity)).clip(1, 300)
        order_days = 1 + rng.poisson(4 * activity)
        bad = rng.random(customers) < 0.3
        told = 1.2 * (np.log1p(days) - 3.5) - 0.8 * (np.log1p(order_days) - 1.3)
        log_odds = signal * (told + service * bad * (order_days >= 3)) - 0.3
        value = rng.lognormal(4, 0.6, customers)
        gap = np.where(order_days > 1, rng.exponential(40, customers) + 1, np.nan)
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": [f"C{number:05d}" for number in range(customers)],
                    "as_of_date": pd.Timestamp(day),
                    "churned": rng.random(customers) < 1 / (1 + np.exp(-log_odds)),
                    "days_since_last_order": np.round(days),
                    "order_days": order_days.astype(float),
                    "mean_order_value": value,
                    "tenure_days": np.round(days) + 30 * order_days,
                    "mean_gap_days": gap,
                    "overdue_ratio": days / gap,
                    "margin_365d": 0.3 * value * order_days,
                    "bad_service": bad.astype(float),
                    "noise": rng.normal(size=customers),
                    "gappy": np.where(rng.random(customers) < 0.6, np.nan, rng.normal(size=customers)),
                    "constant": 1.0,
                    "empty": np.nan,
                    "true_log_odds": log_odds,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def without_truth(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as a model may see it."""
    return frame.drop(columns="true_log_odds")
