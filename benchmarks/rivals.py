"""Who else could decide whom to contact: the plan beside simpler ways, under the same limits and rules."""

import duckdb
import numpy as np
import pandas as pd

from models.plan import Limits, PlanAction, dense_offers, make_plan
from pipelines.sample.worth import Standing

ASSUMED = 6 / 20  # what everybody believes of every action before anything is measured
PLAN, UNTAUGHT, RISKIEST, VOUCHERS = "plan", "as in month one", "riskiest", "riskiest, vouchers"
POSSIBLE = "possible"  # the plan of somebody who knows the truth about everybody
VOUCHER = "winback_voucher"
_OFFERS = """
select offers.customer_id, offers.action, offers.channel, offers.expected_net as net, offers.cost,
    offers.agent_minutes as minutes, offers.acceptance, churn_risk as risk, scores.expected_value as value,
    actions.contact_cost, coalesce(redeemed.value, 0) as redemption
from customer_actions as offers
inner join customer_scores as scores using (customer_id)
inner join actions on offers.action = actions.action
left join action_assumptions as redeemed
    on offers.action = redeemed.action and redeemed.assumption = 'redemption'
where offers.blocked_by is null
order by offers.customer_id, offers.action
"""


def contenders(con: duckdb.DuckDBPyConnection, limits: Limits, truth: Standing) -> dict[str, pd.DataFrame]:
    """Whom each would contact with what, under the same limits and rules: frames of customer_id, action, channel, ….

    The plan of the published offers; the plan that month one's assumptions would make today; the riskiest first, each
    with the action that those assumptions find best; the riskiest first with vouchers alone, as win-back is often done;
    and the plan of who knows all.
    """
    offers = con.execute(_OFFERS).df()
    before = assumed(offers)
    told = offers.assign(net=truth.earned(offers[["customer_id", "action"]])["net"].to_numpy())
    return {
        name: who.merge(offers[["customer_id", "action", "channel", "contact_cost"]])
        for name, who in {
            PLAN: planned(offers, limits),
            UNTAUGHT: planned(before, limits),
            RISKIEST: riskiest(before, limits),
            VOUCHERS: riskiest(before[before["action"] == VOUCHER], limits),
            POSSIBLE: planned(told, limits),
        }.items()
    }


def assumed(offers: pd.DataFrame) -> pd.DataFrame:
    """The offers with net and cost as everybody believed before anything was measured."""
    p, c, rho = offers["risk"], offers["contact_cost"], offers["redemption"]
    takers = p * offers["acceptance"] + (1 - p) * rho
    incentive = ((offers["cost"] - c) / takers.where(takers > 0)).fillna(0.0)
    net = p * ASSUMED * (offers["value"] - incentive) - (1 - p) * rho * incentive - c
    return offers.assign(net=net, cost=(p * ASSUMED + (1 - p) * rho) * incentive + c)


def planned(offers: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """The plan that the program makes from these offers."""
    kinds = offers.groupby("action")[["channel", "contact_cost", "minutes"]].first().reset_index().to_dict("records")
    actions = [PlanAction(one["action"], one["channel"], one["contact_cost"], one["minutes"]) for one in kinds]
    net, cost = (offers.pivot(index="customer_id", columns="action", values=name) for name in ("net", "cost"))
    plan = make_plan(dense_offers(actions, net.to_numpy(), cost.fillna(0.0).to_numpy()), limits, with_gains=False)
    chosen = plan.assignments()
    return pd.DataFrame(
        {"customer_id": net.index.to_numpy()[chosen["customer"]], "action": chosen["action"].astype(str)}
    )


def riskiest(offers: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Down the list of risks until nothing fits any more: each customer gets the best offer that the limits leave."""
    left: dict[str, float] = {"": limits.budget, "minutes": 60 * limits.agent_hours, **limits.channel_caps}
    order = offers[offers["net"] > 0].sort_values(["risk", "customer_id", "net"], ascending=False)
    found, done = [], ""
    for offer in order.to_dict("records"):
        asked = {"": offer["cost"], "minutes": offer["minutes"], offer["channel"]: 1.0}
        if offer["customer_id"] != done and all(left.get(name, np.inf) >= much for name, much in asked.items()):
            left = {name: much - asked.get(name, 0.0) for name, much in left.items()}
            found.append((offer["customer_id"], offer["action"]))
            done = offer["customer_id"]
    return pd.DataFrame(found, columns=["customer_id", "action"])
