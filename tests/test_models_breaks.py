"""A source that stopped is told from one that pauses, thins out or comes in bursts."""

from datetime import date, timedelta

import numpy as np
import pytest

from models.breaks import FEWER, MORE, STOPPED, breaks_of

FIRST = date(2025, 1, 1)


def days(seed: int, rate: float, count: int = 500) -> np.ndarray:
    return np.random.default_rng(seed).poisson(rate, count)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", [0.3, 4, 200])
def test_an_even_source_has_no_breaks(seed, rate):
    assert breaks_of(FIRST, days(seed, rate)) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_month_without_rows_is_found_to_the_day(seed):
    counts = days(seed, 6)
    counts[300:331] = 0
    counts[[299, 331]] = 5
    (found,) = breaks_of(FIRST, counts)
    assert (found.kind, found.started_on, found.ended_on) == (
        STOPPED, FIRST + timedelta(days=300), FIRST + timedelta(days=331),
    )  # fmt: skip
    assert found.usual == pytest.approx(6, abs=1) and found.seen == 0
    assert found.touches(FIRST + timedelta(days=310)) and found.touches(FIRST + timedelta(days=499))
    assert not found.touches(FIRST + timedelta(days=300)) and not found.touches(FIRST + timedelta(days=331 + 365))


def test_a_source_that_stopped_for_good_lasts():
    counts = days(1, 6)
    counts[480:] = 0
    (found,) = breaks_of(FIRST, counts)
    assert found.kind == STOPPED and found.ended_on is None


def test_habits_are_no_breaks():
    weekly = np.where(np.arange(500) % 7 < 5, days(2, 50), 0)
    bursts = np.where(np.arange(500) % 30 == 0, 300, 0)
    late = np.r_[np.zeros(200, int), days(3, 8, 300)]
    fading = np.random.default_rng(4).poisson(np.linspace(40, 12, 500))
    for counts in (weekly, bursts, late, fading, np.zeros(100, int)):
        assert breaks_of(FIRST, counts) == []


def test_a_small_part_and_a_multiple_are_breaks():
    less, more = days(5, 40), days(6, 40)
    less[440:] = days(7, 4, 60)
    more[440:] = days(8, 300, 60)
    assert [found.kind for found in breaks_of(FIRST, less)] == [FEWER]
    assert [found.kind for found in breaks_of(FIRST, more)] == [MORE]
    halved = days(9, 40)
    halved[440:] = days(10, 20, 60)
    assert breaks_of(FIRST, halved) == [], "customers who slow down are no broken source"
