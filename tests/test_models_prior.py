"""The prior with the rhythm of orders in it: exact, saved whole, and learned from nothing but its own rows."""

import json

import numpy as np
import pandas as pd
import pytest

from models.baselines import NAMES, RHYTHM, fit_baselines
from models.boost import fit
from models.params import Params
from models.prior import RFMT, Prior, fit_prior
from models.train import train
from tests.test_models_btyd import TRUTH, simulate

HORIZON = 60
FAST = Params(max_rounds=15, patience=5, threads=2)


def shop(customers: int = 2_000, months: int = 6) -> pd.DataFrame:
    """Monthly snapshots of simulated customers; each month's are drawn anew, the later ones from older customers."""
    frames = []
    for month in range(months):
        past, quiet = simulate(TRUTH["mbg"], customers, HORIZON, seed=month)
        rng = np.random.default_rng(month)
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": [f"{month % 2}-{number}" for number in range(customers)],
                    "as_of_date": pd.Timestamp(2025, 1, 1) + pd.Timedelta(days=30 * month),
                    "churned": quiet,
                    "order_days": past.repeats + 1,
                    "days_since_last_order": np.round(past.age - past.last),
                    "tenure_days": past.age,
                    "mean_order_value": rng.lognormal(3, 0.5, customers),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return shop()


@pytest.fixture(scope="module")
def prior(frame) -> Prior:
    return fit_prior(frame, horizon_days=HORIZON)


def test_contributions_add_up_and_name_features_alone(frame, prior):
    assert prior.rhythm is not None and prior.rhythm_weight > 0.2
    assert prior.features == RFMT
    np.testing.assert_allclose(
        prior.intercept + prior.contributions(frame).sum(axis=1), prior.log_odds(frame), atol=1e-9
    )


def test_where_customers_live_by_the_rhythm_it_helps(frame, prior):
    later, without = shop(months=7).query("as_of_date > '2025-06-20'"), fit_prior(frame)

    def loss(model: Prior) -> float:
        odds = model.log_odds(later)
        return float(np.mean(np.logaddexp(0, odds) - later["churned"] * odds))

    assert loss(prior) < loss(without) - 0.005


def test_saved_and_loaded_it_is_the_same_and_old_ones_can_be_read(frame, prior):
    values = json.loads(json.dumps(prior.to_dict()))
    assert Prior.from_dict(values) == prior
    old = {name: value for name, value in values.items() if not name.startswith("rhythm")}
    assert Prior.from_dict(old).rhythm is None


def test_a_prior_without_a_horizon_or_its_inputs_is_plain(frame):
    assert fit_prior(frame).rhythm is None
    assert fit_prior(frame.drop(columns="tenure_days"), horizon_days=HORIZON).rhythm is None
    assert fit_prior(frame.assign(order_days=1.0), horizon_days=HORIZON).rhythm is None


def test_what_the_test_month_holds_moves_nothing_that_is_judged_on_it(frame):
    """The rehearsal's rhythm and all that is built on it come from rows that were known before, features included."""
    newest = frame["as_of_date"] == frame["as_of_date"].max()
    changed = frame.assign(
        order_days=frame["order_days"] + 5 * newest,
        days_since_last_order=frame["days_since_last_order"].where(~newest, 3.0),
        churned=frame["churned"] ^ newest,
    )
    before, after = (train(rows, HORIZON, FAST) for rows in (frame, changed))
    assert before.rehearsal is not None and after.rehearsal is not None
    assert before.rehearsal.prior.rhythm is not None
    assert before.rehearsal.to_dict() == after.rehearsal.to_dict()
    assert before.model.prior.rhythm != after.model.prior.rhythm  # which the final fit may and does use


def test_the_model_adds_up_with_trees_and_rhythm_together(frame):
    model, _ = fit(frame, HORIZON, FAST)
    assert model.prior.rhythm is not None
    contributions, base = model.contributions(frame.head(500))
    np.testing.assert_allclose(base + contributions.sum(axis=1), model.log_odds(frame.head(500)), atol=1e-4)


def test_the_rhythm_alone_is_a_baseline_and_the_churn_rate_stands_in_for_it(frame):
    fitted = fit_baselines(frame, 60.0, HORIZON)
    assert tuple(fitted) == NAMES
    assert fitted[RHYTHM].rhythm is not None
    np.testing.assert_allclose(fitted[RHYTHM].log_odds(frame), fitted[RHYTHM].rhythm.log_odds(frame), atol=1e-9)
    plain = fit_baselines(frame.assign(order_days=1.0), 60.0, HORIZON)
    assert (plain[RHYTHM].log_odds(frame) == plain["base_rate"].log_odds(frame)).all()
