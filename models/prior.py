"""What the field already knows: recency, frequency, monetary value and tenure, and the rhythm of the orders.

A logistic regression on the logs of the four, and the log-odds of a buy-till-you-die model as one more linear term.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from models.rhythm import INPUTS, Rhythm, fit_rhythm

RECENCY = ("days_since_last_order",)
RFMT = ("days_since_last_order", "order_days", "mean_order_value", "tenure_days")


@dataclass(frozen=True)
class Prior:
    """Log-odds = intercept + Σ coefficient · (log(1 + x) − mean) + `rhythm_weight` · (rhythm − its reference).

    A missing value counts as the mean. The rhythm's part is told by the features it comes from, which are among
    `features` whenever there is a rhythm.
    """

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    means: tuple[float, ...]
    intercept: float
    rhythm: Rhythm | None = None
    rhythm_weight: float = 0.0

    def contributions(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds that each feature adds to the intercept; shape rows × features."""
        total = self._linear(frame)
        if self.rhythm is not None:
            columns = [self.features.index(name) for name in INPUTS]
            total[:, columns] += self.rhythm_weight * self.rhythm.contributions(frame)
        return total

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of churn per row."""
        log_odds = self.intercept + self._linear(frame).sum(axis=1)
        if self.rhythm is not None:
            log_odds += self.rhythm_weight * (self.rhythm.log_odds(frame) - self.rhythm.base)
        return log_odds

    def _linear(self, frame: pd.DataFrame) -> np.ndarray:
        """The part of each feature's own term; shape rows × features."""
        if not self.features:
            return np.zeros((len(frame), 0))
        centred = _logs(frame, self.features) - np.asarray(self.means)
        return np.nan_to_num(centred, nan=0.0) * np.asarray(self.coefficients)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return {
            "features": list(self.features),
            "coefficients": list(self.coefficients),
            "means": list(self.means),
            "intercept": self.intercept,
            "rhythm": self.rhythm.to_dict() if self.rhythm else None,
            "rhythm_weight": self.rhythm_weight,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Prior":
        """The inverse of `to_dict`; also reads priors from before there was a rhythm."""
        rhythm = values.get("rhythm")
        return cls(
            tuple(values["features"]),
            tuple(values["coefficients"]),
            tuple(values["means"]),
            float(values["intercept"]),
            Rhythm.from_dict(rhythm) if rhythm else None,
            float(values.get("rhythm_weight", 0.0)),
        )


def _logs(frame: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray:
    """log(1 + x) of the features, negative values counted as 0; shape rows × features."""
    return np.log1p(frame[list(features)].to_numpy(dtype=float).clip(min=0))


def fit_prior(
    frame: pd.DataFrame,
    weight: np.ndarray | None = None,
    features: tuple[str, ...] = RFMT,
    horizon_days: int | None = None,
    scored: pd.DataFrame | None = None,
) -> Prior:
    """Fit on the features that exist and vary; `frame` has them and `churned`.

    With `horizon_days` the rhythm of the same rows, and of `scored`, later ones without outcome, enters: the prior is
    then the mean, in log-odds, of the regression with the rhythm and the one without. Now one, now the other is better,
    and the mean is never far from it. Terms are standardised for the fit, so that the small ridge penalty treats them
    alike.
    """
    weight = np.ones(len(frame)) if weight is None else weight
    present = tuple(name for name in features if name in frame and frame[name].nunique() > 1)
    churned = frame["churned"].to_numpy(dtype=float)
    if not present:
        return Prior((), (), (), _rate_log_odds(churned, weight))
    logs = _logs(frame, present)
    means = np.nanmean(logs, axis=0)
    terms = np.nan_to_num(logs - means, nan=0.0)
    fitted, rhythm = _fit_linear(terms, churned, weight), None
    if horizon_days and set(INPUTS) <= set(present):
        rhythm = fit_rhythm(frame, horizon_days, scored)
    if rhythm is not None:
        own = rhythm.log_odds(frame) - rhythm.base
        fitted = (np.append(fitted, 0.0) + _fit_linear(np.column_stack([terms, own]), churned, weight)) / 2
    intercept, *coefficients = (float(value) for value in fitted)
    own_terms = tuple(coefficients[: len(present)])
    return Prior(present, own_terms, tuple(map(float, means)), intercept, rhythm, coefficients[-1] if rhythm else 0.0)


def fit_rhythm_alone(
    frame: pd.DataFrame, weight: np.ndarray, horizon_days: int, scored: pd.DataFrame | None = None
) -> Prior:
    """The rhythm's own log-odds with nothing added or scaled; the churn rate where there is no rhythm."""
    rhythm = fit_rhythm(frame, horizon_days, scored)
    if rhythm is None:
        return fit_prior(frame, weight, ())
    nothing = (0.0,) * len(INPUTS)
    return Prior(INPUTS, nothing, nothing, rhythm.base, rhythm, 1.0)


def _fit_linear(terms: np.ndarray, churned: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Intercept and coefficients of a logistic regression on terms (rows × terms)."""
    scales = np.maximum(terms.std(axis=0), 1e-9)
    fitted = LogisticRegression(C=1.0, max_iter=200).fit(terms / scales, churned, sample_weight=weight)
    return np.append(fitted.intercept_, fitted.coef_[0] / scales)


def _rate_log_odds(churned: np.ndarray, weight: np.ndarray) -> float:
    """Log-odds of the smoothed churn rate."""
    rate = (np.sum(weight * churned) + 0.5) / (np.sum(weight) + 1)
    return float(np.log(rate / (1 - rate)))
