"""An audience is the plan, a filter or a saved segment: one allowed action per customer, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines import publish
from pipelines.audience import audience
from pipelines.config import Plan, Settings
from pipelines.errors import InputError

COLUMNS = [
    "customer_id", "action", "channel", "expected_net", "cost", "contact_cost", "agent_minutes", "acceptance",
    "churn_risk", "expected_value", "segment",
]  # fmt: skip


@pytest.fixture
def con(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def pairs(frame: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(frame["customer_id"], frame["action"], strict=True))


@pytest.mark.parametrize(
    "definition",
    [
        {"from": "plan"},
        {"from": "plan", "limits": {"budget": 50}},
        {"from": "filter", "filter": {}, "action": "best"},
        {"from": "segment", "filter": {"segments": ["At risk", "Hibernating"]}},
        {"from": "filter", "filter": {"bands": ["high"]}, "action": "winback_voucher", "also_losing": True},
    ],
    ids=str,
)
def test_everybody_in_it_may_be_contacted_and_has_one_action(con, definition):
    found = audience(con, definition)
    assert list(found.columns) == COLUMNS
    assert len(found) > 5
    assert found["customer_id"].is_unique
    assert found["expected_net"].is_monotonic_decreasing
    allowed = con.execute("select customer_id, action from customer_actions where blocked_by is null").fetchall()
    assert pairs(found) <= set(allowed)
    assert "also_losing" in definition or (found["expected_net"] > 0).all()
    assert (found["contact_cost"] <= found["cost"] + 1e-9).all()


def test_the_published_plan_is_the_plan_under_the_settings(con):
    published = con.execute("select customer_id, action from customer_plan").fetchall()
    assert pairs(audience(con, {"from": "plan"})) == set(published)
    anew = audience(con, {"from": "plan", "limits": {}}, Settings())
    assert pairs(anew) == set(published)


def test_a_plan_keeps_the_limits_that_are_named_and_the_settings_for_the_rest(con):
    settings = Settings(plan=Plan(budget=80, agent_hours=1))
    found = audience(con, {"from": "plan", "limits": {"channel_caps": {"phone": 3}}}, settings)
    assert found["cost"].sum() <= 80
    assert found["agent_minutes"].sum() <= 60
    assert (found["channel"] == "phone").sum() <= 3
    assert len(audience(con, {"from": "plan", "limits": {"budget": 20}}, settings)) < len(found)


def test_a_cleared_limit_is_none_and_some_actions_are_part_of_all(con):
    settings = Settings(plan=Plan(budget=20, agent_hours=0))
    free = audience(con, {"from": "plan", "limits": {"budget": None, "agent_hours": None}}, settings)
    assert free["cost"].sum() > 20
    first = free["action"].iloc[0]
    some = audience(
        con, {"from": "plan", "limits": {"budget": None, "agent_hours": None}, "actions": [first]}, settings
    )
    assert pairs(some) == {pair for pair in pairs(free) if pair[1] == first}
    assert free["acceptance"].between(0, 1).all()


def test_a_filter_and_a_segment_of_the_same_definition_are_the_same_customers(con):
    chosen = {"segments": ["At risk"], "min_value": 20.0}
    found = audience(con, {"from": "filter", "filter": chosen})
    assert pairs(found) == pairs(audience(con, {"from": "segment", "filter": chosen, "segment_id": "x"}))
    listed = con.execute(
        "select customer_id, scores.action from customer_list inner join customer_scores as scores using (customer_id)"
        " where customer_list.segment = 'At risk' and value_at_risk >= 20 and not is_held_out"
        " and scores.action is not null"
    ).fetchall()
    assert pairs(found) == set(listed)


def test_a_named_action_goes_to_whom_it_fits_and_is_allowed(con):
    found = audience(con, {"from": "filter", "filter": {}, "action": "winback_voucher"})
    assert set(found["action"]) == {"winback_voucher"}
    fits = con.execute(
        "select customer_id from customer_actions inner join customer_list as list using (customer_id)"
        " where customer_actions.action = 'winback_voucher' and customer_actions.blocked_by is null"
        " and customer_actions.expected_net > 0 and is_eligible and not is_held_out"
    ).fetchall()
    assert pairs(found) == {(customer, "winback_voucher") for customer, *_ in fits}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"from": "thin air"}, "plan, filter, segment"),
        ({}, "plan, filter, segment"),
        ({"from": "segment", "segment_id": "x"}, "Read the saved segment"),
        ({"from": "filter", "filter": {}, "action": "bribe"}, "no action 'bribe'; there are service_call"),
        ({"from": "plan", "limits": {"luck": 7}}, "no limit luck; there are budget"),
    ],
)
def test_what_nobody_can_mean_is_told(con, definition, message):
    with pytest.raises(InputError, match=message):
        audience(con, definition)


def test_an_older_warehouse_is_told():
    with duckdb.connect() as con, pytest.raises(InputError, match="pipelines score"):
        audience(con, {"from": "plan"})
