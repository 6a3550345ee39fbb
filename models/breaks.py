"""Data breaks: a source that stopped or changed, told from customers who behave differently.

Customers change by degrees, deliveries all at once. A series of rows per day is broken where it is silent for longer
than chance and its own habits allow, or where a month brings a small part, or a multiple, of what any month before did.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

STOPPED, FEWER, MORE, MISSING = "stopped", "fewer", "more", "missing"
WINDOW = 30  # days that are looked at together
_LEAST_ROWS = 20.0  # that were to come: with fewer, silence is chance
_LEAST_DAYS = 7
_LEAST_PAST = 60  # days before a silence, to know what is usual
_ALIKE = 1  # other silences more than half as long; with more, as of monthly mailings, pauses are a habit
_DENSE = 0.5  # share of days with rows from which months can be compared
_USUAL_DAYS = 180  # of the past that say what is usual
_LEAST_WINDOWS = 3
_PART, _TIMES = 0.25, 4.0


@dataclass(frozen=True)
class Break:
    """One break of a series. `ended_on` is the first good day again, None while it lasts; rates are rows per day."""

    kind: str
    started_on: date
    ended_on: date | None
    usual: float
    seen: float

    def touches(self, day: date, days: int = 365) -> bool:
        """Whether features of a day, which look back by `days`, can feel it."""
        began = self.started_on < day
        return began and (self.ended_on is None or self.ended_on > day - timedelta(days=days))


def breaks_of(first: date, counts: np.ndarray) -> list[Break]:
    """Breaks of rows per day, from day `first` on without a gap, oldest first; the last count is of the newest day.

    Days before the first row are no break: the source began then.
    """
    begun = np.flatnonzero(counts)
    if not len(begun):
        return []
    first, counts = first + timedelta(days=int(begun[0])), counts[begun[0] :].astype(float)
    silent = list(_silences(first, counts))
    return sorted(silent or list(_levels(first, counts)), key=lambda found: found.started_on)


def _silences(first: date, counts: np.ndarray) -> Iterator[Break]:
    """Runs of days without a row in which enough rows were to come, and whose like is not this series' habit."""
    runs = list(_runs(counts == 0))
    for start, end in runs:
        length, usual = end - start, _usual(counts, start)
        alike = sum(2 * (until - since) > length for since, until in runs) - 1
        if start >= _LEAST_PAST and length >= _LEAST_DAYS and usual * length >= _LEAST_ROWS and alike <= _ALIKE:
            until = first + timedelta(days=end) if end < len(counts) else None
            yield Break(STOPPED, first + timedelta(days=start), until, usual, 0.0)


def _usual(counts: np.ndarray, start: int) -> float:
    """Rows per day before a day, of the days that had any in the long run."""
    before = counts[max(start - _USUAL_DAYS, 0) : start]
    return float(before.mean()) if len(before) else 0.0


def _runs(is_silent: np.ndarray) -> Iterator[tuple[int, int]]:
    """Starts and ends (exclusive) of runs of True."""
    edges = np.flatnonzero(np.diff(np.r_[0, is_silent.astype(int), 0]))
    yield from ((int(start), int(end)) for start, end in edges.reshape(-1, 2))


def _levels(first: date, counts: np.ndarray) -> Iterator[Break]:
    """Months, counted back from the newest day, far outside of all before; months in a row are one break."""
    if (counts > 0).mean() < _DENSE:
        return
    offset = len(counts) % WINDOW
    sums = counts[offset:].reshape(-1, WINDOW).sum(axis=1)
    good: list[float] = []
    found: Break | None = None
    for place, total in enumerate(sums):
        kind = _level(total, good[-12:])
        started = first + timedelta(days=offset + place * WINDOW)
        if found and kind != found.kind:
            yield Break(found.kind, found.started_on, started, found.usual, found.seen)
            found = None
        if kind is None:
            good.append(float(total))
        elif found is None:
            found = Break(kind, started, None, float(np.median(good[-12:])) / WINDOW, float(total) / WINDOW)
    if found:
        yield found


def _level(total: float, before: list[float]) -> str | None:
    if len(before) < _LEAST_WINDOWS or np.median(before) < _LEAST_ROWS:
        return None
    usual = float(np.median(before))
    if total < _PART * usual and total < 0.5 * min(before):
        return FEWER
    return MORE if total > _TIMES * usual and total > 2 * max(before) else None
