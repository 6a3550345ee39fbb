"""Expected retention of the months ahead, from calibrated churn risks, with a band that knows how wrong they were.

Who is active counts as a customer until `active_days` after the last order. So whoever can leave in a coming month
is known by name: the last order is `active_days` back in that month. They stay if they order before its end, and the
churn risk says how likely that is.

    expected retention of a month = 1 − Σ (probability of no order until its end) ÷ customers active at its start

The risk is about a horizon of H days, a month ends after e of them. Whoever has not ordered for most of a year orders
at a steady, low rate, so that the probability of no order in e days is risk^(e/H).

The 95 % band holds three things: chance (each customer leaves or stays), the level of the risks (one shift in log-odds
that all risks of a run share, as large as past runs were off by), and how many arrive until then. The size of the
shift is estimated from few months, so the band is Student's t and not normal: with little to learn from it is wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from models.calibrate import expit

COVERAGE = 0.95
USUAL_SHIFT = 0.15  # log-odds: about four points of a churn rate of 50 %, where no past run was judged
USUAL_WEIGHT = 3  # past runs that the usual shift counts as
LEAST_SHIFT = 0.05
BEYOND_DAYS = 5  # a month that ends so few days after the horizon still counts as within it
MOST_MONTHS = 6


@dataclass(frozen=True)
class Past:
    """What a past run promised for its horizon, and the churn rate that came, over n customers."""

    promised: float
    actual: float
    n: int


@dataclass(frozen=True)
class Shift:
    """How far a run's risks may lie off as a whole: standard deviation in log-odds, and its degrees of freedom."""

    deviation: float
    freedom: float

    @property
    def reach(self) -> float:
        """How many deviations 95 % of the runs stay within."""
        return float(student.ppf((1 + COVERAGE) / 2, self.freedom))


@dataclass(frozen=True)
class Due:
    """Who can leave in one month: `gone` left before the forecast was made, the others have a risk.

    `days`: from the forecast to the month's end. `active`: customers at the month's start with `active_deviation`, 0
    where it was known.
    """

    risk: np.ndarray
    days: float
    gone: int
    active: float
    active_deviation: float = 0.0


@dataclass(frozen=True)
class Expected:
    """A share with its 95 % band."""

    share: float
    low: float
    high: float


def usual_shift(past: Sequence[Past]) -> Shift:
    """How far risks were off in past runs, beyond chance; with few of them mostly the usual amount.

    The mean squared gap in log-odds less what chance explains, with `USUAL_SHIFT` weighing as much as `USUAL_WEIGHT`
    runs (a scaled inverse chi-square prior: the gap of the next run is then Student's t).
    """
    total, weight = USUAL_WEIGHT * USUAL_SHIFT**2, float(USUAL_WEIGHT)
    for run in past:
        promised, actual = (np.clip(rate, 0.5 / run.n, 1 - 0.5 / run.n) for rate in (run.promised, run.actual))
        gap = np.log(actual / (1 - actual)) - np.log(promised / (1 - promised))
        total += float(gap**2 - 1 / (run.n * actual * (1 - actual)))
        weight += 1
    return Shift(float(np.sqrt(max(total / weight, LEAST_SHIFT**2))), weight)


def leaving(risk: np.ndarray, days: float, horizon_days: int) -> np.ndarray:
    """Probability of no order within `days`, from that of no order within the horizon."""
    return np.power(np.asarray(risk, dtype=float), days / horizon_days)


def month_ahead(due: Due, horizon_days: int, shift: Shift) -> Expected:
    """Expected retention of a month with its band."""
    lost = leaving(due.risk, due.days, horizon_days)
    total, chance = float(lost.sum()), float((lost * (1 - lost)).sum())
    moves = (-shift.deviation, shift.deviation)
    level = max(abs(float(leaving(shifted(due.risk, by), due.days, horizon_days).sum()) - total) for by in moves)
    churned = due.gone + total
    crowd = churned / due.active * due.active_deviation
    width = shift.reach * float(np.sqrt(chance + level**2 + crowd**2)) / due.active
    return bounded(1 - churned / due.active, width, 1.0 - due.gone / due.active)


def horizon_ahead(promised: float, n: int, shift: Shift) -> Expected:
    """Share that stays over the horizon with its band, from the churn rate promised for n customers."""
    odds = float(np.log(promised / (1 - promised)))
    deviation = float(np.sqrt(shift.deviation**2 + 1 / (n * promised * (1 - promised))))
    bounds = 1 - expit(np.array([odds + shift.reach * deviation, odds - shift.reach * deviation]))
    return Expected(1 - promised, float(bounds[0]), float(bounds[1]))


def shifted(risk: np.ndarray, by: float) -> np.ndarray:
    """Risks moved by an amount of log-odds."""
    risk = np.clip(np.asarray(risk, dtype=float), 1e-9, 1 - 1e-9)
    return expit(np.log(risk / (1 - risk)) + by)


def bounded(share: float, width: float, most: float = 1.0) -> Expected:
    """A share ± width, within 0 and what is possible at `most`."""
    return Expected(share, max(share - width, 0.0), min(share + width, most))


def crowd_ahead(active: float, lost: Sequence[float], arrivals: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Customers active some months ahead and the deviation of that: those now, less the lost, plus usual arrivals.

    `lost`: expected per month until then. `arrivals`: new and won back in past months, of which the mean is expected.
    """
    months = len(lost)
    if not months or not len(arrivals):
        return active - float(np.sum(lost)), 0.0
    spread = float(np.std(arrivals, ddof=1)) if len(arrivals) > 1 else float(np.mean(arrivals))
    return active - float(np.sum(lost)) + months * float(np.mean(arrivals)), spread * float(np.sqrt(months))
