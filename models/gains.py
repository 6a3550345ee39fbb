"""How many of the leavers are among the riskiest: gains, and the lift of each tenth."""

from dataclasses import asdict
from typing import Any

import numpy as np

from models.evaluate import Resamples, estimate


def gains(churned: np.ndarray, risk: np.ndarray, points: int = 51) -> tuple[np.ndarray, np.ndarray]:
    """Share of customers, riskiest first, and share of all leavers among them; equal risks share their leavers evenly.

    Both run from 0 to 1; without a leaver nothing is found.
    """
    order = np.argsort(-risk, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(risk[order]) != 0), len(risk) - 1]
    found = np.r_[0.0, np.cumsum(churned[order].astype(float))[ends]]
    share = np.linspace(0, 1, points)
    return share, np.interp(share, np.r_[0, ends + 1] / len(risk), found / max(found[-1], 1))


def lift_of_tenths(churned: np.ndarray, risk: np.ndarray, resamples: Resamples) -> list[dict[str, Any]]:
    """One row per tenth, riskiest first: tenth, promised (mean risk), actual (churn rate), and value, low, high, n of
    the lift, the churn rate of the tenth over that of all, with its 95 % interval. `resamples` are of the same rows.
    """
    order = np.argsort(-risk, kind="stable")
    weights = resamples.weights.astype(float)
    overall = weights @ churned / weights.sum(axis=1)
    rows = []
    for number, part in enumerate(np.array_split(order, min(10, len(order))), start=1):
        there = np.maximum(weights[:, part].sum(axis=1), 1e-12)
        rate = weights[:, part] @ churned[part] / there
        figures = {"tenth": number, "promised": float(risk[part].mean()), "actual": float(churned[part].mean())}
        with np.errstate(divide="ignore", invalid="ignore"):
            rows.append(figures | asdict(estimate(rate / overall, len(part))))
    return rows
