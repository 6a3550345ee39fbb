"""Expected retention: its band covers planted truths, it knows nothing later, and what was published never changes."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.forecast import (
    USUAL_SHIFT,
    Due,
    Past,
    crowd_ahead,
    horizon_ahead,
    leaving,
    month_ahead,
    shifted,
    usual_shift,
)
from pipelines import publish, registry
from pipelines.config import Settings, load_settings
from pipelines.forecast import LOOKED_BACK, REHEARSED, RUN, forecast_into, one_a_month
from pipelines.months_ahead import Origin, now_ahead, rehearsed_ahead
from pipelines.queries.rows import records
from tests.warehouse_fixture import publish_warehouse

HORIZON = 90
SHOPS = 400


def drawn_shop(rng: np.random.Generator, off: float, past_runs: int) -> tuple[list[Past], np.ndarray, np.ndarray]:
    """Runs whose risks were off by a shift of their own each, and one run more: its risks and who churned."""
    past = []
    for _ in range(past_runs):
        risk = rng.beta(2, 3, 2_000)
        churned = rng.random(2_000) < shifted(risk, rng.normal(0, off))
        past.append(Past(float(risk.mean()), float(churned.mean()), 2_000))
    risk = rng.beta(9, 1, 80)
    return past, risk, shifted(risk, rng.normal(0, off))


@pytest.mark.parametrize(("off", "past_runs"), [(0.15, 0), (0.3, 5), (0.05, 5)])
def test_the_band_of_a_month_covers_what_comes_in_nineteen_of_twenty_shops(off, past_runs):
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(SHOPS):
        past, risk, true = drawn_shop(rng, off, past_runs)
        left = rng.random(len(risk)) < leaving(true, 60, HORIZON)
        found = month_ahead(Due(risk, 60, 5, 3_000), HORIZON, usual_shift(past))
        inside += found.low <= 1 - (5 + left.sum()) / 3_000 <= found.high
    assert inside / SHOPS >= 0.925


@pytest.mark.parametrize(("off", "past_runs"), [(0.15, 0), (0.3, 5)])
def test_the_band_of_a_horizon_covers_what_comes_in_nineteen_of_twenty_shops(off, past_runs):
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(SHOPS):
        past, _, _ = drawn_shop(rng, off, past_runs)
        risk = rng.beta(2, 3, 2_000)
        stayed = rng.random(2_000) >= shifted(risk, rng.normal(0, off))
        found = horizon_ahead(float(risk.mean()), 2_000, usual_shift(past))
        inside += found.low <= stayed.mean() <= found.high
    assert inside / SHOPS >= 0.92


def test_the_band_learns_from_past_runs_and_is_widest_without_any():
    kept = [Past(0.40, 0.40, 5_000)] * 8
    missed = [Past(0.40, 0.52, 5_000)] * 8
    none, good, bad = usual_shift([]), usual_shift(kept), usual_shift(missed)
    assert none.deviation == pytest.approx(USUAL_SHIFT)
    assert good.deviation < none.deviation < bad.deviation
    assert good.reach < none.reach  # Student's t: less is known without a past
    widths = {}
    for name, shift in {"none": none, "good": good, "bad": bad}.items():
        month = month_ahead(Due(np.full(80, 0.9), 30, 0, 3_000), HORIZON, shift)
        widths[name] = month.high - month.low
    assert widths["good"] < min(widths["none"], widths["bad"])


def test_a_month_expects_those_to_leave_who_do_not_order_until_its_end():
    risk = np.array([0.9, 0.8, 0.5])
    found = month_ahead(Due(risk, 45, 2, 100), HORIZON, usual_shift([]))
    assert found.share == pytest.approx(1 - (2 + np.sqrt(risk).sum()) / 100)
    assert found.low <= found.share <= found.high <= 1 - 2 / 100  # who left before does not come back
    nobody = month_ahead(Due(np.array([]), 30, 0, 100), HORIZON, usual_shift([]))
    assert (nobody.share, nobody.high) == (1.0, 1.0)


def test_customers_ahead_are_those_now_less_the_lost_plus_usual_arrivals():
    assert crowd_ahead(1_000, [], [50.0, 70.0]) == (1_000, 0.0)
    expected, deviation = crowd_ahead(1_000, [20.0, 30.0], [50.0, 70.0])
    assert expected == pytest.approx(1_000 - 50 + 120)
    assert deviation > 0


def forecast(month: str, as_of: str, source: str = RUN) -> dict:
    return {"month": date.fromisoformat(month), "as_of_date": date.fromisoformat(as_of), "source": source}


def test_of_each_month_the_last_forecast_made_before_it_counts_and_a_published_one_first():
    rows = [
        forecast("2026-11-01", "2026-10-01"), forecast("2026-11-01", "2026-10-20"),
        forecast("2026-11-01", "2026-11-09"), forecast("2026-12-01", "2026-12-20"),
        forecast("2026-12-01", "2026-12-04"), forecast("2026-10-01", "2026-08-03", REHEARSED),
        forecast("2026-09-01", "2026-08-03", REHEARSED), forecast("2026-09-01", "2026-09-09"),
        forecast("2026-12-01", "2026-12-01", LOOKED_BACK),
    ]  # fmt: skip
    chosen = {str(row["month"])[:7]: str(row["as_of_date"]) for row in one_a_month(rows, date(2026, 12, 31))}
    assert chosen == {
        "2026-09": "2026-09-09",
        "2026-10": "2026-08-03",
        "2026-11": "2026-10-20",
        "2026-12": "2026-12-04",
    }
    earlier = one_a_month(rows, date(2026, 10, 10))
    assert max(row["as_of_date"] for row in earlier) <= date(2026, 10, 10)


def test_what_a_run_published_stays_and_what_came_is_put_beside_it(tmp_path):
    said = "update retention_forecast set expected = 0.5, low = 0.45, high = 0.55, source = 'run' where month = date "
    publish_warehouse(tmp_path, 200, changes=(f"{said} '2026-11-01'",))
    with duckdb.connect() as con:
        con.execute("create table kpi_months as select date '2026-11-01' as month, false as is_running, 0.61 as"
                    " retention_rate, 70 as active_customers")  # fmt: skip
        con.execute("create table promise_runs (kind varchar, as_of_date date, due_on date, state varchar, promised"
                    " double, actual double, horizon_days integer, eligibility varchar)")  # fmt: skip
        forecast_into(con, tmp_path, Settings(), None, date(2026, 12, 1))
        rows = {row["month"]: row for row in records(con, "from retention_forecast")}
    november = rows[date(2026, 11, 1)]
    assert (november["expected"], november["actual"], november["n"]) == (0.5, 0.61, 70)
    assert (november["kind"], november["is_within"], november["state"]) == ("past", False, "outside the band")
    assert rows[date(2026, 12, 1)]["state"] == "to come"


def test_the_published_forecast_agrees_with_the_months_and_goes_on_from_today(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        run = records(con, "from run_info")[0]
        rows = records(con, "from retention_forecast order by measure, month")
        actual = {row["month"]: row["retention_rate"] for row in records(con, "from kpi_months where not is_running")}
        promised = {row["as_of_date"]: row for row in records(con, "from promise_runs")}
    assert len({(row["measure"], row["month"]) for row in rows}) == len(rows)
    assert all(0 <= row["low"] <= row["expected"] <= row["high"] <= 1 for row in rows)
    months = [row for row in rows if row["measure"] == "month"]
    past, coming = ([row for row in months if row["kind"] == kind] for kind in ("past", "forecast"))
    assert len(past) >= 2
    assert {row["source"] for row in past} == {REHEARSED}
    assert all(row["actual"] == actual[row["month"]] for row in past)
    assert [row["month"] for row in coming] == sorted(row["month"] for row in coming)
    assert coming[0]["month"] == run["as_of_date"].replace(day=1)
    for row in rows:
        if row["measure"] == "horizon":
            assert row["expected"] == pytest.approx(1 - promised[row["as_of_date"]]["promised"])


def test_a_forecast_knows_nothing_of_what_came_later(shared_home):
    settings, model = load_settings(shared_home), registry.champion(shared_home)
    day = date.fromisoformat(model.facts["windows"]["test"][1])
    with duckdb.connect() as con:
        for stage in ("features", "warehouse"):
            publish.attach(con, publish.require(shared_home, stage), stage)
        con.execute("create temp table order_facts as from features.order_facts")
        con.execute("create temp view customer_features as from features.customer_features")
        con.execute("create temp table kpi_months as from warehouse.kpi_months")
        past = records(con, "from warehouse.promise_runs where actual is not null")
        origin = Origin(day, REHEARSED, "1", past)
        whole = rehearsed_ahead(con, settings, origin, model)
        con.execute("delete from order_facts where ordered_on >= ?", [day])
        con.execute("delete from kpi_months where month > ?", [day])
        known = [run for run in past if run["due_on"] <= day]
        cut = rehearsed_ahead(con, settings, Origin(day, REHEARSED, "1", known), model)
    assert len(whole) >= 2
    assert whole == cut


@pytest.mark.parametrize(("first_order", "months"), [("2024-01-01", 3), ("2026-03-01", 0)])
def test_a_month_is_forecast_from_those_due_in_it_and_in_no_shop_younger_than_that(first_order, months):
    day, settings = date(2026, 11, 1), Settings()
    ordered = [one for one in pd.date_range(first_order, periods=110, freq="10D") if one < pd.Timestamp(day)]
    with duckdb.connect() as con:
        con.execute(
            "create table order_facts as select 'C' || place as customer_id, ordered_on"
            " from (select unnest($days)::date as ordered_on, unnest(range(len($days))) as place)",
            {"days": ordered},
        )
        con.execute("create table customer_scores as select customer_id, 0.9 as churn_risk from order_facts")
        con.execute("create table kpi_months as select date '2026-10-01' as month, 40 as active_customers,"
                    " 41 as active_at_end, 2 as new_customers, 1 as won_back_customers")  # fmt: skip
        rows = now_ahead(con, settings, Origin(day, RUN, "1", []))
        con.execute("update customer_scores set churn_risk = null")
        assert now_ahead(con, settings, Origin(day, RUN, "1", [])) == []
    assert len(rows) == months
    gone_on = pd.Series(ordered) + pd.Timedelta(days=settings.churn.active_days)
    for row in rows:
        due = gone_on.between(pd.Timestamp(row["month"]), pd.Timestamp(row["due_on"]), inclusive="left").sum()
        left = (1 - row["expected"]) * row["n"]
        assert left == pytest.approx(due * 0.9 ** ((row["due_on"] - day).days / 90), rel=0.02)
