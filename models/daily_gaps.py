"""Days on which rows should have come and did not: told apart from closed weekdays, holidays and quiet sources.

A source is judged by its own rhythm alone. What a day should have brought is what the same weekday brought in the weeks
around it, so that growth and season move the expectation. A run of days without rows is a gap when it is longer than
this source's silences usually are *and* chance is no explanation for it.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

OPEN, CLOSED, QUIET, GAP = "open", "closed", "quiet", "gap"
_WEEK, _AROUND, _NEAREST = 7, 8, 4  # days; weeks looked at for closed weekdays, weeks on each side for the expectation
_SPARSE, _MOSTLY_SILENT = 0.6, 0.3  # shares of days with rows: below the first a source has no closed weekdays
_FEW_DAYS = 10  # with rows: fewer have no rhythm, such as customers who were all brought in on one day
_NEVER_BY_CHANCE = 14.0  # minus a log-probability: exp(-14) is less than one in a million
_STRAY, _MANY = 0.02, 50.0  # one in fifty of many expected rows is silence with a stray row in it
_FIXED = {(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)}


@dataclass(frozen=True)
class Rhythm:
    """Rows per day with what the rules need to know about them; all arrays have one entry per day."""

    rows: np.ndarray
    is_silent: np.ndarray
    is_closed: np.ndarray
    weekday: np.ndarray
    is_sparse: bool


def judge(rows: np.ndarray, first: date) -> pd.DataFrame:
    """One row per day from `first` on: `day`, `rows`, `expected`, `low`, `high` and `state`.

    `rows` are counts of consecutive days. `low` to `high` holds 99.7 of 100 ordinary days. States: `open` (as usual),
    `closed` (a weekday on which nothing ever comes), `quiet` (a single day or known holidays without rows), `gap`.
    The last day may still be running and is never more than open.
    """
    rhythm = _rhythm(np.asarray(rows, float), first)
    runs = _silences(rhythm) if (rhythm.rows > 0).sum() >= _FEW_DAYS else []
    long = _longer_than_usual(rhythm, runs)
    is_candidate = np.zeros(len(rhythm.rows), bool)
    for start, stop in long:
        is_candidate[start:stop] = True
    expected = _expected(rhythm, is_candidate)
    spread = _spread(rhythm, expected, is_candidate)
    surprise = _surprise_of_nothing(expected, spread)
    state = np.where(rhythm.is_closed, CLOSED, OPEN).astype(object)
    holidays = _holidays(rhythm, first)
    for start, stop in runs:
        days = np.arange(start, stop)[~rhythm.is_closed[start:stop]]
        if surprise[days].sum() < _NEVER_BY_CHANCE:
            continue
        if len(days) == 1 or holidays[days].all():
            state[days] = QUIET
        elif (start, stop) in long:
            state[days] = GAP
    root = np.sqrt(expected + 0.375)
    low = np.maximum(root - 1.5 * spread, 0) ** 2 - 0.375
    return pd.DataFrame(
        {
            "day": [first + timedelta(days=step) for step in range(len(rhythm.rows))],
            "rows": rhythm.rows.astype(np.int64),
            "expected": expected,
            "low": np.maximum(low, 0),
            "high": np.where(expected > 0, (root + 1.5 * spread) ** 2 - 0.375, 0),
            "state": state,
        }
    )


def _rhythm(rows: np.ndarray, first: date) -> Rhythm:
    """Which days are silent, and which of these because nothing ever comes on their weekday."""
    weekday = (first.weekday() + np.arange(len(rows))) % _WEEK
    has_rows = rows > 0
    shares = np.array([has_rows[weekday == day].mean() if (weekday == day).any() else 1 for day in range(_WEEK)])
    is_sparse = bool(np.median(shares) < _SPARSE)
    usual = _middle_of_weekday(rows, weekday)
    is_silent = ~has_rows | ((usual >= _MANY) & (rows <= _STRAY * usual))
    is_closed = np.zeros(len(rows), bool) if is_sparse else _closed(has_rows, weekday) & is_silent
    return Rhythm(rows, is_silent, is_closed, weekday, is_sparse)


def _middle_of_weekday(rows: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Median of the same weekday in the weeks around each day."""
    found = np.zeros(len(rows))
    for day in range(_WEEK):
        own = pd.Series(rows[weekday == day])
        found[weekday == day] = own.rolling(2 * _NEAREST + 1, center=True, min_periods=1).median()
    return found


def _closed(has_rows: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Days of weekdays that hardly ever have rows in the weeks around them; weeks wholly silent tell nothing."""
    week = (np.arange(len(has_rows)) + (weekday[0] if len(weekday) else 0)) // _WEEK
    is_alive = np.bincount(week, has_rows)[week] > 0
    found = np.zeros(len(has_rows), bool)
    for day in range(_WEEK):
        own = weekday == day
        told = pd.Series(np.where(is_alive[own], has_rows[own], np.nan))
        share = told.rolling(2 * _AROUND + 1, center=True, min_periods=_NEAREST).mean().fillna(told.mean())
        found[own] = share.to_numpy() < _MOSTLY_SILENT
    return found


def _silences(rhythm: Rhythm) -> list[tuple[int, int]]:
    """Runs of silent days as (start, stop), from the first open day on; closed days within do not end a run.

    The last day may not be over and never begins or lengthens a run.
    """
    runs: list[tuple[int, int]] = []
    start: int | None = None
    stop = 0
    for day in range(len(rhythm.rows) - 1):
        if rhythm.is_closed[day]:
            continue
        if rhythm.is_silent[day]:
            start, stop = (day if start is None else start), day + 1
        elif start is not None:
            runs.append((start, stop))
            start = None
    return [*runs, (start, stop)] if start is not None else runs


def _longer_than_usual(rhythm: Rhythm, runs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Runs of more open days than this source is silent for now and then: 49 of 50 other pauses are shorter by far."""
    lengths = np.array([(~rhythm.is_closed[start:stop]).sum() for start, stop in runs])
    pauses = np.sort(np.concatenate([lengths, np.zeros(int((~rhythm.is_silent).sum()))]))
    others = max(len(pauses) - 1, 1)
    place = min(math.ceil(0.98 * (others - 1)), others - 1)  # of the quantile among the others, each once left out
    long = set()
    for run, length in zip(runs, lengths, strict=True):
        usual = pauses[place + 1] if length <= pauses[place] and place + 1 < len(pauses) else pauses[place]
        if length > max(1.0, 2.5 * usual):
            long.add(run)
    return long


def _expected(rhythm: Rhythm, is_candidate: np.ndarray) -> np.ndarray:
    """Rows each day should have brought: what the nearest ordinary days of its weekday did."""
    expected = np.zeros(len(rhythm.rows))
    if rhythm.is_sparse:
        return _expected_of_sparse(rhythm, is_candidate)
    for weekday in range(_WEEK):
        days = np.flatnonzero((rhythm.weekday == weekday) & ~rhythm.is_closed)
        ordinary = days[~is_candidate[days]]
        for day in days.tolist():
            expected[day] = _trimmed_mean(rhythm.rows[_around(ordinary, day)])
    return expected


def _around(ordinary: np.ndarray, day: int) -> np.ndarray:
    """The nearest ordinary days before and after a day; at an end of the data more of the other side."""
    place = int(np.searchsorted(ordinary, day))
    after = place + int(place < len(ordinary) and ordinary[place] == day)
    left, right = place, len(ordinary) - after
    before_taken = min(left, max(_NEAREST, 2 * _NEAREST - right))
    after_taken = min(right, max(_NEAREST, 2 * _NEAREST - left))
    return np.concatenate([ordinary[place - before_taken : place], ordinary[after : after + after_taken]])


def _expected_of_sparse(rhythm: Rhythm, is_candidate: np.ndarray) -> np.ndarray:
    """Of a source with rows on few days: the lower of the rates before and after, so that growth explains a silence."""
    ordinary = np.flatnonzero(~is_candidate)
    sums = np.concatenate([[0.0], np.cumsum(rhythm.rows[ordinary])])
    place = np.searchsorted(ordinary, np.arange(len(rhythm.rows)))
    span = 2 * _NEAREST * _WEEK
    first, last = np.maximum(place - span, 0), np.minimum(place + span, len(ordinary))
    before = (sums[place] - sums[first]) / np.maximum(place - first, 1)
    after = (sums[last] - sums[place]) / np.maximum(last - place, 1)
    both = (place - first >= _WEEK) & (last - place >= _WEEK)
    return np.where(both, np.minimum(before, after), np.where(place - first >= _WEEK, before, after))


def _trimmed_mean(values: np.ndarray) -> float:
    """The mean without the largest and the smallest value: one sale or one holiday nearby changes nothing."""
    if len(values) < 5:
        return float(np.median(values)) if len(values) else 0.0
    return float(np.sort(values)[1:-1].mean())


def _spread(rhythm: Rhythm, expected: np.ndarray, is_candidate: np.ndarray) -> float:
    """How much more ordinary days scatter than chance alone would make them, at least 1 (Anscombe's square roots)."""
    ordinary = ~rhythm.is_closed & ~is_candidate
    if ordinary.sum() < _WEEK:
        return 1.0
    scatter = 2 * (np.sqrt(rhythm.rows[ordinary] + 0.375) - np.sqrt(expected[ordinary] + 0.375))
    return max(1.0, 1.4826 * float(np.median(np.abs(scatter - np.median(scatter)))))


def _surprise_of_nothing(expected: np.ndarray, spread: float) -> np.ndarray:
    """Minus the log-probability of a day without rows: of a Poisson count or, where days scatter more, of a negative
    binomial one of the same variance.
    """
    some = expected[expected > 0]
    excess = (spread**2 - 1) / float(np.median(some)) if len(some) else 0.0
    return np.log1p(expected * excess) / excess if excess > 1e-9 else expected


def _holidays(rhythm: Rhythm, first: date) -> np.ndarray:
    """Days that are a holiday in many countries, or were as silent on the same date of another year, give or take one.

    Same date: national holidays that no list here knows.
    """
    days = [first + timedelta(days=step) for step in range(len(rhythm.rows))]
    silent = {days[place] for place in np.flatnonzero(rhythm.is_silent & ~rhythm.is_closed)}
    easter = {easter_sunday(year) for year in range(days[0].year, days[-1].year + 1)} if days else set()
    moving = {sunday + timedelta(days=step) for sunday in easter for step in (-2, -1, 0, 1, 39, 50)}
    return np.array(
        [(day.month, day.day) in _FIXED or day in moving or _recurs(day, days[0].year, silent) for day in days]
    )


def _recurs(day: date, begin: int, silent: set[date]) -> bool:
    """Whether another year was silent on the same date or a day beside it, and not for longer."""
    if day not in silent or (day.month, day.day) == (2, 29):
        return False
    for year in (*range(begin, day.year), *range(day.year + 1, day.year + 4)):
        same = day.replace(year=year)
        near = [same + timedelta(days=step) for step in range(-3, 4)]
        if 1 <= sum(other in silent for other in near) <= 2 and any(other in silent for other in near[2:5]):
            return True
    return False


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
