"""What share of customers an action reaches, learned from treated and control: a prior that gives way to evidence.

The acceptance gamma is a Beta distribution. Who makes people stay: of a share c of churners gamma stay, so that the
control arm shows Bin(n, c) and the treated arm Bin(n, c (1 - gamma)) churners, c uniform and integrated out. What
sells: the incremental margin per treated customer is gamma times what a sale to everybody who orders would bring, give
or take its standard error. The posterior is reckoned on a grid and told as the Beta of its mean and variance. An action
that drives customers away ends near 0, since a share cannot be negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import xlogy

_GAMMA = (np.arange(1000) + 0.5) / 1000
_POINTS = 400
WEAKEST, STRONGEST = 20.0, 400.0  # what the action's figure is worth for a segment, in customers


@dataclass(frozen=True)
class Posterior:
    """A Beta(a, b) with the 95 % interval of the reckoned distribution."""

    a: float
    b: float
    low: float
    high: float

    @property
    def mean(self) -> float:
        """The expected share."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        """How far it may lie off, squared."""
        return self.mean * (1 - self.mean) / (self.strength + 1)

    @property
    def strength(self) -> float:
        """How many customers it is worth."""
        return self.a + self.b


@dataclass(frozen=True)
class Churners:
    """Customers and churners of both arms; what strata are worth after weighing need not be whole numbers."""

    treated_n: float
    treated: float
    control_n: float
    control: float


def retention_posterior(seen: Churners, a: float, b: float, harm: float = 0.0) -> Posterior:
    """The acceptance of an action that makes people stay, from prior Beta(a, b) and the churners of both arms.

    `harm` is the share of stayers that it drives away, where that is known (`models.reach`).
    """
    stay = 1 - _GAMMA[:, None]
    left = _churn_shares(seen)[None, :]
    treated = left * stay + (1 - left) * harm
    likelihood = (
        xlogy(seen.control, left)
        + xlogy(seen.control_n - seen.control, 1 - left)
        + xlogy(seen.treated, treated)
        + xlogy(seen.treated_n - seen.treated, 1 - treated)
    )
    top = likelihood.max()
    return _posterior(np.log(np.exp(likelihood - top).sum(axis=1) + 1e-300), a, b)


def _churn_shares(seen: Churners) -> np.ndarray:
    """The shares of churners without the action that either arm leaves possible, evenly spaced."""
    ends = [
        stats.beta.ppf([1e-6, 1 - 1e-6], churners + 1, n - churners + 1)
        for n, churners in ((seen.treated_n, seen.treated), (seen.control_n, seen.control))
    ]
    low, high = np.min(ends), np.max(ends)
    return low + (np.arange(_POINTS) + 0.5) / _POINTS * (high - low)


def sale_posterior(margin: float, error: float, exposure: float, a: float, b: float) -> Posterior:
    """The acceptance of an action that sells, from prior Beta(a, b) and its incremental margin per treated customer.

    `error` is the margin's standard error, `exposure` the margin per customer if everybody who orders took the offer;
    where either is not above 0 the prior stands.
    """
    if not (error > 0 and exposure > 0 and np.isfinite(margin)):
        return prior(a, b)
    return _posterior(-0.5 * ((margin - _GAMMA * exposure) / error) ** 2, a, b)


def prior(a: float, b: float) -> Posterior:
    """What holds while nothing is measured."""
    low, high = stats.beta.ppf([0.025, 0.975], a, b)
    return Posterior(a, b, float(low), float(high))


def segment_posteriors(seen: Sequence[Churners], a: float, b: float, harm: float = 0.0) -> list[Posterior]:
    """The acceptance within each segment, drawn towards that of the others.

    What the other segments say together, from prior Beta(a, b), is the prior of each (empirical Bayes); it is worth the
    fewer customers the more segments differ beyond chance (variance between them after DerSimonian & Laird 1986), never
    more than was seen, within WEAKEST and STRONGEST.
    """
    between = max(_variance_between(seen), 1e-9)
    found = []
    for place, one in enumerate(seen):
        others = retention_posterior(_together([*seen[:place], *seen[place + 1 :]]), a, b, harm)
        mean = min(max(others.mean, 1e-3), 1 - 1e-3)
        alike = min(mean * (1 - mean) / between - 1, others.strength)
        worth = min(max(alike, WEAKEST), STRONGEST)
        found.append(retention_posterior(one, mean * worth, (1 - mean) * worth, harm))
    return found


def _together(parts: Sequence[Churners]) -> Churners:
    """All customers of some segments."""
    sums = np.array([(part.treated_n, part.treated, part.control_n, part.control) for part in parts]).reshape(-1, 4)
    return Churners(*map(float, sums.sum(axis=0)))


def _variance_between(seen: Sequence[Churners]) -> float:
    """How far the segments' own figures lie apart beyond what chance explains, as a variance."""
    figures = np.array([_crude(one) for one in seen if one.control > 0 and one.treated > 0]).reshape(-1, 2)
    if len(figures) < 2:
        return 0.0
    gamma, variance = figures.T
    weight = 1 / variance
    middle = (weight @ gamma) / weight.sum()
    excess = weight @ (gamma - middle) ** 2 - (len(gamma) - 1)
    return float(max(excess / (weight.sum() - (weight**2).sum() / weight.sum()), 0.0))


def _crude(one: Churners) -> tuple[float, float]:
    """1 - treated share / control share, and its variance (delta method)."""
    treated, control = one.treated / one.treated_n, one.control / one.control_n
    ratio = treated / control
    spread = (1 - treated) / one.treated + (1 - control) / one.control
    return 1 - ratio, ratio**2 * max(spread, 1e-6)


def _posterior(log_likelihood: np.ndarray, a: float, b: float) -> Posterior:
    """Prior times likelihood on the grid, as the Beta of the same mean and variance."""
    log_weight = log_likelihood + xlogy(a - 1, _GAMMA) + xlogy(b - 1, 1 - _GAMMA)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = float(weight @ _GAMMA)
    variance = max(float(weight @ (_GAMMA - mean) ** 2), 1e-9)
    strength = max(mean * (1 - mean) / variance - 1, 1e-3)
    low, high = np.interp([0.025, 0.975], np.cumsum(weight), _GAMMA)
    return Posterior(mean * strength, (1 - mean) * strength, float(low), float(high))
