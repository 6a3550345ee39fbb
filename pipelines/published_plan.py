"""The plan as tables: under the default limits in the warehouse, under anybody's in a connection of their own."""

from typing import Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from models.plan import Limits, Plan, make_plan
from models.plan_reasons import displaced, left_alone
from pipelines.config import Settings
from pipelines.plan import ShopOffers, default_limits, read_offers
from pipelines.progress import Progress, silent

Kind = Literal["table", "temp table"]
# In the order of customer_id, but for what is left alone: most net forgone or loss avoided first, as a list shows it.
_TABLES = {
    "customer_plan": "customer_id varchar, action varchar, channel varchar, expected_net double, cost double, "
    "agent_minutes double",
    "plan_summary": "scored bigint, contacted bigint, expected_net double, bound double, gap double, method varchar, "
    "cost double, agent_minutes double, displaced bigint, left_alone bigint",
    "plan_limits": "limit_name varchar, allowed double, used double, price double, step double, gain double",
    "plan_displaced": "customer_id varchar, wanted varchar, given varchar, limit_name varchar, net_given_up double",
    "plan_left_alone": "customer_id varchar, reason varchar, rule varchar, action varchar, cost_avoided double, "
    "loss_avoided double, net_forgone double",
}
_ORDER = {"plan_left_alone": "net_forgone + loss_avoided desc, customer_id"}
_REASONS = """
select reason, rule, count(*) as customers, sum(cost_avoided) as cost_avoided, sum(loss_avoided) as loss_avoided,
    sum(net_forgone) as net_forgone
from plan_left_alone group by reason, rule order by customers desc, reason, rule
"""


def plan_into(con: duckdb.DuckDBPyConnection, settings: Settings, progress: Progress = silent) -> Plan:
    """Plan under the limits of `[plan]` and write customer_plan, plan_summary, plan_limits, plan_displaced,
    plan_left_alone and plan_left_alone_reasons. Reads customer_scores, customer_actions and actions in `con`.
    """
    progress("plan", 0.0)
    shop = read_offers(con)
    plan = make_plan(shop.offers, default_limits(settings))
    write_plan(con, shop, plan)
    return plan


def scenario_into(
    cursor: duckdb.DuckDBPyConnection, shop: ShopOffers, limits: Limits, with_gains: bool = False
) -> None:
    """Plan under other limits into temporary tables of one cursor: there they stand before the published ones.

    Gains are null without `with_gains`, which takes as long again.
    """
    write_plan(cursor, shop, make_plan(shop.offers, limits, with_gains), "temp table")


def write_plan(con: duckdb.DuckDBPyConnection, shop: ShopOffers, plan: Plan, kind: Kind = "table") -> None:
    """A plan as tables, one row per contacted customer, limit, displaced customer or customer left alone."""
    # The categories of a list are few; its customers are named by place, which is far cheaper than by text.
    given_up, alone = displaced(plan), left_alone(plan)
    con.register("plan_ids", pa.table({"customer_id": pa.array(shop.customer_id, pa.string())}))
    ids = "select customer_id, row_number() over () - 1 as customer from plan_ids"
    con.execute(f"create or replace temp table plan_customers as {ids}")
    _write(con, "customer_plan", _named(plan.assignments(), net="expected_net", minutes="agent_minutes"), kind)
    _write(con, "plan_summary", _summary(plan, len(given_up), len(alone)), kind)
    _write(con, "plan_limits", _limits(plan), kind)
    _write(con, "plan_displaced", _named(given_up, limit="limit_name"), kind)
    _write(con, "plan_left_alone", _named(alone, because="rule"), kind)
    con.execute(f"create or replace {kind} plan_left_alone_reasons as {_REASONS}")
    con.execute("drop table temp.plan_customers")
    con.unregister("plan_ids")


def _write(con: duckdb.DuckDBPyConnection, name: str, rows: pd.DataFrame, kind: Kind) -> None:
    """One table from a frame; a column `customer` says the customer by place."""
    columns = _TABLES[name].split(", ")
    listed = ", ".join(f"cast({column.split()[0]} as {column.split()[1]}) as {column.split()[0]}" for column in columns)
    source = "plan_rows"
    if "customer" in rows:
        source += " inner join plan_customers using (customer) order by " + _ORDER.get(name, "customer_id")
    con.register("plan_rows", rows)
    con.execute(f"create or replace {kind} {name} as select {listed} from {source}")
    con.unregister("plan_rows")


def _named(rows: pd.DataFrame, **names: str) -> pd.DataFrame:
    """A list of models.plan or models.plan_reasons under the names of the tables."""
    return rows.rename(columns=names)


def _summary(plan: Plan, displaced_customers: int, left: int) -> pd.DataFrame:
    """The one row that says what the plan is."""
    rows = plan.row[plan.row >= 0]
    return pd.DataFrame(
        {
            "scored": [plan.offers.customers],
            "contacted": plan.contacts,
            "expected_net": plan.value,
            "bound": plan.bound,
            "gap": plan.gap,
            "method": plan.method,
            "cost": plan.cost,
            "agent_minutes": float(plan.offers.column("minutes")[rows].sum()),
            "displaced": displaced_customers,
            "left_alone": left,
        }
    )


def _limits(plan: Plan) -> pd.DataFrame:
    """One row per limit; a gain that was left out is null."""
    uses = plan.limit_uses
    return pd.DataFrame(
        {
            "limit_name": pd.Series([use.name for use in uses], dtype="str"),
            "allowed": np.array([use.limit for use in uses], float),
            "used": np.array([use.used for use in uses], float),
            "price": np.array([use.price for use in uses], float),
            "step": np.array([use.step for use in uses], float),
            "gain": np.array([use.gain for use in uses], float),
        }
    )
