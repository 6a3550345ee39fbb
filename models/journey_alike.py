"""What churn would be among customers alike: at the same stage, with the same rhythm, as long after the last order."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit

Floats = NDArray[np.float64]
LEAST_REFERENCE, LEAST_OUTCOMES = 200, 20
_RIDGE = 1.0
_BATCH = 100_000


@dataclass(frozen=True)
class Alike:
    """A logistic regression of churn on where a customer stands, learned from everybody on many days."""

    weights: Floats
    spread: Floats  # covariance of the weights, with customers as clusters
    mean: Floats
    scale: Floats
    months: list[int]

    def by_group(self, standing: pd.DataFrame, group: NDArray[np.int64], groups: int) -> pd.DataFrame:
        """One row per group from 0: the mean chance to churn of its rows (`alike`), and the error of that mean."""
        size = np.bincount(group, minlength=groups)
        chances, slopes = np.zeros(groups), np.zeros((groups, len(self.weights)))
        for start in range(0, len(group), _BATCH):
            part = slice(start, start + _BATCH)
            design = _scaled(standing.iloc[part], self.mean, self.scale, self.months)
            chance = expit(design @ self.weights)
            rows = np.arange(len(chance))
            ones = csr_matrix((np.ones(len(chance)), (group[part], rows)), shape=(groups, len(chance)))
            chances += ones @ chance
            slopes += ones @ ((chance * (1 - chance))[:, None] * design)
        slopes = slopes / np.maximum(size, 1)[:, None]
        error = np.sqrt(np.maximum(np.einsum("gi,ij,gj->g", slopes, self.spread, slopes), 0.0))
        return pd.DataFrame({"alike": np.where(size > 0, chances / np.maximum(size, 1), np.nan), "error": error})


def learned(standing: pd.DataFrame, churned: Floats, customer: NDArray[np.int64]) -> Alike | None:
    """Learn from rows of everybody on some days; None where there are too few rows or outcomes of either kind.

    `standing` has order_days, days_since_last_order, median_gap_days (filled), stage (position) and month (a number).
    One customer on several days is one cluster.
    """
    gone = churned.sum()
    if len(churned) < LEAST_REFERENCE or min(gone, len(churned) - gone) < LEAST_OUTCOMES:
        return None
    terms, months = _terms(standing), sorted(set(standing["month"]))
    mean, scale = terms.mean(axis=0), terms.std(axis=0)
    scale = np.where(scale > 1e-9, scale, np.inf)
    design = _scaled(standing, mean, scale, months)
    weights = _logistic(design, churned)
    chance = expit(design @ weights)
    information = (design * (chance * (1 - chance))[:, None]).T @ design + _RIDGE * np.eye(design.shape[1])
    bread = np.linalg.inv(information)
    order = np.argsort(customer, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(customer[order]) != 0])
    scores = np.add.reduceat((design * (churned - chance)[:, None])[order], starts, axis=0)
    return Alike(weights, bread @ (scores.T @ scores) @ bread, mean, scale, months)


def _terms(standing: pd.DataFrame) -> Floats:
    """Smooth terms of recency, rhythm and orders, and the stage."""
    recency = np.log1p(standing["days_since_last_order"].to_numpy(dtype=float))
    gap = np.log(np.maximum(standing["median_gap_days"].to_numpy(dtype=float), 1.0))
    orders = np.log(np.maximum(standing["order_days"].to_numpy(dtype=float), 1.0))
    overdue, stage = recency - gap, standing["stage"].to_numpy(dtype=np.int64)
    days = standing["days_since_last_order"].to_numpy(dtype=float)
    terms = [
        recency, recency**2, gap, gap**2, gap**3, orders, orders**2, overdue, overdue**2, np.maximum(overdue, 0.0),
        recency * orders, gap * orders, orders == 0, (orders == 0) * recency, days < 8, days < 15, days < 30,
        *(stage == place for place in range(2, 8)),
    ]  # fmt: skip
    return np.column_stack([np.asarray(term, dtype=float) for term in terms])


def _scaled(standing: pd.DataFrame, mean: Floats, scale: Floats, months: list[int]) -> Floats:
    """Terms scaled by the reference, with one intercept per month; an unknown month takes the nearest."""
    own = standing["month"].to_numpy(dtype=np.int64)
    known = np.array(months)
    nearest = np.abs(own[:, None] - known[None, :]).argmin(axis=1)
    return np.column_stack([np.eye(len(known))[nearest], (_terms(standing) - mean) / scale])


def _logistic(design: Floats, outcome: Floats) -> Floats:
    """Weights of a logistic regression with a little ridge, by Newton's steps."""
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        chance = expit(design @ weights)
        information = (design * (chance * (1 - chance))[:, None]).T @ design + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(information, design.T @ (outcome - chance) - _RIDGE * weights)
        weights = weights + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-7:
            break
    return weights
