"""How good predictions are: every metric with a 95 % interval from resampling customers, and paired differences.

One customer's rows stay together in a resample. Weights are Poisson(1) per customer, which approximates drawing
customers with replacement; all models see the same weights, so that their differences are paired.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.calibrate import expit
from models.windows import customer_groups

METRICS = ("roc_auc", "pr_auc", "log_loss", "brier", "lift_10", "calibration_gap")
RESAMPLES = 200
MAX_ROWS = 40_000
_CHUNK = 25


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval and the number of rows behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Resamples:
    """Weights per row, one row of the array per resample; the first are all 1 and give the figure itself."""

    weights: np.ndarray

    @classmethod
    def of(cls, customer_ids: pd.Series, seed: int = 7, resamples: int = RESAMPLES) -> "Resamples":
        """Draw weights for rows of these customers."""
        codes, customers = pd.factorize(customer_ids)
        drawn = np.random.default_rng(seed).poisson(1.0, (resamples, len(customers)))
        weights = np.vstack([np.ones(len(customers)), drawn]).astype(np.float32)
        return cls(weights[:, codes])


def subsample(frame: pd.DataFrame, max_rows: int = MAX_ROWS) -> pd.DataFrame:
    """Whole customers, at most about `max_rows` rows: more would not narrow an interval that matters."""
    parts = 10_000
    if len(frame) <= max_rows:
        return frame
    return frame[customer_groups(frame["customer_id"], parts, seed=3) < int(parts * max_rows / len(frame))]


def metric_draws(churned: np.ndarray, log_odds: np.ndarray, resamples: Resamples) -> dict[str, np.ndarray]:
    """Every metric of calibrated log-odds in every resample; the first entry is the figure itself.

    `calibration_gap` is mean risk − churn rate; `lift_10` the churn rate of the riskiest tenth over that of all.
    """
    order = np.argsort(-log_odds, kind="stable")
    truth, odds = churned[order].astype(np.float64), log_odds[order].astype(np.float64)
    starts = np.flatnonzero(np.r_[True, np.diff(odds) != 0])
    parts = []
    for first in range(0, len(resamples.weights), _CHUNK):
        weights = resamples.weights[first : first + _CHUNK][:, order].astype(np.float64)
        parts.append(_ranking(truth, starts, weights) | _probability(truth, odds, weights))
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}


def _ranking(truth: np.ndarray, starts: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Metrics of the order alone; rows come sorted by falling risk, `starts` marks where a new value begins."""
    positive = np.add.reduceat(weights * truth, starts, axis=1)
    negative = np.add.reduceat(weights * (1 - truth), starts, axis=1)
    hits, misses = positive.cumsum(axis=1), negative.cumsum(axis=1)
    churners, stayers = hits[:, -1:], misses[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (positive * (stayers - misses + negative / 2)).sum(axis=1) / (churners * stayers)[:, 0]
        precision = hits / np.maximum(hits + misses, 1e-12)
        average = (positive * precision).sum(axis=1) / churners[:, 0]
        lift = _lift(hits, misses)
    return {"roc_auc": auc, "pr_auc": average, "lift_10": lift}


def _lift(hits: np.ndarray, misses: np.ndarray) -> np.ndarray:
    """Churn rate among the riskiest tenth over the rate of all; equal risks share the border evenly."""
    seen = hits + misses
    tenth = 0.1 * seen[:, -1]
    found = [np.interp(cut, np.r_[0, row], np.r_[0, hit]) for cut, row, hit in zip(tenth, seen, hits, strict=True)]
    return (np.array(found) / tenth) / (hits[:, -1] / seen[:, -1])


def _probability(truth: np.ndarray, odds: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Metrics of the probabilities."""
    risk = expit(odds)
    total = weights.sum(axis=1)
    losses = np.logaddexp(0, odds) - truth * odds
    return {
        "log_loss": weights @ losses / total,
        "brier": weights @ (risk - truth) ** 2 / total,
        "calibration_gap": weights @ (risk - truth) / total,
    }


def estimate(draws: np.ndarray, n: int) -> Estimate:
    """Figure and interval of draws whose first entry is the figure."""
    low, high = np.nanpercentile(draws[1:], [2.5, 97.5]) if np.isfinite(draws[1:]).any() else (np.nan, np.nan)
    return Estimate(float(draws[0]), float(low), float(high), n)


def estimates(draws: dict[str, np.ndarray], n: int) -> dict[str, Estimate]:
    """Figure and interval of every metric."""
    return {name: estimate(values, n) for name, values in draws.items()}


def difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray], metric: str, n: int) -> Estimate:
    """Paired difference `one` − `other` of a metric, both from the same resamples."""
    return estimate(one[metric] - other[metric], n)


def calibration_table(
    churned: np.ndarray, log_odds: np.ndarray, resamples: Resamples, bins: int = 10
) -> list[dict[str, float]]:
    """One row per tenth of customers by risk: n, mean risk promised, churn rate seen with its interval."""
    order = np.argsort(log_odds, kind="stable")
    rows = []
    for part in np.array_split(order, min(bins, len(order))):
        weights = resamples.weights[:, part].astype(np.float64)
        seen = estimate(weights @ churned[part] / np.maximum(weights.sum(axis=1), 1e-12), len(part))
        promised = float(expit(log_odds[part]).mean())
        rows.append({"n": len(part), "promised": promised, "actual": seen.value, "low": seen.low, "high": seen.high})
    return rows
