"""Recalibration with two parameters: how far risks are spread, and their level.

Calibrated log-odds = intercept + slope · log-odds. The slope is learned on out-of-time predictions: each judged window
gives one observation of slope − 1, and their mean is shrunk as a random effect, so that one window moves the risk
little and several that agree move it fully. The level is not: what one past window was off by is mostly its season, and
the next window has another one. Where the level comes from instead says `models/level.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

SLOPE_SHRINK = 1.0  # variance of a window's slope around the lasting one over the variance of lasting slopes
SLOPE_RANGE = (0.5, 1.5)
_WIDEST, _STEPS = 20.0, 50  # of a bisection in log-odds: exact to 4e-14


@dataclass(frozen=True)
class Calibrator:
    """A monotone map of log-odds; the identity by default."""

    intercept: float = 0.0
    slope: float = 1.0

    def log_odds(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated log-odds, in the same order as before."""
        return self.intercept + self.slope * np.asarray(log_odds, dtype=float)

    def risk(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated probability of churn."""
        return expit(self.log_odds(log_odds))

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return {"intercept": self.intercept, "slope": self.slope}


def expit(log_odds: np.ndarray) -> np.ndarray:
    """Probability of log-odds, without overflow."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -35, 35)))


def fit_slope(windows: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """Slope from one pair (log-odds, churned) per judged window, all predicted by models that had not seen them."""
    slopes = [_fit_window(log_odds, churned)[1] for log_odds, churned in windows if 0 < churned.mean() < 1]
    if not slopes:
        return 1.0
    share = len(slopes) / (len(slopes) + SLOPE_SHRINK)
    return float(1.0 + share * (np.clip(np.mean(slopes), *SLOPE_RANGE) - 1.0))


def calibrator(slope: float, log_odds: np.ndarray, level: float = 0.0) -> Calibrator:
    """Shift the `log_odds` of the day to be scored by `level`, then spread them by `slope` around that mean risk."""
    if not len(log_odds):
        return Calibrator(level, slope)
    return Calibrator(meeting_shift(slope * log_odds, float(expit(log_odds + level).mean())), slope)


def meeting_shift(log_odds: np.ndarray, mean_risk: float) -> float:
    """The one shift of all log-odds after which the mean risk is `mean_risk`, by bisection (it is monotone)."""
    low, high = -_WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(log_odds + middle).mean() < mean_risk else (low, middle)
    return (low + high) / 2


def _fit_window(log_odds: np.ndarray, churned: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of one window by Newton's method, with a weak pull to the identity."""
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    theta = np.array([0.0, 1.0])
    pull = np.diag([1.0, 25.0])
    for _ in range(30):
        risk = expit(design @ theta)
        gradient = design.T @ (risk - churned) + pull @ (theta - [0.0, 1.0])
        hessian = (design * (risk * (1 - risk))[:, None]).T @ design + pull
        step = np.linalg.solve(hessian, gradient)
        theta = theta - np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return float(theta[0]), float(theta[1])
