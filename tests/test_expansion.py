"""Expansion: rates that were measured, margins that add up, and advocates whom the whole rule makes."""

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from models.wilson import wilson
from pages.components import expansion_words
from pipelines import publish, queries
from pipelines.config import load_settings
from pipelines.expansion import KINDS, LEAST_BUYERS, expansion_into
from pipelines.queries import ListFilter
from pipelines.recommend import recommend_into
from pipelines.warehouse import expose, set_variables

MORE = ("up-sell", "accessory", "cross-sell")
PUBLISHED = ("customer_list", "customer_actions", "actions", "customer_personas", "customer_open_tickets")


@pytest.fixture(scope="module")
def con(shared_home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published tables by their names; source and features as stores of theirs."""
    with duckdb.connect() as opened:
        for stage in ("source", "features", "warehouse"):
            publish.attach(opened, publish.require(shared_home, stage), stage)
        opened.execute("use warehouse")
        yield opened


def frame(con: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    return con.execute(sql).df()


def test_a_rate_is_what_came_of_the_recommendations_of_that_day(con):
    rates = frame(con, "from expansion_rates").set_index("kind")
    assert set(rates.index) == set(KINDS)
    day, until = rates["measured_from"].iloc[0], rates["measured_until"].iloc[0]
    with con.cursor() as past:
        past.execute("use memory")
        expose(past, "source")
        set_variables(past, as_of_date=day.date())
        recommend_into(past)
        told = past.execute("from customer_recommendations").df()
    best = told.sort_values("rank").drop_duplicates(["customer_id", "kind"])
    orders = frame(con, "from source.orders where coalesce(status, 'completed') != 'cancelled'")
    orders = orders[(orders["ordered_at"] >= day) & (orders["ordered_at"] < until)][["order_id", "customer_id"]]
    bought = orders.merge(frame(con, "select order_id, product_id from source.order_lines"))
    bought = bought[["customer_id", "product_id"]].drop_duplicates()
    looked_at = frame(
        con, f"select customer_id from features.churn_labels where as_of_date = '{day}' and churned is not null"
    )
    offered = best[best["customer_id"].isin(looked_at["customer_id"]) & best["customer_id"].isin(bought["customer_id"])]
    for kind, those in offered.groupby("kind"):
        hits = len(those.merge(bought))
        assert tuple(rates.loc[kind, ["ordered", "bought"]]) == (len(those), hits)
        assert rates.loc[kind, "taken"] == pytest.approx(hits / len(those))
        assert rates.loc[kind, ["low", "high"]].tolist() == pytest.approx(list(wilson(hits / len(those), len(those))))


def test_who_orders_nothing_buys_nothing(con):
    rows = frame(con, "select *, from expansion_customers join customer_list using (customer_id)")
    taken = frame(con, "from expansion_rates").set_index("kind")["taken"]
    assert rows["is_eligible"].all()
    assert not rows.duplicated(["customer_id", "kind"]).any()
    assert rows["propensity"].to_numpy() == pytest.approx(
        ((1 - rows["churn_risk"]) * rows["kind"].map(taken)).to_numpy()
    )
    assert rows["expected_margin"].to_numpy() == pytest.approx(
        (rows["propensity"] * rows["margin_per_sale"]).to_numpy()
    )


def test_an_upgrade_brings_what_it_earns_beyond_the_model_below(con):
    day = frame(con, "select as_of_date from run_info").iloc[0, 0]
    products = frame(con, "from source.products").set_index("product_id")
    products = products.astype({"unit_cost": float, "unit_price": float})
    orders = frame(con, "from source.orders where coalesce(status, 'completed') != 'cancelled'")
    is_counted = (orders["ordered_at"] < day) & (orders["ordered_at"] >= day - pd.DateOffset(months=12))
    lines = frame(con, "from source.order_lines").merge(orders.loc[is_counted, ["order_id"]])
    earned = lines["unit_price"].astype(float) - lines["product_id"].map(products["unit_cost"])
    lines["margin"] = lines["quantity"] * earned - lines["discount"].astype(float).fillna(0)
    sums = lines.groupby("product_id").agg(margin=("margin", "sum"), sales=("order_id", "nunique"))
    each = (
        (sums["margin"] / sums["sales"]).reindex(products.index).fillna(products["unit_price"] - products["unit_cost"])
    )
    rows = frame(con, "select distinct kind, product_id, margin_per_sale from expansion_customers")
    base = rows["product_id"].map(products["upgrade_of"]).map(each).where(rows["kind"] == "up-sell", 0)
    assert rows["margin_per_sale"].to_numpy() == pytest.approx((rows["product_id"].map(each) - base).to_numpy())
    assert (rows["margin_per_sale"] > 0).all()


def test_groups_add_up_to_the_shop_and_the_interval_holds_the_sum(con):
    potential = frame(con, "from expansion_potential")
    shop = potential.query("dimension == 'shop'").set_index("kind")
    alone = frame(con, "select kind, count(*) as n, sum(expected_margin) as margin from expansion_customers group by 1")
    for dimension in ("segment", "lifecycle_stage", "persona"):
        parts = potential[potential["dimension"] == dimension].groupby("kind")[["customers", "expected_margin"]].sum()
        assert parts["customers"].to_dict() == shop["customers"].to_dict()
        assert parts["expected_margin"].to_dict() == pytest.approx(shop["expected_margin"].to_dict())
    assert alone.set_index("kind")["n"].to_dict() == shop["customers"].to_dict()
    assert alone.set_index("kind")["margin"].to_dict() == pytest.approx(shop["expected_margin"].to_dict())
    assert (potential["low"] <= potential["expected_margin"]).all()
    assert (potential["high"] >= potential["expected_margin"]).all()
    assert (potential["customers"] <= potential["group_customers"]).all()


def test_an_advocate_meets_every_part_of_the_rule(con):
    day = frame(con, "select as_of_date from run_info").iloc[0, 0]
    answers = frame(con, "from source.surveys").query("answered_at < @day").sort_values(["answered_at", "survey_id"])
    last = answers.query("kind == 'nps'").drop_duplicates("customer_id", keep="last").set_index("customer_id")
    stars = frame(con, "select customer_id, rated_at as at, satisfaction as stars from source.support_tickets")
    bad = pd.concat([stars, answers.query("kind == 'csat'").rename(columns={"answered_at": "at", "score": "stars"})])
    bad = bad.query("stars <= 2 and at < @day").groupby("customer_id")["at"].max()
    listed = frame(con, "from customer_list").query("is_eligible").set_index("customer_id")
    rule = (
        (last["score"].reindex(listed.index) >= 9)
        & (last["answered_at"].reindex(listed.index) >= day - pd.DateOffset(months=12))
        & ~(bad.reindex(listed.index) > last["answered_at"].reindex(listed.index))
        & (listed["segment"] == "Champions")
        & listed["risk_band"].isin(["low", "medium"])
        & (listed["open_tickets"] == 0)
    )
    found = frame(con, "from advocates").set_index("customer_id")
    assert set(found.index[found["is_advocate"]]) == set(rule.index[rule])
    asked = found.index[found["may_be_asked"]]
    free = frame(con, "select customer_id from customer_actions join actions using (action)"
                 " where kind = 'referral' and blocked_by is null")  # fmt: skip
    assert set(asked) == set(rule.index[rule]) & set(free["customer_id"])
    assert not listed.loc[asked, "is_held_out"].any()


def test_the_steps_narrow_down_to_those_who_may_be_asked(con):
    steps = frame(con, "from advocate_steps order by place")
    found = queries.advocates(con)
    assert steps["customers"].is_monotonic_decreasing
    assert steps["customers"].iloc[-2:].tolist() == [found["advocates"], found["may_be_asked"]]
    assert sum(found["waits"].values()) == found["advocates"] - found["may_be_asked"]
    assert steps["customers"].iloc[0] == queries.list_summary(con, ListFilter(hide_held_out=False))["customers"]


def test_the_list_can_be_filtered_by_what_could_be_offered(con):
    def count(*kinds: str) -> int:
        return int(queries.list_summary(con, ListFilter(opportunities=kinds, hide_held_out=False))["customers"])

    shop = queries.expansion_potential(con, "shop").set_index("kind")["customers"]
    assert {kind: count(kind) for kind in KINDS} == shop.to_dict()
    assert count("advocate") == queries.advocates(con)["advocates"]
    assert max(shop) <= count(*KINDS) < sum(shop)
    assert set(queries.expansion_opportunities(con)) <= {*KINDS, "advocate"}
    kept = queries.definition_of(ListFilter(opportunities=("up-sell",)))
    assert queries.filter_of(kept) == ListFilter(opportunities=("up-sell",))


@pytest.fixture
def bare(scratch):
    """Scores and sources as a publication finds them, before expansion."""
    for table in PUBLISHED:
        scratch.execute(f"create temp table {table} as from warehouse.{table}")
    set_variables(scratch, eligibility="active")
    return scratch


def test_advocates_whom_nobody_may_ask_are_told_so():
    assert "1 of them may be asked today" in expansion_words.advocate_title({"advocates": 2, "may_be_asked": 1})
    assert "advocate, none may be asked today" in expansion_words.advocate_title({"advocates": 1, "may_be_asked": 0})


def test_without_lines_and_surveys_tables_are_empty_and_say_what_is_missing(bare, shared_home):
    for view in ("order_lines", "products", "surveys", "survey_facts"):
        bare.execute(f"drop view temp.{view}")
    day = bare.execute("select getvariable('as_of_date')").fetchall()[0][0]
    expansion_into(bare, load_settings(shared_home), day)
    notes = queries.expansion_notes(bare)
    assert set(notes) == {"potential", "advocates"}
    assert "order_lines" in notes["potential"]
    assert "surveys" in notes["advocates"]
    assert queries.expansion_potential(bare, "shop").empty
    assert queries.advocates(bare)["advocates"] == 0
    assert len(queries.expansion_actions(bare, "shop", "")) > 0


def test_a_short_history_tells_whom_but_no_rate(bare, shared_home):
    bare.execute("create or replace temp view snapshots as from features.snapshots where not is_labelled")
    day = bare.execute("select getvariable('as_of_date')").fetchall()[0][0]
    expansion_into(bare, load_settings(shared_home), day)
    shop = queries.expansion_potential(bare, "shop")
    assert queries.expansion_rates(bare).empty
    assert shop["expected_margin"].isna().all()
    assert (shop["customers"] > 0).all()
    assert str(LEAST_BUYERS) in queries.expansion_notes(bare)["potential"]


def test_nobody_is_told_of_a_sum_that_holds_a_restock(con):
    from pages.components.expansion_words import sum_of

    shop = queries.expansion_potential(con, "shop")
    assert sum_of(shop)[0] == pytest.approx(shop[shop["kind"].isin(MORE)]["expected_margin"].sum())
