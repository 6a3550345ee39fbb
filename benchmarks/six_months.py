"""Six months of deciding on a shop whose truth is known: does the program learn what works, and does that earn more?

    python -m benchmarks.six_months

Every month the shop's data up to that day go through `refresh`, the published plan is launched with a random control
group, the sample shop's planted effects answer, and once a campaign's horizon is over its outcome teaches the next
plans. What a plan would really earn is told by the truth (`pipelines/sample/worth.py`), which the program never sees.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pandas as pd
import typer

from benchmarks import one_month
from benchmarks.accuracy import PAGE
from benchmarks.page import machine, write_section
from benchmarks.play import CONTROL_SHARE, Game
from models.plan import Limits, PlanAction, dense_offers, make_plan
from pipelines.plan import default_limits
from pipelines.sample.worth import Standing

MONTHS = tuple(date(2026, month, 1) for month in range(5, 11))
SEEDS = (1, 2, 3)
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


@dataclass(frozen=True)
class Month:
    """One month: true money of each contender's contacts, how many they are, and what is believed of each action.

    `beliefs`: one row per action with mean, low, high, harm, treated_n, control_n, and the truth of the same customers.
    """

    day: date
    money: dict[str, float]
    contacts: dict[str, int]
    beliefs: pd.DataFrame

    def share(self, name: str) -> float:
        """What a contender earns of what was possible that day: months differ in season and in who is left."""
        return self.money[name] / self.money[POSSIBLE]


def play(customers: int, seed: int, scratch: Path, months: Sequence[date] = MONTHS) -> list[Month]:
    """Play a shop month by month; the program's plan is what happens, the other contenders are only reckoned."""
    game = Game(customers, seed, scratch)
    game.begin()
    found = []
    for day in months:
        game.refresh(day)
        truth = game.truth(day)
        with game.warehouse() as con:
            chosen = contenders(con, default_limits(game.settings), game.measured_on(day), truth)
            beliefs = _beliefs(con, truth)
        money = {name: float(truth.earned(who)["net"].sum()) for name, who in chosen.items()}
        found.append(Month(day, money, {name: len(who) for name, who in chosen.items()}, beliefs))
        if day != months[-1]:
            game.launch(day, chosen[PLAN])
    return found


def contenders(
    con: duckdb.DuckDBPyConnection, limits: Limits, busy: set[str], truth: Standing
) -> dict[str, pd.DataFrame]:
    """Whom each would contact with what, under the same limits and rules: frames of customer_id, action, channel, ….

    Nobody of a campaign that still runs (`busy`) is contacted. The plan of the published offers; the plan that month
    one's assumptions would make today; the riskiest first, each with the action that those assumptions find best; the
    riskiest first with vouchers alone, as win-back is often done; and the plan of who knows all.
    """
    offers = con.execute(_OFFERS).df()
    offers = offers[~offers["customer_id"].isin(busy)]
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


def _beliefs(con: duckdb.DuckDBPyConnection, truth: Standing) -> pd.DataFrame:
    """What is believed of each action on a day, and what is true of the customers whom it fits that day."""
    known = con.execute("from action_acceptances where segment = ''").df().set_index("action")
    fitting = con.execute(
        "select customer_id, offers.action, churn_risk from customer_actions as offers "
        "inner join customer_scores using (customer_id)"
    ).df()
    felt = truth.earned(fitting[["customer_id", "action"]]).assign(risk=fitting["churn_risk"])
    left, there = felt[felt["had_left"]].groupby("action"), felt[~felt["had_left"]].groupby("action")
    kept = left["effect"].sum().abs() / felt.groupby("action")["risk"].sum()
    return known[["mean", "low", "high", "harm", "treated_n", "control_n"]].assign(
        true_acceptance=kept, true_harm=there["effect"].mean()
    )


def section(plays: Sequence[Sequence[Month]], customers: int, measured: Sequence[one_month.Measured]) -> str:
    """The section as Markdown: means over the plays."""
    names = list(plays[0][0].money)
    lines = [
        "## Six months",
        "",
        f"{len(plays)} [sample shops](sample-shop.md) of {customers:,} customers, whose truth is known, played for",
        f"six months through the real program: `refresh`, the plan, a launch that holds out {CONTROL_SHARE:.0%}, the",
        "planted effects, results, acceptances, the next plan. Four actions differ widely in what they do, a fifth",
        "does nothing; all start from Beta(6, 14), mean 0.30. *True money*: what the contacts really earn in",
        "expectation by the shop's own rules, of which the program sees nothing (incentives and costs included, twelve",
        "months of margin per customer kept or driven away, the dearest 1 % counted as the next ones). *As in month",
        "one*: the plan that the first month's assumptions would make that day. *Riskiest*: down the list of risks,",
        "each with the action that those assumptions find best, or with vouchers alone. All under the same budget,",
        "hours, caps and rules, among customers of no running campaign. *Possible*: the plan of somebody who knows the",
        "truth about everybody; months differ in season and in who is left to win, so hold them against it.",
        "",
        f"| true money, {plays[0][0].day.year} | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
        *(_money_line([played[place] for played in plays], names) for place in range(len(plays[0]))),
        "",
        _verdict(plays),
        "",
        "What is believed in month six, means over the shops; *true* is the same share among the customers whom the",
        "action fits that day.",
        "",
        "| action | contacted : held out | acceptance, assumed | learned | true | harm learned | true |",
        "|---|---|---|---|---|---|---|",
        *_belief_lines([played[-1].beliefs for played in plays]),
        "",
        f"Does the interval of a campaign hold what was planted? {len(measured)} campaigns on shops of their own,",
        f"treated minus control, share of customers with an order within {one_month.HORIZON_DAYS} days; *planted* is",
        "the change of that very share, in the mean over the campaign's customers.",
        "",
        *one_month.lines(measured),
        "",
        f"{machine()}.",
    ]
    return "\n".join(lines)


def _money_line(months: Sequence[Month], names: Sequence[str]) -> str:
    mean = [np.mean([month.money[name] for month in months]) for name in names]
    contacts = [np.mean([month.contacts[name] for month in months]) for name in names]
    told = [f"{much:,.0f} ({who:,.0f} contacts)" for much, who in zip(mean, contacts, strict=True)]
    return f"| {months[0].day:%B} | **{told[0]}** | {' | '.join(told[1:])} |"


def _verdict(plays: Sequence[Sequence[Month]]) -> str:
    """What month six earns beside the others, and in how many shops it earns more."""
    last = [played[-1].money for played in plays]
    rivals = (UNTAUGHT, RISKIEST, VOUCHERS)
    against = {f"*{name}*": [money[name] for money in last] for name in rivals}
    first, sixth = ([played[place].share(PLAN) for played in plays] for place in (0, -1))
    told = [
        f"{np.mean(other):,.0f} by {name} (more in {sum(m[PLAN] > o for m, o in zip(last, other, strict=True))} "
        f"of {len(plays)} shops)"
        for name, other in against.items()
    ]
    mean = np.mean([money[PLAN] for money in last])
    return (
        f"The plan of month six truly earns {mean:,.0f}, against {'; '.join(told)}. Of what was possible that day "
        f"it earns {np.mean(sixth):.0%}, in month one {np.mean(first):.0%}."
    )


def _belief_lines(beliefs: Sequence[pd.DataFrame]) -> list[str]:
    mean = pd.concat(beliefs).groupby(level=0, sort=False).mean().rename_axis("action").reset_index()
    return [
        f"| {one['action']} | {one['treated_n']:,.0f} : {one['control_n']:,.0f} | {ASSUMED:.2f} "
        f"| {one['mean']:.3f} ({one['low']:.3f} to {one['high']:.3f}) | {one['true_acceptance']:.3f} "
        f"| {one['harm']:.3f} | {one['true_harm']:.3f} |"
        for one in mean.to_dict("records")
    ]


def main(
    customers: Annotated[int, typer.Option(help="Customers of each shop.")] = 10_000,
    seed: Annotated[list[int] | None, typer.Option(help="Seed of a shop; may be given again.")] = None,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Play, measure, show the section, and write it to the page."""
    plays = []
    for one in seed or SEEDS:
        with tempfile.TemporaryDirectory() as scratch:
            plays.append(play(customers, one, Path(scratch)))
        for month in plays[-1]:
            typer.echo(f"seed {one}, {month.day}: {month.money}", err=True)
    told = section(plays, customers, list(one_month.campaigns(range(40), 3_000)))
    typer.echo(told)
    write_section(page, "six months", told)


if __name__ == "__main__":
    typer.run(main)
