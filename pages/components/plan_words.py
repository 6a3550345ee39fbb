"""Words of the plan: limits, reasons for leaving somebody alone, and the sentences written from them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pages.components import words

Record = Mapping[str, Any]
NO_CONSENTS = "Nobody may be contacted: the data hold no consents. The worklist says what to do about it."
BUDGET, HOURS = "budget", "agent_hours"
CHANNELS = {"email": "e-mail", "phone": "phone", "sms": "SMS", "post": "post", "push": "push"}
LISTS = {"left alone": "Left alone", "displaced": "Displaced", "contacted": "Contacted"}
SAVES = ("stays anyway", "would be lost anyway", "costs more than it brings")  # whom no action pays for

REASONS = {
    "displaced by a limit": "An action would pay and is allowed, but others earn more with what it needs.",
    "blocked by a rule": "An action would pay, but consent, the contact policy, an open ticket or a control group "
    "forbids it now.",
    "stays anyway": "No action pays at this churn risk; the best one would at a higher one.",
    "would be lost anyway": "The churn risk is one half or more, and no action pays at any risk.",
    "costs more than it brings": "No action pays at any risk.",
    "no action fits": "Nothing in the catalogue of actions is meant for this customer.",
}

HEADS = {
    "More of it": "A step more of one limit, all else equal.",
    "would earn": "Expected net of a plan made anew with the limit raised by the step, less that of this plan.",
    "Used": "What this plan uses of the limit.",
    "Displaced": "Customers whose best allowed action was given up for a cheaper one or none, because of this limit.",
    "Net given up": "What the actions given up would have earned beyond those given.",
    "Why": " ".join(f"{reason.capitalize()}: {means}" for reason, means in REASONS.items()),
    "Customers": "Scored customers without an action in this plan.",
    "Cost avoided": "What the best action for each would have taken from the budget.",
    "Loss avoided": "What the best action for each was expected to lose.",
    "Net forgone": "What the best action for each would have earned, had no rule or limit stood in the way.",
}

HELP = {
    "action": "The action suggested: of those left alone, the one that would have come first.",
    "why": "Why nobody contacts this customer now, with the rule or limit that stands in the way.",
    "cost_avoided": "What the best action would have taken from the budget, in {currency}: the contact, and the "
    "incentive as far as it is expected to be taken.",
    "loss_avoided": "What the best action was expected to lose, in {currency}.",
    "net_forgone": "What the best action would have earned, had no rule or limit stood in the way, in {currency}.",
    "net_given_up": "Expected net of the action wanted less that of the action given, in {currency}.",
    "wanted": "The allowed action that would earn most with this customer.",
    "given": "The cheaper action planned in its place; a dash where there is none.",
    "limit_name": "The limit that charges most for the wanted action at its price.",
    "expected_net": "What the action is expected to earn after its cost, in {currency}.",
    "cost": "What the action takes from the budget, in {currency}: contact and expected incentive.",
    "agent_minutes": "Minutes of an agent for one contact.",
    "channel": "How the customer is contacted.",
}


def limit(name: str) -> str:
    """A limit as a heading: `Budget`, `E-mail contacts`."""
    return {BUDGET: "Budget", HOURS: "Agent hours"}.get(name) or f"{channel(name, True)} contacts"


def channel(name: str | None, is_first: bool = False) -> str:
    """A channel in a sentence, or at its start."""
    if words.is_missing(name):
        return words.MISSING
    found = CHANNELS.get(str(name), str(name))
    return found[0].upper() + found[1:] if is_first else found


def of_limit(name: str, value: float | None, currency: str) -> str:
    """An amount in the unit of its limit: money, hours or contacts."""
    if name == BUDGET:
        return words.money(value, currency)
    return words.hours(value) if name == HOURS else words.count(value)


def step(row: Record, currency: str) -> str:
    """The step by which a limit is raised: `€ 1,000 more budget`, `10 more agent hours`."""
    if row["limit_name"] == BUDGET:
        return f"{words.money(row['step'], currency)} more budget"
    if row["limit_name"] == HOURS:
        return f"{words.count(row['step'])} more agent hours"
    return f"{words.count(row['step'])} more {channel(row['limit_name'])} contacts"


def gain(row: Record, currency: str) -> str:
    """What a step more of a limit earns; nothing where there is room left."""
    if words.is_missing(row["gain"]):
        return words.MISSING
    return words.money(row["gain"], currency) if row["gain"] >= 0.005 else "nothing"


def limits_title(limits: Sequence[Record], currency: str) -> str:
    """The finding over the limits: the step that would earn most."""
    rows = [row for row in limits if not words.is_missing(row["gain"])]
    best = max(rows, key=lambda row: row["gain"], default=None)
    if best is None:
        return "No limit stands in the way"
    if best["gain"] < 0.005:
        return "More of a limit would earn nothing: every action that pays is in the plan"
    return f"{step(best, currency)} → {words.money(best['gain'], currency)}"


def actions_title(actions: pd.DataFrame, currency: str) -> str:
    """The finding over the bars: which action earns most of the plan."""
    if actions.empty:
        return "Nobody is contacted"
    first, total = actions.iloc[0], actions["expected_net"].sum()
    return f"“{first['title']}” earns {words.percent(first['expected_net'] / total)} of the plan"


def nobody(limits: Sequence[Record], has_consents: bool) -> str:
    """Why a plan contacts nobody: limits, consents that are missing, or no action that pays."""
    if any(not words.is_missing(row["gain"]) and row["gain"] >= 0.005 for row in limits):
        return "Raise a limit."
    if not has_consents:
        return NO_CONSENTS
    return "No limit stands in the way: for each customer the reason is told beside."


def left_alone_title(reasons: pd.DataFrame, currency: str) -> str:
    """The finding over the leave-alone list: how many, what that saves, and what rules and limits forgo."""
    if reasons.empty:
        return "Everybody is contacted"
    saves = reasons[reasons["reason"].isin(SAVES)]
    told = f"{words.plural(reasons['customers'].sum(), 'customer')} left alone"
    if len(saves):
        told += (
            f": for {words.count(saves['customers'].sum())} no action pays, which saves "
            f"{words.money(saves['loss_avoided'].sum(), currency)}"
        )
    return told


def why(reason: str, rule: str | None) -> str:
    """A reason with its rule or limit: `Blocked: no consent`."""
    if words.is_missing(rule) or not rule:
        return words.label(reason)
    named = limit(rule).lower() if reason == "displaced by a limit" else str(rule)
    return {
        "displaced by a limit": f"Displaced: {named}",
        "blocked by a rule": f"Blocked: {named}",
    }.get(reason, f"{words.label(reason)}: {named}")


def gap(share: float) -> str:
    """A gap as a percentage that keeps its first digit: `0 %`, `<0.01 %`, `0.12 %`."""
    if share <= 1e-9:
        return f"0{words.GAP}%"
    return f"<{words.GAP}0.01{words.GAP}%" if share < 1e-4 else f"{share * 100:.2f}{words.GAP}%"
