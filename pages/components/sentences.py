"""Sentences written from data, by rules that can be read: no page writes prose of its own about numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pages.components import words

Record = Mapping[str, Any]


def prediction(run: Record) -> str:
    """What is predicted, horizon, as-of date, model version and how many customers: the line under every title."""
    return " · ".join(
        [
            f"Predicts: {words.churn(run['eligibility'])['event']} within {words.plural(run['horizon_days'], 'day')}",
            f"as of {words.day(run['as_of_date'])}",
            f"model {_version(run['model_version'])}",
            f"{words.plural(run['scored_customers'], 'customer')} scored of {words.count(run['customers'])}",
        ]
    )


def same_month_last_year(months: pd.DataFrame, column: str) -> tuple[pd.Series | None, float | None]:
    """The newest complete month and the value of `column` twelve months earlier (None where there is none)."""
    complete = months[months["is_complete"].astype(bool) & months[column].notna()]
    if complete.empty:
        return None, None
    newest = complete.iloc[-1]
    before = complete[complete["month"] == newest["month"] - pd.DateOffset(years=1)]
    return newest, None if before.empty else float(before[column].iloc[0])


def overview(months: pd.DataFrame, totals: Record, run: Record) -> str:
    """One sentence for the head of the overview: how churn moved, what is at stake, where most of it lies."""
    newest, before = same_month_last_year(months, "churn_rate")
    stake = (
        f"{words.money_tile(totals['value_at_risk'], run['currency'])} of margin is at risk "
        f"in the next {words.plural(run['horizon_days'], 'day')}"
    )
    if newest is None or run["eligibility"] == "subscribed":  # the monthly rate speaks of orders
        return f"{stake}."
    rate = f"{words.rate(newest['churn_rate'])} of customers stopped buying in {words.month(newest['month'])}"
    return f"{rate}{_compared(newest['churn_rate'], before)}; {stake}."


def _compared(now: float, before: float | None) -> str:
    """How a churn rate stands against the same month of last year, in words."""
    if before is None:
        return " (no month of last year to compare with)"
    points = round((now - before) * 100, 1)
    if abs(points) < 0.1:
        return ", as many as a year ago"
    return f", {abs(points):.1f} points {'more' if points > 0 else 'fewer'} than a year ago"


def verdict(customer: Record, run: Record) -> str:
    """The customer's state in one sentence: how likely to leave, what is at stake, how the rhythm stands."""
    if not customer["is_scored"]:
        return f"{_not_scored(customer, run)} {_rhythm(customer)}"
    means = words.churn(run["eligibility"])
    start = {
        "low": f"Likely to {means['stay']}",
        "medium": f"May {means['leave']}",
        "high": f"Likely to {means['leave']}",
        "very high": f"Very likely to {means['leave']}",
    }.get(customer["risk_band"], "Scored")
    risk = f"{words.percent(customer['churn_risk'])} risk in the next {words.plural(run['horizon_days'], 'day')}"
    stake = f"{words.money(customer['value_at_risk'], run['currency'])} of margin at stake"
    return f"{start}: {risk}; {stake}. {_rhythm(customer)}"


def _not_scored(customer: Record, run: Record) -> str:
    """Why a customer has no prediction, from the eligibility in force."""
    days = customer["days_since_last_order"]
    if run["eligibility"] == "active" and not words.is_missing(days) and days > run["active_days"]:
        return (
            f"Not scored: no order for {words.plural(days, 'day')}, and only customers with an order in the last "
            f"{words.plural(run['active_days'], 'day')} are predicted. Count this customer as lost already."
        )
    if run["eligibility"] == "due":
        return "Not scored: the next order is not expected around the horizon, so its absence would say nothing yet."
    if run["eligibility"] == "subscribed":
        return "Not scored: no contract of this customer was running on the day of the prediction."
    return "Not scored: this customer was not eligible on the day of the prediction."


def _rhythm(customer: Record) -> str:
    """When the customer last ordered, beside the usual gap."""
    days = customer["days_since_last_order"]
    if words.is_missing(days):
        return "Never ordered."
    last = f"Last ordered {'today' if days == 0 else words.plural(days, 'day') + ' ago'}"
    gap = customer["typical_gap_days"]
    if words.is_missing(gap):
        return f"{last}; the only order day so far, so there is no rhythm yet."
    return f"{last}, usually every {words.plural(max(round(gap), 1), 'day')}."


def empty_list(looser: Mapping[str, int], run: Record) -> str:
    """Which filter to loosen when no customer matches, and how many would then appear."""
    if not run["scored_customers"]:
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
        return f"Share of customers whose contract ended within {words.plural(run['horizon_days'], 'day')} of each day"
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


def churn_title(months: pd.DataFrame) -> str:
    """The finding of the churn chart, with the month still running named and left out of the comparison."""
    newest, before = same_month_last_year(months, "churn_rate")
    if newest is None:
        return "The data are too young for a churn rate per month"
    if before is None:
        return f"Churn was {words.rate(newest['churn_rate'])} in {words.month(newest['month'])}"
    points = round((newest["churn_rate"] - before) * 100, 1)
    way = "is where it was" if abs(points) < 0.1 else "is higher than" if points > 0 else "is lower than"
    return f"Churn {way} a year ago: {words.rate(newest['churn_rate'])} against {words.rate(before)}"


def group_title(groups: pd.DataFrame, column: str) -> str:
    """The finding of a chart of value at risk by group: the group with most of it."""
    total = groups["value_at_risk"].sum()
    if groups.empty or not total:
        return "Nothing is at risk"
    first = groups.iloc[0]
    share = words.percent(first["value_at_risk"] / total)
    return f"{share} of the value at risk lies with “{words.label(first[column])}”"


def risk_title(totals: Record) -> str:
    """The finding of the risk distribution: how many are more likely to leave than to stay."""
    share = totals["high_risk_customers"] / totals["customers"] if totals["customers"] else None
    who = words.plural(totals["high_risk_customers"], "customer")
    return f"{who} ({words.percent(share)}) at high or very high risk"
