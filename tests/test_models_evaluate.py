"""Metrics equal scikit-learn's, and their intervals mean what they say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from models.calibrate import expit
from models.evaluate import METRICS, Resamples, calibration_table, difference, estimate, estimates, metric_draws
from models.params import Params
from models.train import train
from tests.churn_frames import HORIZON, labelled_frame, without_truth

FAST = Params(max_rounds=40, patience=10, eta=0.1, threads=1)


def drawn(n: int, seed: int, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    odds = np.round(rng.normal(0, 1, n), 1)  # with ties
    return (rng.random(n) < expit(strength * odds)).astype(float), odds


def one_each(n: int, resamples: int = 50) -> Resamples:
    return Resamples.of(pd.Series(np.arange(n)), resamples=resamples)


def test_figures_equal_those_of_scikit_learn() -> None:
    churned, odds = drawn(3000, 1)
    risk = expit(odds)
    figures = {name: draws[0] for name, draws in metric_draws(churned, odds, one_each(3000)).items()}
    assert figures["roc_auc"] == pytest.approx(roc_auc_score(churned, odds))
    assert figures["pr_auc"] == pytest.approx(average_precision_score(churned, odds))
    assert figures["log_loss"] == pytest.approx(log_loss(churned, risk))
    assert figures["brier"] == pytest.approx(brier_score_loss(churned, risk))
    assert figures["calibration_gap"] == pytest.approx(risk.mean() - churned.mean())


def test_lift_of_a_perfect_order_is_one_over_the_rate() -> None:
    churned = np.r_[np.ones(200), np.zeros(800)]
    draws = metric_draws(churned, np.linspace(5, -5, 1000), one_each(1000))
    assert draws["lift_10"][0] == pytest.approx(5.0)
    assert metric_draws(churned, np.zeros(1000), one_each(1000))["lift_10"][0] == pytest.approx(1.0)


def test_weighted_figures_equal_those_of_repeated_rows() -> None:
    churned, odds = drawn(400, 2)
    resamples = one_each(400)
    draws = metric_draws(churned, odds, resamples)
    times = resamples.weights[3].astype(int)
    repeated = metric_draws(np.repeat(churned, times), np.repeat(odds, times), one_each(times.sum(), 1))
    for name in METRICS:
        assert draws[name][3] == pytest.approx(repeated[name][0], abs=1e-3 if name == "lift_10" else 1e-9)


def test_intervals_cover_the_truth_about_as_often_as_promised() -> None:
    truth = metric_draws(*drawn(200_000, 0), one_each(200_000, 1))["roc_auc"][0]
    covered = 0
    for seed in range(1, 61):
        found = estimate(metric_draws(*drawn(400, seed), one_each(400, 200))["roc_auc"], 400)
        covered += found.low <= truth <= found.high
    assert 51 <= covered <= 60


def test_one_customers_rows_move_together() -> None:
    churned, odds = drawn(300, 3)
    copies = 10
    alone = estimates(metric_draws(churned, odds, one_each(300, 200)), 300)["roc_auc"]
    ids = pd.Series(np.tile(np.arange(300), copies))
    together = Resamples.of(ids, resamples=200)
    copied = estimates(metric_draws(np.tile(churned, copies), np.tile(odds, copies), together), 3000)["roc_auc"]
    assert copied.value == pytest.approx(alone.value)
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_a_model_differs_from_itself_by_nothing() -> None:
    churned, odds = drawn(300, 4)
    draws = metric_draws(churned, odds, one_each(300))
    same = difference(draws, draws, "log_loss", 300)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    worse = metric_draws(churned, 4 * odds, one_each(300))
    assert difference(draws, worse, "log_loss", 300).high < 0


def test_the_calibration_table_covers_everyone_once() -> None:
    churned, odds = drawn(1003, 5)
    rows = calibration_table(churned, odds, one_each(1003))
    assert sum(row["n"] for row in rows) == 1003
    assert [row["promised"] for row in rows] == sorted(row["promised"] for row in rows)
    assert all(row["low"] <= row["actual"] <= row["high"] for row in rows)


def test_training_is_judged_on_later_outcomes_than_it_learned_from() -> None:
    frame = without_truth(labelled_frame())
    trained = train(frame, HORIZON, FAST)
    assert trained.evaluation.kind == "out of time"
    assert trained.rehearsal is not None
    learned = pd.Timestamp(trained.windows["rehearsal"][1]) + pd.Timedelta(days=HORIZON)
    assert learned <= pd.Timestamp(trained.evaluation.test_date)
    assert trained.evaluation.test_date == str(frame["as_of_date"].max().date())


def test_outcomes_of_the_test_change_nothing_but_the_figures() -> None:
    frame = without_truth(labelled_frame())
    newest = frame["as_of_date"] == frame["as_of_date"].max()
    turned = frame.assign(churned=np.where(newest, ~frame["churned"], frame["churned"]))
    honest, upset = (train(rows, HORIZON, FAST).rehearsal for rows in (frame, turned))
    assert honest is not None
    assert upset is not None
    assert (honest.churn_risk(frame) == upset.churn_risk(frame)).all()


def test_a_planted_cause_beats_the_baselines_beyond_its_interval() -> None:
    trained = train(without_truth(labelled_frame(600)), HORIZON, FAST)
    judged = trained.evaluation
    assert judged.has_signal
    for baseline in ("base_rate", "recency", "logistic"):
        gain = judged.difference("log_loss", baseline)
        assert gain is not None
        assert gain.high < 0
    assert "bad_service" in list(trained.importance)[:4]


def test_noise_has_no_signal() -> None:
    auc = train(without_truth(labelled_frame(signal=0.0)), HORIZON, FAST).evaluation.metric("roc_auc")
    assert auc is not None
    assert auc.low < 0.5 < auc.high


def test_a_short_history_is_judged_on_customers_not_seen() -> None:
    trained = train(without_truth(labelled_frame(400, 2)), HORIZON, FAST)
    assert trained.rehearsal is None
    assert trained.evaluation.kind == "out of customers"
    assert trained.evaluation.has_signal
    assert {row["as_of_date"] for row in trained.evaluation.months} == {"2025-05-02", "2025-06-01"}


def test_trials_see_nothing_of_the_test_and_are_repeatable() -> None:
    frame = without_truth(labelled_frame(300, 8))
    newest = frame["as_of_date"] == frame["as_of_date"].max()
    turned = frame.assign(churned=np.where(newest, ~frame["churned"], frame["churned"]))
    found = {train(rows, HORIZON, replace(FAST, trials=3)).params for rows in (frame, frame, turned)}
    assert len(found) == 1


def test_a_report_is_plain_values() -> None:
    import json

    judged = train(without_truth(labelled_frame(300, 8)), HORIZON, FAST).evaluation
    assert json.loads(json.dumps(judged.to_dict(), allow_nan=False)) == judged.to_dict()
