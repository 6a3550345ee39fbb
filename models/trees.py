"""Growing trees, on top of a prior or from nothing, and the loss they are judged by."""

import os

import numpy as np
import pandas as pd
import xgboost as xgb

from models.calibrate import expit
from models.churn import matrix
from models.folds import age_weights
from models.params import Params
from models.prior import Prior


def _parameters(params: Params) -> dict[str, object]:
    return {
        "objective": "binary:logistic",
        "disable_default_eval_metric": True,
        "base_score": 0.5,  # log-odds 0: trees add to what they start from and nothing else
        "tree_method": "hist",
        "max_depth": params.max_depth,
        "eta": params.eta,
        "min_child_weight": params.min_child_weight,
        "subsample": params.subsample,
        "colsample_bytree": params.colsample,
        "reg_lambda": params.reg_lambda,
        "max_bin": params.max_bin,
        "seed": params.seed,
        "nthread": params.threads or os.cpu_count() or 1,
        "verbosity": 0,
    }


def _labelled(
    frame: pd.DataFrame, prior: Prior | None, features: tuple[str, ...], weight: np.ndarray | None
) -> xgb.DMatrix:
    churned = frame["churned"].to_numpy(dtype=float)
    start = prior.log_odds(frame) if prior is not None else None
    return matrix(frame, features, label=churned, weight=weight, base_margin=start)


def grow(
    frame: pd.DataFrame, prior: Prior | None, features: tuple[str, ...], params: Params, rounds: int
) -> xgb.Booster:
    """Trees that start from the prior's log-odds, or without one from nothing, for a fixed number of rounds."""
    weight = age_weights(frame, params.half_life_days)
    return xgb.train(_parameters(params), _labelled(frame, prior, features, weight), rounds)


def grow_watched(
    train: pd.DataFrame, valid: pd.DataFrame, prior: Prior | None, features: tuple[str, ...], params: Params
) -> tuple[xgb.Booster, list[float]]:
    """Trees until `valid` gains nothing for `patience` rounds; with the log loss after each."""
    losses: dict[str, dict[str, list[float]]] = {}
    weight = age_weights(train, params.half_life_days)
    booster = xgb.train(
        _parameters(params),
        _labelled(train, prior, features, weight),
        params.max_rounds,
        evals=[(_labelled(valid, prior, features, age_weights(valid, params.half_life_days)), "valid")],
        evals_result=losses,
        custom_metric=_watched,
        early_stopping_rounds=params.patience,
        verbose_eval=False,
    )
    return booster, losses["valid"]["shifted"]


def _watched(risk: np.ndarray, data: xgb.DMatrix) -> tuple[str, float]:
    """XGBoost's view of `shifted_log_loss`; it hands over probabilities."""
    risk = np.clip(risk.astype(float), 1e-7, 1 - 1e-7)
    return "shifted", shifted_log_loss(np.log(risk / (1 - risk)), data.get_label())


def shifted_losses(log_odds: np.ndarray, churned: np.ndarray) -> np.ndarray:
    """Log loss per row after the one shift of all log-odds that meets the observed rate (two Newton steps).

    The season moves the base rate between windows; trees must be judged by what they tell apart, not by whether they
    happen to drift the same way.
    """
    for _ in range(2):
        risk = expit(log_odds)
        log_odds = log_odds + np.clip(np.sum(churned - risk) / np.sum(risk * (1 - risk)), -2, 2)
    return np.asarray(np.logaddexp(0, log_odds) - churned * log_odds)


def shifted_log_loss(log_odds: np.ndarray, churned: np.ndarray) -> float:
    """Mean of `shifted_losses`."""
    return float(np.mean(shifted_losses(log_odds, churned)))
