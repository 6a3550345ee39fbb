"""Why a risk changed: three re-scorings that add up, each of them what it says, and never a guess."""

import shutil
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.bundle import Bundle
from models.calibrate import expit
from models.churn import ChurnModel
from models.prior import Prior
from models.value import ValueModel
from pipelines import publish, registry
from pipelines.build import build_into, facts_into
from pipelines.changes import COLUMNS, compare_into
from pipelines.config import Settings, load_settings
from pipelines.known_then import AS_IF, as_if_nothing
from pipelines.marts import publish_scores
from pipelines.previous_run import (
    EARLIER,
    FIRST,
    NO_MODEL,
    NOBODY,
    RECOMPUTED,
    REDEFINED,
    UNREADABLE,
    Previous,
    previous_of,
    write_info,
)
from pipelines.snapshots import snapshot_into
from tests.random_shop import EVENTS, LATER, Shop, day, random_shop, settings, source

THEN, NOW = day(480), day(540)
SHIFT = 0.3  # in log-odds
EVERYBODY = settings(churn={"eligibility": "active", "active_days": 2_000}, snapshots={"count": 1})
NAMES = ("days_since_last_order", "order_days", "tickets_365d", "late_delivery_share")


def model(version: str, *coefficients: float) -> Bundle:
    """A model whose risk rests on recency, frequency, tickets and deliveries, as heavily as said."""
    means = (4.0, 1.5, 0.5, 0.2)
    return Bundle(ChurnModel(NAMES, Prior(NAMES, coefficients, means, -0.3)), ValueModel(), {}, None, version)


OLD, NEW = model("1", 0.8, -0.9, 0.5, 1.2), model("2", 0.6, -1.1, 0.9, 0.4)


def without_events(shop: Shop, start: date, end: date) -> Shop:
    """The shop with nothing at all dated between two days."""
    low, high = pd.Timestamp(start), pd.Timestamp(end)
    found = {}
    for name, frame in shop.items():
        moments = [EVENTS[name]] if name in EVENTS else []
        inside = [frame[column].between(low, high, inclusive="left") for column in (*moments, *LATER.get(name, {}))]
        found[name] = frame[~np.logical_or.reduce(inside)] if inside else frame
    return found


def opened(shop: Shop, chosen: Settings = EVERYBODY) -> duckdb.DuckDBPyConnection:
    """A connection with the shop as store `source` and its build as store `features`."""
    con = source(shop)
    con.execute("attach ':memory:' as features")
    con.execute("use features")
    build_into(con, "source", chosen)
    con.execute("use memory")
    return con


@cache
def quiet_or_not(seed: int, is_quiet: bool = False) -> Shop:
    """The shop of a seed, on request with nothing between the two days."""
    return without_events(random_shop(seed), THEN, NOW) if is_quiet else random_shop(seed)


@cache
def features(seed: int, as_of: date, known_until: date | None = None, is_quiet: bool = False) -> pd.DataFrame:
    """Everybody's features on a day, from what was known by another."""
    with source(quiet_or_not(seed, is_quiet)) as con:
        facts_into(con, "source", EVERYBODY, known_until)
        snapshot_into(con, EVERYBODY, as_of)
        return con.execute("select * from customer_features order by customer_id").df()


@cache
def compared(seed: int, new: str = "2", now: date = NOW, is_quiet: bool = False) -> pd.DataFrame:
    """Risk changes of a shop scored with OLD on THEN and with a model on a later day, by customer."""
    after, before = features(seed, now, None, is_quiet), features(seed, THEN, None, is_quiet)
    used = {OLD.version: OLD, NEW.version: NEW}[new]
    with opened(quiet_or_not(seed, is_quiet)) as con:
        con.execute("attach ':memory:' as previous")
        for schema, frame, risk in (
            ("previous", before, OLD.churn.churn_risk(before)),
            ("memory", after, used.churn.churn_risk(after)),
        ):
            con.register("scores", frame[["customer_id"]].assign(churn_risk=risk))
            con.execute(f"create table {schema}.customer_scores as select * from scores order by customer_id")
        con.execute(f"create table risk_changes ({COLUMNS})")
        with con.cursor() as cursor:
            compare_into(cursor, EVERYBODY, now, Previous("run", THEN, OLD.version, OLD), used)
        return con.execute("select * from risk_changes order by customer_id").df().set_index("customer_id")


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_are_the_three_re_scorings_and_add_up(seed):
    found = compared(seed)
    then, as_if, real = (
        frame.set_index("customer_id").loc[found.index]
        for frame in (features(seed, THEN), features(seed, NOW, THEN), features(seed, NOW))
    )
    assert len(found) >= 5
    total = found["time_part"] + found["behaviour_part"] + found["model_part"]
    assert (total - (found["risk"] - found["previous_risk"])).abs().max() < 1e-12
    old_now, old_else = OLD.churn.churn_risk(real), OLD.churn.churn_risk(as_if)
    assert found["time_part"].to_numpy() == pytest.approx(old_else - OLD.churn.churn_risk(then), abs=1e-12)
    assert found["behaviour_part"].to_numpy() == pytest.approx(old_now - old_else, abs=1e-12)
    assert found["model_part"].to_numpy() == pytest.approx(NEW.churn.churn_risk(real) - old_now, abs=1e-12)
    assert found["behaviour_part"].abs().max() > 0.01
    assert found["model_part"].abs().max() > 0.01


def test_where_nothing_happened_behaviour_is_nothing():
    found = compared(0, is_quiet=True)
    assert len(found)
    assert (found["behaviour_part"] == 0).all()
    assert (found["time_part"] != 0).any()
    assert found["told_now"].isna().all()


def test_with_the_same_model_the_model_changed_nothing():
    found = compared(0, OLD.version)
    assert (found["model_part"] == 0).all()
    assert (found["behaviour_part"] != 0).any()


def test_on_the_same_day_no_time_has_passed():
    found = compared(0, now=THEN)
    assert (found["time_part"] == 0).all()
    assert found["behaviour_part"].abs().max() < 1e-12
    assert (found["model_part"] != 0).any()


@pytest.mark.parametrize("seed", range(3))
def test_as_if_nothing_had_happened_is_what_a_source_cut_there_gives(seed):
    """For whom anything happened the features are those of the cut source; for the others nothing differs at all."""
    cut, real = (features(seed, NOW, known).set_index("customer_id") for known in (THEN, None))
    with source(random_shop(seed)) as con:
        con.execute("attach ':memory:' as known")
        con.execute("use known")
        as_if_nothing(con, "source", EVERYBODY, THEN, NOW)
        found = con.execute(f"select * from {AS_IF} order by customer_id").df().set_index("customer_id")
        touched = [row[0] for row in con.execute("select customer_id from touched_customers").fetchall()]
    assert found.index.equals(cut.index[cut.index.isin(touched)])
    pd.testing.assert_frame_equal(found, cut.loc[found.index], check_exact=True)
    others = cut.index.difference(touched).intersection(real.index)
    pd.testing.assert_frame_equal(cut.loc[others], real.loc[others], check_exact=True)


def test_a_contract_is_judged_by_how_all_contracts_of_its_plan_went():
    """Everybody's contracts are read, and still nobody is compared for whom nothing happened."""
    contracts = settings(churn={"eligibility": "subscribed"}, snapshots={"count": 1})
    shop = random_shop(2)
    own = shop["subscriptions"]
    others = pd.DataFrame(
        {
            "subscription_id": [f"other{n}" for n in range(40)],
            "customer_id": [f"other{n}" for n in range(40)],
            "plan": own["plan"].dropna().iloc[0],
            "started_at": pd.Timestamp(day(0)),
            "ended_at": [pd.Timestamp(day(365)) if n % 2 else pd.NaT for n in range(40)],
        }
    )
    with source({**shop, "subscriptions": pd.concat([own, others], ignore_index=True)}) as con:
        con.execute("attach ':memory:' as known")
        con.execute("use known")
        as_if_nothing(con, "source", contracts, THEN, NOW)
        found = con.execute(f"select customer_id, plan_end_share from {AS_IF}").df()
    assert not found["customer_id"].str.startswith("other").any()
    assert found["plan_end_share"].between(0.2, 0.7).any()


def test_customers_who_would_have_dropped_out_of_the_list_are_compared_too():
    """Eligible by what happened since: as if nothing had, they would not be looked at."""
    shop, narrow = random_shop(1), settings(churn={"active_days": 60}, snapshots={"count": 1})
    with source(shop) as con:
        con.execute("attach ':memory:' as known")
        con.execute("use known")
        assert as_if_nothing(con, "source", narrow, THEN, NOW) > 0
        days = con.execute(f"select max(days_since_last_order) from {AS_IF}").fetchall()[0][0]
    assert days > 60


def test_what_moved_the_risk_most_is_told_with_and_without_it():
    told = pd.concat(compared(seed) for seed in range(3)).dropna(subset=["told_now"])
    assert len(told) > 3
    assert (told["told_now"] != told["told_else"]).all()
    assert set(told["feature"]) <= set(NAMES)
    assert (told["behaviour_part"] != 0).all()


@pytest.fixture(scope="module")
def runs(shared_home: Path, tmp_path_factory) -> dict[str, Path]:
    """A home scored for a month ago, then for the newest day with another model, then again: a warehouse each."""
    home = tmp_path_factory.mktemp("runs") / "home"
    shutil.copytree(shared_home, home, symlinks=True, ignore=shutil.ignore_patterns("workflow.db*"))
    chosen = load_settings(home)
    first = registry.champion(home)
    month_ago = date.fromisoformat(first.facts["data_as_of"]) - pd.Timedelta(days=28).to_pytimedelta()
    found = {}
    publish_scores(home, chosen, "20990101T000000-0001", month_ago)
    higher = replace(first.churn.calibrator, intercept=first.churn.calibrator.intercept + SHIFT)
    other = replace(first, churn=replace(first.churn, calibrator=higher))
    registry.promote(home, registry.register(home, other, "shifted"))
    for name, run in (("another model", "20990101T000000-0002"), ("again", "20990101T000000-0003")):
        publish_scores(home, chosen, run)
        found[name] = publish.current(home, "warehouse")
    return found | {"home": home}


def changes(path: Path) -> tuple[pd.DataFrame, dict]:
    with duckdb.connect(str(path), read_only=True) as con:
        info = con.execute("select * from risk_change_info").df().iloc[0].to_dict()
        return con.execute("select * from risk_changes").df(), info


def test_published_changes_say_with_what_they_compare_and_add_up(runs):
    found, info = changes(runs["another model"])
    assert info["compared"] == len(found) > 500
    assert pd.isna(info["note"])
    assert info["previous_run_id"] == "20990101T000000-0001"
    total = found["time_part"] + found["behaviour_part"] + found["model_part"]
    assert (total - (found["risk"] - found["previous_risk"])).abs().max() < 1e-12
    assert found["customer_id"].is_monotonic_increasing
    log_odds = np.log(found["risk"] / (1 - found["risk"]))
    expected = found["risk"] - expit(log_odds - SHIFT)  # the new model is the old one, so much higher in log-odds
    assert found["model_part"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9)
    moved = found[found["behaviour_part"].abs() > 0.05]
    assert len(moved) > 50
    assert moved["told_now"].notna().mean() > 0.9


def test_scoring_again_changes_nothing(runs):
    found, info = changes(runs["again"])
    assert info["compared"] > 500
    assert (found[["time_part", "behaviour_part", "model_part"]] == 0).all().all()


def test_what_cannot_be_compared_is_told_and_not_invented(runs, tmp_path):
    home = runs["home"]
    chosen, used = load_settings(home), registry.champion(home)
    newest = date.fromisoformat(used.facts["data_as_of"])

    def asked(place=home, with_settings=chosen, as_of=newest, with_model=used, before=()):
        with duckdb.connect() as con:
            publish.attach(con, publish.current(home, "features"), "features")
            if before:
                path = tmp_path / f"{len(before)}{hash(before)}" / "home"
                (path / "store").mkdir(parents=True)
                (path / "store" / "w.duckdb").write_bytes(runs["again"].read_bytes())
                (path / "warehouse.duckdb").symlink_to("store/w.duckdb")
                with duckdb.connect(str(path / "store" / "w.duckdb")) as other:
                    for statement in before:
                        other.execute(statement)
                place = path
            return previous_of(con, place, with_settings, as_of, with_model)

    assert isinstance(asked(), Previous)
    assert asked(place=tmp_path) == FIRST
    assert asked(with_model=None) == NO_MODEL
    (tmp_path / "warehouse.duckdb").write_bytes(b"torn")
    assert asked(place=tmp_path) == UNREADABLE
    assert asked(before=("drop table risk_change_info",)) == EARLIER
    assert asked(before=("update run_info set model_version = null",)) == NOBODY
    longer = chosen.model_copy(update={"churn": chosen.churn.model_copy(update={"horizon_days": 30})})
    assert asked(with_settings=longer) == REDEFINED
    assert "later day" in asked(as_of=newest - pd.Timedelta(days=1).to_pytimedelta())
    otherwise = asked(before=("update risk_change_info set computation = 'another'",))
    assert (otherwise.model, otherwise.note) == (None, RECOMPUTED)
    other_version = ("update run_info set model_version = '99'",)
    assert "cannot be read any more" in asked(before=(*other_version, "delete from model_files")).note
    assert asked(before=other_version).model.version == "99"


def test_without_its_model_a_change_is_told_whole():
    """The risk then and now are facts; how they came about is not known, so the parts stay empty."""
    frame = features(0, NOW)
    with opened(random_shop(0)) as con:
        con.execute("attach ':memory:' as previous")
        con.register("scores", frame[["customer_id"]].assign(churn_risk=0.5))
        con.execute("create table previous.customer_scores as select * from scores")
        con.execute("create table customer_scores as select customer_id, churn_risk + 0.1 as churn_risk from scores")
        con.execute(f"create table risk_changes ({COLUMNS})")
        lost = Previous("run", THEN, "0", None, "gone")
        with con.cursor() as cursor:
            compare_into(cursor, EVERYBODY, NOW, lost, NEW)
        write_info(con, EVERYBODY, lost)
        found = con.execute("select * from risk_changes").df()
        note = con.execute("select note from risk_change_info").fetchall()[0][0]
    assert note == "gone"
    assert (found["risk"] - found["previous_risk"]).to_numpy() == pytest.approx(0.1)
    assert found[["time_part", "behaviour_part", "model_part"]].isna().all().all()
