"""Training as a step: promotion only for a reason, and a clear message with nothing changed where it cannot be."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.bundle import Bundle
from models.card import model_card
from pipelines import publish, registry
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.train import Training, decide, train, train_from
from pipelines.verdict import TooLittleError
from tests.churn_frames import HORIZON, labelled_frame, without_truth


def settings(**churn: Any) -> Settings:
    base = Settings()
    return base.model_copy(update={"churn": base.churn.model_copy(update={"horizon_days": HORIZON, **churn})})


def store(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> None:
    """The tables a build would leave, from a labelled frame."""
    churned = frame["churned"].astype(bool)
    labels = frame[["customer_id", "as_of_date"]].assign(
        churned=churned, stayed_margin=np.where(churned, np.nan, frame["margin_365d"]), value_days=365
    )
    features = (
        without_truth(frame).drop(columns="churned") if "true_log_odds" in frame else frame.drop(columns="churned")
    )
    con.register("labels", labels)
    con.register("features", features)
    con.execute("create table customer_features as select * replace (as_of_date::date as as_of_date) from features")
    con.execute("create table churn_labels as select * replace (as_of_date::date as as_of_date) from labels")
    con.execute("create table snapshots as select max(as_of_date) + interval 60 day as as_of_date from features")
    con.execute("update snapshots set as_of_date = as_of_date::date")
    con.execute("alter table snapshots alter as_of_date type date")


def trained_on(frame: pd.DataFrame, rival: Bundle | None = None, **churn: Any) -> Training:
    with duckdb.connect() as con:
        store(con, frame)
        return train_from(con, settings(**churn), rival=rival)


@pytest.fixture(scope="module")
def earlier() -> Bundle:
    """The champion: trained when the two newest snapshots had no outcome yet."""
    frame = labelled_frame(300, 9)
    known = frame[frame["as_of_date"] < frame["as_of_date"].max() - pd.Timedelta(days=40)]
    return replace(trained_on(known).model, version="1")


@pytest.fixture
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def test_the_first_model_needs_a_signal() -> None:
    assert decide(trained_on(labelled_frame(300, 6)), None)[0]
    promoted, reason = decide(trained_on(labelled_frame(300, 6, signal=0.0)), None)
    assert not promoted
    assert "no usable signal" in reason


def test_the_same_outcomes_again_change_nothing(earlier: Bundle) -> None:
    frame = labelled_frame(300, 9)
    known = frame[frame["as_of_date"] < frame["as_of_date"].max() - pd.Timedelta(days=40)]
    promoted, reason = decide(trained_on(known, earlier), earlier)
    assert not promoted
    assert "not better: log loss +0.0000" in reason


def test_a_changed_world_promotes_the_model_that_saw_it(earlier: Bundle) -> None:
    frame = labelled_frame(300, 9)
    turned = frame.assign(days_since_last_order=300 - frame["days_since_last_order"])
    training = trained_on(turned, earlier)
    gain = training.evaluation.difference("log_loss", "champion")
    assert gain is not None
    assert gain.high < 0
    assert decide(training, earlier)[0]


def test_a_worse_model_is_not_promoted(earlier: Bundle) -> None:
    """A few mistaught months and the earlier, well-taught rehearsal wins on the same rows."""
    frame = labelled_frame(300, 9)
    newest = frame["as_of_date"].max()
    shuffled = frame["churned"].sample(frac=1, random_state=1).to_numpy()
    spoiled = frame.assign(churned=np.where(frame["as_of_date"] < newest, shuffled, frame["churned"]))
    promoted, reason = decide(trained_on(spoiled, earlier), earlier)
    assert not promoted
    assert reason.startswith(("not better", "no usable signal"))


def test_another_label_replaces_the_champion(earlier: Bundle) -> None:
    training = trained_on(labelled_frame(300, 9), earlier, active_days=100)
    promoted, reason = decide(training, earlier)
    assert promoted
    assert "churn definition" in reason


def test_a_lost_feature_replaces_the_champion(earlier: Bundle) -> None:
    promoted, reason = decide(trained_on(labelled_frame(300, 9).drop(columns="bad_service"), earlier), earlier)
    assert promoted
    assert "bad_service" in reason


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_alone_is_explained(shop: duckdb.DuckDBPyConnection, outcome: bool) -> None:
    store(shop, labelled_frame(100, 4).assign(churned=outcome))
    with pytest.raises(TooLittleError, match=r"100 customers.*200 needed.*0 who \w+, 50 needed.*horizon_days"):
        train_from(shop, settings())


def test_one_customer_is_explained(shop: duckdb.DuckDBPyConnection) -> None:
    frame = labelled_frame(100, 4)
    store(shop, frame[frame["customer_id"] == "C00001"])
    with pytest.raises(TooLittleError, match="1 customer with a known outcome, 200 needed"):
        train_from(shop, settings())


def test_no_outcome_yet_is_explained(shop: duckdb.DuckDBPyConnection) -> None:
    store(shop, labelled_frame(100, 2))
    shop.execute("update churn_labels set churned = null")
    with pytest.raises(InputError, match="Load more history"):
        train_from(shop, settings())


def test_nothing_to_train_on_leaves_the_champion(tmp_path: Path, earlier: Bundle) -> None:
    registry.promote(tmp_path, registry.register(tmp_path, earlier, "run"))
    with publish.new_store(tmp_path, "features", "r1") as con:
        store(con, labelled_frame(100, 4).assign(churned=True))
    with pytest.raises(InputError, match="stay as they were"):
        train(tmp_path, settings(), "r2")
    assert registry.champion(tmp_path).version == "1"
    assert registry.versions(tmp_path) == ["1"]


def test_rows_in_another_order_bring_the_same_model() -> None:
    frame = labelled_frame(200, 6)
    one, other = trained_on(frame), trained_on(frame.sample(frac=1, random_state=3))
    assert (one.model.churn.churn_risk(frame) == other.model.churn.churn_risk(frame)).all()
    assert (one.model.value.predict(frame) == other.model.value.predict(frame)).all()


def test_a_run_reports_registers_and_promotes(tmp_path: Path) -> None:
    steps: list[float] = []
    with publish.new_store(tmp_path, "features", "r1") as con:
        store(con, labelled_frame(300, 8))
    report = train(tmp_path, settings(), "r2", progress=lambda step, done: steps.append(done))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert report.promoted
    assert report.version == registry.champion(tmp_path).version == "1"
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["windows"]["test"]
    assert any("log loss" in line for line in report.lines())
    facts = registry.champion(tmp_path).facts
    assert {"logistic", "recency"} <= {row["model"] for row in registry.champion(tmp_path).metrics}
    for told in (facts["data_as_of"], "95 % interval", "not what causes it"):
        assert told in model_card(facts)


def test_the_rhythm_is_part_of_the_sample_shops_model(shared_home: Path) -> None:
    """So that whatever holds of that model in other tests (time travel, sums of contributions) holds with it."""
    prior = registry.champion(shared_home).churn.prior
    assert prior.rhythm is not None
    assert prior.rhythm_weight > 0.05


def test_the_sample_shops_model_beats_its_baselines(shared_home: Path) -> None:
    facts = registry.champion(shared_home).facts
    found = {
        (row["model"], row["metric"]): row["value"]
        for row in facts["evaluation"]["metrics"]
        if row["population"] == "all"
    }
    assert found["model", "roc_auc"] > found["recency", "roc_auc"]
    assert found["model", "log_loss"] < min(found["logistic", "log_loss"], found["mbg_nbd", "log_loss"])
    assert abs(found["model", "calibration_gap"]) < 0.05


def test_the_sample_shops_values_are_kept_over_a_year(shared_home: Path) -> None:
    value = registry.champion(shared_home).facts["value_figures"]
    assert value["kind"] == "out of time"
    assert value["seen_days"] == value["value_days"] == 365
    is_better = all(gap["value"] < 0 for gap in value["differences"].values())
    assert (value["used"] == "model") == is_better
    used, own_past = value["models"][value["used"]], value["models"]["own_past"]
    assert used["ratio_of_sums"]["low"] - 0.1 < 1 < used["ratio_of_sums"]["high"] + 0.1
    assert used["spearman"]["value"] > own_past["spearman"]["value"] - 0.01 > 0.3
