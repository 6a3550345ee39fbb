"""Calibration mends what is off, keeps the order, and trusts a single window little."""

import numpy as np
import pytest

from models.calibrate import Calibrator, expit, fit_calibrator


def window(shift: float, slope: float, seed: int, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Predicted log-odds and outcomes of a model that is off by a shift and a slope."""
    rng = np.random.default_rng(seed)
    told = rng.normal(0, 1.5, n)
    return told, (rng.random(n) < expit(shift + slope * told)).astype(float)


def log_loss(odds: np.ndarray, churned: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, odds) - churned * odds))


@pytest.mark.parametrize(("shift", "slope"), [(0.8, 1.0), (-0.6, 1.0), (0.0, 0.6), (0.5, 1.4)])
def test_a_lasting_error_gets_smaller(shift: float, slope: float) -> None:
    calibrator = fit_calibrator([window(shift, slope, seed) for seed in range(3)])
    told, churned = window(shift, slope, 9)
    assert log_loss(calibrator.log_odds(told), churned) < log_loss(told, churned)
    order = np.argsort(told)
    assert (np.diff(calibrator.risk(told)[order]) > 0).all()


def test_more_windows_that_agree_are_trusted_more() -> None:
    shifts = [fit_calibrator([window(0.8, 1.0, seed) for seed in range(count)]).intercept for count in (1, 3, 12)]
    assert 0 < shifts[0] < shifts[1] < shifts[2] < 0.85


def test_windows_that_disagree_cancel_out() -> None:
    assert abs(fit_calibrator([window(0.8, 1.0, 1), window(-0.8, 1.0, 2)]).intercept) < 0.1


def test_a_calibrated_model_is_left_alone() -> None:
    calibrator = fit_calibrator([window(0.0, 1.0, seed) for seed in range(3)])
    assert calibrator.intercept == pytest.approx(0.0, abs=0.06)
    assert calibrator.slope == pytest.approx(1.0, abs=0.06)


def test_without_evidence_nothing_changes() -> None:
    one_sided = (np.zeros(10), np.ones(10))
    assert fit_calibrator([]) == fit_calibrator([one_sided]) == Calibrator()


def test_extreme_log_odds_stay_probabilities() -> None:
    risk = Calibrator(0.1, 1.2).risk(np.array([-1e6, 0.0, 1e6]))
    assert ((risk >= 0) & (risk <= 1)).all()
