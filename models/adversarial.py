"""Told apart: how well the rows of one day are told from those of another, by one feature and by a classifier.

Adversarial validation (Pan et al. 2020) with one addition: two days always differ, because customers grow older and
seasons pass. So what two days differ by is compared with what earlier days of the same distance differed by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost as xgb
from scipy.stats import rankdata

from models.churn import numbers
from models.windows import customer_groups

GROUPS = 2
ROUNDS = 30
LEAST = 200  # known values on either side, below which chance alone tells days apart
MOST = 30  # features the classifier may look at: those that differ most
_PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 3,
    "eta": 0.2,
    "min_child_weight": 10,
    "max_bin": 32,
    "nthread": 1,
    "verbosity": 0,
    "seed": 7,
}


@dataclass(frozen=True)
class Apart:
    """How well two days are told apart: by a classifier (ROC AUC out of customers), what it looked at (shares of its
    gain, largest first), and by each feature alone (direction-free ROC AUC, 0.5 to 1).
    """

    together: float
    looked_at: dict[str, float]
    alone: dict[str, float]


def area(truth: np.ndarray, value: np.ndarray) -> float:
    """ROC AUC of a value without missing ones; 0.5 where only one outcome is there."""
    positive = int(truth.sum())
    negative = len(truth) - positive
    if not positive or not negative:
        return 0.5
    ranks = rankdata(value)
    return float((ranks[truth.astype(bool)].sum() - positive * (positive + 1) / 2) / (positive * negative))


def distance(one: np.ndarray, other: np.ndarray, least: int = LEAST) -> float:
    """Direction-free ROC AUC of telling two samples of a feature apart, by its values or by whether it is missing."""
    value = np.concatenate([one, other]).astype(float)
    side = np.r_[np.zeros(len(one)), np.ones(len(other))]
    missing = np.isnan(value)
    found = [area(side, missing)]
    if min(np.sum(~np.isnan(one)), np.sum(~np.isnan(other))) >= least:
        found.append(area(side[~missing], value[~missing]))
    return max(max(area, 1 - area) for area in found)


def told_apart(one: pd.DataFrame, other: pd.DataFrame, features: Sequence[str]) -> Apart:
    """Tell the rows of two days apart (customer_id, features); each customer by a classifier that saw only others."""
    varied = [name for name in features if one[name].nunique(dropna=False) > 1 or other[name].nunique(dropna=False) > 1]
    alone = {name: distance(one[name].to_numpy(float), other[name].to_numpy(float)) for name in varied}
    chosen = tuple(sorted(varied, key=lambda name: -alone[name])[:MOST])
    if not chosen:
        return Apart(0.5, {}, alone)
    both = pd.concat([one, other], ignore_index=True)
    side = np.r_[np.zeros(len(one)), np.ones(len(other))]
    group = customer_groups(both["customer_id"], GROUPS)
    values, gains, odds = numbers(both, chosen), np.zeros(len(chosen)), np.zeros(len(both))
    for part in range(GROUPS):
        learned, judged = group != part, group == part
        if not judged.any() or not 0 < side[learned].sum() < learned.sum():
            continue
        trees = xgb.train(_PARAMETERS, xgb.DMatrix(values[learned], label=side[learned]), ROUNDS)
        odds[judged] = trees.predict(xgb.DMatrix(values[judged]), output_margin=True)
        for name, gain in trees.get_score(importance_type="total_gain").items():
            gains[int(name[1:])] += gain
    shares = pd.Series(gains / max(gains.sum(), 1e-12), index=chosen).sort_values(ascending=False)
    return Apart(area(side, odds), {str(name): float(share) for name, share in shares.items() if share > 0}, alone)
