"""A promise beside what came of it: churners promised and seen, tenths of risk, and an estimate on the way.

A promise is kept when what was seen lies within what it allows: of independent customers with these risks the number
of churners has variance Σ p (1 − p), and a month as such is better or worse by an amount that no model knows ahead
(its season, a campaign). That second part, `month_spread`, is measured on the months a training judged itself on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from models.wilson import wilson

Z = 1.959964
TENTHS = 10
CURVE_BANDS = 5
USUAL_SPREAD = 0.02  # of a month's churn rate, where fewer than three months were judged
_LEAST_SPREAD = 0.005


@dataclass(frozen=True)
class Judged:
    """A matured promise: rates over n customers. `low` and `high` hold the rate seen, `slack` what the promise allows.

    `auc` with its interval is None where all churned or none did.
    """

    n: int
    promised: float
    actual: float
    low: float
    high: float
    slack: float
    auc: float | None
    auc_low: float | None
    auc_high: float | None

    @property
    def is_kept(self) -> bool:
        """Whether the rate seen lies within what the promise allows."""
        return abs(self.actual - self.promised) <= self.slack


@dataclass(frozen=True)
class Estimated:
    """What a promise is coming to while its horizon runs: the churn rate expected at its end, with interval.

    `implied` and `seen` are the shares of customers with an event (an order; where contracts are predicted, an end)
    that the promise implies by now and that came.
    """

    promised: float
    rate: float
    low: float
    high: float
    slack: float
    implied: float
    seen: float

    @property
    def is_on_course(self) -> bool:
        """Whether the promise lies within what the days so far allow."""
        return abs(self.rate - self.promised) <= self.slack


def month_spread(months: Sequence[Mapping[str, Any]]) -> float:
    """Standard deviation of a month's gap between promised and actual rate beyond chance, from judged months.

    Rows with promised, actual and n. The mean squared gap less the part that chance explains; with fewer than three
    rows 0.02.
    """
    if len(months) < 3:
        return USUAL_SPREAD
    gaps = np.array([row["promised"] - row["actual"] for row in months])
    chance = np.array([row["actual"] * (1 - row["actual"]) / max(row["n"], 1) for row in months])
    return float(np.sqrt(max(float((gaps**2 - chance).mean()), _LEAST_SPREAD**2)))


def judged(risk: np.ndarray, churned: np.ndarray, spread: float) -> Judged:
    """Compare risks with outcomes (0 or 1), one row per customer; at least one is needed."""
    n, promised, actual = len(risk), float(risk.mean()), float(churned.mean())
    low, high = wilson(actual, n)
    area = auc(risk, churned)
    return Judged(n, promised, actual, low, high, slack(risk, spread), *(area or (None, None, None)))


def slack(risk: np.ndarray, spread: float) -> float:
    """Half the width of the 95 % interval around a promised rate."""
    return Z * float(np.sqrt((risk * (1 - risk)).sum() / len(risk) ** 2 + spread**2))


def auc(risk: np.ndarray, churned: np.ndarray) -> tuple[float, float, float] | None:
    """ROC AUC with its 95 % interval (Hanley & McNeil 1982); None where all churned or none did."""
    churners = float(churned.sum())
    stayers = len(churned) - churners
    if not churners or not stayers:
        return None
    area = (rankdata(risk)[churned.astype(bool)].sum() - churners * (churners + 1) / 2) / (churners * stayers)
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (churners - 1) * (one - area**2) + (stayers - 1) * (two - area**2)
    spread = Z * np.sqrt(max(variance, 0.0) / (churners * stayers))
    return float(area), float(max(area - spread, 0.0)), float(min(area + spread, 1.0))


def tenths(risk: np.ndarray, churned: np.ndarray) -> list[dict[str, float]]:
    """One row per tenth of customers by risk, lowest first: tenth, n, promised, actual, low, high (rates)."""
    parts = np.array_split(np.argsort(risk, kind="stable"), min(TENTHS, len(risk)))
    rows = []
    for place, part in enumerate(parts, start=1):
        actual = float(churned[part].mean())
        low, high = wilson(actual, len(part))
        row = {"tenth": place, "n": len(part), "promised": float(risk[part].mean())}
        rows.append(row | {"actual": actual, "low": low, "high": high})
    return rows


def bands_of(risk: np.ndarray, bands: int = CURVE_BANDS) -> np.ndarray:
    """Band of each customer by the rank of the risk among all of the day, 0 the lowest: equal parts."""
    return np.minimum(((rankdata(risk) - 0.5) * bands / max(len(risk), 1)).astype(int), bands - 1)


def shares_by_then(risk: np.ndarray, event_days: np.ndarray, elapsed: int, horizon: int) -> np.ndarray | None:
    """Per band of a past day: of all events within the horizon, the share that came within `elapsed` days.

    `event_days`: days until the first event, not a number without one. None where a band has no event.
    """
    bands = bands_of(risk)
    within, by_then = event_days < horizon, event_days < elapsed
    totals = np.bincount(bands, within, CURVE_BANDS)
    return np.bincount(bands, by_then, CURVE_BANDS) / totals if totals.min() > 0 else None


def estimated(
    risk: np.ndarray, seen: float, curves: Sequence[np.ndarray], spread: float, is_event_churn: bool = False
) -> Estimated | None:
    """The churn rate a promise is coming to, from the share `seen` of customers with an event so far.

    Each curve is one past day's `shares_by_then`. With q a customer's promised chance of an event within the horizon
    (1 − risk; risk where the event is churn), Σ q · share / Σ q of all events are implied to have come by now; the
    events seen are divided by it. Its spread over past days and the chance in both halves make the interval. None
    without two past days to learn from, or where none of their events came so early.
    """
    chance = risk if is_event_churn else 1 - risk
    weight = np.bincount(bands_of(risk), chance, CURVE_BANDS) / chance.sum()
    portions = np.array([float(weight @ curve) for curve in curves])
    if len(portions) < 2 or portions.mean() <= 0:
        return None
    portion, n = float(portions.mean()), len(risk)
    events = min(seen / portion, 1.0)
    season = float(portions.std(ddof=1)) * np.sqrt(1 + 1 / len(portions))
    variance = max(seen * (1 - seen), 1 / n) / n / portion**2 + (events / portion * season) ** 2
    width = Z * float(np.sqrt(variance))
    low, high = (float(bound) for bound in np.clip([events - width, events + width], seen, 1.0))
    rates = (events, low, high) if is_event_churn else (1 - events, 1 - high, 1 - low)
    allowed = Z * float(np.sqrt(variance + spread**2))
    return Estimated(float(risk.mean()), *rates, allowed, portion * float(chance.mean()), seen)
