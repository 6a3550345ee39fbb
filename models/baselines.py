"""The simple models that a churn model must beat, each fitted on the same rows as the model itself."""

import numpy as np
import pandas as pd

from models.calibrate import Calibrator, fit_calibrator
from models.folds import age_weights
from models.prior import RECENCY, RFMT, Prior, fit_prior

BASELINES: dict[str, tuple[str, ...]] = {
    "base_rate": (),
    "recency": RECENCY,
    "logistic": RFMT,
}


def fit_baselines(frame: pd.DataFrame, half_life_days: float) -> dict[str, Prior]:
    """The churn rate alone, a logistic on log recency, and one on log recency, frequency, monetary value, tenure.

    Weighted by age like the model, so that a difference between them is not one of freshness.
    """
    weight = age_weights(frame, half_life_days)
    return {name: fit_prior(frame, weight, features) for name, features in BASELINES.items()}


def grouped_log_odds(folds: list[tuple[pd.DataFrame, pd.DataFrame]], half_life_days: float) -> dict[str, np.ndarray]:
    """Out-of-fold log-odds of each baseline over (train, valid) pairs, concatenated in the order of the folds."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in BASELINES}
    for train, valid in folds:
        for name, prior in fit_baselines(train, half_life_days).items():
            parts[name].append(prior.log_odds(valid))
    return {name: np.concatenate(values) for name, values in parts.items()}


def out_of_group_calibration(folds: list[tuple[np.ndarray, np.ndarray]]) -> list[Calibrator]:
    """One calibrator per fold, fitted on the other folds' (log-odds, churned)."""
    calibrators = []
    for number in range(len(folds)):
        others = [pair for index, pair in enumerate(folds) if index != number]
        joined = [tuple(np.concatenate(part) for part in zip(*others, strict=True))] if others else []
        calibrators.append(fit_calibrator((odds, seen) for odds, seen in joined))
    return calibrators
