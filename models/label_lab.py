"""The label lab: what another definition of churn would mean, judged out of time by the simple model.

Churn rates and log losses of two definitions cannot be compared: they answer other questions. What contacts earn can,
if it is measured by one yardstick for all: the same days, the same customers, the same economics, and as *lost*
whoever ordered nothing for `YARDSTICK_DAYS`, which is longer than any horizon of the grid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from models.calibrate import expit
from models.evaluate import Estimate, Resamples, difference, estimates, metric_draws, subsample
from models.evaluate import estimate as estimated
from models.folds import age_weights, has_both, snapshot_rows
from models.prior import RECENCY, RFMT, Prior, fit_prior
from models.windows import as_dates, known_by, rolling_folds

HORIZONS = (30, 60, 90, 120)
ELIGIBILITIES = ("active", "due")
YARDSTICK_DAYS = 180
FOLDS = 3
RESAMPLES = 100
HALF_LIFE_DAYS = 365.0
_MAX_ROWS = 20_000
_LADDER: dict[str, tuple[str, ...]] = {"base_rate": (), "recency": RECENCY, "simple": RFMT}


@dataclass(frozen=True, order=True)
class Definition:
    """Who is looked at, and how many days without an order are churn."""

    eligibility: str
    horizon_days: int

    @property
    def name(self) -> str:
        """A short name, such as `active-90`."""
        return f"{self.eligibility}-{self.horizon_days}"


@dataclass(frozen=True)
class Contact:
    """What one contact is reckoned with, the same for every definition; money in the shop's currency, shares 0–1."""

    cost: float
    incentive: float
    redemption: float
    acceptance: float


@dataclass(frozen=True)
class Accuracy:
    """The ladder out of time: `days` judged, each by what was known on it, and figures per rung and metric.

    `gain`: log loss of the simple model − that of the churn rate alone, paired; negative is better.
    """

    days: tuple[date, ...]
    n: int
    figures: Mapping[str, Mapping[str, Estimate]]
    gain: Estimate


@dataclass(frozen=True)
class Earned:
    """What one round of contacts a year earns per 1,000 customers: promised by the definition's risks, and realised."""

    expected: Estimate
    realised: Estimate
    against_best: Estimate
    contacted: float


def grid(horizon_days: int, eligibility: str) -> list[Definition]:
    """Every definition of the lab; one in use that is not among them gets a place of its own."""
    rows = dict.fromkeys((*ELIGIBILITIES, eligibility))
    return [Definition(row, days) for row in rows for days in sorted({*HORIZONS, horizon_days})]


def accuracy(frame: pd.DataFrame, horizon_days: int) -> Accuracy | None:
    """Judge the ladder on up to `FOLDS` later days whose label windows overlap with nothing learned from.

    `frame` has customer_id, as_of_date, churned and the features of `RFMT`. None where history is too short or has
    only one outcome.
    """
    judged: list[tuple[pd.DataFrame, dict[str, np.ndarray]]] = []
    for fold in rolling_folds(as_dates(frame["as_of_date"]), horizon_days, FOLDS):
        past, rows = snapshot_rows(frame, fold.train), subsample(snapshot_rows(frame, [fold.valid]), _MAX_ROWS)
        if has_both(past) and has_both(rows):
            ladder = {name: fitted(past, horizon_days, features, rows) for name, features in _LADDER.items()}
            judged.append((rows, {name: prior.log_odds(rows) for name, prior in ladder.items()}))
    if not judged:
        return None
    rows = pd.concat([part for part, _ in judged], ignore_index=True)
    churned, drawn = rows["churned"].to_numpy(dtype=float), Resamples.of(rows["customer_id"], resamples=RESAMPLES)
    odds = {name: np.concatenate([part[name] for _, part in judged]) for name in _LADDER}
    draws = {name: metric_draws(churned, values, drawn) for name, values in odds.items()}
    figures = {name: estimates(values, len(rows)) for name, values in draws.items()}
    gain = difference(draws["simple"], draws["base_rate"], "log_loss", len(rows))
    return Accuracy(tuple(as_dates(rows["as_of_date"])), len(rows), figures, gain)


def fitted(past: pd.DataFrame, horizon_days: int, features: tuple[str, ...], scored: pd.DataFrame) -> Prior:
    """A rung of the ladder learned from `past`; the simple model's rhythm also knows the histories of `scored`."""
    weight = age_weights(past, HALF_LIFE_DAYS)
    return fit_prior(past, weight, features, horizon_days if features == RFMT else None, scored)


def judging_days(known_until: date, dates: Mapping[Definition, Sequence[date]], most: int = 2) -> list[date]:
    """Days on which every definition could have decided and the yardstick is over, oldest first.

    A yardstick apart, so that no outcome counts twice. `dates` are the labelled snapshots of each definition.
    """
    days = []
    for number in range(1, most + 1):
        day = known_until - pd.Timedelta(days=number * YARDSTICK_DAYS).to_pytimedelta()
        if all(known_by(own, day, one.horizon_days) for one, own in dates.items()):
            days.append(day)
    return days[::-1]


def risk_on(day_rows: pd.DataFrame, frame: pd.DataFrame, day: date, horizon_days: int) -> np.ndarray | None:
    """Churn risk of the eligible rows of a day from outcomes known by it; None where they cannot be learned from."""
    past = snapshot_rows(frame, known_by(as_dates(frame["as_of_date"]), day, horizon_days))
    if not has_both(past) or day_rows.empty:
        return None
    return expit(fitted(past, horizon_days, RFMT, day_rows).log_odds(day_rows))


def net(risk: np.ndarray, value: np.ndarray, contact: Contact) -> np.ndarray:
    """Expected net of contacting: p·γ·(V − d) − (1 − p)·ρ·d − c, in money; with p of 0 or 1 what it then earned."""
    kept = contact.acceptance * (value - contact.incentive)
    return risk * kept - (1 - risk) * contact.redemption * contact.incentive - contact.cost


def earned(shop: pd.DataFrame, risks: Mapping[Definition, np.ndarray], contact: Contact) -> dict[Definition, Earned]:
    """What each definition would have earned on the same rows, and its paired difference from the best one.

    `shop` has one row per customer and judging day: customer_id, counts (whether it counts among the customers that
    money is told per), value (margin of 12 months), lost (no order in the yardstick). `risks` are by row, not a
    number for whom the definition does not judge. Contacted is who is expected to earn anything. Realised takes what
    came for granted: who was lost is kept with probability γ, who was not takes the incentive with probability ρ.
    """
    value, lost = shop["value"].to_numpy(dtype=float), shop["lost"].to_numpy(dtype=float)
    drawn = Resamples.of(shop["customer_id"], resamples=RESAMPLES).weights.astype(np.float64)
    per = 1000 / np.maximum(drawn @ shop["counts"].to_numpy(dtype=float), 1e-9)
    expected, realised, contacted = {}, {}, {}
    for one, risk in risks.items():
        hoped = np.nan_to_num(net(risk, value, contact), nan=0.0)
        is_contacted = hoped > 0
        expected[one] = per * (drawn @ (hoped * is_contacted))
        realised[one] = per * (drawn @ (net(lost, value, contact) * is_contacted))
        contacted[one] = float(is_contacted.sum() / max(shop["counts"].sum(), 1))
    best = max(realised, key=lambda one: realised[one][0])
    return {
        one: Earned(
            estimated(expected[one], len(shop)),
            estimated(realised[one], len(shop)),
            estimated(realised[one] - realised[best], len(shop)),
            contacted[one],
        )
        for one in risks
    }
