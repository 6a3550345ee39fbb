"""What a contact changed: treated minus control as they were drawn, with a 95 % interval and the checks beside it.

Everybody counts in the arm they were drawn for, reached or not (intention to treat). Customers are compared within
strata (a campaign, an action of it) and the strata weigh by their customers, so that a campaign with few controls
cannot tilt the sum of several. All figures come from sums per stratum and arm; nothing here needs single customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from scipy import special

from models.wilson import wilson

State = Literal["running", "measured", "no control", "called off"]
RATIO_ALARM = 0.001  # a true draw gives a smaller p value once in a thousand campaigns
GUARDRAILS: Mapping[str, int] = {"complaints": 1, "unsubscribes": 1, "csat": -1}  # the sign of a change for the worse


@dataclass(frozen=True)
class Arm:
    """One arm: per stratum the customers and the mean of what is compared, for money with its sample variance.

    `before` is the same customers' mean of a figure from before the contact, with its variance and the covariance of
    the two; zeros leave it out of account.
    """

    n: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    before: np.ndarray
    before_variance: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, n: object, mean: object, variance: object = 0.0, before: object = (0.0, 0.0, 0.0)) -> "Arm":
        """An arm from numbers or arrays; `before` is mean, variance and covariance."""
        counts = np.atleast_1d(np.asarray(n, float))
        parts = (mean, variance, *before)  # type: ignore[misc]
        filled = (np.nan_to_num(np.broadcast_to(np.asarray(part, float), counts.shape)) for part in parts)
        return cls(counts, *filled)

    def where(self, chosen: np.ndarray) -> "Arm":
        """Some of the strata."""
        parts = (self.n, self.mean, self.variance, self.before, self.before_variance, self.covariance)
        return Arm(*(part[chosen] for part in parts))


@dataclass(frozen=True)
class Difference:
    """Both means and treated minus control with its 95 % interval; not numbers where it cannot be told.

    `treated_n` and `control_n` are customers, `n` per arm what they are worth after weighing the strata.
    """

    treated_n: int
    control_n: int
    treated: float
    control: float
    difference: float
    low: float
    high: float
    worth: tuple[float, float] = (0.0, 0.0)


def state_of(treated_n: float, control_n: float, stop_on: date, as_of: date, is_called_off: bool = False) -> State:
    """Whether a result may be read: through its stop date never, so that nobody stops when it happens to look good.

    What was ended before that day has no result at all.
    """
    if is_called_off:
        return "called off"
    if as_of <= stop_on:
        return "running"
    return "measured" if treated_n > 0 and control_n > 0 else "no control"


def share_difference(treated: Arm, control: Arm) -> Difference:
    """Difference of two shares with the interval of Newcombe (1998, method 10), built from two Wilson intervals.

    It stays within [-1, 1] and holds its coverage where few or all are ones. Strata enter by weighted shares and the
    number of customers that these are worth (Kish 1965).
    """
    treated, control, weight = _compared(treated, control, 1)
    if not len(weight):
        return _nothing(treated, control)
    p, q = float(weight @ treated.mean), float(weight @ control.mean)
    worth = float(1 / (weight**2 / treated.n).sum()), float(1 / (weight**2 / control.n).sum())
    (p_low, p_high), (q_low, q_high) = _wilson(p, worth[0]), _wilson(q, worth[1])
    low = p - q - np.hypot(p - p_low, q_high - q)
    high = p - q + np.hypot(p_high - p, q - q_low)
    return _told(treated, control, (p, q), (float(low), float(high)), worth)


def mean_difference(treated: Arm, control: Arm) -> Difference:
    """Difference of two means with Welch's interval: arms of unlike size and spread, degrees after Satterthwaite.

    Money has heavy tails. With few degrees of freedom and arms drawn at random the interval is then wider than it need
    be, not narrower; trimming or resampling would change what is measured or miss the tail that was not drawn.
    """
    treated, control, weight = _compared(treated, control, 2)
    if not len(weight):
        return _nothing(treated, control)
    p, q = float(weight @ treated.mean), float(weight @ control.mean)
    spread = np.concatenate([weight**2 * arm.variance / arm.n for arm in (treated, control)])
    degrees = np.concatenate([treated.n, control.n]) - 1
    error = np.sqrt(spread.sum())
    freedom = spread.sum() ** 2 / (spread**2 / degrees).sum() if error > 0 else 1.0
    reach = float(special.stdtrit(freedom, 0.975) * error)
    worth = float(1 / (weight**2 / treated.n).sum()), float(1 / (weight**2 / control.n).sum())
    return _told(treated, control, (p, q), (p - q - reach, p - q + reach), worth)


def adjusted(treated: Arm, control: Arm) -> tuple[Arm, Arm]:
    """Both arms as if they had been alike before the contact: what the figure from before explains is taken out.

    y - theta (x - mean of x in the stratum), theta = cov(x, y) / var(x) within arms (CUPED: Deng, Xu, Kohavi & Walker
    2013). Arms drawn at random are alike in x but for chance, so the difference stays what it is and its interval
    shrinks by the share of variance that x explains.
    """
    freedom = [np.maximum(arm.n - 1, 0) for arm in (treated, control)]
    shared = sum(float(f @ arm.covariance) for f, arm in zip(freedom, (treated, control), strict=True))
    spread = sum(float(f @ arm.before_variance) for f, arm in zip(freedom, (treated, control), strict=True))
    theta = shared / spread if spread > 0 else 0.0
    n = treated.n + control.n
    middle = (treated.n * treated.before + control.n * control.before) / np.where(n > 0, n, 1)
    alike = [
        replace(
            arm,
            mean=arm.mean - theta * (arm.before - middle),
            variance=np.maximum(arm.variance - 2 * theta * arm.covariance + theta**2 * arm.before_variance, 0.0),
        )
        for arm in (treated, control)
    ]
    return alike[0], alike[1]


def sample_ratio(treated_n: int, control_n: int, control_share: float) -> float:
    """p value of arms this unlike the share that was drawn (chi-square, one degree); below RATIO_ALARM mistrust all.

    Not a number where nobody was drawn or the share leaves an arm empty.
    """
    n = treated_n + control_n
    if n == 0 or not 0 < control_share < 1:
        return float("nan")
    expected = n * control_share
    return float(
        special.chdtrc(1, (control_n - expected) ** 2 / expected + (control_n - expected) ** 2 / (n - expected))
    )


def is_worse(metric: str, difference: Difference) -> bool:
    """Whether a guardrail moved for the worse beyond chance: its interval lies on the bad side of 0."""
    return difference.low > 0 if GUARDRAILS[metric] > 0 else difference.high < 0


def _compared(treated: Arm, control: Arm, least: int) -> tuple[Arm, Arm, np.ndarray]:
    """The strata that have `least` customers in both arms, and their weights: shares of all customers."""
    chosen = (treated.n >= least) & (control.n >= least)
    treated, control = treated.where(chosen), control.where(chosen)
    n = treated.n + control.n
    return treated, control, n / n.sum() if len(n) else n


def _wilson(share: float, worth: float) -> tuple[float, float]:
    return wilson(min(max(share, 0.0), 1.0), worth)


def _told(
    treated: Arm, control: Arm, means: tuple[float, float], interval: tuple[float, float], worth: tuple[float, float]
) -> Difference:
    counts = int(treated.n.sum()), int(control.n.sum())
    return Difference(*counts, *means, means[0] - means[1], *interval, worth)


def _nothing(treated: Arm, control: Arm) -> Difference:
    unknown = float("nan")
    return Difference(int(treated.n.sum()), int(control.n.sum()), unknown, unknown, unknown, unknown, unknown)
