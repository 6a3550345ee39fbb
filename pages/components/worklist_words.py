"""The worklist's words: its columns, who waits for what, when the next order is expected, what a press did."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pages.components import decision_words, decisions, lane, sentences, words

NOBODY = "Nobody"
SUGGESTED, PLANNED, EVERYBODY = "With a suggestion", "In the plan", "All customers"

COLUMNS = {
    **words.COLUMNS,
    lane.NUMBER: lane.LABEL,
    "top_reason": "Why",
    "action": "Suggested action",
    "expected_value": "Exp. value",
    "expected_net": "Exp. net",
    "value_at_risk": "At risk",
    "days_overdue": "Next order",
    "plan": "Plan",
    "renews_on": "Renews",
    "channel": "Channel",
    "arm": "Arm",
    "owner": "Owner",
    "status": "Status",
    "due_on": "Due",
}
HELP = {
    **words.HELP,
    lane.NUMBER: lane.HELP,
    "action": "What the plan suggests, or else the allowed action that is expected to earn most. Who may not be "
    "offered anything today waits: the rule is named, and the day it ends. Empty: no action earns more than it costs.",
    "expected_net": "Money the action is expected to earn after its cost and incentive, in {currency}, over "
    "{value_days} days. Modelled from churn risk and expected value with the action’s acceptance.",
    "days_overdue": "When the next order is expected by the customer’s own usual gap, or how many days it is overdue. "
    "Empty: only one order day so far.",
    "plan": "Plan of the contract that runs.",
    "renews_on": "When the contract renews next, as the shop's data say. Empty: they do not say it.",
    "channel": "Channel of the suggested action.",
    "arm": "Control: kept out so that the effect on the others can be measured; do not contact. Treated: in a running "
    "campaign. Empty: in none.",
    "owner": "Who takes care of it. Set by Assign.",
    "status": "Open, approved, done or dropped; until a day: snoozed. Empty: nobody took it up yet.",
    "due_on": "By when it should be done.",
}
SORTS = {
    "expected_net": "Expected net",
    "value_at_risk": "Value at risk",
    "churn_risk": "Churn risk",
    "expected_value": "Expected value",
    "days_overdue": "Overdue",
    "last_ordered_at": "Last order",
    "name": "Customer",
}
# Without a model there is no risk to sort by: what customers bought is a fact, not a prediction.
PLAIN_SORTS = {
    "revenue_12m": "Revenue, 12 months",
    "days_overdue": "Overdue",
    "last_ordered_at": "Last order",
    "name": "Customer",
}
RULES = {
    "objection": "asked not to be contacted",
    "no consent": "no consent for it",
    "control arm": "control group",
    "open ticket": "open ticket first",
    "service before discount": "service before discount",
    "cooldown": "had it lately",
    "contacts in 7 days": "contacts this week",
    "contacts in 30 days": "contacts this month",
    "channel in 7 days": "this channel this week",
    "channel in 30 days": "this channel this month",
    "running discount": "a discount runs",
    "discount dependence": "buys at discounts only",
}


def suggestion(row: Mapping[str, Any], stopped: str | None = None) -> str:
    """The suggested action, or what a customer waits for and until when; a dash where nothing pays.

    `stopped` is the rule by which what was decided since the scoring forbids any contact.
    """
    if stopped:
        return f"Not now: {RULES[stopped]}"
    rule = row.get("blocked_by")
    if not words.is_missing(row.get("action")):
        title = row.get("action_title")
        return words.label(row["action"]) if words.is_missing(title) else str(title)
    if words.is_missing(rule):
        return words.MISSING
    why, until = RULES.get(str(rule), words.label(rule).lower()), row.get("deferred_until")
    return f"Not now: {why}" if words.is_missing(until) else f"Waits until {short_day(until)}: {why}"


def next_order(expected: Any, overdue: Any) -> str:
    """When the next order is expected: a day to come, today, or how late it is."""
    if words.is_missing(overdue):
        return words.MISSING
    if overdue > 0:
        return f"{words.days(overdue)} late"
    return "today" if overdue == 0 else short_day(expected)


def short_day(value: Any) -> str:
    """A day near today without its year: `3 Dec`; others as everywhere."""
    if words.is_missing(value):
        return words.MISSING
    return f"{value.day}{words.GAP}{value:%b}" if abs((as_date(value) - date.today()).days) < 180 else words.day(value)


def as_date(value: Any) -> date:
    """A day, whatever kind of moment it came as."""
    return value if type(value) is date else value.date()


def status(task: Any, on: date) -> str | None:
    """The state of a task as the table shows it: `Open`, `Until 3 Dec`; nothing where nobody took it up."""
    if task is None:
        return None
    state = decisions.standing.state(task, on)
    return f"Until {short_day(task.snoozed_until)}" if state == "snoozed" else decision_words.STATUSES[state]


def told(done: str, step: Any) -> str:
    """What a press did, in one sentence or two."""
    parts = [f"{words.plural(step.customers, 'customer') if step.customers else 'Nobody'} {done}."]
    if step.without_suggestion:
        parts.append(f"{words.count(step.without_suggestion)} left out: nothing is suggested to them.")
    if step.stopped:
        parts.append(f"{words.count(step.stopped)} left out: they may not be contacted any more.")
    if step.finished:
        parts.append(f"{words.count(step.finished)} left out: done already.")
    if step.conflicts:
        parts.append(f"{words.count(len(step.conflicts))} left as others changed them.")
    return " ".join(parts)


def second(step: Any, names: Mapping[str, str], shown: int = 3) -> str:
    """Who changed what before you, for the first few of those that were left as they are."""
    lines = []
    for customer, conflict in step.conflicts[:shown]:
        lines.append(f"{names.get(customer, customer)}: {decision_words.told(conflict.changes) or 'changed'}.")
    more = len(step.conflicts) - shown
    rest = [f"And {words.plural(more, 'more customer')}."] if more > 0 else []
    return "\n".join(["Somebody was faster; these customers were left as they are:", *lines, *rest])


def nothing_suggested(waits: Mapping[str, int], has_consents: bool) -> tuple[str, str]:
    """Why nothing is suggested to anybody although there is a model, and the next step."""
    if not waits:
        return (
            "Nothing is suggested to anybody.",
            "Either no action earns more than it costs, or an older version made these scores: "
            "run `python -m pipelines score` to be sure.",
        )
    rule, count = next(iter(waits.items()))
    if rule == "no consent" and not has_consents:
        return (
            "Nobody may be contacted yet: the data hold no consents.",
            f"Suggestions wait for {words.plural(count, 'customer')}. Load a table of consents; or, if everybody "
            'agreed in another way, put `unknown_consent = "allow"` under `[contacts]` in settings.toml and run '
            "`python -m pipelines score`.",
        )
    return (
        "Nobody may be contacted right now.",
        f"Most wait by one rule: {RULES.get(rule, words.label(rule).lower())} ({words.plural(count, 'customer')}). "
        "The column “Suggested action” says until when.",
    )


def list_note(left_out: str, run: Mapping[str, Any], is_selectable: bool) -> str:
    """What stands under the list: how to use it, in which order equal ones come, and who is not on it."""
    use = f"Click a customer to see why, a head to sort{', a box to select' if is_selectable else ''}."
    order = "This is no ranking by risk: nobody has one. Equal customers come by customer number."
    return " ".join(filter(None, [use, "" if sentences.has_model(run) else order, left_out]))
