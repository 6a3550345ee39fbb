"""What a promise allows, what came of it, and what it is coming to."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.promised import auc, estimated, judged, month_spread, shares_by_then, tenths

HORIZON = 90


def shop(seed: int, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """True risks, and days until the first order (not a number: none within the horizon) drawn from them.

    Who is safer orders sooner: exponential times conditioned on an order within the horizon.
    """
    rng = np.random.default_rng(seed)
    risk = rng.beta(1.2, 1.5, n)
    rate = -np.log(np.clip(risk, 1e-6, 1 - 1e-6)) / HORIZON
    days = rng.exponential(1 / rate)
    return risk, np.where(days < HORIZON, days, np.nan)


@pytest.mark.parametrize("seed", range(5))
def test_calibrated_promises_are_kept_and_others_are_not(seed):
    risk, days = shop(seed)
    churned = np.isnan(days).astype(float)
    found = judged(risk, churned, spread=0.005)
    assert found.is_kept and found.low < found.actual < found.high
    assert found.actual == pytest.approx(churned.mean()) and found.promised == pytest.approx(risk.mean())
    wrong = judged(np.clip(risk * 0.75, 0, 1), churned, spread=0.005)
    assert not wrong.is_kept
    assert judged(np.clip(risk * 0.75, 0, 1), churned, spread=0.1).is_kept, "months that differ a lot allow more"


def test_auc_is_that_of_the_field_and_ties_count_half():
    risk, days = shop(1)
    churned = np.isnan(days).astype(float)
    area, low, high = auc(risk, churned)
    assert area == pytest.approx(roc_auc_score(churned, risk)) and low < area < high
    assert auc(np.full(10, 0.3), np.r_[np.ones(5), np.zeros(5)])[0] == 0.5
    assert auc(risk, np.zeros(len(risk))) is None


def test_tenths_hold_everybody_once():
    risk, days = shop(2, 1003)
    rows = tenths(risk, np.isnan(days).astype(float))
    assert sum(row["n"] for row in rows) == 1003 and len(rows) == 10
    assert [row["promised"] for row in rows] == sorted(row["promised"] for row in rows)
    assert sum(row["low"] <= row["promised"] <= row["high"] for row in rows) >= 8


@pytest.mark.parametrize("elapsed", [30, 60, 85])
def test_the_estimate_finds_the_truth_before_the_horizon_is_over(elapsed):
    inside, widths = 0, []
    curves = [curve for seed in range(6) if (curve := shares_by_then(*shop(100 + seed), elapsed, HORIZON)) is not None]
    for seed in range(20):
        risk, days = shop(seed)
        found = estimated(risk, float((days < elapsed).mean()), curves, spread=0.005)
        truth = float(np.isnan(days).mean())
        inside += found.low <= truth <= found.high
        widths.append(found.high - found.low)
        assert found.is_on_course and found.implied == pytest.approx(found.seen, abs=0.05)
    assert inside >= 17
    assert np.mean(widths) < 0.12


def test_an_estimate_of_customers_who_stay_away_warns_early():
    curves = [shares_by_then(*shop(100 + seed), 45, HORIZON) for seed in range(6)]
    risk, days = shop(1)
    slowed = np.where(np.arange(len(days)) % 5 < 2, np.nan, days)
    found = estimated(risk, float((slowed < 45).mean()), curves, spread=0.01)
    assert not found.is_on_course and found.rate > found.promised + 0.1
    assert found.rate == pytest.approx(np.isnan(slowed).mean(), abs=0.05)
    assert estimated(risk, 0.2, curves[:1], 0.01) is None, "one past month knows no spread"


def test_ends_of_contracts_are_counted_the_other_way_round():
    rng = np.random.default_rng(3)
    risk = rng.beta(1, 6, 5000)
    days = np.where(rng.random(5000) < risk, rng.uniform(0, HORIZON, 5000), np.nan)
    curves = [np.full(5, share) for share in (0.48, 0.5, 0.52)]
    found = estimated(risk, float((days < 45).mean()), curves, 0.005, is_event_churn=True)
    assert found.low < (~np.isnan(days)).mean() < found.high
    assert found.rate >= found.seen


def test_the_spread_of_months_leaves_chance_out():
    rng = np.random.default_rng(4)
    calm = [{"promised": 0.4, "actual": rng.binomial(500, 0.4) / 500, "n": 500} for _ in range(40)]
    wild = [row | {"promised": 0.4 + rng.normal(0, 0.06)} for row in calm]
    assert month_spread(calm) < 0.01
    assert 0.045 < month_spread(wild) < 0.08
    assert month_spread(wild[:2]) == 0.02
