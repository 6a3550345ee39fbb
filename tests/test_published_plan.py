"""The plan published with the scores keeps the limits of the settings, and every scored customer has a place in it."""

import math

import duckdb
import pytest

from models.plan import Limits
from pipelines import publish, queries
from pipelines.config import Settings
from pipelines.marts import _check
from pipelines.plan import read_offers
from pipelines.published_plan import scenario_into


@pytest.fixture
def warehouse(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def one(con: duckdb.DuckDBPyConnection, sql: str):
    return con.execute(sql).fetchall()[0][0]


def test_every_scored_customer_is_contacted_or_left_alone_and_never_both(warehouse):
    summary = queries.plan_summary(warehouse)
    assert summary["scored"] == one(warehouse, "select count(*) from customer_scores")
    assert summary["contacted"] == one(warehouse, "select count(*) from customer_plan") > 0
    assert summary["contacted"] + summary["left_alone"] == summary["scored"]
    both = "select count(*) from customer_plan inner join plan_left_alone using (customer_id)"
    assert one(warehouse, both) == 0


def test_the_published_plan_stands_under_the_limits_of_the_settings(warehouse):
    limits = {limit["limit_name"]: limit for limit in queries.plan_limits(warehouse)}
    assert {name: limit["allowed"] for name, limit in limits.items()} == {
        "budget": Settings().plan.budget,
        "agent_hours": Settings().plan.agent_hours,
    }
    for limit in limits.values():
        assert 0 <= limit["used"] <= limit["allowed"] + 1e-6
        assert 0 <= limit["gain"] <= limit["price"] * limit["step"] + 1e-6 or limit["price"] == 0
    summary = queries.plan_summary(warehouse)
    assert limits["budget"]["used"] == pytest.approx(summary["cost"])
    assert limits["agent_hours"]["used"] == pytest.approx(summary["agent_minutes"] / 60)
    assert summary["gap"] <= 0.005


def test_the_reasons_sum_up_the_list(warehouse):
    reasons = queries.left_alone_reasons(warehouse)
    assert reasons["customers"].sum() == queries.plan_summary(warehouse)["left_alone"]
    for money in ("cost_avoided", "loss_avoided", "net_forgone"):
        total = one(warehouse, f"select sum({money}) from plan_left_alone")
        assert reasons[money].sum() == pytest.approx(total)


@pytest.mark.parametrize("name", ["left alone", "displaced", "contacted"])
def test_pages_of_a_list_are_disjoint_and_make_up_the_list(warehouse, name):
    rows = queries.plan_list_size(warehouse, name, {})
    pages = [queries.plan_list(warehouse, name, {}, page, 200) for page in range(1, rows // 200 + 2)]
    found = [customer for page in pages for customer in page["customer_id"]]
    assert len(found) == len(set(found)) == rows > 0
    assert queries.plan_list(warehouse, name, {}, rows // 200 + 2, 200).empty


def test_a_list_can_be_narrowed(warehouse):
    reason = queries.left_alone_reasons(warehouse).dropna().iloc[0]
    narrowed = {"reason": reason["reason"], "rule": reason["rule"]}
    assert queries.plan_list_size(warehouse, "left alone", narrowed) == reason["customers"]
    rows = queries.plan_list(warehouse, "left alone", narrowed)
    assert set(rows["reason"]) == {reason["reason"]}
    assert set(rows["rule"]) == {reason["rule"]}


def test_a_scenario_stands_beside_the_published_plan(warehouse):
    published = queries.plan_summary(warehouse)
    other = warehouse.cursor()
    scenario_into(other, read_offers(other), Limits(50.0, 1.0, {"email": 10}))
    less = queries.plan_summary(other)
    assert less["expected_net"] < published["expected_net"]
    assert less["contacted"] == queries.plan_list_size(other, "contacted", {})
    assert less["cost"] <= 50.0
    by_channel = "select count(*) from customer_plan where channel = 'email'"
    assert one(other, by_channel) <= 10
    gains = [limit["gain"] for limit in queries.plan_limits(other)]
    assert gains
    assert all(gain is None or math.isnan(gain) for gain in gains)
    assert queries.plan_summary(warehouse) == published


@pytest.mark.parametrize(
    "harm",
    [
        "insert into customer_plan from customer_plan limit 1",
        "update customer_actions set blocked_by = 'no consent' from customer_plan as planned"
        " where customer_actions.customer_id = planned.customer_id and customer_actions.action = planned.action",
        "insert into customer_holdouts (customer_id) select customer_id from customer_plan limit 1",
        "update plan_limits set used = allowed + 1",
    ],
)
def test_a_plan_that_breaks_a_rule_is_not_published(home, harm):
    path = publish.current(home, "warehouse")
    with duckdb.connect(path) as con:
        con.execute("create or replace table customer_scores as select * replace (null as action) from customer_scores")
        _check(con)
        con.execute(harm)
        with pytest.raises(RuntimeError, match="plan keeps its rules"):
            _check(con)


def test_a_shop_without_offers_gets_an_empty_plan():
    with duckdb.connect() as con:
        con.execute("create table customer_scores (customer_id varchar, churn_risk double)")
        con.execute("insert into customer_scores values ('C1', null), ('C2', 0.5)")
        con.execute(
            "create table customer_actions (customer_id varchar, action varchar, channel varchar, expected_net double, "
            "cost double, agent_minutes double, break_even_risk double, deferred_until date, blocked_by varchar)"
        )
        con.execute("create table actions (action varchar, title varchar, bond varchar, place integer)")
        shop = read_offers(con)
        scenario_into(con, shop, Limits(10.0))
        assert queries.plan_summary(con) | {"contacted": 0, "left_alone": 2} == queries.plan_summary(con)
        assert queries.plan_actions(con).empty
        assert queries.left_alone_reasons(con)["reason"].tolist() == ["no action fits"]
