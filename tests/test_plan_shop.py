"""A plan from the warehouse's own tables: what is blocked or deferred is never chosen, and everyone has a place."""

import duckdb
import pytest

from models.plan import Limits, make_plan
from models.plan_reasons import NOTHING, RULE, displaced, left_alone
from pipelines import publish
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.plan import default_limits, read_offers

ROWS = [
    # Not in the order of customers on purpose.
    ("C2", "call", "phone", 20.0, 4.0, 12.0, 0.2, None, None),
    ("C1", "mail", "email", 5.0, 1.0, 0.0, 0.2, None, None),
    ("C1", "call", "phone", 9.0, 4.0, 12.0, 0.2, None, None),
    ("C3", "call", "phone", 30.0, 4.0, 12.0, 0.2, None, "no consent"),
    ("C4", "mail", "email", 8.0, 1.0, 0.0, 0.2, "2026-12-01", "cooldown"),
    ("C4", "call", "phone", None, 4.0, 12.0, None, None, None),
]


@pytest.fixture
def warehouse():
    with duckdb.connect() as con:
        con.execute("create table customer_scores (customer_id varchar, churn_risk double)")
        con.execute("insert into customer_scores values ('C5', .5), ('C4', .5), ('C3', .5), ('C2', .5), ('C1', .5)")
        yield con


def test_offers_of_the_warehouse_become_a_plan_with_names(warehouse):
    warehouse.execute(
        "create table customer_actions (customer_id varchar, action varchar, channel varchar, expected_net double, "
        "cost double, agent_minutes double, break_even_risk double, deferred_until date, blocked_by varchar)"
    )
    warehouse.executemany("insert into customer_actions values (?, ?, ?, ?, ?, ?, ?, ?, ?)", ROWS)
    shop = read_offers(warehouse)
    plan = make_plan(shop.offers, Limits(agent_hours=0.2))
    chosen = shop.named(plan.assignments()).set_index("customer_id")
    assert chosen["action"].to_dict() == {"C1": "mail", "C2": "call"}
    assert chosen["channel"].to_dict() == {"C1": "email", "C2": "phone"}
    assert plan.value == 25.0
    assert shop.named(displaced(plan))[["customer_id", "limit"]].values.tolist() == [["C1", "agent_hours"]]
    alone = shop.named(left_alone(plan)).set_index("customer_id")
    assert alone["reason"].to_dict() == {"C3": RULE, "C4": RULE, "C5": NOTHING}
    assert alone["because"].dropna().to_dict() == {"C3": "no consent", "C4": "cooldown"}


def test_a_warehouse_without_offers_says_what_to_run(warehouse):
    with pytest.raises(InputError, match="pipelines score"):
        read_offers(warehouse)


def test_limits_come_from_the_settings():
    settings = Settings(plan={"budget": 50, "channel_caps": {"phone": 3}})
    assert default_limits(settings) == Limits(50.0, 20.0, {"phone": 3})
    assert settings.hash == Settings().hash, "what a plan may spend changes no score"


def test_the_sample_shop_s_offers_make_a_plan_within_the_default_limits(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        shop = read_offers(con)
    limits = default_limits(Settings())
    plan = make_plan(shop.offers, limits)
    assert 0 < plan.cost <= limits.budget
    assert plan.contacts + len(left_alone(plan)) == shop.offers.customers
    assert plan.gap <= 0.005
