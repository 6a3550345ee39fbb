"""Planted truths: a source that stopped is no change of customers, customers who slow down are, promises are judged."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.drift import BEHAVIOUR, BREAK
from pipelines import due, promises, publish, registry
from pipelines.drift import Drift, drift_of
from pipelines.due import training_due
from pipelines.forget import forget_customer
from pipelines.marts import publish_scores
from pipelines.promise_outcomes import promises_into
from pipelines.train import train
from tests.planted_shop import LEARNED, SETTINGS, day, load, shop, slowed, until, without_tickets

TICKETS = {"tickets_90d", "days_since_ticket", "open_tickets"}


@pytest.fixture(scope="module")
def learned(tmp_path_factory) -> Path:
    """A home whose model learned from the shop's first 500 days, and made a promise for the 60 days after."""
    home = tmp_path_factory.mktemp("learned")
    load(home, until(shop(1), LEARNED), "r0")
    train(home, SETTINGS, "r0")
    publish_scores(home, SETTINGS, "r0")
    promises.look_after(home)
    return home


@pytest.fixture
def later(learned, tmp_path) -> Path:
    """A copy to load the days after into."""
    return shutil.copytree(learned, tmp_path / "home", symlinks=True)


def found_in(home: Path) -> Drift:
    return drift_of(home, SETTINGS, registry.find_champion(home))


def kinds(drift: Drift) -> set[str]:
    """What the features of all days after the training were judged as."""
    return set(drift.features[drift.features["as_of_date"] > day(LEARNED)]["kind"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_shop_that_stands_still_raises_no_alarm(later, seed):
    load(later, shop(seed), "r1")
    drift = found_in(later)
    assert drift.newest > day(LEARNED + 90) and drift.breaks == []
    assert BEHAVIOUR not in kinds(drift) and BREAK not in kinds(drift)
    verdict = training_due(later, SETTINGS)
    assert not verdict.is_due and verdict.rule == due.NONE


def test_a_source_that_stopped_for_a_while_is_a_break_and_no_behaviour(later):
    load(later, without_tickets(shop(1), 515, 570), "r1")
    drift = found_in(later)
    (broken,) = drift.breaks
    assert (broken.table, broken.found.started_on, broken.found.ended_on) == ("support_tickets", day(515), day(570))
    assert "Support tickets: nothing came from 30 May 2025 to 23 Jul 2025" in broken.sentence
    newest = drift.features[drift.features["as_of_date"] == drift.newest].set_index("feature")
    assert set(newest.index[newest["kind"] == BREAK]) >= TICKETS
    assert BEHAVIOUR not in kinds(drift) and drift.moved_weight == 0


def test_while_a_source_is_silent_it_is_mended_first_and_nothing_is_trained(later):
    load(later, without_tickets(shop(1), 560, 600), "r1")
    old = SETTINGS.model_copy(update={"model": SETTINGS.model.model_copy(update={"retrain_after_days": 10})})
    verdict = training_due(later, old)
    assert not verdict.is_due and verdict.rule == due.SOURCE
    assert "Support tickets: nothing came since 14 Jul 2025" in verdict.reason and "Mend the source" in verdict.advice
    assert BEHAVIOUR not in kinds(found_in(later))
    load(later, shop(1), "r2")
    assert training_due(later, old).rule == due.AGE, "mended, age counts again"


def test_rows_that_lead_to_nobody_are_a_break_of_their_table(later):
    tables = shop(1)
    strangers = tables["support_tickets"].assign(customer_id=lambda rows: "X" + rows["customer_id"])
    load(later, until(tables | {"support_tickets": strangers}, LEARNED + 40), "r1")
    drift = found_in(later)
    (broken,) = drift.breaks
    assert broken.table == "support_tickets" and broken.found.ended_on is None
    assert "of 0% since" in broken.sentence
    assert BEHAVIOUR not in kinds(drift) and training_due(later, SETTINGS).rule == due.SOURCE


def test_customers_who_slow_down_are_behaviour_and_ask_for_a_training(later):
    load(later, slowed(shop(1), since=520), "r1")
    drift = found_in(later)
    assert drift.breaks == [], "fewer orders are no broken source"
    moved = set(drift.moved()["feature"])
    assert moved >= {"orders_30d", "orders_90d", "days_since_last_order"}
    assert not moved & TICKETS
    verdict = training_due(later, SETTINGS)
    assert verdict.is_due and verdict.rule == due.BEHAVIOUR and "Days since last order" in verdict.reason


def test_past_months_say_how_soon_customers_come_back(later):
    load(later, shop(1), "r1")
    drift = found_in(later)
    early, late = (drift.curves(days, SETTINGS.churn.horizon_days) for days in (20, 50))
    assert len(early) == len(late) > 5
    for one, other in zip(early, late, strict=True):
        assert (one >= 0).all() and (one <= other).all() and (other <= 1).all()
    assert len(drift.deciles) == drift.features["as_of_date"].nunique()
    assert drift.deciles["d1"].lt(drift.deciles["d9"]).all()


def promise_file(home: Path) -> Path:
    (path,) = (home / "promises").glob("*.parquet")
    return path


def judged(home: Path) -> dict:
    """What is said today of the promise of day 500."""
    with duckdb.connect() as con:
        model = registry.find_champion(home)
        promises_into(con, home, SETTINGS, model, found_in(home), None)
        rows = con.execute("select * from promise_runs where kind = 'run'").df().to_dict("records")
        tenths = con.execute("select sum(n) from promise_tenths where run_id = 'r0'").fetchall()[0][0]
    (row,) = rows
    return row | {"in_tenths": tenths}


def test_a_run_keeps_what_it_promised_once_and_only_for_days_to_come(later):
    before = promise_file(later).read_bytes()
    kept = pd.read_parquet(promise_file(later))
    with publish.open_current(later, "warehouse") as con:
        scores = con.execute("select customer_id, churn_risk from customer_scores order by customer_id").df()
    assert kept["customer_id"].tolist() == scores["customer_id"].tolist()
    assert kept["churn_risk"].to_numpy() == pytest.approx(scores["churn_risk"].to_numpy(), abs=1e-6)
    assert set(kept["as_of_date"].astype(str)) == {str(day(LEARNED))} and set(kept["model_version"]) == {"1"}
    publish_scores(later, SETTINGS, "r1", as_of=day(LEARNED - 60))  # a look back: the model knows what came
    assert promises.keep(later) == [] and promise_file(later).read_bytes() == before


def test_a_promise_is_estimated_on_its_way_and_judged_when_it_is_over(later):
    before, risk = promise_file(later).read_bytes(), pd.read_parquet(promise_file(later))["churn_risk"]
    load(later, until(shop(1), LEARNED + 30), "r1")
    early = judged(later)
    assert early["state"] == promises.ESTIMATED and pd.isna(early["actual"])
    load(later, until(shop(1), LEARNED + 70), "r2")
    over = judged(later)
    assert over["state"] == promises.MATURED and over["n"] == over["judged_n"] == over["in_tenths"] == len(risk)
    assert over["promised"] == pytest.approx(risk.mean(), abs=1e-6)
    assert over["actual"] == pytest.approx(churn_of(later, shop(1)))
    assert over["low"] < over["actual"] < over["high"] and over["is_kept"]
    assert early["estimate_low"] < over["actual"] < early["estimate_high"]
    assert promise_file(later).read_bytes() == before


def churn_of(home: Path, tables: dict[str, pd.DataFrame]) -> float:
    """Share of the promise's customers without an order in its 60 days, straight from the orders."""
    orders = tables["orders"]
    came = set(orders[(orders["day"] >= LEARNED) & (orders["day"] < LEARNED + 60)]["customer_id"])
    return float(np.mean([who not in came for who in pd.read_parquet(promise_file(home))["customer_id"]]))


def test_another_future_changes_the_outcome_and_no_promise(later):
    before, other = promise_file(later).read_bytes(), slowed(shop(1), since=505)
    load(later, until(other, LEARNED + 70), "r1")
    missed = judged(later)
    assert promise_file(later).read_bytes() == before
    assert missed["actual"] == pytest.approx(churn_of(later, other)) and not missed["is_kept"]
    publish_scores(later, SETTINGS, "r1")
    verdict = training_due(later, SETTINGS)
    assert verdict.is_due and verdict.rule == due.CALIBRATION and "beyond" in verdict.reason


def test_a_settled_promise_keeps_its_figures_and_nobodys_name(later):
    names = pd.read_parquet(promise_file(later))["customer_id"].tolist()
    load(later, shop(1), "r1")
    publish_scores(later, SETTINGS, "r1")
    promises.look_after(later)
    (row,) = promises.settled(later)
    assert row["run"]["run_id"] == "r0" and row["run"]["actual"] > 0 and len(row["tenths"]) == 10
    assert promise_file(later).name == f"{day(600)}_r1.parquet", "the new promise; the settled one is gone"
    text = (later / "promises" / "settled.jsonl").read_text(encoding="utf-8")
    assert not [name for name in names if name in text]
    with duckdb.connect() as con:
        promises_into(con, later, SETTINGS, registry.find_champion(later), None, None)
        told = con.execute("select run_id, state, as_of_date, due_on from promise_runs where kind = 'run' order by 1")
        assert told.fetchall()[0] == ("r0", promises.MATURED, day(LEARNED), day(LEARNED + 60))
    assert promises.settle(later) == 0, "once is enough"


def test_forgetting_takes_a_person_out_of_every_promise(later):
    kept = pd.read_parquet(promise_file(later))
    person = kept["customer_id"].iloc[3]
    forget_customer(later, person, SETTINGS, "r1")
    left = pd.read_parquet(promise_file(later))
    assert len(left) == len(kept) - 1 and person not in set(left["customer_id"])
    assert promises.kept(later)[0].run_id == "r0"
    assert promises.keep(later) == [], "and no warehouse brings them back"


def test_promises_of_every_night_do_not_fill_the_disk(tmp_path):
    rows = pd.DataFrame({"customer_id": ["a"], "churn_risk": [0.5], "run_id": ["r"], "model_version": ["1"],
                         "horizon_days": [60], "eligibility": ["active"]})  # fmt: skip
    (tmp_path / "promises").mkdir()
    nights = [date(2025, 1, 1) + timedelta(days=step) for step in range(100)]
    for night in nights:
        rows.assign(as_of_date=night).to_parquet(tmp_path / "promises" / f"{night}_r.parquet")
    promises.keep(tmp_path)
    left = [promise.as_of_date for promise in promises.kept(tmp_path)]
    assert left[-promises.KEPT_WHOLE :] == nights[-promises.KEPT_WHOLE :]
    weeks = [night.isocalendar()[:2] for night in left[: -promises.KEPT_WHOLE]]
    assert len(weeks) == len(set(weeks)) and len(left) < 30
