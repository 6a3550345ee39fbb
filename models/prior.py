"""What the field already knows: a logistic regression on log recency, frequency, monetary value and tenure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

RECENCY = ("days_since_last_order",)
RFMT = ("days_since_last_order", "order_days", "mean_order_value", "tenure_days")


@dataclass(frozen=True)
class Prior:
    """Log-odds = intercept + Σ coefficient · (log(1 + x) − mean); a missing value counts as the mean."""

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    means: tuple[float, ...]
    intercept: float

    def contributions(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds that each feature adds to the intercept; shape rows × features."""
        if not self.features:
            return np.zeros((len(frame), 0))
        centred = _logs(frame, self.features) - np.asarray(self.means)
        return np.nan_to_num(centred, nan=0.0) * np.asarray(self.coefficients)

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of churn per row."""
        return self.intercept + self.contributions(frame).sum(axis=1)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return {
            "features": list(self.features),
            "coefficients": list(self.coefficients),
            "means": list(self.means),
            "intercept": self.intercept,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Prior":
        """The inverse of `to_dict`."""
        return cls(
            tuple(values["features"]),
            tuple(values["coefficients"]),
            tuple(values["means"]),
            float(values["intercept"]),
        )


def _logs(frame: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray:
    """log(1 + x) of the features, negative values counted as 0; shape rows × features."""
    return np.log1p(frame[list(features)].to_numpy(dtype=float).clip(min=0))


def fit_prior(frame: pd.DataFrame, weight: np.ndarray | None = None, features: tuple[str, ...] = RFMT) -> Prior:
    """Fit on the features that exist and vary; `frame` has them and `churned`.

    Features are standardised for the fit, so that the small ridge penalty treats them alike.
    """
    weight = np.ones(len(frame)) if weight is None else weight
    present = tuple(name for name in features if name in frame and frame[name].nunique() > 1)
    churned = frame["churned"].to_numpy(dtype=float)
    if not present:
        return Prior((), (), (), _rate_log_odds(churned, weight))
    logs = _logs(frame, present)
    means = np.nanmean(logs, axis=0)
    filled = np.where(np.isnan(logs), means, logs)
    scales = np.maximum(filled.std(axis=0), 1e-9)
    fitted = LogisticRegression(C=1.0, max_iter=200).fit((filled - means) / scales, churned, sample_weight=weight)
    coefficients = fitted.coef_[0] / scales
    return Prior(present, tuple(map(float, coefficients)), tuple(map(float, means)), float(fitted.intercept_[0]))


def _rate_log_odds(churned: np.ndarray, weight: np.ndarray) -> float:
    """Log-odds of the smoothed churn rate."""
    rate = (np.sum(weight * churned) + 0.5) / (np.sum(weight) + 1)
    return float(np.log(rate / (1 - rate)))
