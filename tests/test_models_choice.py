"""Trees are used only where they predicted better beyond their interval; a customer counts once, however often."""

import numpy as np
import pandas as pd
import pytest

from models.boost import cross_fit
from models.calibrate import expit
from models.choice import BOOSTED, SIMPLE, Contest, choose, too_little_to_compare
from models.params import Params
from models.rounds import NO_TREES
from models.trees import shifted_log_loss
from tests.churn_frames import HORIZON, labelled_frame


def contest(gain: float, customers: int = 400, seed: int = 0) -> Contest:
    """A window in which trees lose `gain` less per customer, with noise."""
    simple = np.random.default_rng(seed).gamma(2.0, 0.25, customers)
    noise = np.random.default_rng(seed + 1).normal(0, 0.1, customers)
    return Contest(pd.Series([f"c{number}" for number in range(customers)]), simple - gain + noise, simple)


@pytest.mark.parametrize(("gain", "used"), [(0.05, BOOSTED), (0.0, SIMPLE), (-0.05, SIMPLE)])
def test_trees_are_used_only_when_they_win_clearly(gain: float, used: str) -> None:
    found = choose([contest(gain, seed=seed) for seed in range(3)], in_time=True)
    assert found.used == used
    assert found.gain is not None and found.gain.low < found.gain.value < found.gain.high
    assert found.gain.value == pytest.approx(-gain, abs=0.02)


def test_the_same_customers_again_narrow_nothing() -> None:
    once, thrice = choose([contest(0.004)], in_time=True), choose([contest(0.004)] * 3, in_time=True)
    assert once.gain and thrice.gain
    assert (thrice.gain.low, thrice.gain.high) == pytest.approx((once.gain.low, once.gain.high))
    assert once.used == thrice.used


def test_the_reason_says_what_was_measured_and_on_what() -> None:
    assert "on later data: log loss -0.0" in choose([contest(0.05)], in_time=True).reason
    assert "on other customers" in choose([contest(0.05)], in_time=False).reason
    assert "61 of 210 days" in too_little_to_compare(["61 of 210 days of history"]).reason


def test_where_the_simple_model_is_the_truth_no_tree_is_used() -> None:
    """Churn drawn from the prior's own form: whatever trees find is noise."""
    frame = labelled_frame()
    frame = frame.assign(churned=_drawn(frame))
    found = cross_fit(frame, HORIZON, Params(threads=1))
    assert found.choice.used == SIMPLE
    assert found.rounds == NO_TREES


def test_trees_are_judged_by_what_they_tell_apart_and_not_by_the_level() -> None:
    """A loss is that after the best of all shifts, whatever all log-odds were off by before."""
    rng = np.random.default_rng(6)
    odds = rng.normal(0, 1.2, 3_000)
    churned = (rng.random(3_000) < expit(odds + 0.5)).astype(float)
    best = min(float(log_losses(odds + shift, churned).mean()) for shift in np.linspace(-1, 2, 301))
    for off in (-0.7, 0.0, 0.7):
        assert shifted_log_loss(odds + off, churned) == pytest.approx(best, abs=1e-4)
    assert log_losses(odds - 0.7, churned).mean() > best + 0.05


def log_losses(odds: np.ndarray, churned: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, odds) - churned * odds


def _drawn(frame: pd.DataFrame) -> np.ndarray:
    odds = 1.2 * (np.log1p(frame["days_since_last_order"].to_numpy(dtype=float)) - 3.5)
    return (np.random.default_rng(5).random(len(frame)) < 1 / (1 + np.exp(-odds))).astype(float)
