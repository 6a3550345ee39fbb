"""What six months of playing showed, as a section of the benchmark page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from benchmarks import one_month
from benchmarks.page import machine
from benchmarks.play import CONTROL_SHARE
from benchmarks.rivals import ASSUMED, PLAN, POSSIBLE, RISKIEST, UNTAUGHT, VOUCHERS


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


def section(plays: Sequence[Sequence[Month]], customers: int, measured: Sequence[one_month.Measured]) -> str:
    """The section as Markdown: means over the plays."""
    names = list(plays[0][0].money)
    lines = [
        "## Six months",
        "",
        f"{len(plays)} [sample shops](sample-shop.md) of {customers:,} customers, whose truth is known, played for six",
        "months through the real program (`python -m benchmarks.six_months`): `refresh`, the plan, a launch that holds",
        f"out {CONTROL_SHARE:.0%}, the planted effects, results, acceptances, the next plan. Four actions differ",
        "widely in what they do, a fifth does nothing; all start from Beta(6, 14), mean 0.30.",
        "",
        "*True money*: what the contacts really earn in expectation by the shop's own rules, of which the program sees",
        "nothing: incentives and costs included, twelve months of margin per customer kept or driven away, the dearest",
        "1 % counted as the next ones. *As in month one*: the plan that the first month's assumptions would make that",
        "day. *Riskiest*: down the list of risks, each with the action that those assumptions find best, or with",
        "vouchers alone. All under the same budget, hours, caps and rules. *Possible*: the plan of somebody who knows",
        "the truth about everybody. Months differ in season, and in month one nobody has been won back yet: hold them",
        "against what was possible.",
        "",
        f"| true money, {plays[0][0].day.year} | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
        *(_money_line([played[place] for played in plays], names) for place in range(len(plays[0]))),
        "",
        _verdict(plays),
        "",
        "What is believed in month six, means over the shops; *true* is the same share among the customers whom the",
        "action fits that day. Who was contacted may be contacted again the month after, who is held out may",
        "not: what is learned of one action holds some of what the next one did.",
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
    before = np.mean([played[0].money[PLAN] for played in plays])
    return (
        f"The plan of month six truly earns {mean:,.0f}, against {'; '.join(told)}. Of what was possible that day "
        f"it earns {np.mean(sixth):.0%}, in month one {np.mean(first):.0%} ({before:,.0f})."
    )


def _belief_lines(beliefs: Sequence[pd.DataFrame]) -> list[str]:
    mean = pd.concat(beliefs).groupby(level=0, sort=False).mean().rename_axis("action").reset_index()
    return [
        f"| {one['action']} | {one['treated_n']:,.0f} : {one['control_n']:,.0f} | {ASSUMED:.2f} "
        f"| {one['mean']:.3f} ({one['low']:.3f} to {one['high']:.3f}) | {one['true_acceptance']:.3f} "
        f"| {one['harm']:.3f} | {one['true_harm']:.3f} |"
        for one in mean.to_dict("records")
    ]
