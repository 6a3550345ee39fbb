"""Expected value: never negative, sums that are met, and the own past where there is nothing to learn from."""

import numpy as np
import pandas as pd
import pytest

from models.bundle import Bundle, from_files, to_files
from models.params import Params
from models.value import fallback, fit_value, past_yearly_margin, spearman, yearly_target
from tests.churn_frames import labelled_frame, without_truth

PARAMS = Params(threads=1)


def priced(customers: int = 400, days: int = 365, seed: int = 1) -> pd.DataFrame:
    """Rows whose stayers bring half of last year's margin, doubled for those with bad service, times noise."""
    frame = without_truth(labelled_frame(customers, 6, seed=seed))
    rng = np.random.default_rng(seed)
    brought = 0.5 * (1 + frame["bad_service"]) * frame["margin_365d"] * rng.lognormal(0, 0.3, len(frame))
    return frame.assign(stayed_margin=np.where(frame["churned"], np.nan, brought), value_days=days)


def test_sums_are_met_for_customers_not_seen() -> None:
    model, figures = fit_value(priced(), 365, PARAMS)
    later = priced(seed=2)
    stayed = ~later["churned"]
    promised, seen = model.predict(later)[stayed], later.loc[stayed, "stayed_margin"].to_numpy()
    assert promised.sum() / seen.sum() == pytest.approx(1.0, abs=0.05)
    assert figures["ratio_of_sums"] == pytest.approx(1.0, abs=0.05)
    assert abs(figures["baseline_ratio_of_sums"] - 1) > 0.2
    assert spearman(promised, seen) > spearman(past_yearly_margin(later)[stayed], seen)
    assert figures["spearman"] > figures["baseline_spearman"]


def test_values_are_money_whatever_comes_in() -> None:
    model, _ = fit_value(priced(), 365, PARAMS)
    odd = priced(20).drop(columns=["stayed_margin", "value_days"])
    odd.loc[odd.index[:5], "margin_365d"] = -100.0
    odd.loc[odd.index[5:9], ["mean_gap_days", "overdue_ratio", "mean_order_value"]] = np.nan
    odd.loc[odd.index[9], "margin_365d"] = 1e9
    found = model.predict(odd)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def test_too_few_stayers_fall_back_to_the_own_past() -> None:
    frame = priced(30)
    model, figures = fit_value(frame, 365, PARAMS)
    assert (model.predict(frame) == past_yearly_margin(frame)).all()
    assert set(figures) == {"n"}


def test_a_short_window_is_completed_by_the_own_past() -> None:
    frame = pd.DataFrame({"stayed_margin": [100.0], "value_days": [90], "margin_365d": [200.0], "tenure_days": [400.0]})
    assert yearly_target(frame, 365) == pytest.approx([100 + 200 * 275 / 365])
    assert yearly_target(frame.assign(value_days=365), 365) == pytest.approx([100])


def test_the_past_of_a_young_customer_is_brought_to_a_year() -> None:
    frame = pd.DataFrame({"margin_365d": [100.0, 100.0, 100.0, -5.0], "tenure_days": [700.0, 182.5, 1.0, 50.0]})
    assert past_yearly_margin(frame) == pytest.approx([100.0, 200.0, 100 * 365 / 90, 0.0])


def test_a_saved_value_model_predicts_the_same() -> None:
    from models.churn import ChurnModel
    from models.prior import Prior

    frame = priced()
    model, _ = fit_value(frame, 365, PARAMS)
    churn = ChurnModel((), Prior((), (), (), 0.0))
    for value in (model, fallback()):
        assert (from_files(to_files(Bundle(churn, value))).value.predict(frame) == value.predict(frame)).all()
