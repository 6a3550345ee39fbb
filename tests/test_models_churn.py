"""The churn model: what it finds, what it leaves alone, and that its explanation adds up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.metrics import roc_auc_score

from models.boost import fit, usable_features
from models.bundle import Bundle, from_files, to_files
from models.churn import FRESH_SHARE, ChurnModel, FeatureMismatchError, matrix
from models.params import InsufficientDataError, Params
from models.prior import RECENCY, fit_prior
from models.rounds import fewest_best
from models.value import ValueModel
from tests.churn_frames import HORIZON, labelled_frame, without_truth

FAST = Params(max_rounds=60, patience=15, eta=0.1, threads=1)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return labelled_frame()


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> ChurnModel:
    return fit(without_truth(frame), HORIZON, FAST)[0]


def test_contributions_add_up_to_the_log_odds(model: ChurnModel, frame: pd.DataFrame) -> None:
    contributions, base = model.contributions(frame)
    assert model.booster is not None and model.fresh is not None
    assert contributions.shape == (len(frame), len(model.features))
    assert np.abs(base + contributions.sum(axis=1) - model.log_odds(frame)).max() < 1e-5


def test_contributions_of_the_trees_are_those_of_shap(model: ChurnModel, frame: pd.DataFrame) -> None:
    rows = frame.head(50)
    asked = matrix(rows, model.features)
    explained = sum(share * shap.TreeExplainer(trees).shap_values(asked) for share, trees in model.boosters)
    contributions, _ = model.contributions(rows)
    linear = model.share * model.prior.contributions(rows)
    for column, name in enumerate(model.prior.features):
        contributions[:, model.features.index(name)] -= linear[:, column]
    assert np.abs(contributions - explained).max() < 1e-4


def test_trees_find_what_the_prior_cannot_say(model: ChurnModel) -> None:
    later = labelled_frame(seed=2)
    truth = later["churned"]
    found = roc_auc_score(truth, model.log_odds(later))
    assert found > roc_auc_score(truth, model.prior.log_odds(later)) + 0.02
    assert found > roc_auc_score(truth, later["true_log_odds"]) - 0.02


def test_log_odds_are_the_mean_of_what_starts_from_the_prior_and_what_does_not(
    model: ChurnModel, frame: pd.DataFrame
) -> None:
    on_prior = replace(model, fresh=None).log_odds(frame)
    alone = model.fresh.predict(matrix(frame, model.features), output_margin=True)
    mean = (1 - FRESH_SHARE) * on_prior + FRESH_SHARE * alone
    assert model.log_odds(frame) == pytest.approx(mean, abs=1e-6)
    assert replace(model, booster=None, fresh=None).log_odds(frame) == pytest.approx(model.prior.log_odds(frame))


def test_noise_grows_hardly_any_tree() -> None:
    noise, chosen = fit(without_truth(labelled_frame(signal=0.0)), HORIZON, FAST)
    assert sum(chosen.rounds) <= 5
    later = labelled_frame(signal=0.0, seed=3)
    assert roc_auc_score(later["churned"], noise.log_odds(later)) == pytest.approx(0.5, abs=0.04)


def test_constant_empty_and_key_columns_are_no_features(frame: pd.DataFrame) -> None:
    features = usable_features(without_truth(frame))
    assert {"bad_service", "gappy"} <= set(features)
    assert not {"constant", "empty", "customer_id", "as_of_date", "churned"} & set(features)


def test_the_same_rows_bring_the_same_model(model: ChurnModel, frame: pd.DataFrame) -> None:
    again, _ = fit(without_truth(frame), HORIZON, FAST)
    assert to_files(Bundle(again, ValueModel())) == to_files(Bundle(model, ValueModel()))


def test_a_saved_model_predicts_the_same(model: ChurnModel, frame: pd.DataFrame) -> None:
    loaded = from_files(to_files(Bundle(model, ValueModel(), {"a": 1}, rehearsal=model)), "3")
    assert loaded.version == "3"
    assert loaded.rehearsal is not None
    for other in (loaded.churn, loaded.rehearsal):
        assert (other.churn_risk(frame) == model.churn_risk(frame)).all()
        assert (other.contributions(frame)[0] == model.contributions(frame)[0]).all()


def test_a_model_without_some_of_its_trees_is_not_taken_for_another(model: ChurnModel) -> None:
    files = to_files(Bundle(model, ValueModel()))
    trees = [name for name in files if name.endswith(".ubj")]
    assert len(trees) == 2
    for name in trees:
        with pytest.raises(ValueError, match=name):
            from_files({other: content for other, content in files.items() if other != name})


def test_infinite_and_missing_values_are_scored(model: ChurnModel, frame: pd.DataFrame) -> None:
    odd = frame.head(4).copy()
    odd.loc[odd.index[0], list(model.features)] = np.nan
    odd.loc[odd.index[1], "overdue_ratio"] = np.inf
    assert np.isfinite(model.churn_risk(odd)).all()


def test_a_missing_feature_is_named(model: ChurnModel, frame: pd.DataFrame) -> None:
    with pytest.raises(FeatureMismatchError, match="bad_service"):
        model.churn_risk(frame.drop(columns="bad_service"))


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_alone_teaches_nothing(frame: pd.DataFrame, outcome: bool) -> None:
    with pytest.raises(InsufficientDataError, match=r"600 customers, (0 churned|600 churned and 0 stayed)"):
        fit(without_truth(frame).assign(churned=outcome), HORIZON, FAST)


def test_one_customer_teaches_nothing(frame: pd.DataFrame) -> None:
    with pytest.raises(InsufficientDataError, match="1 customers"):
        fit(without_truth(frame[frame["customer_id"] == "C00001"]), HORIZON, FAST)


def test_risk_rises_with_recency_in_the_prior(frame: pd.DataFrame) -> None:
    prior = fit_prior(frame, features=RECENCY)
    grid = pd.DataFrame({"days_since_last_order": [1.0, 10.0, 100.0, np.nan]})
    odds = prior.log_odds(grid)
    assert (np.diff(odds[:3]) > 0).all()
    assert odds[3] == pytest.approx(prior.intercept)
    assert prior.intercept + prior.contributions(grid).sum(axis=1) == pytest.approx(odds)


def test_rounds_are_the_fewest_that_are_as_good_as_the_best() -> None:
    assert fewest_best([np.array([0.5, 0.51, 0.52])]) == 0
    assert fewest_best([np.array([0.5, 0.4, 0.3, 0.3]), np.array([0.5, 0.4, 0.3])]) == 2
