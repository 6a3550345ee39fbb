"""Which model is used, or what is said instead: what fits stays, noise is never used, a broken delivery stops."""

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.bundle import Bundle
from models.evaluation import MODEL, NO_PROBABILITY, NO_RANKING, Evaluation, evaluate
from pipelines import publish, registry
from pipelines.due import training_due
from pipelines.errors import InputError
from pipelines.train import train
from pipelines.verdict import MODEL as IN_USE
from pipelines.verdict import NO_SIGNAL, NOT_APPROVED, TOO_LITTLE, Verdict, simple_note, verdict
from tests.churn_frames import labelled_frame
from tests.test_train import settings, store, trained_on


def asked(home: Path, frame: pd.DataFrame, **churn) -> Verdict:
    with duckdb.connect() as con:
        store(con, frame)
        return verdict(home, settings(**churn), con)


@pytest.fixture(scope="module")
def trained() -> Bundle:
    return trained_on(labelled_frame(250, 5)).model


@pytest.fixture
def home(tmp_path: Path, trained: Bundle) -> Path:
    """A home whose model is in use."""
    registry.promote(tmp_path, registry.register(tmp_path, trained, "first"))
    return tmp_path


def test_a_model_that_fits_stays_in_use_when_there_is_too_little_for_another(home):
    found = asked(home, labelled_frame(60, 4))
    assert found.state == IN_USE
    assert found.model is not None
    assert found.model.version == "1"
    assert not found.enough.is_enough


def test_a_model_of_another_question_is_never_used(home):
    assert asked(home, labelled_frame(60, 4), active_days=100).state == TOO_LITTLE
    with pytest.raises(InputError, match=r"Model version 1 cannot score: the churn definition.*refresh"):
        asked(home, labelled_frame(250, 4), active_days=100)


def test_features_lost_in_a_small_delivery_stop_the_run(home):
    with pytest.raises(InputError, match=r"no longer give 1 of its features \(bad_service\).*last scores stay"):
        asked(home, labelled_frame(60, 4).drop(columns="bad_service"))


def test_what_found_no_signal_is_said_until_the_data_give_more(tmp_path, trained):
    silent = replace(trained, facts=trained.facts | {"has_signal": False, "reason": f"no usable signal: {NO_RANKING}"})
    registry.register(tmp_path, silent, "first")
    found = asked(tmp_path, labelled_frame(250, 5))
    assert found.state == NO_SIGNAL
    assert found.model is None
    assert NO_RANKING in found.note
    assert "refresh" in found.advice
    with pytest.raises(InputError, match="There is no model yet"):
        asked(tmp_path, labelled_frame(250, 5).assign(new_feature=1.0))


def test_a_model_that_an_update_made_unreadable_is_replaced(home):
    for path in (home / "registry").rglob("model.json"):
        path.write_text("{}", encoding="utf-8")
    with publish.new_store(home, "features", "r1") as con:
        store(con, labelled_frame(250, 5))
        con.execute(
            "create table feature_words as select 'order_days' as feature, 'x' as label, 'count' as unit, "
            "'x' as feature_group, 'either' as direction, false as is_changeable, 'x' as reason"
        )
    assert training_due(home, settings()).is_due
    assert train(home, settings(), "r2").promoted
    assert registry.champion(home).version == "2"


def test_before_any_training_the_next_step_is_named(tmp_path):
    with pytest.raises(InputError, match="python -m pipelines train"):
        asked(tmp_path, labelled_frame(250, 5))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"kind": "boosted", "choice": {"used": "boosted", "reason": "trees predict better"}}, ""),
        ({"kind": "logistic", "choice": {"used": "simple", "reason": "too few churned to compare"}}, "too few churned"),
        (
            {"choice": {"used": "simple", "reason": "trees did not predict better: log loss +0.001 (-0.002 to 0.004)"}},
            "Simple model: trees did not predict better.",
        ),
        ({"kind": "logistic"}, "trees did not predict better on later data"),
        ({"kind": "boosted"}, ""),
    ],
)
def test_the_simple_model_is_named_with_its_reason(facts, told):
    note = simple_note(facts)
    assert told in note
    assert bool(note) == bool(told)
    assert note == "" or note.startswith("Simple model: ")


def judged(log_odds: np.ndarray, churned: np.ndarray) -> Evaluation:
    rows = pd.DataFrame(
        {
            "customer_id": np.arange(len(churned)).astype(str),
            "as_of_date": pd.Timestamp("2025-01-01"),
            "churned": churned,
        }
    )
    base = np.full(len(churned), np.log(churned.mean() / (1 - churned.mean())))
    return evaluate(rows, {MODEL: log_odds, "base_rate": base}, 90, "out of time", [])


def test_a_signal_ranks_better_than_chance_and_does_not_lie_about_the_level():
    rng = np.random.default_rng(4)
    truth = rng.normal(0, 1.2, 800)
    churned = (rng.random(800) < 1 / (1 + np.exp(-truth))).astype(float)
    assert judged(truth, churned).has_signal
    assert judged(rng.normal(size=800), churned).lacking == NO_RANKING
    assert judged(np.zeros(800), churned).lacking == NO_RANKING
    assert judged(truth + 3, churned).lacking == NO_PROBABILITY  # ranks as well, promises that everybody leaves


def test_a_version_that_the_gate_blocks_or_that_was_only_proposed_is_told(tmp_path, trained):
    finding = {"check": "not known at the time", "label": "Recorded status", "level": "block", "words": "x"}
    blocked = replace(trained, facts=trained.facts | {"gate": {"findings": [finding], "checked": []}})
    registry.register(tmp_path, blocked, "first")
    found = asked(tmp_path, labelled_frame(250, 5))
    assert (found.state, found.model) == (NOT_APPROVED, None)
    assert "not known at the time: Recorded status" in found.note
    registry.register(tmp_path, trained, "second")
    found = asked(tmp_path, labelled_frame(250, 5))
    assert found.state == NOT_APPROVED
    assert "promote 2" in found.advice
