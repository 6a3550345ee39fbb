"""The shop's calendar: its window of days and how demand moves within the year."""

import datetime as dt

import numpy as np

from pipelines.sample.draws import Floats, Ints

FIRST_DAY = dt.date(2023, 10, 1)
END = dt.date(2026, 11, 1)  # exclusive: the last day of the data is 31 October 2026
EPOCH_DAYS = (FIRST_DAY - dt.date(1970, 1, 1)).days
DAYS = (END - FIRST_DAY).days

_MONTHS = [dt.date(2023 + (9 + m) // 12, (9 + m) % 12 + 1, 1) for m in range(38)]
MONTH_EDGES = np.array([(month - FIRST_DAY).days for month in _MONTHS], dtype=float)
MONTH_NAMES = tuple(f"{month:%Y-%m}" for month in _MONTHS)

SEASONS = ("steady", "gift", "garden", "cosy")
STEADY, GIFT, GARDEN, COSY = range(len(SEASONS))
_BY_MONTH = {  # January … December
    STEADY: (0.95, 0.92, 1.0, 1.0, 1.02, 0.98, 0.82, 0.80, 1.0, 1.05, 1.2, 1.4),
    GIFT: (0.3, 0.7, 0.4, 0.5, 0.9, 0.4, 0.3, 0.3, 0.4, 0.7, 3.0, 4.6),
    GARDEN: (0.5, 0.7, 1.5, 1.9, 1.8, 1.4, 1.0, 0.8, 0.8, 0.6, 0.5, 0.6),
    COSY: (1.2, 1.1, 0.95, 0.85, 0.8, 0.7, 0.6, 0.7, 1.0, 1.2, 1.4, 1.6),
}
_BY_WEEKDAY = (1.10, 1.02, 1.00, 0.98, 0.90, 0.88, 1.12)  # Monday … Sunday
_HORIZON = 4 * 1461  # the calendar runs past the window, so that a next order always has a date


def _daily_weights(by_month: tuple[float, ...]) -> Floats:
    days = [FIRST_DAY + dt.timedelta(days=d) for d in range(_HORIZON)]
    weights = np.array([by_month[day.month - 1] * _BY_WEEKDAY[day.weekday()] for day in days])
    for index, day in enumerate(days):
        if day.month == 11 and 22 <= day.day <= 30:  # the week of Black Friday
            weights[index] *= 1.5
        if day.month == 12 and day.day > 22:  # too late for a parcel before Christmas
            weights[index] *= 0.45
    return weights / weights.mean()


_TICKS = np.arange(_HORIZON + 1, dtype=float)
_CUMULATIVE = {kind: np.concatenate([[0.0], np.cumsum(_daily_weights(curve))]) for kind, curve in _BY_MONTH.items()}


def later(start: Floats, gap: Floats, kind: Ints) -> Floats:
    """Return the days at which `gap` days of seasonal demand have passed since `start`, at least one day on.

    Demand time runs faster in season (time rescaling), so rhythm and season multiply without a thinning step.
    """
    found = np.empty_like(start)
    for curve, cumulative in _CUMULATIVE.items():
        rows = kind == curve
        target = np.interp(start[rows], _TICKS, cumulative) + gap[rows]
        found[rows] = np.interp(target, cumulative, _TICKS)
    return np.maximum(found, start + 1.0)


def demand(day: Floats, kind: Ints) -> Floats:
    """Return the days of seasonal demand from the first day until each `day`: the clock that `later` reads."""
    found = np.empty_like(day)
    for curve, cumulative in _CUMULATIVE.items():
        found[kind == curve] = np.interp(day[kind == curve], _TICKS, cumulative)
    return found


def month_of(day: Floats) -> Ints:
    """Return each day's calendar month, 1 to 12."""
    position = np.searchsorted(MONTH_EDGES, day, side="right") - 1
    return (position + 9) % 12 + 1


def season_days(shares: Floats) -> Floats:
    """Spread shares 0–1 over the window, denser in season: the days on which new customers arrive."""
    steady = _CUMULATIVE[STEADY][: DAYS + 1]
    return np.interp(shares * steady[-1], steady, _TICKS[: DAYS + 1])


def in_black_week(day: Floats) -> np.ndarray:
    """Tell which days fall into the last nine days of November."""
    start = np.array([(dt.date(year, 11, 22) - FIRST_DAY).days for year in range(2023, 2027)], dtype=float)
    return np.asarray(((day[:, None] >= start) & (day[:, None] < start + 9)).any(axis=1))


def in_bad_spring(day: Floats) -> np.ndarray:
    """Tell which days fall into March to May 2025, when the help desk changed its software."""
    first, last = ((date - FIRST_DAY).days for date in (dt.date(2025, 3, 1), dt.date(2025, 6, 1)))
    return (day >= first) & (day < last)
