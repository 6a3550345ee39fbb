"""Sentences written from data, by rules that can be read: no page writes prose of its own about numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pages.components import contract_words, words

Record = Mapping[str, Any]


def has_model(run: Record) -> bool:
    """Whether anybody has a risk; older publications always had a model."""
    return run.get("model_state", "model") == "model"


def prediction(run: Record) -> str:
    """What is predicted, horizon, as-of date, model version, how many customers and which: the line under every title.

    Without a usable model it says so instead of naming one.
    """
    of_all = f"of {words.count(run['customers'])}, those {who(run)}"
    if not has_model(run):
        listed = f"{words.plural(run['eligible_customers'], 'customer')} {of_all}"
        return " · ".join([f"No churn risk: {run['model_state']}", f"as of {words.day(run['as_of_date'])}", listed])
    return " · ".join(
        [
            f"Predicts: {words.churn(run['eligibility'])['event']} within {words.plural(run['horizon_days'], 'day')}",
            f"as of {words.day(run['as_of_date'])}",
            f"model {_version(run['model_version'])}",
            f"{words.plural(run['scored_customers'], 'customer')} scored {of_all}",
        ]
    )


def who(run: Record) -> str:
    """Who is looked at, as a clause after "those": the churn definition in force."""
    if run["eligibility"] == "subscribed":
        return "with a running contract"
    if run["eligibility"] == "due":
        return f"whose next order is due around these {words.plural(run['horizon_days'], 'day')}"
    return f"with an order in the last {words.plural(run['active_days'], 'day')}"


def first_sentence(text: str) -> tuple[str, str]:
    """A text's first sentence and the rest of it."""
    finding, _, rest = text.partition(". ")
    return f"{finding.rstrip('.')}.", rest


def evidence(rules: pd.DataFrame) -> pd.DataFrame:
    """The sufficiency rule in people's words: what there is, what each model needs, and why."""
    named = {"what": "To learn from", "found": "There is", "needed": "Simple model needs",
             "needed_for_trees": "Trees need", "why": "Because"}  # fmt: skip
    return rules.assign(what=rules["what"].map(words.label)).rename(columns=named)[list(named.values())]


def left_out(totals: Record, run: Record) -> str:
    """How many customers are not looked at, with one-time buyers counted: nobody is left out silently."""
    if not totals["left_out"]:
        return ""
    once = f" ({words.count(totals['left_out_once'])} bought once)" if totals["left_out_once"] else ""
    others = who(run).replace("with ", "without ").replace(" is due", " is not due")
    return f"Not listed: {words.plural(totals['left_out'], 'customer')}{once} {others}."


def same_month_last_year(months: pd.DataFrame, column: str) -> tuple[pd.Series | None, float | None]:
    """The newest complete month and the value of `column` twelve months earlier (None where there is none)."""
    complete = months[~months["is_running"].astype(bool) & months[column].notna()]
    if complete.empty:
        return None, None
    newest = complete.iloc[-1]
    before = complete[complete["month"] == newest["month"] - pd.DateOffset(years=1)]
    return newest, None if before.empty else float(before[column].iloc[0])


def overview(months: pd.DataFrame, totals: Record, run: Record) -> str:
    """One sentence for the head of the overview: how churn moved, what is at stake, where most of it lies."""
    newest, before = same_month_last_year(months, "churn_rate")
    stake = (
        "what is at risk from here on is not known"
        if not has_model(run)
        else (
            f"{words.money_tile(totals['value_at_risk'], run['currency'])} of margin is at risk "
            f"in the next {words.plural(run['horizon_days'], 'day')}"
        )
    )
    if newest is None:
        return f"{stake[0].upper()}{stake[1:]}."
    gone = words.churn(run["eligibility"])["gone"]
    rate = f"{words.rate(newest['churn_rate'])} of customers {gone} in {words.month(newest['month'])}"
    return f"{rate}{_compared(newest['churn_rate'], before)}; {stake}."


def _compared(now: float, before: float | None) -> str:
    """How a churn rate stands against the same month of last year, in words."""
    if before is None:
        return " (no month of last year to compare with)"
    points = round((now - before) * 100, 1)
    if abs(points) < 0.1:
        return ", as many as a year ago"
    return f", {abs(points):.1f} points {'more' if points > 0 else 'fewer'} than a year ago"


def verdict(customer: Record, run: Record, second: Record, against: str = "") -> str:
    """The customer's state in one sentence: how likely to leave, what is at stake, how the rhythm stands.

    `second` is what the shop's first-time buyers did next (`data.second_orders`), `against` a clause that compares.
    """
    if not customer["is_scored"]:
        return f"{_not_scored(customer, run)} {_bond(customer, run, second)}"
    means = words.churn(run["eligibility"])
    start = {
        "low": f"Likely to {means['stay']}",
        "medium": f"May {means['leave']}",
        "high": f"Likely to {means['leave']}",
        "very high": f"Very likely to {means['leave']}",
    }.get(customer["risk_band"], "Scored")
    risk = f"{words.percent(customer['churn_risk'])} risk in the next {words.plural(run['horizon_days'], 'day')}"
    stake = f"{words.money(customer['value_at_risk'], run['currency'])} of margin at stake"
    return f"{start}: {risk}{against}; {stake}. {_bond(customer, run, second)}"


def _bond(customer: Record, run: Record, second: Record) -> str:
    """How the rhythm of orders stands; of a predicted contract first how that stands."""
    is_told = contract_words.is_predicted(run) and "contract" in customer
    contract = contract_words.sentence(customer["contract"], run) if is_told else ""
    return f"{contract} {_rhythm(customer, second)}".lstrip()


def _not_scored(customer: Record, run: Record) -> str:
    """Why a customer has no prediction: no usable model, or the eligibility in force."""
    days = customer["days_since_last_order"]
    if customer.get("is_eligible") and not has_model(run):
        return f"Nobody has a churn risk: {run['model_state']}."
    if run["eligibility"] == "active" and not words.is_missing(days) and days > run["active_days"]:
        return (
            f"Not scored: no order for {words.plural(days, 'day')}, and only customers with an order in the last "
            f"{words.plural(run['active_days'], 'day')} are predicted. Count this customer as lost already."
        )
    if run["eligibility"] == "due" and customer["order_days"] == 1:
        return "Not scored: a single order has no rhythm, so no next one is due on any day."
    if run["eligibility"] == "due":
        return "Not scored: the next order is not expected around the horizon, so its absence would say nothing yet."
    if run["eligibility"] == "subscribed":
        return "Not scored: no contract of this customer was running on the day of the prediction."
    return "Not scored: this customer was not eligible on the day of the prediction."


def _rhythm(customer: Record, second: Record) -> str:
    """When the customer last ordered, beside the usual gap; who bought once, beside what others did next."""
    days = customer["days_since_last_order"]
    if words.is_missing(days):
        return "Never ordered."
    ago = "today" if days == 0 else f"{words.plural(days, 'day')} ago"
    gap = customer["typical_gap_days"]
    if not words.is_missing(gap):
        return f"Last ordered {ago}, usually every {words.plural(max(round(gap), 1), 'day')}{_far_mean(customer, gap)}."
    is_new = customer["lifecycle_stage"] == "new"
    return f"{'New: bought' if is_new else 'Bought'} once, {ago}. {first_buyers(second)}"


def _far_mean(customer: Record, gap: float) -> str:
    """The mean gap where it is far from the usual one: reasons speak of the mean, and both stand on one page."""
    span = (customer["last_ordered_at"] - customer["first_ordered_at"]).days
    mean = span / (customer["order_days"] - 1)
    is_far = max(mean, gap) >= 1.25 * min(mean, gap) and round(mean) != round(gap)
    return f" ({round(mean)} on average)" if is_far else ""


def first_buyers(second: Record) -> str:
    """What this shop's first-time buyers do next, from those who had the time to."""
    if not second:
        return "How many first-time buyers come back is not known yet."
    within = "a year" if second["within_days"] == 365 else words.plural(second["within_days"], "day")
    return (
        f"Of 100 first-time buyers {round(100 * second['return_share'])} come back within {within}, "
        f"half of them within {words.plural(max(round(second['median_days']), 1), 'day')}."
    )


def empty_list(looser: Mapping[str, int], run: Record) -> str:
    """Which filter to loosen when no customer matches, and how many would then appear."""
    if not run["scored_customers"] and has_model(run):
        return (
            f"Nobody is scored: no customer was eligible on {words.day(run['as_of_date'])}. "
            "Load newer data, or widen `[churn] eligibility` in settings.toml."
        )
    helpful = [(name, found) for name, found in looser.items() if found]
    if not helpful:
        return "No customer matches, and no single filter is the reason: reset all filters."
    name, found = helpful[0]
    some = words.plural(found, "customer")
    return f"No customer matches all filters. Without {words.FILTERS[name]} there would be {some}."


def _version(version: Any) -> str:
    text = str(version)
    return text if text.startswith("v") or not text[:1].isdigit() else f"v{text}"


def no_churn_rate(run: Record) -> str:
    """Why no month has a churn rate (yet), and what will bring it."""
    if run["eligibility"] == "subscribed":
        return "No contract ran through a whole month yet, so there is no monthly rate."
    return (
        f"A customer counts as lost after {words.plural(run['active_days'], 'day')} without an order, so the monthly "
        "rate starts with the first full month after that. Older orders bring it at once."
    )


def outcome_title(snapshots: pd.DataFrame, run: Record) -> str:
    """The finding of the chart that stands in for the monthly rate: what came of the newest day whose end is known."""
    known = snapshots[snapshots["churn_rate"].notna()]
    if known.empty:
        return "No outcome is known yet"
    newest = known.iloc[-1]
    within = words.plural(run["horizon_days"], "day")
    left = words.churn(run["eligibility"])["many_left"]
    return f"{words.rate(newest['churn_rate'])} {left} within {within} of {words.day(newest['as_of_date'])}"
