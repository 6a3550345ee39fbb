"""The label lab says of each definition what a build under it would say, and never looks ahead."""

import json
import shutil
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from models import expected_net
from models.actions import Acceptance, Action, Incentive
from models.label_lab import Contact, Definition, accuracy, earned, grid, judging_days, net, risk_on
from pipelines import lab_file, lab_tables, label_lab, publish
from pipelines.config import load_settings
from pipelines.errors import InputError
from tests.test_pages import RAW, opened, said

CONTACT = Contact(cost=1.0, incentive=10.0, redemption=0.5, acceptance=0.3)


@pytest.fixture(scope="module")
def lab_home(shared_home, tmp_path_factory):
    """A copy of the shop with a finished lab; read it."""
    home = tmp_path_factory.mktemp("lab") / "home"
    shutil.copytree(shared_home, home, symlinks=True, ignore=shutil.ignore_patterns("workflow.db*", "sample"))
    label_lab.make(home, load_settings(home), "run")
    return home


@pytest.fixture(scope="module")
def lab(lab_home):
    return lab_file.read(lab_home)


def cell_of(lab: dict, eligibility: str, horizon: int) -> dict:
    (cell,) = [one for one in lab["cells"] if (one["eligibility"], one["horizon_days"]) == (eligibility, horizon)]
    return cell


def test_the_definition_in_use_is_what_the_features_say(lab, lab_home):
    cell = cell_of(lab, "active", 90)
    with publish.open_current(lab_home, "features") as con:
        built = con.execute("from snapshots where is_labelled order by as_of_date").df()
        (today,) = con.execute("select eligible from snapshots where not is_labelled").fetchall()
        (rate,) = con.execute("select avg(churned::int) from churn_labels").fetchall()
    assert [month["as_of_date"] for month in cell["months"]] == [str(day.date()) for day in built["as_of_date"]]
    assert [month["eligible"] for month in cell["months"]] == built["eligible"].tolist()
    shares = [month["churned"] / month["eligible"] for month in cell["months"]]
    assert shares == pytest.approx(built["churn_rate"].tolist())
    assert cell["churn_rate"] == pytest.approx(rate[0])
    assert (cell["eligible"], cell["active"], cell["left_out"]) == (today[0], today[0], 0)


def test_rows_are_those_of_the_features(lab_home):
    settings = load_settings(lab_home)
    with lab_tables.open_facts(lab_home, settings) as facts, publish.open_current(lab_home, "features") as con:
        day = lab_tables.dates_of(facts, settings)[-1]
        lab_tables.look_from(facts, day)
        lab_tables.ask(facts, settings, day)
        mine = lab_tables.rows(facts)
        features = [name for name in mine if name not in ("customer_id", "as_of_date", "churned")]
        built = con.execute(
            f"select customer_id, churned, {', '.join(features)} from customer_features "
            "join churn_labels using (customer_id, as_of_date) where as_of_date = ? order by customer_id",
            [day],
        ).df()
    pd.testing.assert_frame_equal(mine[built.columns], built, check_dtype=False, rtol=1e-5)


def test_a_longer_horizon_never_has_more_churn_among_the_same_customers(lab_home):
    settings = load_settings(lab_home)
    with lab_tables.open_facts(lab_home, settings) as facts:
        day = lab_tables.dates_of(facts, lab_tables.settings_of(settings, Definition("active", 120)))[-1]
        lab_tables.look_from(facts, day)
        found = [
            lab_tables.ask(facts, lab_tables.settings_of(settings, Definition("active", horizon)), day)
            for horizon in (30, 60, 90, 120)
        ]
    assert len({counts["eligible"] for counts in found}) == 1
    churned = [counts["churned"] for counts in found]
    assert churned == sorted(churned, reverse=True) and churned[0] > churned[-1] > 0


def test_due_looks_at_nobody_who_bought_once_and_counts_them_among_the_left_out(lab, lab_home):
    settings = load_settings(lab_home)
    with lab_tables.open_facts(lab_home, settings) as facts:
        for day in lab_tables.recent_days(facts)[:3]:
            lab_tables.look_from(facts, day)
            for horizon in (30, 120):
                lab_tables.ask(facts, lab_tables.settings_of(settings, Definition("due", horizon)), day)
                assert lab_tables.rows(facts)["order_days"].min() >= 2
    cell = cell_of(lab, "due", 30)
    assert cell["left_out"] > cell["left_out_once"] > 0
    assert cell["left_out"] <= cell["active"] < cell["eligible"] + cell["left_out"] + 1


def test_a_longer_horizon_leaves_more_of_the_last_year_undecided(lab):
    shares = [cell["undecided"] / cell["recent"] for cell in lab["cells"] if cell["eligibility"] == "active"]
    assert shares == sorted(shares) and shares[0] < shares[-1] < 1


def test_what_happens_later_changes_nothing_before(lab_home, tmp_path, lab, monkeypatch):
    """Everybody orders on one day near the end: what was decided before that day stays as it is."""
    monkeypatch.setattr("models.label_lab.HORIZONS", (30,))
    home = tmp_path / "home"
    shutil.copytree(lab_home, home, symlinks=True)
    moment = date.fromisoformat(lab["as_of"]) - timedelta(days=40)
    with duckdb.connect(str(publish.require(home, "features"))) as con:
        con.execute(
            "insert into order_facts by name select * replace (? as ordered_on, ?::timestamp as ordered_at, "
            "9e5 as revenue, 9e5 as margin) from order_facts qualify row_number() over (partition by customer_id) = 1",
            [moment, moment],
        )
    label_lab.make(home, load_settings(home), "run")
    changed = 0
    for cell in lab_file.read(home)["cells"]:
        before = cell_of(lab, cell["eligibility"], cell["horizon_days"])["months"]
        for one, other in zip(before, cell["months"], strict=True):
            if date.fromisoformat(one["as_of_date"]) + timedelta(days=cell["horizon_days"]) <= moment:
                assert one == other
            changed += one != other
    assert changed > 0


def test_no_customer_is_in_the_file(lab_home):
    with publish.open_current(lab_home, "features") as con:
        customers = [row[0] for row in con.execute("select customer_id from customer_numbers").fetchall()]
    text = (lab_home / lab_file.LAB_FILE).read_text(encoding="utf-8")
    assert not [one for one in customers if one in text]


def test_every_definition_is_judged_on_later_days_only(lab):
    for cell in lab["cells"]:
        simple = cell["accuracy"]["figures"]["simple"]["roc_auc"]
        assert 0.5 < simple["low"] < simple["value"] < simple["high"] < 1
        days = [month["as_of_date"] for month in cell["months"]]
        assert set(cell["accuracy"]["days"]) <= set(days) and days[-1] in cell["accuracy"]["days"]
    best = [cell["earned"] for cell in lab["cells"] if cell["earned"]["against_best"]["value"] == 0]
    assert len(best) == 1


def test_choosing_another_definition_of_the_grid_leaves_the_lab_fresh(lab, lab_home, tmp_path):
    settings, now = load_settings(lab_home), lab_file.data_hash_of(lab_home)
    assert lab_file.stale(lab, now, settings) == ""
    churn, money = settings.churn, settings.economics
    other = settings.model_copy(update={"churn": churn.model_copy(update={"horizon_days": 60, "eligibility": "due"})})
    assert lab_file.stale(lab, now, other) == ""
    other = settings.model_copy(update={"churn": churn.model_copy(update={"horizon_days": 45})})
    assert "not in it" in lab_file.stale(lab, now, other)
    other = settings.model_copy(update={"economics": money.model_copy(update={"contact_cost": 9.0})})
    assert "settings" in lab_file.stale(lab, now, other)
    assert "data" in lab_file.stale(lab, "another", settings)
    (tmp_path / lab_file.LAB_FILE).write_text(json.dumps({"version": 0}), encoding="utf-8")
    assert lab_file.read(tmp_path) is None


def test_facts_of_another_margin_are_refused(lab_home):
    settings = load_settings(lab_home)
    money = settings.economics.model_copy(update={"gross_margin": 0.9})
    with pytest.raises(InputError, match="build"):
        label_lab.make(lab_home, settings.model_copy(update={"economics": money}), "run")


def test_a_definition_in_use_beside_the_grid_gets_a_place():
    assert Definition("active", 45) in grid(45, "active") and Definition("due", 45) in grid(45, "active")
    assert len(grid(90, "due")) == 8
    assert {one.eligibility for one in grid(30, "subscribed")} == {"active", "due", "subscribed"}


def rows_of(days: list[date], seed: int = 3, customers: int = 300) -> pd.DataFrame:
    """Rows of a shop in which recency tells who churns."""
    random = np.random.default_rng(seed)
    parts = []
    for day in days:
        recency = random.integers(1, 300, customers).astype(float)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": [f"c{number}" for number in range(customers)],
                    "as_of_date": pd.Timestamp(day),
                    "churned": random.random(customers) < recency / 350,
                    "days_since_last_order": recency,
                    "order_days": random.integers(1, 9, customers).astype(float),
                    "mean_order_value": random.uniform(10, 90, customers),
                    "tenure_days": recency + random.integers(1, 300, customers),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


DAYS = [date(2025, month, 1) for month in range(1, 13)]


def test_a_risk_knows_only_outcomes_that_were_over():
    frame, day = rows_of(DAYS), date(2025, 9, 1)
    today = rows_of([day], seed=5)
    late = pd.to_datetime(frame["as_of_date"]) + pd.Timedelta(days=60) > pd.Timestamp(day)
    assert late.any() and not late.all()
    flipped = frame.assign(churned=frame["churned"] ^ late)
    assert np.array_equal(risk_on(today, frame, day, 60), risk_on(today, flipped, day, 60))
    assert not np.allclose(risk_on(today, frame, day, 60), risk_on(today, flipped, day, 1))


def test_accuracy_does_not_depend_on_the_order_of_rows():
    frame = rows_of(DAYS)
    one, other = accuracy(frame, 60), accuracy(frame.sample(frac=1, random_state=1).reset_index(drop=True), 60)
    assert one.days == other.days
    for rung, metrics in one.figures.items():
        for metric in ("roc_auc", "log_loss"):
            assert metrics[metric].value == pytest.approx(other.figures[rung][metric].value, abs=1e-6)
    assert one.gain.high < 0
    assert accuracy(frame[frame["as_of_date"] == frame["as_of_date"].max()], 60) is None


def test_the_net_is_that_of_actions():
    action = Action(
        "a", "A", "win-back", "economic", (), "email", 1.0, 0.0, 0, True, Incentive(0.0, 10.0, 0.5), Acceptance(6, 14)
    )
    risk, value = np.array([0.1, 0.5, 0.9]), np.array([20.0, 80.0, 300.0])
    expected = expected_net.retention_net(risk, np.full(3, 0.3), value, np.full(3, 10.0), action)
    assert net(risk, value, CONTACT) == pytest.approx(expected)


def test_who_knows_the_truth_earns_most_and_who_contacts_nobody_nothing():
    random = np.random.default_rng(2)
    lost = random.random(800) < 0.4
    shop = pd.DataFrame(
        {"customer_id": [str(number) for number in range(800)], "counts": True, "value": 100.0, "lost": lost}
    )
    oracle, blind, silent = (Definition("active", days) for days in (30, 60, 90))
    risks = {oracle: lost.astype(float), blind: np.full(800, 0.4), silent: np.full(800, np.nan)}
    found = earned(shop, risks, CONTACT)
    assert found[oracle].against_best.value == 0 and found[blind].against_best.high < 0
    assert (found[silent].realised.value, found[silent].contacted) == (0, 0)
    each = 0.3 * (100 - 10) - 1
    assert found[oracle].realised.value == pytest.approx(1000 * lost.mean() * each)
    assert found[oracle].expected.value == pytest.approx(found[oracle].realised.value)
    everybody = lost.mean() * each - (1 - lost.mean()) * (0.5 * 10 + 1)
    assert found[blind].realised.value == pytest.approx(1000 * everybody)
    doubled = pd.concat([shop, shop.assign(counts=False, value=0.0)], ignore_index=True)
    again = earned(doubled, {one: np.tile(risk, 2) for one, risk in risks.items()}, CONTACT)
    assert again[oracle].realised.value <= found[oracle].realised.value  # told per customer who counts


def test_money_is_judged_on_days_on_which_every_definition_could_decide():
    one, other = Definition("active", 30), Definition("active", 120)
    until = date(2026, 1, 1)
    dates = {one: [until - timedelta(days=30 + 30 * step) for step in range(20)]}
    assert judging_days(until, dates) == [until - timedelta(days=360), until - timedelta(days=180)]
    dates[other] = [until - timedelta(days=310)]
    assert judging_days(until, dates) == [until - timedelta(days=180)]
    assert judging_days(until, dates | {other: []}) == []


def test_the_page_shows_every_definition_and_marks_the_chosen_one(lab_home, monkeypatch):
    app = opened("training", lab_home, monkeypatch, part="Label lab")
    assert not app.exception
    (grid_table, *_) = (table.value for table in app.table)
    names = [name.replace("\u00a0", " ") for name in grid_table.index]
    assert names[:3] == ["Active, 30 days", "Active, 60 days", "Active, 90 days · chosen"]
    assert len(names) == 8 and "Order due, 120 days" in names
    found = said(app)
    assert "Churned is who placed no order within 90 days, of those who ordered within 365 days." in found
    assert "Nobody has changed the definition here yet" in found
    assert "Out of date" not in found and not RAW.findall(found)
    app = opened("training", lab_home, monkeypatch, part="Label lab", who="Order due", days="60")
    assert "Churned is who placed no order within 60 days, of those whose next order is due." in said(app)


def test_the_page_says_what_is_out_of_date_and_what_the_environment_holds(lab_home, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_CHURN__HORIZON_DAYS", "60")
    monkeypatch.setenv("STAMMKUNDE_ECONOMICS__CONTACT_COST", "7")
    app = opened("training", lab_home, monkeypatch, part="Label lab")
    found = said(app)
    assert "Out of date: settings that it rests on have changed since." in found
    assert "The published list still answers Active, 90 days" in found.replace("*", "")
    app = opened("training", lab_home, monkeypatch, part="Label lab", days="120")
    assert "STAMMKUNDE_CHURN__HORIZON_DAYS" in said(app)
    assert "lab_choose" not in [button.key for button in app.button]


def test_before_the_first_lab_the_page_offers_to_work_it_out(shared_home, monkeypatch):
    app = opened("training", shared_home, monkeypatch, part="Label lab")
    assert "No definition has been worked out yet" in said(app)
    assert "lab_start" in [button.key for button in app.button]
