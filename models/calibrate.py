"""Recalibration with two parameters, learned on out-of-time predictions and shrunk towards doing nothing.

Calibrated log-odds = intercept + slope · log-odds. The base rate moves with the season: the shift measured in a past
window need not hold in the next one. Each judged window gives one observation of (intercept, slope − 1); their mean is
shrunk as a random effect, so that one window moves the risk little and several that agree move it fully.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

SHIFT_SHRINK = 3.0  # variance of a window's shift around the lasting one over the variance of lasting shifts
SLOPE_SHRINK = 1.0
SLOPE_RANGE = (0.5, 1.5)


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


def fit_calibrator(windows: Iterable[tuple[np.ndarray, np.ndarray]]) -> Calibrator:
    """Fit on one pair (log-odds, churned) per judged window, all predicted by models that had not seen them."""
    fits = [_fit_window(log_odds, churned) for log_odds, churned in windows if 0 < churned.mean() < 1]
    if not fits:
        return Calibrator()
    intercept, slope = np.mean(fits, axis=0)
    shift_share = len(fits) / (len(fits) + SHIFT_SHRINK)
    slope_share = len(fits) / (len(fits) + SLOPE_SHRINK)
    slope = 1.0 + slope_share * (np.clip(slope, *SLOPE_RANGE) - 1.0)
    return Calibrator(float(shift_share * intercept), float(slope))


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
