"""Months of the whole shop against a count by hand: retention's two forms, the bridge to the cent, and time's arrow."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import promises, publish, queries
from pipelines.contract import TABLES
from tests.kpi_cases import (
    ACTIVE_DAYS,
    bridge_by_hand,
    bridge_of,
    chosen,
    fee_books,
    months_of,
    newcomers,
    order_books,
    published,
)
from tests.random_shop import Shop, day, random_shop

KINDS = ["active", "subscribed"]
SHOPS = st.integers(0, 10_000)
DAYS = st.integers(420, 780)


def shop_of(seed: int) -> Shop:
    """A random shop whose money has cents and whose refunds sometimes take everything."""
    shop, rng = random_shop(seed), np.random.default_rng(seed)
    orders = shop["orders"]
    orders["revenue"] = (orders["revenue"] + rng.integers(0, 100, len(orders)) / 100).round(2)
    orders["refunded"] = orders["refunded"].where(rng.random(len(orders)) < 0.5, orders["revenue"])
    shop["subscriptions"]["monthly_fee"] += 0.99
    return shop


def books(shop: Shop, kind: str, when: pd.Timestamp, as_of: date) -> dict:
    return fee_books(shop, when, as_of) if kind == "subscribed" else order_books(shop, when)


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=5, deadline=None)
@given(seed=SHOPS, number=DAYS)
def test_the_bridge_is_what_a_count_by_hand_says_to_the_cent(kind, seed, number, tmp_path_factory):
    shop, as_of = shop_of(seed), day(number)
    found = bridge_of(shop, as_of, chosen(kind), tmp_path_factory.getbasetemp())
    assert found[-1]["month"] <= as_of
    for row in found:
        month = pd.Timestamp(row["month"])
        end = min(month + pd.DateOffset(months=1), pd.Timestamp(as_of))
        expected = bridge_by_hand(
            books(shop, kind, month, as_of), books(shop, kind, end, as_of), newcomers(shop, kind, month)
        )
        assert {name: row[name] for name in expected} == expected, month
        assert row["is_running"] == (month + pd.DateOffset(months=1) > pd.Timestamp(as_of))
        moved = row["expansion"] - row["contraction"] - row["churned"] + row["won_back"] + row["new"]
        assert row["start"] + moved == row["end"]


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=4, deadline=None)
@given(seed=SHOPS, number=DAYS)
def test_both_forms_of_retention_and_all_rates_follow_from_who_was_there(kind, seed, number, tmp_path_factory):
    shop, as_of = shop_of(seed), day(number)
    found = months_of(shop, as_of, chosen(kind), tmp_path_factory.getbasetemp())
    for month, row in found.iterrows():
        start = books(shop, kind, month, as_of)
        assert row["active_customers"] == len(start)
        if row["is_running"]:
            assert row[["retention_rate", "churn_rate", "nrr", "grr", "retention_12m", "nrr_12m"]].isna().all()
        if pd.isna(row["retention_rate"]):
            continue
        after = books(shop, kind, month + pd.DateOffset(months=1), as_of)
        arrived = row["new_customers"] + row["won_back_customers"]
        assert arrived == len(after.keys() - start.keys())
        assert row["retention_rate"] == pytest.approx(len(start.keys() & after.keys()) / len(start))
        assert row["retention_rate"] == pytest.approx((len(after) - arrived) / len(start))
        assert row["retention_rate"] == pytest.approx(row["retained_customers"] / row["active_customers"])
        assert row["churn_rate"] == pytest.approx(1 - row["retention_rate"])
        kept = bridge_by_hand(start, after, set())
        if kept["start"]:
            nrr = (kept["start"] + kept["expansion"] - kept["contraction"] - kept["churned"]) / kept["start"]
            assert row["nrr"] == pytest.approx(float(nrr))
            assert row["grr"] == pytest.approx(float(nrr - kept["expansion"] / kept["start"]))
            assert row["expansion_rate"] == pytest.approx(float(kept["expansion"] / kept["start"]))
            assert row["contraction_rate"] == pytest.approx(float(kept["contraction"] / kept["start"]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_compares_the_same_customers_twelve_months_apart(kind, tmp_path):
    shop, as_of = shop_of(3), day(780)
    found = months_of(shop, as_of, chosen(kind), tmp_path)
    years = found[found["retention_12m"].notna()]
    assert len(years) > 3
    for month, row in years.iterrows():
        end = month + pd.DateOffset(months=1)
        then, now = (books(shop, kind, when, as_of) for when in (end - pd.DateOffset(months=12), end))
        kept = bridge_by_hand(then, now, set())
        assert row["n_12m"] == len(then)
        assert row["retention_12m"] == pytest.approx(len(then.keys() & now.keys()) / len(then))
        assert row["grr_12m"] == pytest.approx(
            float((kept["start"] - kept["contraction"] - kept["churned"]) / kept["start"])
        )
        assert row["nrr_12m"] == pytest.approx(
            float((kept["start"] + kept["expansion"] - kept["contraction"] - kept["churned"]) / kept["start"])
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_what_comes_later_changes_no_month_that_was_over(kind, seed, tmp_path):
    shop = shop_of(seed)
    early, late = (months_of(shop, day(number), chosen(kind), tmp_path) for number in (520, 790))
    over = early[~early["is_running"]].drop(columns="value_at_risk")
    pd.testing.assert_frame_equal(late.loc[over.index, over.columns], over, check_dtype=False)
    refunds = shop["orders"]["refunded_at"].between(pd.Timestamp(day(520)), pd.Timestamp(day(790)))
    assert refunds.any()


@pytest.mark.parametrize("seed", range(2))
def test_orders_of_a_month_are_counted_once_whoever_looks(seed, tmp_path):
    shop, as_of = shop_of(seed), day(700)
    orders = shop["orders"][(shop["orders"]["status"] != "cancelled") & (shop["orders"]["ordered_at"] < str(as_of))]
    of_month = orders.groupby(orders["ordered_at"].dt.to_period("M").dt.to_timestamp())
    with published(shop, as_of, chosen(), tmp_path) as con:
        months = con.execute("from kpi_months").df().set_index("month")
        cohorts = con.execute("from kpi_cohorts").df()
        left = con.execute("select count(*) from duckdb_tables() where temporary").fetchall()
    assert left == [(0,)]
    sold = of_month["revenue"].sum().reindex(months.index, fill_value=0)
    np.testing.assert_allclose(months["revenue"], sold, atol=0.001)
    np.testing.assert_allclose(cohorts.groupby("month")["revenue"].sum(), months["revenue"], atol=0.001)
    buyers = of_month["customer_id"].nunique().reindex(months.index, fill_value=0)
    assert list(months["buying_customers"]) == list(buyers)
    assert list(cohorts.groupby("month")["retained"].sum()) == list(buyers)
    assert list(months["aov"].dropna()) == pytest.approx(list((sold / of_month.size()).dropna()))
    assert (cohorts.loc[cohorts["months_since"] == 0, "retained_share"] == 1).all()
    seen = orders.assign(on=orders["ordered_at"].dt.normalize())
    for month, row in months.iterrows():
        end = min(month + pd.DateOffset(months=1), pd.Timestamp(as_of))
        past = seen[seen["on"] < end]
        active = set(past.loc[past["on"] >= end - pd.Timedelta(days=ACTIVE_DAYS), "customer_id"])
        days = past.groupby("customer_id")["on"].nunique()
        assert row["repeat_customers"] == sum(days[name] >= 2 for name in active)


def test_contract_cohorts_count_who_still_runs(tmp_path):
    shop, as_of = shop_of(5), day(700)
    with published(shop, as_of, chosen("subscribed"), tmp_path) as con:
        cohorts = con.execute("from kpi_cohorts where not is_running").df()
    for month, cells in cohorts.groupby("month"):
        running = fee_books(shop, month + pd.DateOffset(months=1), as_of)
        assert cells["retained"].sum() == len(running)
        assert cells["revenue"].sum() == pytest.approx(float(sum(running.values())))


@pytest.mark.parametrize("kind", KINDS)
def test_what_customers_earned_is_the_same_by_month_and_by_group(kind, tmp_path):
    shop, as_of, asked = shop_of(4), day(700), chosen(kind)
    with published(shop, as_of, asked, tmp_path) as con:
        months, values = con.execute("from kpi_months").df(), queries.kpi_values(con, "segment")
        (whole,) = queries.kpi_values(con, "shop").to_dict("records")
    assert whole["clv_historic"] == pytest.approx(months["clv_historic"].iloc[-1])
    assert (values["clv_historic"] * values["customers"]).sum() == pytest.approx(
        whole["clv_historic"] * whole["customers"]
    )
    assert whole["clv_predicted"] == pytest.approx(75)  # one in four leaves, and who stays is worth 100
    assert whole["clv_predicted"] * whole["scored_customers"] + whole["value_at_risk"] == whole["expected_value"]
    assert months["value_at_risk"].iloc[-1] == whole["value_at_risk"]


def planted_shop() -> Shop:
    """Sixty first orders in one January: forty come again after 30 days, ten of these once more; one is refunded."""
    rows = []
    for number in range(60):
        name, first = f"c{number:02}", pd.Timestamp("2023-01-05")
        days = [0, 30, 70] if number < 10 else [0, 30] if number < 40 else [0]
        rows += [(f"{name}-{step}", name, first + pd.Timedelta(days=step), 100.0) for step in days]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "revenue"])
    orders["refunded"], orders["refunded_at"] = np.nan, pd.NaT
    orders.loc[0, "refunded"], orders.loc[0, "refunded_at"] = 40.0, pd.Timestamp("2023-04-10")
    tickets = pd.DataFrame({"ticket_id": ["t1"], "customer_id": ["c00"], "opened_at": [pd.Timestamp("2023-02-01")]})
    contacts = pd.DataFrame(
        {
            "contact_id": ["k1", "k2"], "customer_id": ["c01", "c02"], "action": "mail", "arm": ["treated", "control"],
            "contacted_at": pd.Timestamp("2023-03-01"), "cost": 2.5,
        }
    )  # fmt: skip
    tables = {"orders": orders, "support_tickets": tickets, "contacts": contacts}
    return {name: frame.reindex(columns=[one.name for one in TABLES[name].columns]) for name, frame in tables.items()}


def test_planted_steps_worth_and_refund(tmp_path):
    asked = chosen()
    with published(planted_shop(), date(2023, 6, 20), asked, tmp_path) as con:
        steps = queries.kpi_steps(con)
        months = con.execute("from kpi_months").df().set_index("month")
        bridge = queries.kpi_bridge(con).set_index("month")
    assert steps["customers"].tolist() == [60, 40, 10]
    assert steps["share_of_first"].tolist() == pytest.approx([1, 2 / 3, 1 / 6])
    assert steps["share_of_previous"].tolist() == pytest.approx([1, 2 / 3, 1 / 4])
    assert steps["median_days"].tolist()[1:] == [30, 40]
    assert steps["within_days"].tolist() == [90] * 3
    margin = 110 * 100 * asked.economics.gross_margin
    costs = 40 + asked.economics.ticket_cost + 2.5  # the refund, one ticket, and the one contact that was made
    assert months["clv_historic"].iloc[-1] == pytest.approx((margin - costs) / 60)
    assert months.loc["2023-03-01", "refunds"] == 0
    assert months.loc["2023-04-01", "refunds"] == 40
    # in April the twenty who came once are gone; who was refunded still counts, for 40 less
    assert bridge.loc["2023-04-01", ["churned", "contraction"]].tolist() == [20 * 100, 40 + 40 * 100 - 40]
    assert months.loc["2023-04-01", ["active_customers", "active_at_end"]].tolist() == [60, 40]
    # until the first order is 100 days old nobody can leave: such a month has no rate
    assert months.loc[:"2023-04-01", "churn_rate"].isna().all()
    assert months.loc["2023-05-01", "churned_customers"] == 30


def test_every_run_adds_what_was_at_risk(tmp_path):
    """What the last publication knew and what was promised since is kept; another question's runs are not."""
    shop, asked = shop_of(6), chosen()
    with published(shop, day(600), asked, tmp_path) as con:
        rows = con.execute("from kpi_value_at_risk").df()
    again = "insert into kpi_value_at_risk select * replace ("
    with publish.new_store(tmp_path, "warehouse", "20240801T000000-aaaa") as con:
        con.execute("create table kpi_value_at_risk as select * replace (as_of_date::date as as_of_date) from rows")
        con.execute(f"{again} as_of_date - 30 as as_of_date) from kpi_value_at_risk")
        con.execute(f"{again} 60 as horizon_days, as_of_date - 9 as as_of_date) from kpi_value_at_risk")
        promises.folder(tmp_path).mkdir()
        con.execute(
            "copy (select 'c1' as customer_id, 0.5::float as churn_risk, 80::float as expected_value, 'r' as run_id,"
            f" date '{day(640)}' as as_of_date, '2' as model_version, 90 as horizon_days, 'active' as eligibility)"
            f" to '{promises.folder(tmp_path)}/one.parquet'"
        )
    with published(shop, day(660), asked, tmp_path) as con:
        found = queries.kpi_value_at_risk(con)
        months = queries.kpi_months(con).set_index("month")["value_at_risk"].dropna()
    assert found["as_of_date"].dt.date.tolist() == [day(570), day(600), day(640), day(660)]
    assert found["value_at_risk"].tolist() == [*[rows["value_at_risk"][0]] * 2, 40, found["value_at_risk"].iloc[-1]]
    assert len(months) == len({f"{pd.Timestamp(day(number - 1)):%Y-%m}" for number in (570, 600, 640, 660)})


def test_the_published_shop_has_months_that_agree_with_its_list(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        assert queries.has_kpis(con)
        listed = con.execute("select sum(value_at_risk), count(*) from customer_list").fetchall()[0]
        last = queries.kpi_months(con, 1).iloc[0]
        bridge, steps = con.execute("from kpi_bridge order by month").fetchall(), queries.kpi_steps(con)
        (shop,) = queries.kpi_values(con).to_dict("records")
    assert last["value_at_risk"] == pytest.approx(listed[0])
    assert (last["customers_to_date"], shop["customers"]) == (listed[1], listed[1])
    assert all(
        start + expansion - contraction - churned + won_back + new == end
        for *_, start, expansion, contraction, churned, won_back, new, end in bridge
    )
    assert all(row[-1] == following[4] for row, following in pairwise(bridge))
    assert steps["customers"].is_monotonic_decreasing or len(steps) == 6
