"""Months of the whole shop against a count by hand: retention's two forms, the bridge to the cent, and time's arrow."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.kpi_cases import (
    ACTIVE_DAYS,
    KINDS,
    bridge_by_hand,
    bridge_of,
    chosen,
    fee_books,
    months_of,
    newcomers,
    order_books,
    published,
    shop_of,
)
from tests.random_shop import Shop, day

SHOPS = st.integers(0, 10_000)
DAYS = st.integers(420, 780)


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
