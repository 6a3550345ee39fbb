"""Earlier days by the same rules: the arrays agree with the SQL, and every customer is counted once per two days."""

from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.lifecycle import Thresholds, lifecycle_stage
from models.past_states import Orders, cadence_on
from models.segments import rfm
from pipelines import publish
from pipelines.segment_moves import NOT_YET
from pipelines.warehouse import expose, read_folder, set_variables

GAPS = ["median_gap_days", "first_gap_days", "last_gap_days", "previous_median_gap_days"]
SAME = ["order_days", "days_since_last_order", "revenue_total", *GAPS]


@pytest.fixture(scope="module")
def facts(shared_home):
    with duckdb.connect() as con:
        publish.attach(con, publish.require(shared_home, "features"), "features")
        expose(con, "features")
        yield con


@pytest.mark.parametrize("months", [1, 12])
def test_cadence_of_an_earlier_day_is_what_the_mart_would_say(facts, months):
    newest = facts.execute("select max(ordered_on) + 1 from order_facts").fetchall()[0][0]
    day = (pd.Timestamp(newest) - pd.DateOffset(months=months)).date()
    set_variables(facts, as_of_date=day)
    (file,) = [file for file in read_folder("segments") if file.name == "customer_cadence"]
    expected = facts.execute(
        f"select * from ({file.text}) join customer_numbers using (customer_id) order by customer_number"
    ).df()
    rows = facts.execute(
        "select customer_number, date_diff('day', date '1970-01-01', ordered_on) as day, revenue from order_facts"
        " order by hash(ordered_at)"  # in no order
    ).fetchnumpy()
    orders = Orders.of(*(np.asarray(values) for values in rows.values()))
    found = cadence_on(orders, (day - pd.Timestamp(0).date()).days)
    assert list(found["customer"]) == list(expected["customer_number"])
    for column in SAME:
        np.testing.assert_allclose(
            found[column].astype(float), expected[column].astype(float), rtol=1e-9, err_msg=column
        )
    assert (rfm(found)["segment"].to_numpy() == rfm(expected)["segment"].to_numpy()).all()
    assert (lifecycle_stage(found, Thresholds()) == lifecycle_stage(expected, Thresholds())).all()


@pytest.fixture(scope="module")
def warehouse(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def test_every_customer_moves_once_between_two_days(warehouse):
    as_of = warehouse.execute("select as_of_date from run_info").fetchall()[0][0]
    days = [day for (day,) in warehouse.execute("select distinct from_on from segment_moves order by 1").fetchall()]
    assert min(days) <= as_of - timedelta(days=365)
    assert {round((as_of - day).days / 30.4) for day in days} >= {1, 3, 12}
    for dimension in ("segment", "lifecycle_stage"):
        counted = warehouse.execute(
            "select from_on, sum(customers), sum(value_at_risk) from segment_moves"
            " where dimension = ? and to_on = ? group by 1",
            [dimension, as_of],
        ).fetchall()
        customers, at_risk = warehouse.execute("select count(*), sum(value_at_risk) from customer_list").fetchall()[0]
        assert len(counted) == len(days)
        for _, found, worth in counted:
            assert found == customers
            assert worth == pytest.approx(at_risk)


def test_the_newest_day_of_the_moves_has_the_groups_of_the_list(warehouse):
    as_of = warehouse.execute("select as_of_date from run_info").fetchall()[0][0]
    for dimension in ("segment", "lifecycle_stage"):
        listed = dict(warehouse.execute(f"select {dimension}, count(*) from customer_list group by 1").fetchall())
        ends = warehouse.execute(
            "select to_group, sum(customers) from segment_moves where dimension = ? and to_on = ?"
            " and from_on = (select min(from_on) from segment_moves) group by 1",
            [dimension, as_of],
        ).fetchall()
        assert dict(ends) == listed


def test_who_comes_later_had_no_order_yet_and_nobody_goes_back_to_none(warehouse):
    first = warehouse.execute("select min(from_on) from segment_moves").fetchall()[0][0]
    newer = warehouse.execute("select count(*) from customer_list where first_ordered_at >= ?", [first]).fetchall()
    moves = warehouse.execute(
        "select sum(customers) from segment_moves where dimension = 'segment' and from_on = ? and from_group = ?"
        " and to_on = (select as_of_date from run_info)",
        [first, NOT_YET],
    ).fetchall()
    assert moves == newer
    assert not warehouse.execute("select * from segment_moves where to_group = ?", [NOT_YET]).fetchall()


def test_what_became_of_a_group_adds_up_to_the_labels(warehouse, shared_home):
    day, customers, churned = warehouse.execute(
        "select as_of_date, sum(customers), sum(churned) from segment_outcomes where dimension = 'segment' group by 1"
    ).fetchall()[0]
    with publish.open_current(shared_home, "features") as con:
        labels = con.execute(
            "select count(*), count(*) filter (churned) from churn_labels where as_of_date = ? and churned is not null",
            [day],
        ).fetchall()[0]
    assert (customers, churned) == labels


def test_eleven_groups_are_disjoint_and_leave_nobody_out(warehouse):
    for dimension in ("segment", "lifecycle_stage"):
        groups = warehouse.execute(
            "select count(distinct group_name), count(*), sum(customers), sum(value_at_risk) from segment_groups"
            " where dimension = ?",
            [dimension],
        ).fetchall()[0]
        customers, worth = warehouse.execute("select count(*), sum(value_at_risk) from customer_list").fetchall()[0]
        assert groups[0] == groups[1]
        assert groups[2] == customers
        assert groups[3] == pytest.approx(worth)
    squares = warehouse.execute("select sum(customers), count(distinct segment) from rfm_grid").fetchall()[0]
    assert squares == (customers, 11)


def test_the_map_counts_every_scored_customer_once(warehouse):
    found = warehouse.execute(
        "select sum(customers), sum(value_at_risk), sum(expected_net), count(distinct value_class) from value_risk_map"
    ).fetchall()[0]
    known = warehouse.execute(
        "select count(*), sum(churn_risk * expected_value), sum(expected_net) from customer_list where is_scored"
    ).fetchall()[0]
    assert found[:3] == pytest.approx(known)
    assert found[3] == 5
    edges = warehouse.execute(
        "select value_to = lead(value_from) over (order by value_class) from value_edges"
    ).fetchall()
    assert [is_next for (is_next,) in edges] == [True] * 4 + [None]


def test_every_month_of_the_last_year_can_be_compared_with_every_other(warehouse):
    as_of = warehouse.execute("select as_of_date from run_info").fetchall()[0][0]
    pairs = set(warehouse.execute("select distinct from_on, to_on from segment_moves").fetchall())
    days = sorted({day for pair in pairs for day in pair})
    assert pairs == {(start, end) for at, start in enumerate(days) for end in days[at + 1 :]}
    for months in range(1, 13):
        wanted = (pd.Timestamp(as_of) - pd.DateOffset(months=months)).date()
        assert min(abs((day - wanted).days) for day in days) <= 12  # a day with a known outcome may stand in
