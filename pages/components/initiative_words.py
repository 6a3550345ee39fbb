"""Words of service initiatives: outcomes, triggers, what a draw can tell, and the brief that the form answers."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models.initiatives import OUTCOMES, Base, detectable, needed
from pages.components import words

Record = Mapping[str, Any]
NAMES = {
    "churn": ("Churn", "Share of customers without an order within the churn horizon (with contracts: of those who had "
              "one, whose contract ended)."),
    "repeat_order": ("Repeat order", "Share of customers who order again within the window."),
    "csat": ("Content (CSAT)", "Share of 4 and 5 of 5 in the last rating within the window, of those who rate."),
    "reopened": ("Ticket reopened", "Share of customers one of whose tickets is opened again within the window."),
    "tickets": ("New tickets", "Tickets opened within the window, per customer."),
    "cost": ("Cost", "What the initiative and new tickets cost within the window, per customer."),
}  # fmt: skip
TRIGGERS = {
    "open ticket": "who wait for an answer to a ticket",
    "reopened ticket": "whose solved ticket came back in the last 30 days",
    "slow reply": "who waited too long for a first reply in the last 30 days",
    "late parcel": "whose parcel is late and who have not written about it",
    "repeat returns": "who sent back from several orders and have not written about it",
    "first order": "who made their first order in the last 30 days",
}
# What of the data tells of each; without it nobody ever meets the rule.
NEEDS = {
    "open ticket": "the table support_tickets",
    "reopened ticket": "the table support_tickets with reopened_at",
    "slow reply": "the table support_tickets with first_replied_at",
    "late parcel": "promised_at and delivered_at of orders",
    "repeat returns": "returned_at of order_lines",
    "first order": "orders",
}
# The same of the year behind, for where a starting point comes from.
MET = {
    "open ticket": "who wrote to service",
    "reopened ticket": "whose solved ticket came back",
    "slow reply": "who waited too long for a first reply",
    "late parcel": "whose parcel was late",
    "repeat returns": "who sent back from several orders",
    "first order": "who made their first order",
}
ROLES = {"primary": "Decides", "guardrail": "Guardrail", "beside": "Beside it"}
VERDICTS = {"better": "better, beyond chance", "worse": "worse, beyond chance", "not told": "not told from chance"}
CHECKS = {"sample ratio": "Sample ratio", **{name: NAMES[name][0] for name in ("csat", "reopened", "tickets", "cost")}}
HOW = (
    "A true change of this size is found with a probability of 80 %; where there is none, 5 % of initiatives show one "
    "by chance. Normal approximation for two shares (Fleiss, Levin & Paik 2003). Customers who give no rating tell "
    "nothing about CSAT and are not counted for it."
)
GUARDRAIL_HELP = (
    "Checked once, with the result: content (CSAT) must not fall, reopened and new tickets must not rise beyond "
    "chance, and cost may not rise by more than the limit. They warn; what decides is the one outcome chosen before."
)
USUAL_HELP = (
    "They must be served as quickly as before. Where agents are busy with the treated and the others wait longer, the "
    "difference says more than the change does."
)
MISSING = {
    "name": "a name",
    "team": "who in service does it",
    "treated": "what is done differently",
    "customers": "customers: nobody meets the rule today",
    "one_arm": "a second customer: of one nobody can be served as usual",
    "enrol_until": "a last day that is not over",
}


def missing(entered: Record, customers: int, today: date) -> list[str]:
    """What a launch still lacks, as keys of MISSING in the order of the page."""
    found = [name for name in ("name", "treated", "team") if not str(entered.get(name) or "").strip()]
    if customers < 2:
        found.append("one_arm" if customers else "customers")
    if entered.get("enrol_until") is None or entered["enrol_until"] < today:
        found.append("enrol_until")
    return found


def what_is_missing(found: Sequence[str]) -> str:
    """What a launch lacks as one sentence; empty where nothing does."""
    told = [MISSING[name] for name in found]
    return f"To launch it takes {words.listed(told)}." if told else ""


def brief(entered: Record, about: Record) -> dict[str, str]:
    """The six answers of a campaign's brief, from what the form was told."""
    return {
        "bond": "The emotional bond: being served well",
        "who": f"Customers {TRIGGERS[about['trigger']]}",
        "how": "By attachment: they stay because they were helped",
        "instrument": f"{entered['treated']} The others: {entered['usual']}",
        "how_often_and_when": f"Once per customer, as they come in, through {words.day(entered['enrol_until'])}",
        "with_whom": str(entered["team"]),
    }


def expected_customers(now: int, new_per_week: float, today: date, enrol_until: date | None) -> int:
    """How many will have come in by the last day: those of today and the usual inflow."""
    if enrol_until is None or enrol_until <= today:
        return now
    return now + round(new_per_week * (enrol_until - today).days / 7)


def how_many(now: int, customers: int, new_per_week: float, enrol_until: date | None) -> str:
    """Who comes in, now and until the last day."""
    if customers <= now:
        return f"{words.plural(now, 'customer')} at the launch, and nobody after it"
    weekly = "less than one" if round(new_per_week) < 1 else words.count(round(new_per_week))
    return (
        f"{words.plural(now, 'customer')} at the launch and about {weekly} a week: about {words.count(customers)} "
        f"by {words.day(enrol_until)}"
    )


def never_met(trigger: str) -> str:
    """What is said of a rule that nobody meets today or met in the last year."""
    return f"Nobody meets the rule, and nobody did in the last year. It needs {NEEDS[trigger]}: data/README.md."


def what_can_be_told(customers: int, control_share: float, base: Base | None) -> str:
    """Which change such arms tell from chance, and from where it starts."""
    if base is None or not base.n:
        return (
            "How often this happens without an initiative is not known here, so the size of the draw cannot be judged."
        )
    least = detectable(customers, control_share, base)
    name = NAMES[base.outcome][0]
    if math.isnan(least):
        return f"{name}: too few customers to tell even the largest change from chance. Take customers in for longer."
    way = "rise" if OUTCOMES[base.outcome].better > 0 else "fall"
    return (
        f"{name}: a {way} from {words.percent(base.share)} by {points(least)} or more can be told from chance "
        f"with about {words.count(customers)} customers."
    )


def how_long(customers: int, control_share: float, base: Base | None, new_per_week: float) -> str:
    """How many customers a change of five points takes, and about how long that is; empty where it is not known."""
    if base is None or not base.n:
        return ""
    wanted = needed(0.05, control_share, base)
    if math.isnan(wanted):
        return ""
    if wanted <= customers:
        return "A change of 5 points would show."
    told = f"To show a change of 5 points it takes about {words.count(rounded(wanted))} customers"
    if new_per_week < 0.5:
        return f"{told}."
    return f"{told}, about {words.plural(math.ceil((wanted - customers) / new_per_week), 'week')} more."


def rounded(number: float) -> int:
    """A large number to two digits."""
    whole = math.ceil(number)
    return round(whole, -max(len(str(whole)) - 2, 0))


def points(share: float) -> str:
    """A difference without its sign: `6.1 points`."""
    return words.points(share).lstrip("+±−")


def seen_before(base: Base | None, about: Record, window_days: int) -> str:
    """Where the starting point comes from."""
    if base is None or not base.n:
        return ""
    name, asked = NAMES[base.outcome][0], base.n if base.outcome == "churn" else base.customers
    rated = f", of whom {words.count(base.n)} rated" if base.outcome == "csat" else ""
    return (
        f"Starting point: {words.percent(base.share)} ({name}, within {words.days(window_days)}) of "
        f"{words.plural(asked, 'customer')} {MET[about['trigger']]} in the last year{rated}."
    )


def amount(value: float | None, unit: str, currency: str) -> str:
    """A level of one arm in the unit of its outcome."""
    if words.is_missing(value) or value is None:
        return words.MISSING
    if unit == "share":
        return words.rate(value)
    return words.money(value, currency) if unit == "money" else f"{value:.2f}"


def difference(value: float | None, unit: str, currency: str) -> str:
    """A difference of the arms with its sign."""
    if words.is_missing(value) or value is None:
        return words.MISSING
    if unit == "share":
        return words.points(value)
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{words.money(abs(value), currency) if unit == 'money' else f'{abs(value):.2f}'}"


def interval(row: Record, currency: str) -> str:
    """The 95 % interval of a difference."""
    if words.is_missing(row["low"]) or words.is_missing(row["high"]):
        return words.MISSING
    low, high = (difference(row[end], row["unit"], currency) for end in ("low", "high"))
    return f"{low.removesuffix(f'{words.GAP}points')} to {high}"


def which_way(outcome: str) -> str:
    """An outcome with the side that is better: `Churn (less is better)`."""
    return f"{NAMES[outcome][0]} ({'more' if OUTCOMES[outcome].better > 0 else 'less'} is better)"


def finding(row: Record | None, currency: str) -> str:
    """What decides, in one sentence that never says more than its interval."""
    if row is None or words.is_missing(row["difference"]):
        return "No result: nobody told the outcome in both arms"
    told = VERDICTS.get(str(row["verdict"]), VERDICTS["not told"])
    return f"{NAMES[row['outcome']][0]}: {difference(row['difference'], row['unit'], currency)}, {told}"
