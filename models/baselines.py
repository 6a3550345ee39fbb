"""The simple models that a churn model must beat, each fitted on the same rows as the model itself."""

import numpy as np
import pandas as pd

from models.calibrate import Calibrator, fit_calibrator
from models.folds import age_weights
from models.prior import RECENCY, RFMT, Prior, fit_prior, fit_rhythm_alone

RHYTHM = "mbg_nbd"
BASELINES: dict[str, tuple[str, ...]] = {
    "base_rate": (),
    "recency": RECENCY,
    "logistic": RFMT,
}
NAMES = (*BASELINES, RHYTHM)


def fit_baselines(frame: pd.DataFrame, half_life_days: float, horizon_days: int) -> dict[str, Prior]:
    """The churn rate alone, a logistic on log recency, one on log recency, frequency, monetary value and tenure, and
    MBG/NBD's chance of no order as it is.

    Weighted by age like the model, so that a difference between them is not one of freshness.
    """
    weight = age_weights(frame, half_life_days)
    fitted = {name: fit_prior(frame, weight, features) for name, features in BASELINES.items()}
    return fitted | {RHYTHM: fit_rhythm_alone(frame, weight, horizon_days)}


def grouped_log_odds(
    folds: list[tuple[pd.DataFrame, pd.DataFrame]], half_life_days: float, horizon_days: int
) -> dict[str, np.ndarray]:
    """Out-of-fold log-odds of each baseline over (train, valid) pairs, concatenated in the order of the folds."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    for train, valid in folds:
        for name, prior in fit_baselines(train, half_life_days, horizon_days).items():
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
