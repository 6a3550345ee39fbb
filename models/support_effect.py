"""Churn with and without contact with support: crude, and standardised so that like is compared with like.

Exposed are customers with a ticket in the 90 days before a day, the outcome lies after it: nobody has to stay in
order to be counted as exposed (no immortal time). Alike are those who ordered in the same 90 days: a ticket is a sign
of life, and who has been silent for longer has given none. What made a customer write is no effect of the contact;
where it shows in no table but the ticket's topic, `HIDDEN` says so. Several days may be pooled; one customer's rows
are one cluster.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from models.wilson import wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST_EXPOSED, LEAST_UNEXPOSED, LEAST_STRATUM = 50, 200, 20
_Z = 1.959964
_RIDGE = 1.0  # on scaled columns: a hair's breadth against thousands of rows, a hold where terms nearly agree
HIDDEN = "has_hidden_cause"  # of an exposed row: a ticket on a topic whose cause no table shows
COVARIATES = (
    "days_since_last_order", "order_days", "revenue_total", "tenure_days", "orders_90d",
    "last_late", "last_refunded", "late_90d", "refunded_90d",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Churn of the exposed beside that of others: difference in shares, ratio, each with its 95 % interval."""

    exposed: int
    unexposed: int
    exposed_churn: float
    unexposed_churn: float
    difference: float
    low: float
    high: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


@dataclass(frozen=True)
class Standardised:
    """What churn would be without support contact, by row of the exposed, and how it varies between customers."""

    row: Floats  # expected churn of each row, whatever made the customer write included
    slope: Floats  # how it moves with each weight, rows × weights
    churned: Floats
    is_exposed: Bools
    customer: NDArray[np.int64]
    influence: Floats  # what each row adds to each estimated weight, rows × weights

    def against(self, chosen: Bools) -> Comparison:
        """Churn of some of the exposed beside what the model expects of people alike without contact.

        The interval is the sandwich over customers: it knows the model was estimated and that one customer's rows
        belong together.
        """
        n, expected = int(chosen.sum()), self.row[chosen]
        seen, alike = float(self.churned[chosen].mean()), float(expected.mean())
        of_seen = np.where(chosen, self.churned - seen, 0.0) / n
        of_alike = np.where(chosen, self.row - alike, 0.0) / n + self.influence @ self.slope[chosen].mean(axis=0)
        error = self._error(of_seen - of_alike)
        difference, ratio = seen - alike, _ratio(seen, alike)
        spread = math.exp(_Z * self._error(of_seen / seen - of_alike / alike)) if ratio else math.nan
        return Comparison(
            n, int((~self.is_exposed).sum()), seen, alike, difference, difference - _Z * error,
            difference + _Z * error, ratio, ratio / spread if ratio else None, ratio * spread if ratio else None,
        )  # fmt: skip

    def _error(self, parts: Floats) -> float:
        """Standard error of a sum of rows, with customers as clusters."""
        return math.sqrt(float(np.square(np.bincount(self.customer, weights=parts)).sum()))


def newcombe(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """95 % interval of the difference of two shares, each given as (share, n); Newcombe 1998, method 10."""
    (p, n), (q, m) = first, second
    (p_low, p_high), (q_low, q_high) = wilson(p, n), wilson(q, m)
    gap = p - q
    return gap - math.hypot(p - p_low, q_high - q), gap + math.hypot(p_high - p, q - q_low)


def crude(rows: pd.DataFrame) -> Comparison:
    """Exposed beside all others as they are; `rows` has is_exposed and churned. Not a comparison of like with like."""
    exposed = rows["is_exposed"].to_numpy(dtype=bool)
    churned = rows["churned"].to_numpy(dtype=float)
    n, m = int(exposed.sum()), int((~exposed).sum())
    p, q = float(churned[exposed].mean()), float(churned[~exposed].mean())
    low, high = newcombe((p, n), (q, m))
    ratio = _ratio(p, q)
    spread = math.exp(_Z * math.sqrt((1 - p) / (n * p) + (1 - q) / (m * q))) if ratio else math.nan
    return Comparison(
        n, m, p, q, p - q, low, high, ratio, ratio / spread if ratio else None, ratio * spread if ratio else None
    )


def is_enough(rows: pd.DataFrame) -> bool:
    """Whether there are enough customers of both kinds, and both outcomes among those without contact."""
    exposed = rows["is_exposed"].to_numpy(dtype=bool)
    others = rows["churned"].to_numpy(dtype=bool)[~exposed]
    return bool(
        exposed.sum() >= LEAST_EXPOSED and len(others) >= LEAST_UNEXPOSED and 10 <= others.sum() <= len(others) - 10
    )


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that are compared like with like: customers who ordered in the 90 days in which tickets count."""
    return rows[rows["orders_90d"] > 0]


def standardised(rows: pd.DataFrame) -> Standardised:
    """Learn churn from those without contact and read it off for those with one, day by day.

    `rows` is one row per customer and day: customer_number, as_of_date, is_exposed, churned, the `COVARIATES` and, of
    the exposed, outcome, wait and `HIDDEN`. Logistic regression on smooth terms of recency, frequency, value, tenure
    and orders in the window, with what else was seen to go wrong (late parcels, refunds); the standard population are
    the exposed. What made those of hidden cause write is told by `_hidden_cause`.
    """
    exposed = rows["is_exposed"].to_numpy(dtype=bool)
    churned = rows["churned"].to_numpy(dtype=float)
    design = _design(rows, exposed)
    weights = _logistic(design[~exposed], churned[~exposed])
    linear = design @ weights
    influence = np.where(exposed, 0.0, churned - expit(linear))[:, None] * design @ _bread(design[~exposed],
                                                                                     linear[~exposed])  # fmt: skip
    hidden = exposed & rows[HIDDEN].to_numpy(dtype=bool)
    if LEAST_STRATUM <= hidden.sum() <= exposed.sum() - LEAST_STRATUM:
        ago = np.log1p(rows["days_since_last_order"].to_numpy(dtype=float))
        ago = ago - ago[exposed].mean()
        cause = np.column_stack([hidden, hidden * ago])
        added, own, others = _hidden_cause(rows[exposed], (cause[exposed], ago[exposed]), linear[exposed],
                                           design[exposed])  # fmt: skip
        of_all = -influence @ others.T
        of_all[exposed] += own
        linear = linear + cause @ added
        design, influence = np.column_stack([design, cause]), np.column_stack([influence, of_all])
    row = np.asarray(expit(linear), dtype=np.float64)
    customer = pd.factorize(rows["customer_number"])[0].astype(np.int64)
    return Standardised(row, (row * (1 - row))[:, None] * design, churned, exposed, customer, influence)


def _hidden_cause(
    rows: pd.DataFrame, cause: tuple[Floats, Floats], linear: Floats, design: Floats
) -> tuple[Floats, Floats, Floats]:
    """The log-odds of churn that a hidden cause itself brings, beside tickets on other topics dealt with alike.

    A logistic regression among the exposed, on top of what is expected without contact: how the tickets went, how long
    the reply took, how long ago the last order was, and the hidden cause (`cause`: its columns, and that time). Its
    weights are taken as the cause's, not the contact's. Returned with them are what each exposed row adds to them, and
    how they fall with the weights of the model without contact.
    """
    went = [rows["outcome"] == "reopened", rows["outcome"] == "unsolved"]
    waited = [rows["wait"] == word for word in ("4 to 24 h", "over 24 h", "no reply yet")]
    terms = np.column_stack([np.ones(len(rows)), *went, *waited, cause[1], cause[0]]).astype(float)
    churned = rows["churned"].to_numpy(dtype=float)
    weights = _logistic(terms, churned, linear)
    all_in = linear + terms @ weights
    moved = terms @ _bread(terms, all_in)[:, -cause[0].shape[1] :]
    expected = np.asarray(expit(all_in), dtype=np.float64)
    return (
        weights[-cause[0].shape[1] :],
        (churned - expected)[:, None] * moved,
        (moved * (expected * (1 - expected))[:, None]).T @ design,
    )


def _bread(design: Floats, linear: Floats) -> Floats:
    """Inverse information of a logistic regression."""
    expected = expit(linear)
    information = (design * (expected * (1 - expected))[:, None]).T @ design
    return np.linalg.inv(information + _RIDGE * np.eye(design.shape[1]))


def by_stratum(rows: pd.DataFrame, model: Standardised, column: str) -> Mapping[str, Comparison]:
    """The exposed of each stratum beside people alike without contact; strata too small for it are left out."""
    exposed = rows["is_exposed"].to_numpy(dtype=bool)
    strata = rows[column].to_numpy(dtype=object)
    found = {}
    for stratum in dict.fromkeys(strata[exposed]):
        chosen = exposed & (strata == stratum)
        if chosen.sum() >= LEAST_STRATUM:
            found[str(stratum)] = model.against(chosen)
    return found


def _ratio(p: float, q: float) -> float | None:
    return p / q if p > 0 and q > 0 else None


def _design(rows: pd.DataFrame, exposed: Bools) -> Floats:
    """Columns of the model, scaled by the unexposed, with an intercept per day; constant ones are left out."""
    value = {name: rows[name].to_numpy(dtype=float) for name in COVARIATES}
    recency, orders, tenure = (np.log1p(value[name]) for name in (*COVARIATES[:2], "tenure_days"))
    window = value["orders_90d"]
    overdue = recency - (tenure - orders)  # how long it has been, in the customer's own gaps
    spent = np.log1p(value["revenue_total"] / np.maximum(value["order_days"], 1))
    terms = [
        recency, recency**2, orders, orders**2, spent, tenure, tenure**2, np.minimum(window, 6.0), window > 0,
        np.log1p(window), recency * orders, overdue, overdue**2, recency * (window > 0),
        value["days_since_last_order"] < 15, value["days_since_last_order"] < 30,
        value["order_days"] == 1, value["order_days"] == 2,
    ]  # fmt: skip
    for what in ("late", "refunded"):  # the longer ago, the more of those it drove away are missed by now
        last, earlier = value[f"last_{what}"], np.minimum(value[f"{what}_90d"] - value[f"last_{what}"], 3.0)
        terms += [last, last * recency, last * recency**2, earlier, earlier * recency]
    stacked = np.column_stack([np.asarray(term, dtype=float) for term in terms])
    mean, scale = stacked[~exposed].mean(axis=0), stacked[~exposed].std(axis=0)
    kept = scale > 1e-9
    days = pd.get_dummies(rows["as_of_date"]).to_numpy(dtype=float)
    return np.column_stack([days, (stacked[:, kept] - mean[kept]) / scale[kept]])


def _logistic(design: Floats, outcome: Floats, known: Floats | float = 0.0) -> Floats:
    """Weights of a logistic regression on top of known log-odds, with a little ridge, by Newton's steps."""
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        expected = expit(known + design @ weights)
        information = (design * (expected * (1 - expected))[:, None]).T @ design + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(information, design.T @ (outcome - expected) - _RIDGE * weights)
        weights = weights + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-8:
            break
    return weights
