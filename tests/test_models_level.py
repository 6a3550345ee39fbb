"""The level meets the rhythm half-way while little has been seen, lets outcomes speak later, and knows the season."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.boost import fit
from models.calibrate import expit, meeting_shift
from models.churn import ChurnModel
from models.level import FARTHEST, SEASON_SHARE, SETTLED_DAYS, YEAR_DAYS, level_shift, season_shift
from models.params import Params
from tests.churn_frames import HORIZON, labelled_frame
from tests.test_models_prior import shop

ODDS = np.random.default_rng(1).normal(0.4, 1.2, 2000)
RHYTHM = ODDS + 0.9
FAST = Params(max_rounds=10, patience=3, threads=1)


@pytest.mark.parametrize("mean_risk", [0.02, 0.5, 0.97])
def test_the_shift_meets_the_mean_risk(mean_risk: float) -> None:
    assert expit(ODDS + meeting_shift(ODDS, mean_risk)).mean() == pytest.approx(mean_risk, abs=1e-9)


def test_a_young_shop_takes_the_mean_of_both_levels() -> None:
    assert level_shift(ODDS, RHYTHM, 200) == pytest.approx(0.45, abs=1e-6)
    assert level_shift(ODDS, ODDS, 200) == pytest.approx(0.0, abs=1e-6)


def test_outcomes_take_over_as_they_come() -> None:
    days = (100, YEAR_DAYS, 420, 500, SETTLED_DAYS, 2000)
    shifts = [level_shift(ODDS, RHYTHM, seen) for seen in days]
    assert shifts[0] == shifts[1] > shifts[2] > shifts[3] > shifts[4] == shifts[5] == 0


def test_a_rhythm_far_off_is_followed_no_farther_than_half_a_log_odd() -> None:
    assert level_shift(ODDS, ODDS + 4, 200) == -level_shift(ODDS, ODDS - 4, 200) == FARTHEST


def test_nobody_to_score_needs_no_shift() -> None:
    assert level_shift(np.zeros(0), np.zeros(0), 100) == 0


def test_the_season_is_what_the_model_was_off_by_a_year_ago() -> None:
    off = {date(2025, 1, 1): 0.4, date(2025, 3, 1): -0.2, date(2025, 12, 1): 0.9}
    assert season_shift(off, date(2026, 1, 1)) == pytest.approx(SEASON_SHARE * 0.4)
    assert season_shift(off, date(2026, 1, 15)) == pytest.approx(SEASON_SHARE * (0.4 - 0.6 * 14 / 59))


def test_a_season_never_seen_moves_nothing() -> None:
    assert season_shift({date(2025, 1, 1): 0.4}, date(2026, 7, 1)) == 0
    assert season_shift({date(2025, 1, 1): 0.4}, date(2025, 4, 1)) == 0
    assert season_shift({}, date(2026, 1, 1)) == 0


def distances(model: ChurnModel, later: pd.DataFrame) -> tuple[float, float]:
    """How far the promised churn is from what came, as promised and before the level was set."""
    promised = model.churn_risk(later).mean(), expit(model.log_odds(later)).mean()
    return abs(promised[0] - later["churned"].mean()), abs(promised[1] - later["churned"].mean())


def test_a_young_model_that_saw_too_little_churn_promises_more_by_the_rhythm() -> None:
    """Outcomes at first were better than customers' histories let expect; then they were as expected."""
    frame = shop(1_000, 5)
    newest = frame["as_of_date"] == frame["as_of_date"].max()
    learned, later = frame[~newest], frame[newest]
    learned = learned.assign(churned=learned["churned"] & (np.random.default_rng(1).random(len(learned)) < 0.7))
    model, _ = fit(learned, HORIZON, FAST, scored=later.drop(columns="churned"))
    promised, before = distances(model, later)
    assert promised < before - 0.03


def test_a_model_a_year_on_promises_the_churn_of_the_season() -> None:
    frame = labelled_frame(400, 16)
    season = np.cos(2 * np.pi * (frame["as_of_date"] - frame["as_of_date"].max()).dt.days / YEAR_DAYS)
    risk = expit((frame.pop("true_log_odds") + season).to_numpy())
    frame["churned"] = np.random.default_rng(2).random(len(frame)) < risk
    ends = frame["as_of_date"] + pd.Timedelta(days=HORIZON)
    later = frame[frame["as_of_date"] == frame["as_of_date"].max()]
    model, _ = fit(frame[ends <= frame["as_of_date"].max()], HORIZON, FAST, scored=later.drop(columns="churned"))
    promised, before = distances(model, later)
    assert promised < before - 0.03
