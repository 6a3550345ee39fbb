"""Facts without a time: whether an attribute of a customer can have been known when the past was predicted.

An attribute has one value per customer, that of today, and stands so beside every past day. Three things an honest one
does not do and one that was written afterwards cannot help doing (Kaufman et al. 2012: no feature may know more than
the moment of its prediction):

- **today**: outcomes of today's customers are not known to anybody. What the attribute made of the customers of a
  known outcome must hold for today's of the same recency and age; one that tells who has left says nothing yet of
  who is going to.
- **fades**: an honest attribute tells about the outcomes of a year ago what it tells about the newest. One that says
  where a customer stands today tells about the past the less, the longer it is over.
- **grows**: a number that starts at nothing and grows while somebody is a customer held less on every past day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost as xgb
from scipy.stats import chi2, spearmanr

from models.calibrate import expit
from models.churn import numbers
from models.windows import customer_groups

GROUPS = 4
CORE = ("days_since_last_order", "tenure_days", "order_days", "mean_gap_days")
AGE = ("days_since_signup", "tenure_days")
LEAST = 15  # rows of a cell on either side
_RECENCY, _AGES = (0.15, 0.3, 0.45, 0.6, 0.8), (0.5,)
_PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 3,
    "eta": 0.1,
    "min_child_weight": 10,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "reg_lambda": 5,
    "max_bin": 64,
    "base_score": 0.5,
    "nthread": 1,
    "verbosity": 0,
    "seed": 7,
}


@dataclass(frozen=True)
class Past:
    """What the judgement rests on, one row per customer and day: the newest known outcomes (with `churned`), the
    customers of today, and older days with outcomes, best a year older than the newest.
    """

    newest: pd.DataFrame
    today: pd.DataFrame
    older: tuple[pd.DataFrame, ...] = ()


@dataclass(frozen=True)
class Timeless:
    """What was found about one attribute.

    `gain`: log loss that it saves on the newest outcomes, `gain_then` on older ones (None without any), `fading` how
    many standard errors lie between; `shift`: mean difference, in risk, of what it says of today's customers and of
    those with a known outcome, `surprise`: −log10 of the chance of such a difference if it were honest; `growth`: rank
    correlation with the time as a customer, `at_first`: mean among the newest tenth of customers over the mean of all,
    both above the smallest value.
    """

    gain: float
    gain_then: float | None
    fading: float
    shift: float
    surprise: float
    growth: float
    at_first: float


class Judge:
    """Judges attributes against everything else that is known of the same customers."""

    def __init__(self, past: Past, features: Sequence[str]) -> None:
        """Learn from the newest outcomes without any attribute; `features` are those that carry a time."""
        self._past = past
        self._days = (past.newest, past.today, *past.older)
        self._churned = past.newest["churned"].to_numpy(dtype=float)
        self._groups = [customer_groups(rows["customer_id"], GROUPS) for rows in self._days]
        self._core = [name for name in CORE if name in past.newest]
        self._without = self._odds([numbers(rows, tuple(features)) for rows in self._days], None, 80)
        self._plain = self._odds(self._inputs(None), self._without, 60)
        self._cells = [_cells(rows, past.newest) for rows in self._days[:2]]

    def of(self, name: str) -> Timeless:
        """What is found about the attribute in column `name`."""
        odds = self._odds(self._inputs(name), self._without, 60)
        gains = [
            _losses(plain, seen) - _losses(own, seen)
            for plain, own, seen in zip(self._plain, odds, self._outcomes(), strict=True)
            if seen is not None
        ]
        shift, surprise = self._shift(odds)
        then, fading = self._fading(gains)
        growth, at_first = _growth(self._past.today, name)
        return Timeless(float(gains[0].mean()), then, fading, shift, surprise, growth, at_first)

    def _outcomes(self) -> list[np.ndarray | None]:
        older = [rows["churned"].to_numpy(dtype=float) for rows in self._past.older]
        return [self._churned, None, *older]

    def _inputs(self, name: str | None) -> list[np.ndarray]:
        """The attribute (or none), what is known without it, and the core, per day."""
        columns = [*([name] if name else []), *self._core]
        return [
            np.column_stack([numbers(rows, tuple(columns)), odds.astype(np.float32)])
            for rows, odds in zip(self._days, self._without, strict=True)
        ]

    def _odds(self, inputs: list[np.ndarray], start: list[np.ndarray] | None, rounds: int) -> list[np.ndarray]:
        """Log-odds for every day, each customer's by trees that learned from other customers' newest outcomes."""
        starts = start or [np.zeros(len(rows)) for rows in inputs]
        odds = [np.zeros(len(rows)) for rows in inputs]
        for part in range(GROUPS):
            learned = self._groups[0] != part
            rows = xgb.DMatrix(inputs[0][learned], label=self._churned[learned], base_margin=starts[0][learned])
            trees = xgb.train(_PARAMETERS, rows, rounds)
            for values, margin, group, told in zip(inputs, starts, self._groups, odds, strict=True):
                own = group == part
                if own.any():
                    judged = xgb.DMatrix(values[own], base_margin=margin[own])
                    told[own] = trees.predict(judged, output_margin=True)
        return odds

    def _shift(self, odds: list[np.ndarray]) -> tuple[float, float]:
        """Difference between what is said of today's customers and of those with a known outcome, cell by cell."""
        known, today = (expit(own) - expit(plain) for own, plain in zip(odds[:2], self._plain[:2], strict=True))
        shifts, weights, total = [], [], 0.0
        for cell in np.unique(self._cells[1]):
            here, there = today[self._cells[1] == cell], known[self._cells[0] == cell]
            if min(len(here), len(there)) < LEAST:
                continue
            gap = here.mean() - there.mean()
            total += gap**2 / (here.var() / len(here) + there.var() / len(there) + 1e-7)
            shifts.append(abs(gap))
            weights.append(len(here))
        if not shifts:
            return 0.0, 0.0
        return float(np.average(shifts, weights=weights)), float(-chi2.logsf(total, len(shifts)) / np.log(10))

    def _fading(self, gains: list[np.ndarray]) -> tuple[float | None, float]:
        """Mean gain on the older days and how many standard errors it lies below the newest; a customer counts once."""
        if len(gains) < 2:
            return None, 0.0
        rows = pd.concat([day["customer_id"] for day in self._past.older], ignore_index=True)
        then = pd.Series(np.concatenate(gains[1:])).groupby(rows.to_numpy()).mean()
        error = np.sqrt(gains[0].var() / len(gains[0]) + then.var() / max(len(then), 1))
        return float(then.mean()), float((gains[0].mean() - then.mean()) / max(error, 1e-9))


def _losses(odds: np.ndarray, churned: np.ndarray) -> np.ndarray:
    """Log loss per row."""
    return np.asarray(np.logaddexp(0, odds) - churned * odds)


def _cells(rows: pd.DataFrame, newest: pd.DataFrame) -> np.ndarray:
    """Customers of the same recency and age: a number per row, with borders from the newest outcomes."""
    cell = np.zeros(len(rows), dtype=int)
    for name, shares in (("days_since_last_order", _RECENCY), ("tenure_days", _AGES)):
        if name in newest:
            borders = np.nanquantile(newest[name].to_numpy(dtype=float), shares)
            cell = cell * (len(shares) + 1) + np.searchsorted(borders, rows[name].to_numpy(dtype=float))
    return cell


def _growth(today: pd.DataFrame, name: str) -> tuple[float, float]:
    """Rank correlation of a number that starts at nothing with the time as a customer, and its mean at first."""
    age = next((today[column] for column in AGE if column in today and today[column].notna().any()), None)
    if age is None:
        return 0.0, 1.0
    both = pd.DataFrame({"value": today[name].astype(float), "age": age.astype(float)}).dropna()
    if len(both) < 10 * LEAST or both["value"].nunique() < 5 or both["value"].min() < 0:
        return 0.0, 1.0
    above = both["value"] - both["value"].min()  # who was never counted is often missing, and counts begin at 1
    at_first = above[both["age"] <= both["age"].quantile(0.1)].mean()
    together = spearmanr(both["value"], both["age"]).statistic
    return float(together), float(at_first / max(above.mean(), 1e-9))
