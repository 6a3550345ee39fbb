"""Days that should have brought rows: gaps planted in shops of many sizes are found; shops without any have none."""

from datetime import date, timedelta

import numpy as np
import pytest

from models.daily_gaps import CLOSED, GAP, OPEN, QUIET, easter_sunday, judge

FIRST, DAYS = date(2024, 1, 3), 800
WEEK = np.array([1, 0.9, 0.95, 1, 1.2, 1.5, 0.7])
SHOPS = [(level, closed, scatter) for level in (0.3, 3, 40, 3000) for closed in ((), (6,), (5, 6))
         for scatter in (0, 0.3)]  # fmt: skip


def shop(level: float, closed: tuple[int, ...], scatter: float, seed: int = 4) -> np.ndarray:
    """Rows per day of a growing shop with a season, weekdays it never opens on, and days that scatter."""
    rng = np.random.default_rng([seed, int(10 * level)])
    step = np.arange(DAYS)
    weekday = (FIRST.weekday() + step) % 7
    mean = level * np.exp(step / DAYS) * (1 + 0.3 * np.sin(2 * np.pi * step / 365)) * WEEK[weekday]
    if scatter:
        mean = mean * rng.gamma(1 / scatter, scatter, DAYS)
    return np.where(np.isin(weekday, closed), 0, rng.poisson(mean))


@pytest.mark.parametrize(("level", "closed", "scatter"), SHOPS)
def test_a_shop_without_gaps_has_none(level, closed, scatter):
    for seed in range(3):
        states = judge(shop(level, closed, scatter, seed), FIRST)["state"]
        assert not (states == GAP).any()


@pytest.mark.parametrize(("level", "closed", "scatter"), SHOPS)
def test_days_left_out_are_found_and_no_others(level, closed, scatter):
    rows = shop(level, closed, scatter)
    length = 5 if level >= 40 else 12 if level == 3 else 120
    rows[300 : 300 + length] = 0
    states = judge(rows, FIRST)["state"].to_numpy()
    assert set(states[300 : 300 + length]) <= {GAP, CLOSED}
    beside = np.flatnonzero(np.r_[states[:300], states[300 + length :]] == GAP)
    assert len(beside) <= (10 if level < 1 else 0)  # quiet days next to a gap may belong to it


def test_a_source_that_stopped_has_a_gap_up_to_the_last_day_but_one():
    rows = shop(40, (6,), 0)
    rows[-20:] = 0
    states = judge(rows, FIRST)["state"].to_numpy()
    assert set(states[-20:-1]) == {GAP, CLOSED}
    assert states[-1] in (OPEN, CLOSED)


def test_a_long_gap_does_not_make_its_weekdays_look_closed():
    rows = shop(40, (6,), 0)
    rows[200:350] = 0
    found = judge(rows, FIRST).iloc[200:350]
    assert set(found["state"]) == {GAP, CLOSED}
    assert (found["state"] == CLOSED).mean() == pytest.approx(1 / 7, abs=0.01)
    assert (found.loc[found["state"] == GAP, "expected"] > 10).all()


def test_single_days_and_known_holidays_are_quiet_and_no_gap():
    rows = shop(40, (), 0)
    alone, christmas = 500, (date(2024, 12, 25) - FIRST).days
    rows[alone] = 0
    rows[christmas : christmas + 2] = 0
    found = judge(rows, FIRST)
    assert list(found.index[found["state"] == QUIET]) == [christmas, christmas + 1, alone]
    assert not (found["state"] == GAP).any()


def test_a_national_holiday_is_known_by_coming_back_every_year():
    rows = shop(40, (), 0)
    for year in (2024, 2025):
        place = (date(year, 7, 14) - FIRST).days
        rows[place : place + 2] = 0
    assert (judge(rows, FIRST)["state"] == QUIET).sum() == 4


def test_a_stray_row_does_not_hide_a_gap():
    rows = shop(3000, (), 0)
    rows[400:410] = 0
    rows[405] = 3
    assert set(judge(rows, FIRST)["state"][400:410]) == {GAP}


def test_mailings_once_a_month_are_no_gaps_until_they_stop():
    rows = np.zeros(DAYS, int)
    rows[::30] = 300
    assert set(judge(rows, FIRST)["state"]) == {OPEN}
    rows[400:] = 0
    assert (judge(rows, FIRST)["state"] == GAP).sum() > 390


def test_what_a_day_brought_lies_within_its_range_nearly_always():
    found = judge(shop(40, (6,), 0.02), FIRST)
    inside = (found["rows"] >= np.floor(found["low"])) & (found["rows"] <= np.ceil(found["high"]))
    assert inside[found["state"] == OPEN].mean() > 0.98
    assert list(found["day"][:2]) == [FIRST, FIRST + timedelta(days=1)]


@pytest.mark.parametrize(
    ("year", "sunday"), [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2038, date(2038, 4, 25))]
)
def test_easter(year, sunday):
    assert easter_sunday(year) == sunday


@pytest.mark.parametrize("rows", [[], [0], [5], [5, 0, 5], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
def test_few_days_are_judged_without_a_finding(rows):
    found = judge(np.array(rows), FIRST)
    assert len(found) == len(rows)
    assert set(found["state"]) <= {OPEN, CLOSED}
