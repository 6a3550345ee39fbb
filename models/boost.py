"""Fitting: the prior, trees on top for as many rounds as help on later data, and the calibration of both."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost as xgb

from models.calibrate import Calibrator, expit, fit_calibrator
from models.churn import ChurnModel, matrix
from models.folds import age_weights, folds_of, require_enough, usable_features
from models.params import Params
from models.prior import Prior, fit_prior
from models.windows import sample_by_customer

GAIN = 2e-4  # log loss that more trees must win to be worth their explanation
FOLD_ROWS = 200_000


@dataclass(frozen=True)
class Fold:
    """One fold: what it learned from, what it was judged on, and the log-odds it gave there before calibration."""

    train: pd.DataFrame
    valid: pd.DataFrame
    log_odds: np.ndarray

    @property
    def churned(self) -> np.ndarray:
        """What happened in the judged rows, as 0 and 1."""
        return self.valid["churned"].to_numpy(dtype=float)


@dataclass(frozen=True)
class CrossFit:
    """Rounds chosen on folds, their mean log loss, and the folds; `in_time`: judged on later snapshots."""

    rounds: int
    log_loss: float
    folds: tuple[Fold, ...]
    in_time: bool


@dataclass(frozen=True)
class _Judged:
    """A fold's unfinished model and its log loss on `valid` after 0, 1, 2 … rounds."""

    train: pd.DataFrame
    valid: pd.DataFrame
    prior: Prior
    booster: xgb.Booster
    losses: np.ndarray


def _quiet(done: float) -> None:
    """Report nothing."""


def cross_fit(
    frame: pd.DataFrame, horizon_days: int, params: Params, report: Callable[[float], None] = _quiet
) -> CrossFit:
    """Fit and judge on folds of labelled rows, and choose the rounds; raises InsufficientDataError.

    In every fold all label windows learned from are over before the judged one begins; where the history is too short
    for that, customers are split instead.
    """
    frame = sample_by_customer(frame, FOLD_ROWS)
    features = usable_features(frame)
    require_enough(frame, features)
    masks, in_time = folds_of(frame, horizon_days, params)
    judged = []
    for number, (train, valid) in enumerate(masks):
        judged.append(_judge(frame[train], frame[valid], features, horizon_days, params))
        report((number + 1) / len(masks))
    curves = [item.losses for item in judged]
    rounds, loss = choose_rounds(curves) if curves else (0, float("nan"))
    return CrossFit(rounds, loss, tuple(_cut(item, rounds, features) for item in judged), in_time)


def fit(
    frame: pd.DataFrame, horizon_days: int, params: Params, report: Callable[[float], None] = _quiet
) -> tuple[ChurnModel, CrossFit]:
    """Fit on labelled rows (customer_id, as_of_date, churned, features); with it the folds behind its choices.

    Raises InsufficientDataError.
    """
    frame = sample_by_customer(frame, params.max_rows)
    chosen = cross_fit(frame, horizon_days, params, lambda done: report(0.7 * done))
    features = usable_features(frame)
    prior = fit_prior(frame, age_weights(frame, params.half_life_days), horizon_days=horizon_days)
    booster = _grow(frame, prior, features, params, chosen.rounds) if chosen.rounds else None
    report(1.0)
    windows = [(fold.log_odds, fold.churned) for fold in chosen.folds]
    return ChurnModel(features, prior, booster, _calibrator(windows, chosen.in_time)), chosen


def _calibrator(windows: list[tuple[np.ndarray, np.ndarray]], in_time: bool) -> Calibrator:
    """Folds in time are one window each; customer groups share theirs, so they count as one."""
    if windows and not in_time:
        windows = [(np.concatenate([odds for odds, _ in windows]), np.concatenate([seen for _, seen in windows]))]
    return fit_calibrator(windows)


def _judge(
    train: pd.DataFrame, valid: pd.DataFrame, features: tuple[str, ...], horizon_days: int, params: Params
) -> _Judged:
    """Fit on `train` and watch the log loss on `valid`."""
    prior = fit_prior(train, age_weights(train, params.half_life_days), horizon_days=horizon_days)
    start = shifted_log_loss(prior.log_odds(valid), valid["churned"].to_numpy(dtype=float))
    booster, losses = _grow_watched(train, valid, prior, features, params)
    return _Judged(train, valid, prior, booster, np.array([start, *losses]))


def _cut(item: _Judged, rounds: int, features: tuple[str, ...]) -> Fold:
    """A fold's predictions with the rounds chosen over all folds."""
    kept = item.booster[: min(rounds, item.booster.num_boosted_rounds())] if rounds else None
    model = ChurnModel(features, item.prior, kept)
    return Fold(item.train, item.valid, model.log_odds(item.valid))


def choose_rounds(curves: Sequence[np.ndarray]) -> tuple[int, float]:
    """The fewest rounds whose mean log loss over the folds is within `GAIN` of the best, and that loss.

    `curves` hold the loss of each fold after 0, 1, 2 … rounds; 0 means that no tree helps.
    """
    longest = max(len(curve) for curve in curves)
    padded = np.array([np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves])
    mean = padded.mean(axis=0)
    rounds = int(np.argmax(mean <= mean.min() + GAIN))
    return rounds, float(mean[rounds])


def _parameters(params: Params) -> dict[str, object]:
    return {
        "objective": "binary:logistic",
        "disable_default_eval_metric": True,
        "base_score": 0.5,  # log-odds 0: trees add to the prior and nothing else
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


def _labelled(frame: pd.DataFrame, prior: Prior, features: tuple[str, ...], weight: np.ndarray | None) -> xgb.DMatrix:
    churned = frame["churned"].to_numpy(dtype=float)
    return matrix(frame, features, label=churned, weight=weight, base_margin=prior.log_odds(frame))


def _grow(frame: pd.DataFrame, prior: Prior, features: tuple[str, ...], params: Params, rounds: int) -> xgb.Booster:
    """Trees that start from the prior's log-odds, for a fixed number of rounds."""
    weight = age_weights(frame, params.half_life_days)
    return xgb.train(_parameters(params), _labelled(frame, prior, features, weight), rounds)


def _grow_watched(
    train: pd.DataFrame, valid: pd.DataFrame, prior: Prior, features: tuple[str, ...], params: Params
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


def shifted_log_loss(log_odds: np.ndarray, churned: np.ndarray) -> float:
    """Mean log loss after the one shift of all log-odds that meets the observed rate (two Newton steps).

    The season moves the base rate between windows; trees must be judged by what they tell apart, not by whether they
    happen to drift the same way.
    """
    for _ in range(2):
        risk = expit(log_odds)
        log_odds = log_odds + np.clip(np.sum(churned - risk) / np.sum(risk * (1 - risk)), -2, 2)
    return float(np.mean(np.logaddexp(0, log_odds) - churned * log_odds))
