"""The worklist's four tiles: whom to act on, what is at stake, what it earns, and what it uses up."""

from collections.abc import Mapping
from typing import Any

from pages.components import words
from pages.components.sentences import has_model, who
from pages.components.tile import Tile

Record = Mapping[str, Any]


def tiles(summary: Record, totals: Record, plan: Record, run: Record, has_actions: bool) -> list[Tile]:
    """The tiles of a list with suggestions, or of one without a model or suggestions."""
    scope = f"n = {words.count(summary['customers'])}, as of {words.day(run['as_of_date'])}."
    if not has_actions:
        return _without_actions(summary, totals, run, scope)
    return [
        _to_act_on(summary, totals, scope),
        _at_stake(summary, totals, run, scope),
        _net(summary, plan, run, scope),
        _used(plan, run),
    ]


def _to_act_on(summary: Record, totals: Record, scope: str) -> Tile:
    """How many customers the list holds, and how many of them can be acted on where it holds others too."""
    scored = f"of {words.count(totals['customers'])} scored"
    if summary["suggested"] == summary["customers"]:
        about = f"Customers of this list, each with a suggested action. {scope}"
        return Tile("Customers to act on", words.count(summary["customers"]), about, note=scored)
    about = f"Customers of this list; an action is suggested to {words.count(summary['suggested'])} of them. {scope}"
    note = f"{scored}; {words.count(summary['suggested'])} to act on"
    return Tile("Customers on this list", words.count(summary["customers"]), about, note=note)


def _at_stake(summary: Record, totals: Record, run: Record, scope: str) -> Tile:
    share = summary["value_at_risk"] / totals["value_at_risk"] if totals["value_at_risk"] else None
    return Tile(
        "Value at stake", words.money_tile(summary["value_at_risk"], run["currency"]),
        f"Value at risk of this list: churn risk × expected value, summed, in {run['currency']}. {scope}",
        note=f"{words.percent(share)} of all that is at risk",
    )  # fmt: skip


def _net(summary: Record, plan: Record, run: Record, scope: str) -> Tile:
    """What the list's suggestions earn, beside the whole plan."""
    currency = run["currency"]
    if not plan:
        return Tile(
            "Expected net", words.money_tile(summary["expected_net"], currency),
            "Money the suggested actions of this list are expected to earn after cost and incentive, in "
            f"{currency}. No plan under a budget was published yet. {scope}", note="before any limit: no plan yet",
        )  # fmt: skip
    return Tile(
        "Expected net, plan", words.money_tile(summary["planned_net"], currency),
        "Money the plan’s actions for customers of this list are expected to earn after cost and incentive, in "
        f"{currency}. All suggestions of this list, without a limit: {words.money(summary['expected_net'], currency)}. "
        f"{scope}",
        note=f"{words.plural(summary['planned'], 'customer')}; whole plan "
        f"{words.money_tile(plan['expected_net'], currency)}",
    )  # fmt: skip


def _used(plan: Record, run: Record) -> Tile:
    """Budget and agent hours of the whole plan."""
    if not plan:
        return Tile(
            "Budget and hours used", words.MISSING,
            "No plan was published yet: run `python -m pipelines score` to make one under the limits of the settings. "
            f"As of {words.day(run['as_of_date'])}.", note="no plan yet",
        )  # fmt: skip
    currency = run["currency"]
    budget = "no budget set" if words.is_missing(plan["budget"]) else words.money_tile(plan["budget"], currency)
    hours = "any" if words.is_missing(plan["allowed_hours"]) else words.hours(plan["allowed_hours"])
    return Tile(
        "Budget and hours used", words.money_tile(plan["cost"], currency),
        f"Cost and agent hours of the whole plan beside what the settings allow, in {currency}. "
        f"n = {words.plural(plan['contacted'], 'planned customer')}, as of {words.day(run['as_of_date'])}.",
        note=f"of {budget}; {words.hours(plan['agent_hours'])} of {hours}",
    )  # fmt: skip


def _without_actions(summary: Record, totals: Record, run: Record, scope: str) -> list[Tile]:
    """Customers, their value at risk or revenue, whom one may contact, and who waits for an answer."""
    return [
        Tile(
            "Customers on this list", words.count(summary["customers"]),
            f"Customers looked at ({who(run)}) that match the filters. {scope}",
            note=f"of {words.count(totals['customers'])} {'scored' if has_model(run) else 'looked at'}",
        ),
        _at_stake(summary, totals, run, scope) if has_model(run) else _bought(summary, totals, run, scope),
        Tile(
            "May be contacted", words.count(summary["contactable"]) if totals["has_consents"] else words.MISSING,
            f"Customers on the list with consent for at least one channel. {scope}",
            note=f"{words.count(summary['mute'])} without any consent" if totals["has_consents"]
            else "no consents in the data",
        ),
        Tile(
            "With an open ticket", words.count(summary["ticketed"]) if totals["has_tickets"] else words.MISSING,
            f"Customers on the list who wait for an answer: serve them before any offer. {scope}",
            note=("service first" if summary["ticketed"] else "nobody waits") if totals["has_tickets"]
            else "no tickets in the data",
        ),
    ]  # fmt: skip


def _bought(summary: Record, totals: Record, run: Record, scope: str) -> Tile:
    """What the customers of the list bought, where nobody has a risk."""
    share = summary["revenue_12m"] / totals["revenue_12m"] if totals["revenue_12m"] else None
    return Tile(
        "Revenue, 12 months", words.money_tile(summary["revenue_12m"], run["currency"]),
        f"Order revenue of the last 12 months over the list, in {run['currency']}. {scope}",
        note=f"{words.percent(share)} of all customers’",
    )  # fmt: skip
