"""The rhythm term: what it says, that its shares add up, and that it knows the past of its rows alone."""

import json

import numpy as np
import pandas as pd
import pytest

from models.btyd import Histories
from models.rhythm import INPUTS, LIMIT, Rhythm, fit_rhythm
from tests.test_models_btyd import TRUTH, simulate

HORIZON = 60


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """One row per customer, with what then happened."""
    past, quiet = simulate(TRUTH["mbg"], 6_000, HORIZON, seed=3)
    return pd.DataFrame(
        {
            "customer_id": np.arange(6_000).astype(str),
            "as_of_date": pd.Timestamp(2025, 1, 1),
            "order_days": past.repeats + 1,
            "days_since_last_order": past.age - past.last,
            "tenure_days": past.age,
            "churned": quiet,
        }
    )


@pytest.fixture(scope="module")
def rhythm(frame) -> Rhythm:
    found = fit_rhythm(frame, HORIZON)
    assert found is not None
    return found


def test_it_is_the_models_chance_of_no_order(frame, rhythm):
    past = Histories(
        frame["order_days"].to_numpy() - 1,
        (frame["tenure_days"] - frame["days_since_last_order"]).to_numpy(),
        frame["tenure_days"].to_numpy(),
    )
    expected = rhythm.model.quiet_log_odds(past, HORIZON).clip(-LIMIT, LIMIT)
    np.testing.assert_allclose(rhythm.log_odds(frame), expected, atol=1e-9)
    risk = 1 / (1 + np.exp(-rhythm.log_odds(frame)))
    assert risk.mean() == pytest.approx(frame["churned"].mean(), abs=0.02)


def test_shares_add_up_and_the_reference_has_none(frame, rhythm):
    shares = rhythm.contributions(frame)
    np.testing.assert_allclose(rhythm.base + shares.sum(axis=1), rhythm.log_odds(frame), atol=1e-9)
    reference = pd.DataFrame([rhythm.reference], columns=list(INPUTS))
    assert rhythm.contributions(reference) == pytest.approx(np.zeros((1, 3)), abs=1e-12)


def test_a_feature_that_is_the_references_has_no_share(frame, rhythm):
    usual = frame.assign(tenure_days=rhythm.reference[2])
    assert np.abs(rhythm.contributions(usual)[:, INPUTS.index("tenure_days")]).max() < 1e-9


def test_of_two_buyers_the_one_who_is_later_is_more_at_risk(rhythm):
    rows = pd.DataFrame({"order_days": 8.0, "days_since_last_order": np.arange(5.0, 150), "tenure_days": 300.0})
    assert (np.diff(rhythm.log_odds(rows)) > 0).all()
    by_recency = rhythm.contributions(rows)[:, INPUTS.index("days_since_last_order")]
    assert (np.diff(by_recency) > 0).all()


def test_a_customer_without_orders_counts_as_usual(frame, rhythm):
    nobody = frame.head(1).assign(order_days=np.nan, days_since_last_order=np.nan, tenure_days=np.nan)
    assert rhythm.log_odds(nobody) == pytest.approx(rhythm.base)
    assert (rhythm.contributions(nobody) == 0).all()


def test_outcomes_and_earlier_rows_of_a_customer_change_nothing(frame, rhythm):
    earlier = frame.assign(
        as_of_date=pd.Timestamp(2024, 1, 1), order_days=1.0, tenure_days=frame["days_since_last_order"]
    )
    again = fit_rhythm(pd.concat([frame.assign(churned=~frame["churned"]), earlier]), HORIZON)
    assert again == rhythm


def test_saved_and_loaded_it_says_the_same(frame, rhythm):
    loaded = Rhythm.from_dict(json.loads(json.dumps(rhythm.to_dict())))
    assert loaded == rhythm
    assert (loaded.log_odds(frame) == rhythm.log_odds(frame)).all()


@pytest.mark.parametrize("name", INPUTS)
def test_without_its_inputs_there_is_none(frame, name):
    assert fit_rhythm(frame.drop(columns=name), HORIZON) is None
    assert fit_rhythm(frame.assign(**{name: 3.0}), HORIZON) is None
