"""Calibration mends the spread of risks, keeps their order and level, and trusts a single window little."""

import numpy as np
import pytest

from models.calibrate import Calibrator, calibrator, expit, fit_slope


def window(shift: float, slope: float, seed: int, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Predicted log-odds and outcomes of a model that is off by a shift and a slope."""
    rng = np.random.default_rng(seed)
    told = rng.normal(0, 1.5, n)
    return told, (rng.random(n) < expit(shift + slope * told)).astype(float)


def log_loss(odds: np.ndarray, churned: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, odds) - churned * odds))


@pytest.mark.parametrize("slope", [0.6, 0.8, 1.4])
def test_a_lasting_error_of_the_spread_gets_smaller(slope: float) -> None:
    told, churned = window(0.0, slope, 9)
    found = calibrator(fit_slope(window(0.0, slope, seed) for seed in range(3)), told)
    assert log_loss(found.log_odds(told), churned) < log_loss(told, churned)
    assert (np.diff(found.risk(told)[np.argsort(told)]) > 0).all()


def test_the_spread_changes_and_the_mean_risk_does_not() -> None:
    told = window(0.0, 1.0, 4)[0] + 1.5
    assert calibrator(0.8, told).risk(told).mean() == pytest.approx(expit(told).mean())
    assert calibrator(0.8, told, level=0.3).risk(told).mean() == pytest.approx(expit(told + 0.3).mean())


def test_more_windows_that_agree_are_trusted_more() -> None:
    slopes = [fit_slope(window(0.0, 0.7, seed) for seed in range(count)) for count in (1, 3, 12)]
    assert 1 > slopes[0] > slopes[1] > slopes[2] > 0.68


def test_the_season_of_a_past_window_is_not_learned() -> None:
    """A window that was off in the large alone says nothing about the spread, however far off it was."""
    assert fit_slope(window(shift, 1.0, seed) for seed, shift in enumerate((0.8, 0.8, 0.8))) == pytest.approx(
        1, abs=0.06
    )


def test_without_evidence_nothing_changes() -> None:
    one_sided = (np.zeros(10), np.ones(10))
    assert fit_slope([]) == fit_slope([one_sided]) == 1.0
    assert calibrator(1.0, np.zeros(0)) == Calibrator()


def test_extreme_log_odds_stay_probabilities() -> None:
    risk = Calibrator(0.1, 1.2).risk(np.array([-1e6, 0.0, 1e6]))
    assert ((risk >= 0) & (risk <= 1)).all()
