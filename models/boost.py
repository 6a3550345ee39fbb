"""Fitting: the prior, trees on top for as many rounds as help on later data, and the calibration of both."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import xgboost as xgb

from models.calibrate import Calibrator, expit, fit_calibrator
from models.churn import ChurnModel, matrix
from models.params import InsufficientDataError, Params
from models.prior import RFMT, Prior, fit_prior
from models.windows import as_dates, customer_groups, rolling_folds, sample_by_customer

KEYS = ("customer_id", "as_of_date", "churned")
GROUPS = 3  # customer groups of a cross-fit where the history is too short to roll in time
MIN_CLASS = 10
GAIN = 2e-4  # log loss that more trees must win to be worth their explanation
FOLD_ROWS = 200_000


@dataclass(frozen=True)
class Fold:
    """One fold: what it learned from, what it was judged on, and the log-odds it gave there before calibration."""

    train: pd.DataFrame
    valid: pd.DataFrame
    log_odds: np.ndarray


@dataclass(frozen=True)
class Fitted:
    """A model with the evidence of its choices; `in_time` tells that folds were judged on later snapshots."""

    model: ChurnModel
    rounds: int
    folds: tuple[Fold, ...]
    in_time: bool


def usable_features(frame: pd.DataFrame) -> tuple[str, ...]:
    """Numeric features that are not constant and not all missing, in the frame's order."""
    names = [name for name in frame.columns if name not in KEYS and pd.api.types.is_numeric_dtype(frame[name])]
    return tuple(name for name in names if frame[name].nunique(dropna=False) > 1 and frame[name].notna().any())


def has_both(frame: pd.DataFrame, least: int = MIN_CLASS) -> bool:
    """Whether there are at least `least` churned and as many stayed rows."""
    churned = int(frame["churned"].sum())
    return min(churned, len(frame) - churned) >= least


def age_weights(frame: pd.DataFrame, half_life_days: float) -> np.ndarray:
    """1 for rows of the newest snapshot, half of it for each `half_life_days` of age."""
    dates = pd.to_datetime(frame["as_of_date"])
    age = (dates.max() - dates).dt.days.to_numpy(dtype=float)
    return np.power(0.5, age / half_life_days)


def folds_of(frame: pd.DataFrame, horizon_days: int, params: Params) -> tuple[list[tuple[np.ndarray, np.ndarray]], bool]:
    """Row masks (train, valid) rolling in time, or by customer groups if no two windows are apart; and which it is."""
    days = pd.to_datetime(frame["as_of_date"])
    pairs = []
    for fold in rolling_folds(as_dates(days), horizon_days, params.max_folds):
        pairs.append((days.isin(_stamps(fold.train)).to_numpy(), (days == pd.Timestamp(fold.valid)).to_numpy()))
    pairs = [(train, valid) for train, valid in pairs if has_both(frame[train]) and has_both(frame[valid])]
    if pairs:
        return pairs, True
    group = customer_groups(frame["customer_id"], GROUPS)
    masks = [(group != number, group == number) for number in range(GROUPS)]
    return [(train, valid) for train, valid in masks if has_both(frame[train]) and has_both(frame[valid], 1)], False


def fit(
    frame: pd.DataFrame, horizon_days: int, params: Params, report: Callable[[float], None] = lambda done: None
) -> Fitted:
    """Fit on labelled rows (customer_id, as_of_date, churned, features); raises InsufficientDataError.

    Rounds and calibration are chosen on folds in which every label window learned from was over before the judged one
    began; only then all rows are used.
    """
    frame = sample_by_customer(frame, params.max_rows)
    features = usable_features(frame)
    require_enough(frame, features)
    folds, in_time = folds_of(sample_by_customer(frame, FOLD_ROWS), horizon_days, params)
    judged = []
    for number, (train, valid) in enumerate(folds):
        rows = sample_by_customer(frame, FOLD_ROWS)
        judged.append(_judge(rows[train], rows[valid], features, params))
        report((number + 1) / (len(folds) + 1))
    rounds = choose_rounds([curve for _, curve, _, _ in judged]) if judged else 0
    evidence = tuple(
        Fold(train, valid, fold_model.log_odds(valid))
        for fold_model, train, valid in (_cut(item, rounds, features) for item in judged)
    )
    prior = fit_prior(frame, age_weights(frame, params.half_life_days))
    booster = _grow(frame, prior, features, params, rounds) if rounds else None
    report(1.0)
    windows = [(fold.log_odds, fold.valid["churned"].to_numpy(dtype=float)) for fold in evidence]
    calibrator = _calibrator(windows, in_time)
    return Fitted(ChurnModel(features, prior, booster, calibrator), rounds, evidence, in_time)


def _calibrator(windows: list[tuple[np.ndarray, np.ndarray]], in_time: bool) -> Calibrator:
    """Folds in time are one window each; customer groups share theirs, so they count as one."""
    if windows and not in_time:
        windows = [(np.concatenate([odds for odds, _ in windows]), np.concatenate([seen for _, seen in windows]))]
    return fit_calibrator(windows)


def require_enough(frame: pd.DataFrame, features: Sequence[str]) -> None:
    """Raise InsufficientDataError saying what is missing."""
    churners = frame.loc[frame["churned"].astype(bool), "customer_id"].nunique()
    stayers = frame.loc[~frame["churned"].astype(bool), "customer_id"].nunique()
    found = f"{frame['customer_id'].nunique()} customers, {churners} churned and {stayers} stayed"
    if min(churners, stayers) < MIN_CLASS:
        raise InsufficientDataError(f"found {found}; at least {MIN_CLASS} of each are needed")
    if not features:
        raise InsufficientDataError(f"found {found}, but no feature that differs between customers")


def _judge(
    train: pd.DataFrame, valid: pd.DataFrame, features: tuple[str, ...], params: Params
) -> tuple[tuple[Prior, xgb.Booster], np.ndarray, pd.DataFrame, pd.DataFrame]:
    """Fit on `train`; the log loss on `valid` for 0, 1, 2 … rounds."""
    prior = fit_prior(train, age_weights(train, params.half_life_days))
    start = shifted_log_loss(prior.log_odds(valid), valid["churned"].to_numpy(dtype=float))
    booster, losses = _grow_watched(train, valid, prior, features, params)
    return (prior, booster), np.array([start, *losses]), train, valid


def _cut(
    item: tuple[tuple[Prior, xgb.Booster], np.ndarray, pd.DataFrame, pd.DataFrame],
    rounds: int,
    features: tuple[str, ...],
) -> tuple[ChurnModel, pd.DataFrame, pd.DataFrame]:
    """A fold's model with the rounds chosen over all folds."""
    (prior, booster), _, train, valid = item
    kept = booster[: min(rounds, booster.num_boosted_rounds())] if rounds else None
    return ChurnModel(features, prior, kept), train, valid


def choose_rounds(curves: Sequence[np.ndarray]) -> int:
    """The fewest rounds whose mean log loss over the folds is within `GAIN` of the best; 0 means no tree helps."""
    longest = max(len(curve) for curve in curves)
    padded = np.array([np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves])
    mean = padded.mean(axis=0)
    return int(np.argmax(mean <= mean.min() + GAIN))


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


def _labelled(
    frame: pd.DataFrame, prior: Prior, features: tuple[str, ...], weight: np.ndarray | None
) -> xgb.DMatrix:
    churned = frame["churned"].to_numpy(dtype=float)
    return matrix(frame, features, label=churned, weight=weight, base_margin=prior.log_odds(frame))


def _grow(
    frame: pd.DataFrame, prior: Prior, features: tuple[str, ...], params: Params, rounds: int
) -> xgb.Booster:
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


def snapshot_rows(frame: pd.DataFrame, dates: Sequence[date]) -> pd.DataFrame:
    """The rows of the given snapshots."""
    return frame[pd.to_datetime(frame["as_of_date"]).isin(_stamps(dates))]


def _stamps(dates: Sequence[date]) -> list[pd.Timestamp]:
    return [pd.Timestamp(day) for day in dates]
