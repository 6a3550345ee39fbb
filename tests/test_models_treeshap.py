"""Contributions by look-up are those of shap and add up, for any booster within their limits."""

import numpy as np
import pytest
import shap
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from models import treeshap
from models.treeshap import DEEPEST, TreeShap


def random_rows(seed: int, rows: int, features: int, missing: float) -> np.ndarray:
    """Few distinct values in some columns, so that rows lie exactly on thresholds; a last column that never varies."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, features)).astype(np.float32)
    values[:, ::2] = np.round(values[:, ::2])
    values[rng.random(values.shape) < missing] = np.nan
    values[:, -1] = 1.0
    return values


def grown(values: np.ndarray, rounds: int, seed: int = 0, **parameters: object) -> xgb.Booster:
    """Trees on a target that needs several features at once, some of whose values are missing."""
    rng = np.random.default_rng(seed)
    known = np.nan_to_num(values, nan=0.7)
    target = known.sum(axis=1) + known[:, 0] * known[:, -2] + rng.normal(size=len(values)) > 0.5
    told = {"objective": "binary:logistic", "base_score": 0.5, "min_child_weight": 0.1, "nthread": 1, "seed": seed}
    return xgb.train(told | parameters, xgb.DMatrix(values, label=target), rounds)


def assert_like_shap(booster: xgb.Booster, values: np.ndarray) -> None:
    tables = TreeShap.of(booster)
    found = tables.values(values)
    explainer = shap.TreeExplainer(booster)
    assert np.abs(found - explainer.shap_values(xgb.DMatrix(values))).max() < 1e-5
    assert tables.base == pytest.approx(float(explainer.expected_value), abs=1e-5)
    margin = booster.predict(xgb.DMatrix(values), output_margin=True)
    assert np.abs(tables.base + found.sum(axis=1) - margin).max() < 1e-5


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    depth=st.integers(1, 6),
    rounds=st.integers(1, 6),
    features=st.integers(2, 7),
    missing=st.sampled_from([0.0, 0.2, 0.8]),
)
def test_any_booster_is_explained_as_by_shap(seed: int, depth: int, rounds: int, features: int, missing: float) -> None:
    """Two features and six levels bring paths that ask for the same feature many times."""
    values = random_rows(seed, 120, features, missing)
    assert_like_shap(grown(values, rounds, seed, max_depth=depth, eta=0.5), values)


def test_unbalanced_trees_are_explained_as_by_shap() -> None:
    values = random_rows(1, 400, 5, 0.2)
    assert_like_shap(grown(values, 3, max_depth=DEEPEST, grow_policy="lossguide", max_leaves=12), values)


def test_a_booster_cut_to_fewer_rounds_is_explained_as_what_is_left() -> None:
    values = random_rows(2, 200, 5, 0.1)
    booster = grown(values, 9, max_depth=3)
    assert_like_shap(booster[:4], values)
    assert np.abs(TreeShap.of(booster[:4]).values(values) - TreeShap.of(booster).values(values)).max() > 1e-3


def test_a_prior_as_base_margin_changes_nothing() -> None:
    values = random_rows(3, 200, 4, 0.1)
    data = xgb.DMatrix(values, label=values[:, 1] > 0, base_margin=np.linspace(-2, 2, len(values)))
    assert_like_shap(xgb.train({"objective": "binary:logistic", "base_score": 0.5, "max_depth": 3}, data, 5), values)


def test_features_that_no_tree_asks_for_get_nothing() -> None:
    values = random_rows(4, 200, 4, 0.0)
    found = TreeShap.of(grown(values, 5, max_depth=2)).values(values)
    assert (found[:, -1] == 0).all()
    assert (found[:, :-1] != 0).any(axis=0).all()


def test_infinite_values_go_where_the_trees_send_them() -> None:
    values = random_rows(5, 200, 4, 0.1)
    booster = grown(values, 5, max_depth=3)
    extreme = np.tile(np.float32([np.inf, -np.inf, np.nan, 0.0]), (2, 1))
    huge = np.nan_to_num(extreme, nan=np.nan, posinf=3e38, neginf=-3e38)
    assert (TreeShap.of(booster).values(extreme) == TreeShap.of(booster).values(huge)).all()


def test_without_trees_or_with_single_leaves_nothing_is_added() -> None:
    values = random_rows(6, 50, 4, 0.1)
    for booster in (grown(values, 0), grown(values, 3, gamma=1e9)):
        tables = TreeShap.of(booster)
        assert (tables.values(values) == 0).all()
        margin = booster.predict(xgb.DMatrix(values), output_margin=True)
        assert margin == pytest.approx(np.full(len(values), tables.base), abs=1e-6)


def test_neither_blocks_nor_threads_change_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    values = random_rows(7, 101, 5, 0.2)
    tables = TreeShap.of(grown(values, 5, max_depth=4))
    whole = tables.values(values)
    monkeypatch.setattr(treeshap, "BLOCK_ROWS", 7)
    assert (tables.values(values, threads=1) == whole).all()
    assert (tables.values(values, threads=3) == whole).all()
    assert (tables.values(values[8:9]) == whole[8:9]).all()
    assert tables.values(values[:0]).shape == (0, 5)


def test_boosters_beyond_the_tables_are_refused() -> None:
    values = random_rows(8, 3000, 6, 0.0)
    with pytest.raises(ValueError, match=f"at most {DEEPEST} levels"):
        TreeShap.of(grown(values, 1, max_depth=DEEPEST + 2, min_child_weight=0))
    classes = xgb.DMatrix(values, label=np.arange(len(values)) % 3)
    several = xgb.train({"objective": "multi:softprob", "num_class": 3}, classes, 1)
    line = xgb.train({"booster": "gblinear"}, xgb.DMatrix(values, label=values[:, 0]), 1)
    dart = grown(values, 2, booster="dart", rate_drop=0.5, max_depth=2)
    for booster in (several, line, dart):
        with pytest.raises(ValueError, match="gbtree with one output"):
            TreeShap.of(booster)
