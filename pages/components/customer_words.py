"""Words of the customer page: rules that hold a contact back, what figures rest on, why a risk changed, what if."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from pages.components import words
from pages.components.plan_words import channel

Record = Mapping[str, Any]

RULES = {
    "objection": "asked not to be contacted",
    "no consent": "no consent for this channel",
    "control arm": "held out to measure the effect",
    "open ticket": "a ticket is open: service first",
    "service before discount": "slow, reopened or late lately: put that right first",
    "cooldown": "had the same action lately",
    "contacts in 7 days": "enough contacts in 7 days",
    "contacts in 30 days": "enough contacts in 30 days",
    "channel in 7 days": "enough over this channel in 7 days",
    "channel in 30 days": "enough over this channel in 30 days",
    "running discount": "a discount still runs",
    "discount dependence": "buys mostly at a discount",
}
ASSUMPTIONS = {
    "churn_risk": "Churn risk",
    "expected_value": "Expected value",
    "acceptance": "Share whom the action keeps or wins",
    "contact_cost": "Cost of a contact",
    "agent_minutes": "Minutes of an agent",
    "order_margin": "Margin of a usual order",
    "gain": "Share of it that a sale adds",
    "incentive_share_of_order": "Incentive, share of a usual order",
    "incentive_amount": "Incentive, amount",
    "redemption": "Stayers who take it all the same",
    "harm": "Stayers whom the contact drives away",
}
OWN = "the customer’s own"
BADGES = {"assumed": "gray", "modelled": "blue", "measured": "green"}
KINDS = {
    "cross-sell": "Goes with it",
    "accessory": "Accessory",
    "up-sell": "Next model up",
    "replenishment": "Due again",
}
RESULTS = {
    "reached": "Reached",
    "not reached": "Not reached",
    "accepted": "Accepted",
    "refused": "Refused",
    "wrong reason": "Our reason was wrong",
    "do not contact": "Do not contact any more",
}
EVENTS = {"order": "order", "refund": "refund", "ticket": "ticket", "survey": "survey answer", "contact": "contact",
          "contract": "contract",
          "touchpoint": "touchpoint"}  # fmt: skip
ASSOCIATED = (
    "What the model associates with it, not proven: customers like that left less or more often, for whatever reason. "
    "Only a campaign with a control group shows what a change does."
)
SCORE_AGAIN = (
    "These scores were published by an earlier version. Run `python -m pipelines score`, and this fills itself."
)


def badge(name: str) -> str:
    """How far a number can be trusted, as a small badge with its word."""
    return f":{BADGES.get(name, 'gray')}-badge[{name}]"


def held_back(rule: str | None, until: date | None) -> str:
    """Which rule holds an action back and until when, or that it may be done now."""
    if words.is_missing(rule):
        return "allowed now"
    told = RULES.get(str(rule), str(rule))
    return told if words.is_missing(until) else f"from {words.day(until)}: {told}"


def against(offer: Record | None) -> str:
    """A clause for the verdict: the own break-even of the suggested action; what sells has none."""
    if offer is None or words.is_missing(offer["break_even_risk"]):
        return ""
    return f" (acting pays from {words.percent(offer['break_even_risk'])})"


def suggestion_title(offer: Record | None, next_day: date | None, is_planned: bool) -> str:
    """The finding over the actions: what to do now, until when to wait, or that nothing is to be done."""
    if offer is None:
        return "Suggested: leave alone" if next_day is None else f"Suggested: wait until {words.day(next_day)}"
    when = "In this week’s plan" if is_planned else "Suggested"
    return f"{when}: {offer['title']}, by {channel(offer['channel'])}"


def suggestion_note(offer: Record | None, offers: pd.DataFrame, run: Record) -> str:
    """What the suggestion earns and costs, or why there is none."""
    currency = run["currency"]
    if offer is not None:
        earns, costs = (words.money(offer[name], currency) for name in ("expected_net", "cost"))
        about, minutes = f"Expected to earn {earns} for {costs}", offer["agent_minutes"]
        return f"{about} and {words.plural(minutes, 'minute')} of an agent" if minutes else about
    if offers.empty:
        return "No action of the catalogue is meant for this customer."
    if offers["blocked_by"].notna().all():
        return "Every action that fits is held back by a rule."
    return "No action that is allowed earns more than it costs."


def no_offers(row: Record, run: Record) -> str:
    """Why there is no action at all."""
    if not row["is_scored"]:
        return "Actions are chosen for customers with a churn risk, and this one has none."
    return "No action of the catalogue is meant for this customer." if run.get("catalogue_version") else SCORE_AGAIN


def assumption(row: Record, offer: Record, currency: str) -> str:
    """The value of a number that goes into the expected net, in its unit."""
    name, value = row["assumption"], row["value"]
    if words.is_missing(value):
        return OWN
    if name in ("contact_cost", "incentive_amount"):
        return words.money(value, currency)
    if name == "acceptance" and not words.is_missing(offer["acceptance"]):
        return words.percent(offer["acceptance"])
    return words.count(value) if name == "agent_minutes" else words.percent(value)


def points(share: float) -> str:
    """A change of a probability in whole points with its direction as a sign: `▲ 12 points`, `± 0 points`."""
    rounded = round(share * 100)
    if not rounded:
        return f"±{words.GAP}0{words.GAP}points"
    size = words.plural(abs(rounded), "point")
    return f"{'▲' if rounded > 0 else '▼'}{words.GAP}{size}"


def change_title(change: Record) -> str:
    """The finding over the parts: from where to where."""
    was, now = words.percent(change["previous_risk"]), words.percent(change["risk"])
    if round(change["previous_risk"] * 100) == round(change["risk"] * 100):
        return f"The risk stayed at {now}"
    way = "rose" if change["risk"] > change["previous_risk"] else "fell"
    return f"The risk {way} from {was} to {now}"


def change_lines(change: Record, happened: Mapping[str, int], info: Record) -> list[tuple[str, str]]:
    """The three parts in words: how much, and what it stands for."""
    as_if = words.percent(change["previous_risk"] + change["time_part"])
    days = (info["as_of"] - change["previous_as_of"]).days
    passed = f"{words.plural(days, 'day')} passed. Had nothing happened in them, the risk would be {as_if}."
    return [
        (points(change["time_part"]), passed if days else "No time has passed: both runs are of the same day."),
        (points(change["behaviour_part"]), _behaviour(change, happened)),
        (points(change["model_part"]), _model(info)),
    ]


def _behaviour(change: Record, happened: Mapping[str, int]) -> str:
    """What happened since, and what of it moved the risk most."""
    counted = [words.plural(happened[kind], name) for kind, name in EVENTS.items() if happened.get(kind)]
    what = f"What happened since: {', '.join(counted)}." if counted else "Nothing happened since that the data know of."
    if words.is_missing(change["told_now"]):
        return what
    otherwise = "" if words.is_missing(change["told_else"]) else f" (else: {change['told_else']})"
    return f"{what} Most of it: {change['told_now']}{otherwise}."


def _model(info: Record) -> str:
    """Whether another model judges now."""
    if info["previous_version"] == info["version"]:
        return f"The model is the same, version {info['version']}."
    return f"Model version {info['version']} judges now; version {info['previous_version']} did then."


def not_compared(info: Record | None, row: Record) -> str:
    """Why there is no change to show."""
    if info is None:
        return SCORE_AGAIN
    if not words.is_missing(info["previous_as_of"]) and row["is_scored"]:
        return f"New on the list: not scored in the last run, as of {words.day(info['previous_as_of'])}."
    if not row["is_scored"]:
        return "This customer has no churn risk now, so there is no change to explain."
    return str(info["note"])


def what_if_title(before: float, after: float) -> str:
    """The finding of a what-if: from where to where."""
    if round(before * 100) == round(after * 100):
        return f"The risk would stay at {words.percent(after)}"
    return f"The risk would be {words.percent(after)} instead of {words.percent(before)}"


def input_value(value: float | None, unit: str, currency: str) -> str:
    """An input in its unit."""
    if words.is_missing(value):
        return "not known"
    formats = {"money": lambda: words.money(value, currency), "share": lambda: words.percent(value),
               "days": lambda: words.days(value), "hours": lambda: words.hours(value)}  # fmt: skip
    return formats[unit]() if unit in formats else f"{value:,.1f}".rstrip("0").rstrip(".")
