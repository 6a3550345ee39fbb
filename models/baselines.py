"""The simple models that a churn model must beat, each fitted on the same rows as the model itself."""

import numpy as np
import pandas as pd

from models.calibrate import fit_slope
from models.folds import age_weights
from models.prior import RECENCY, RFMT, Prior, fit_prior, fit_rhythm_alone

RHYTHM = "mbg_nbd"
BASELINES: dict[str, tuple[str, ...]] = {
    "base_rate": (),
    "recency": RECENCY,
    "logistic": RFMT,
}
NAMES = (*BASELINES, RHYTHM)


def fit_baselines(
    frame: pd.DataFrame, half_life_days: float, horizon_days: int, scored: pd.DataFrame | None = None
) -> dict[str, Prior]:
    """The churn rate alone, a logistic on log recency, one on log recency, frequency, monetary value and tenure, and
    MBG/NBD's chance of no order as it is.

    Weighted by age like the model, and MBG/NBD knows the same histories of `scored`, so that a difference between them
    is not one of freshness.
    """
    weight = age_weights(frame, half_life_days)
    fitted = {name: fit_prior(frame, weight, features) for name, features in BASELINES.items()}
    return fitted | {RHYTHM: fit_rhythm_alone(frame, weight, horizon_days, scored)}


def grouped_log_odds(
    folds: list[tuple[pd.DataFrame, pd.DataFrame]], half_life_days: float, horizon_days: int
) -> dict[str, np.ndarray]:
    """Out-of-fold log-odds of each baseline over (train, valid) pairs, concatenated in the order of the folds."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    for train, valid in folds:
        for name, prior in fit_baselines(train, half_life_days, horizon_days).items():
            parts[name].append(prior.log_odds(valid))
    return {name: np.concatenate(values) for name, values in parts.items()}


def out_of_group_slopes(folds: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """One slope per fold, learned on the other folds' (log-odds, churned)."""
    others = [[pair for index, pair in enumerate(folds) if index != number] for number in range(len(folds))]
    return [fit_slope(pairs) for pairs in others]
