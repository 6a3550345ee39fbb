"""Words of a new campaign: the six questions, suggestions from the audience, what is missing, what can be told."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from models.actions import SALES
from models.power import ALPHA, POWER, detectable_difference, needed_customers
from pages.components import plan_words, words

Record = Mapping[str, Any]
PLAN, FILTER, SEGMENT = "plan", "filter", "segment"
SOURCES = {PLAN: "The plan", FILTER: "A filter", SEGMENT: "A saved segment"}
BEST = "best"

# The six questions of a brief: heading, and what an answer says.
QUESTIONS = {
    "bond": ("What bond?", "What should hold these customers afterwards: the people, the price, a contract, the "
             "convenience of place and time, or what they own already? One bond, so that the action can fit it."),
    "who": ("Who?", "What these customers have in common, and why they and not others. Who exactly it is stands in the "
            "audience above."),
    "how": ("How?", "By what they like (attachment: service, attention, being understood), or by what would be lost on "
            "leaving (ties: points, terms, accessories)?"),
    "instrument": ("With which instrument?", "The action itself: what is said or given, and what it may cost at most."),
    "how_often_and_when": ("How often and when?", "Once or in steps, from when to when, and how long nobody is "
                           "contacted again."),
    "with_whom": ("With whom?", "Alone, or with somebody: the maker of the goods, a carrier, the branch, an agency. "
                  "And who answers when customers do."),
}  # fmt: skip
MISSING = {
    "name": "a name",
    "audience": "customers: the audience is empty",
    "bond": "the bond",
    "who": "who it is for",
    "how": "how it binds",
    "instrument": "the instrument",
    "how_often_and_when": "how often and when",
    "with_whom": "with whom",
    "stop_on": "a stop date after today",
    "one_arm": "a second customer: of one nobody can be held out",
    "measure": "a control group, or your word that this campaign measures nothing",
}
LEFT_OUT = "left out by what was decided since the last scores"


def missing(name: str, brief: Record, customers: int, control_share: float, measures_nothing: bool) -> list[str]:
    """What a launch still lacks, in the order of the page, as keys of MISSING; the stop date aside."""
    found = [] if name.strip() else ["name"]
    if not customers:
        found.append("audience")
    found += [question for question in QUESTIONS if not str(brief.get(question, "")).strip()]
    if control_share == 0 and not measures_nothing:
        found.append("measure")
    if control_share > 0 and customers == 1:
        found.append("one_arm")
    return found


def stop_is_missing(stop_on: date | None, today: date) -> bool:
    """Whether the stop date does not lie ahead."""
    return stop_on is None or stop_on <= today


def what_is_missing(found: Sequence[str]) -> str:
    """What a launch lacks as one sentence; empty where nothing does."""
    told = [MISSING[name] for name in found]
    return f"To launch it takes {words.listed(told)}." if told else ""


def suggestions(audience: pd.DataFrame, actions: Mapping[str, Record], run: Record) -> dict[str, str]:
    """A suggestion per question, from who is in the audience and what they get; empty where there is nobody."""
    if audience.empty:
        return dict.fromkeys(QUESTIONS, "")
    counts = audience["action"].value_counts()
    known = {action: dict(actions.get(action, {})) for action in counts.index}
    bonds = counts.groupby(lambda action: known[action].get("bond") or "").sum().sort_values(ascending=False)
    channels = audience["channel"].value_counts()
    cooldown = max((known[action].get("cooldown_days") or 0 for action in counts.index), default=0)
    mean_risk = audience["churn_risk"].mean() if "churn_risk" in audience else None
    return {
        "bond": f"The {bonds.index[0]} bond: {_share(bonds)} of these actions strengthen it",
        "who": f"{words.plural(len(audience), 'customer')}{_mostly(audience)}, churn risk "
        f"{words.percent(mean_risk)} on average",
        "how": _how(str(bonds.index[0])),
        "instrument": ", ".join(
            f"{known[action].get('title') or action} ({words.count(n)})" for action, n in counts.head(3).items()
        ),
        "how_often_and_when": f"Once, in the week after the launch; not again for {words.plural(cooldown, 'day')}",
        "with_whom": f"Alone, by {words.listed([plan_words.channel(channel) for channel in channels.index[:3]])}",
    }


def _share(counts: "pd.Series[int]") -> str:
    return words.percent(counts.iloc[0] / counts.sum())


def _mostly(audience: pd.DataFrame) -> str:
    """The largest segments of an audience in words."""
    if "segment" not in audience or audience["segment"].dropna().empty:
        return ""
    first = audience["segment"].value_counts().index[:2]
    return f", mostly {words.listed([words.label(segment) for segment in first])}"


def _how(bond: str) -> str:
    """By attachment or by ties, as the bond suggests."""
    by_ties = {
        "contractual": "the terms",
        "economic": "a benefit they would lose",
        "technical-functional": "what they own",
    }
    if bond in by_ties:
        return f"By a tie: {by_ties[bond]}"
    return "By attachment: they stay because they want to"


def arms(customers: int, control_share: float) -> tuple[int, int]:
    """How many are expected to be contacted and held out."""
    held = round(customers * control_share)
    return customers - held, held


def what_can_be_told(customers: int, control_share: float, base_rate: float | None) -> str:
    """Which difference in retention these arms can tell from chance, as a sentence."""
    if control_share == 0:
        return "Nobody is held out: what this campaign earns will not be known."
    treated, held = arms(customers, control_share)
    if base_rate is None or math.isnan(base_rate) or not held or not treated:
        return "Too few customers to tell anything from chance."
    least = detectable_difference(treated, held, base_rate)
    said = f"{words.plural(treated, 'customer')} contacted, {words.count(held)} held out. "
    if math.isnan(least):
        return f"{said}Too few to tell even the largest possible difference from chance: take more customers."
    return (
        f"{said}With {words.percent(control_share)} control you can tell differences in retention of "
        f"{_points(least)} or more from chance."
    )


def expected_difference(audience: pd.DataFrame, actions: Mapping[str, Record]) -> float | None:
    """Share of the audience that these actions are expected to keep: acceptance × churn risk, 0 for what sells."""
    if audience.empty or "acceptance" not in audience:
        return None
    sells = audience["action"].map(lambda action: actions.get(action, {}).get("kind") in SALES)
    return float((audience["acceptance"] * audience["churn_risk"]).where(~sells, 0.0).mean())


def what_is_expected(customers: int, control_share: float, base_rate: float | None, expected: float | None) -> str:
    """The difference that the actions are expected to make, and how many customers would show it; empty if unknown."""
    if expected is None or base_rate is None or math.isnan(expected) or expected <= 0 or control_share == 0:
        return ""
    if base_rate + expected >= 1:
        return ""
    needed = needed_customers(base_rate, expected, control_share)
    told = f"Expected by the acceptances so far: {_points(expected)}."
    if needed <= customers:
        return f"{told} That would show."
    return f"{told} To show that, it takes about {words.count(round(needed, -(len(str(needed)) - 2)))} customers."


def _points(share: float) -> str:
    """A difference without its sign: `6.1 points`."""
    return words.points(share).lstrip("+±")


HOW_TOLD = (
    f"A true difference of this size is found with a probability of {POWER:.0%}; where there is none, {ALPHA:.0%} of "
    "campaigns show one by chance. Normal approximation for two shares (Fleiss, Levin & Paik 2003). The base is the "
    "retention that the model expects of these customers without any contact."
)
