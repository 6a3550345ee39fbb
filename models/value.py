"""Expected value: the margin of the next twelve months if the customer stays.

A log-linear model of the customer's own past (the baseline of a shop's controller) gives the start, Tweedie trees
refine it where they help, and one factor makes the sum of promises meet the sum of what stayers brought.
"""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.linear_model import Ridge

from models.churn import FeatureMismatchError, load_trees, matrix
from models.folds import KEYS, age_weights
from models.params import Params
from models.windows import customer_groups, sample_by_customer

PAST = ("margin_365d", "mean_order_value", "order_days", "days_since_last_order", "mean_gap_days", "tenure_days")
MIN_STAYERS = 50
GROUPS = 3
ROUNDS = 150
_ROWS = 200_000


@dataclass(frozen=True)
class ValueModel:
    """Margin = factor · exp(start + trees); without coefficients it is the customer's own past yearly margin."""

    features: tuple[str, ...]
    start_features: tuple[str, ...]
    means: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    factor: float = 1.0
    booster: xgb.Booster | None = None

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Money per customer over the value horizon, never negative; raises FeatureMismatchError."""
        missing = [name for name in (*self.features, *self.start_features) if name not in frame]
        if missing:
            raise FeatureMismatchError(f"The value model was trained with features that are missing: {missing}")
        if not self.coefficients:
            return self.factor * past_yearly_margin(frame)
        log_margin = self.start(frame)
        if self.booster is not None:
            log_margin = log_margin + self.booster.predict(matrix(frame, self.features), output_margin=True)
        return self.factor * np.exp(np.clip(log_margin, -10, 25))

    def start(self, frame: pd.DataFrame) -> np.ndarray:
        """Log margin by the log-linear part."""
        return self.intercept + _centred(frame, self.start_features, self.means) @ np.asarray(self.coefficients)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the trees as JSON-able values."""
        names = ("features", "start_features", "means", "coefficients", "intercept", "factor")
        return {name: getattr(self, name) for name in names} | {"has_trees": self.booster is not None}

    @classmethod
    def from_dict(cls, values: dict[str, Any], trees: bytes | None) -> "ValueModel":
        """The inverse of `to_dict`; `trees` in XGBoost's UBJ format."""
        parts: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name != "has_trees"
        }
        return cls(**parts, booster=load_trees(trees) if values["has_trees"] and trees else None)


def contract_margin(monthly_fee: np.ndarray, gross_margin: float, discount_rate: float, days: int) -> np.ndarray:
    """Money per customer from running contracts if they run on: fee × margin share, discounted, at each month's end.

    A missing fee counts as none.
    """
    ends = np.arange(1, int(days / 365 * 12) + 1) / 12
    return np.nan_to_num(monthly_fee) * gross_margin * np.sum((1 + discount_rate) ** -ends)


def past_yearly_margin(frame: pd.DataFrame) -> np.ndarray:
    """The baseline: margin of the last 365 days, brought to a year for customers younger than that.

    A customer counts as at least 90 days old, so that a first order of yesterday is not taken for a daily one.
    """
    margin = frame["margin_365d"].to_numpy(dtype=float) if "margin_365d" in frame else np.zeros(len(frame))
    tenure = frame["tenure_days"].to_numpy(dtype=float) if "tenure_days" in frame else np.full(len(frame), 365.0)
    return np.nan_to_num(np.maximum(margin, 0) * 365.0 / np.clip(np.nan_to_num(tenure, nan=365.0), 90.0, 365.0))


def yearly_target(frame: pd.DataFrame, value_horizon_days: int) -> np.ndarray:
    """Observed margin brought to the value horizon.

    Days not observed yet count at the customer's own past rate: scaling a short window up would overstate customers
    who are in it only because they happened to order.
    """
    days = frame["value_days"].to_numpy(dtype=float)
    unseen = np.clip(value_horizon_days - days, 0, None) / 365.0
    return np.maximum(frame["stayed_margin"].to_numpy(dtype=float), 0) + past_yearly_margin(frame) * unseen


def _centred(frame: pd.DataFrame, features: tuple[str, ...], means: tuple[float, ...] | np.ndarray) -> np.ndarray:
    logs = np.log1p(frame[list(features)].to_numpy(dtype=float).clip(min=0))
    return np.nan_to_num(logs - np.asarray(means), nan=0.0)


def fallback() -> ValueModel:
    """The baseline as a model, for shops too young to learn from."""
    return ValueModel((), (), (), (), 0.0)


def stayers(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that stayed and whose margin is known."""
    return frame[(frame["churned"] == 0) & frame["stayed_margin"].notna()]


def fit_value(frame: pd.DataFrame, value_horizon_days: int, params: Params) -> tuple[ValueModel, dict[str, float]]:
    """Fit on stayers of labelled rows (keys, stayed_margin, value_days, features), with figures out of customers.

    Figures of model and baseline: Spearman correlation and ratio of sums (promised / seen). With too few stayers the
    baseline is returned.
    """
    rows = sample_by_customer(stayers(frame), min(params.max_rows, _ROWS))
    target = yearly_target(rows, value_horizon_days)
    features = tuple(
        name
        for name in rows.columns
        if name not in (*KEYS, "stayed_margin", "value_days")
        and pd.api.types.is_numeric_dtype(rows[name])
        and rows[name].nunique() > 1
    )
    if rows["customer_id"].nunique() < MIN_STAYERS or target.sum() <= 0 or not features:
        return fallback(), {"n": float(len(rows))}
    group = customer_groups(rows["customer_id"], GROUPS, seed=1)
    promised, plain = np.zeros(len(rows)), np.zeros(len(rows))
    for number in range(GROUPS):
        train, valid = group != number, group == number
        plain[valid] = _fit(rows[train], target[train], features, params, 0).predict(rows[valid])
        promised[valid] = _fit(rows[train], target[train], features, params, ROUNDS).predict(rows[valid])
    rounds = ROUNDS if _deviance(target, promised) < _deviance(target, plain) else 0
    chosen = promised if rounds else plain
    return _fit(rows, target, features, params, rounds), _figures(target, chosen, past_yearly_margin(rows), rounds)


def _fit(rows: pd.DataFrame, target: np.ndarray, features: tuple[str, ...], params: Params, rounds: int) -> ValueModel:
    """The log-linear start, `rounds` Tweedie trees on top, and the factor that meets the sum."""
    names = tuple(name for name in PAST if name in features)
    means = np.nan_to_num(np.nanmean(np.log1p(rows[list(names)].to_numpy(dtype=float).clip(min=0)), axis=0))
    weight = age_weights(rows, 365.0)
    floor = max(float(np.mean(target)) * 1e-3, 1e-6)
    line = Ridge(alpha=1.0).fit(_centred(rows, names, means), np.log(target + floor), sample_weight=weight)
    model = ValueModel(features, names, tuple(map(float, means)), tuple(map(float, line.coef_)), float(line.intercept_))
    model = _with(model, _factor(model, rows, target, weight), None)
    if rounds:
        start = model.start(rows) + np.log(model.factor)
        data = matrix(rows, features, label=target, weight=weight, base_margin=start)
        model = _with(model, model.factor, xgb.train(_parameters(params), data, rounds))
        model = _with(model, model.factor * _factor(model, rows, target, weight), model.booster)
    return model


def _with(model: ValueModel, factor: float, booster: xgb.Booster | None) -> ValueModel:
    return ValueModel(
        model.features, model.start_features, model.means, model.coefficients, model.intercept, factor, booster
    )


def _factor(model: ValueModel, rows: pd.DataFrame, target: np.ndarray, weight: np.ndarray) -> float:
    """What makes the weighted sum of predictions meet that of the target."""
    return float(np.sum(weight * target) / max(np.sum(weight * model.predict(rows)), 1e-9))


def _parameters(params: Params) -> dict[str, Any]:
    return {
        "objective": "reg:tweedie",
        "tweedie_variance_power": 1.5,
        "base_score": 1.0,  # log 0: trees add to the start and nothing else
        "tree_method": "hist",
        "max_depth": 3,
        "eta": 0.05,
        "min_child_weight": 20,
        "subsample": 0.7,
        "colsample_bytree": 0.7,
        "reg_lambda": 10,
        "max_delta_step": 0.7,  # a single wholesaler must not pull a leaf away
        "max_bin": params.max_bin,
        "seed": params.seed,
        "nthread": params.threads or os.cpu_count() or 1,
        "verbosity": 0,
    }


def _deviance(target: np.ndarray, promised: np.ndarray) -> float:
    """Mean Tweedie deviance of power 1.5, up to a constant of the target."""
    promised = np.maximum(promised, 1e-6)
    return float(np.mean(2 * target / np.sqrt(promised) + 2 * np.sqrt(promised)))


def _figures(target: np.ndarray, promised: np.ndarray, baseline: np.ndarray, rounds: int) -> dict[str, float]:
    """Figures of model and baseline on the same rows."""
    return {
        "n": float(len(target)),
        "rounds": float(rounds),
        "spearman": spearman(target, promised),
        "ratio_of_sums": float(promised.sum() / target.sum()),
        "baseline_spearman": spearman(target, baseline),
        "baseline_ratio_of_sums": float(baseline.sum() / target.sum()),
    }


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Rank correlation; 0 when one side does not vary."""
    ranks = pd.DataFrame({"one": one, "other": other}).rank()
    return float(np.nan_to_num(ranks["one"].corr(ranks["other"])))
