"""How well a ranking finds those whom contact moves: the Qini coefficient, with a bootstrap interval.

Going down the ranking, the Qini curve counts the good outcomes that treatment added so far: those of the treated less
those of the controls, brought to the number of the treated (Radcliffe 2007). The coefficient is the area between the
curve and the straight line to its end, which a random ranking follows, over the same area of a ranking that knew every
outcome (scikit-uplift's `qini_auc_score`): 0 says nothing beyond chance, below 0 it points the wrong way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 200


@dataclass(frozen=True)
class Randomised:
    """Customers of a random draw, one entry each: were they treated, did the good outcome come, and who are they.

    `customer` numbers people; somebody who was drawn twice is in twice and is resampled and held out as one.
    """

    treated: np.ndarray
    outcome: np.ndarray
    customer: np.ndarray

    @classmethod
    def of(cls, treated: np.ndarray, outcome: np.ndarray, customer: np.ndarray | None = None) -> "Randomised":
        """From arrays of one length; without `customer` everybody is in once."""
        who = np.arange(len(treated)) if customer is None else np.unique(customer, return_inverse=True)[1]
        return cls(np.asarray(treated, bool), np.asarray(outcome, float), who)

    def __len__(self) -> int:
        """How many draws."""
        return len(self.treated)

    def where(self, chosen: np.ndarray) -> "Randomised":
        """Some of them, by a mask or by positions."""
        return Randomised(self.treated[chosen], self.outcome[chosen], self.customer[chosen])


@dataclass(frozen=True)
class Interval:
    """A figure and its interval."""

    value: float
    low: float
    high: float


def qini(score: np.ndarray, seen: Randomised) -> float:
    """The coefficient of a ranking by `score`, highest first; equal scores share a place. 0 where an arm is empty."""
    return float(Rankings([score], seen).coefficients(np.ones(len(seen)))[0])


class Rankings:
    """Several rankings of the same customers, sorted once, so that resampling them is a sum per sample."""

    def __init__(self, scores: Sequence[np.ndarray], seen: Randomised) -> None:
        """Sort the customers by each score, and by what they did."""
        best = np.where(seen.treated, seen.outcome, -seen.outcome)
        self._seen = seen
        self._orders = [_ordered(score) for score in (best, *scores)]

    def coefficients(self, weight: np.ndarray) -> np.ndarray:
        """The Qini coefficient of each ranking, customers counted by `weight`; 0 where an arm is empty."""
        possible, *areas = (self._area(order, ends, weight) for order, ends in self._orders)
        return np.array(areas) / possible if possible > 0 else np.zeros(len(areas))

    def resampled(self, rng: np.random.Generator, times: int = RESAMPLES) -> np.ndarray:
        """Coefficients of samples drawn with replacement, one row per sample (Poisson bootstrap of customers)."""
        people = int(self._seen.customer.max(initial=-1)) + 1
        draws = (rng.poisson(1.0, people)[self._seen.customer].astype(float) for _ in range(times))
        return np.array([self.coefficients(weight) for weight in draws])

    def _area(self, order: np.ndarray, ends: np.ndarray, weight: np.ndarray) -> float:
        """The area between the Qini curve and the straight line to its end, per customer."""
        weights, treated = weight[order], self._seen.treated[order]
        good = weights * self._seen.outcome[order]
        n_treated, n = np.cumsum(weights * treated)[ends], np.cumsum(weights)[ends]
        good_treated, good_all = np.cumsum(good * treated)[ends], np.cumsum(good)[ends]
        n_control = n - n_treated
        if not (n_treated[-1] > 0 and n_control[-1] > 0):
            return 0.0
        rate = np.divide(n_treated, n_control, out=np.zeros(len(ends)), where=n_control > 0)
        curve = np.r_[0.0, good_treated - (good_all - good_treated) * rate]
        return float(np.trapezoid(curve, np.r_[0.0, n / n[-1]]) - curve[-1] / 2)


def interval(draws: np.ndarray, estimate: float, z: float = 1.96) -> Interval:
    """The interval of an estimate by the spread of its resampled values."""
    reach = z * float(np.std(draws, ddof=1))
    return Interval(estimate, estimate - reach, estimate + reach)


def _ordered(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions by score, highest first, and where each run of equal scores ends."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    return order, np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
