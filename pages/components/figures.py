"""The figures of each page as tiles: value, definition, unit, n and date, and change where that makes sense."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from pages.components import words
from pages.components.sentences import same_month_last_year
from pages.components.widgets import Tile

Record = Mapping[str, Any]
MONTHS_SHOWN = 13


def overview(months: pd.DataFrame, totals: Record, snapshots: pd.DataFrame, run: Record) -> list[Tile]:
    """Active customers, churn rate, value at risk, promised churn and freshness."""
    return [
        _monthly(
            months, "active_customers", "Active customers", words.count, _relative,
            "Customers with at least one order within the activity window at the end of the month.",
        ),
        _monthly(
            months, "churn_rate", "Churn rate per month", words.rate, _points,
            "1 − retention rate. Retention = (customers at the end − new or returned ones) ÷ customers at the start of "
            "the month. Unit: share of customers.",
        ),
        _value_at_risk(totals, run),
        _promised(totals, snapshots, run),
        _freshness(run),
    ]  # fmt: skip


def worklist(summary: Record, totals: Record, run: Record) -> list[Tile]:
    """Customers on the filtered list, their value at risk and risk, and whom one may contact at all."""
    currency, date = run["currency"], words.day(run["as_of_date"])
    share = summary["value_at_risk"] / totals["value_at_risk"] if totals["value_at_risk"] else None
    scope = f"n = {words.count(summary['customers'])}, as of {date}."
    return [
        Tile(
            "Customers on this list", words.count(summary["customers"]),
            f"Scored customers that match the filters. {scope}",
            note=f"of {words.count(totals['customers'])} scored",
        ),
        Tile(
            "Value at risk", words.money_tile(summary["value_at_risk"], currency),
            f"Sum of churn risk × expected value over the list, in {currency}. {scope}",
            note=f"{words.percent(share)} of all that is at risk",
        ),
        Tile(
            "Expected to leave", words.percent(summary["mean_risk"]),
            f"Mean churn risk over the list: share expected to {words.churn(run['eligibility'])['many_leave']} in "
            f"{run['horizon_days']} days. {scope}",
            note=f"about {words.plural(round((summary['mean_risk'] or 0) * summary['customers']), 'customer')}",
        ),
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


def customer(row: Record, run: Record) -> list[Tile]:
    """Risk, value, value at risk, orders and place of one customer."""
    currency, date = run["currency"], words.day(run["as_of_date"])
    band = f"{words.label(row['risk_band']).lower()} risk" if row["risk_band"] else "not scored"
    return [
        Tile(
            "Churn risk", words.percent(row["churn_risk"]),
            f"Calibrated probability that {words.churn(run['eligibility'])['somebody_leaves']} in the next "
            f"{run['horizon_days']} days. As of {date}.", note=band,
        ),
        Tile(
            "Expected value", words.money_tile(row["expected_value"], currency),
            f"Margin expected over {run['value_horizon_days']} days if the customer stays, discounted, in {currency}. "
            f"As of {date}.", note="margin, if they stay",
        ),
        Tile(
            "Value at risk", words.money_tile(row["value_at_risk"], currency),
            f"Churn risk × expected value, in {currency}. As of {date}.", note="risk × expected value",
        ),
        Tile(
            "Revenue, 12 months", words.money_tile(row["revenue_12m"], currency),
            f"Order revenue of the last 12 months, in {currency}; margin {words.money(row['margin_12m'], currency)}. "
            f"All time: {words.money(row['revenue_total'], currency)}. As of {date}.",
            note=f"{words.plural(row['orders'], 'order')} since {words.month(row['first_ordered_at'])}"
            if row["orders"] else "no order yet",
        ),
        Tile(
            "Lifecycle stage", words.label(row["lifecycle_stage"]),
            "By the customer's own rhythm: days since the last order ÷ usual gap. Segment: recency, frequency and "
            f"monetary value in quintiles. As of {date}.", note=words.label(row["segment"]),
        ),
    ]  # fmt: skip


def _monthly(
    months: pd.DataFrame, column: str, label: str, shown: Callable[[float], str],
    compared: Callable[[float, float], str], definition: str,
) -> Tile:  # fmt: skip
    """A monthly measure: newest complete month, change to the same month last year, sparkline of complete months."""
    newest, before = same_month_last_year(months, column)
    if newest is None:
        return Tile(label, words.MISSING, f"{definition} The data do not reach back far enough.", note="data too young")
    complete = months[months["is_complete"].astype(bool) & months[column].notna()].tail(MONTHS_SHOWN)
    now = float(newest[column])
    against = f"vs {newest['month'] - pd.DateOffset(years=1):%b %y}"  # as on the axes: it must fit a phone's tile
    return Tile(
        label,
        shown(now),
        f"{definition} {words.month(newest['month'])}, "
        f"n = {words.plural(newest['active_customers'], 'active customer')}.",
        change=None if before is None else compared(now, before),
        note=against if before is not None else f"in {words.month(newest['month'])}",
        trend=tuple(complete[column].astype(float)),
        is_up=None if before is None or compared(now, before).startswith("±") else now > before,
    )


def _relative(now: float, before: float) -> str:
    return words.change(now / before - 1) if before else words.MISSING


def _points(now: float, before: float) -> str:
    return words.points(now - before)


def _value_at_risk(totals: Record, run: Record) -> Tile:
    share = totals["value_at_risk"] / totals["expected_value"] if totals["expected_value"] else None
    return Tile(
        f"Value at risk, {words.days(run['horizon_days'])}",
        words.money_tile(totals["value_at_risk"], run["currency"]),
        f"Sum of churn risk × expected value, in {run['currency']}: margin expected to be lost with the customers who "
        f"{words.churn(run['eligibility'])['leave']} in the next {run['horizon_days']} days if nothing is done. "
        f"n = {words.plural(totals['customers'], 'scored customer')}, as of {words.day(run['as_of_date'])}.",
        note=f"{words.percent(share)} of expected margin",
    )


def _promised(totals: Record, snapshots: pd.DataFrame, run: Record) -> Tile:
    """Mean churn risk beside what earlier snapshots turned out to be."""
    past = snapshots[snapshots["churn_rate"].notna()].tail(MONTHS_SHOWN)
    last = past.iloc[-1] if len(past) else None
    return Tile(
        f"Promised churn, {words.days(run['horizon_days'])}",
        words.percent(totals["mean_risk"]),
        f"Mean churn risk: share of scored customers expected to {words.churn(run['eligibility'])['many_leave']} in "
        f"{run['horizon_days']} days. "
        f"n = {words.plural(totals['customers'], 'scored customer')}, as of {words.day(run['as_of_date'])}. "
        "The line shows what came true for earlier dates.",
        note="nothing to compare yet" if last is None
        else f"{words.percent(last['churn_rate'])} came true, {words.month(last['as_of_date'])}",
        trend=tuple(past["churn_rate"].astype(float)) if len(past) > 1 else (),
    )  # fmt: skip


def _freshness(run: Record) -> Tile:
    age = None if words.is_missing(run["trained_at"]) else (run["finished_at"] - run["trained_at"]).days
    return Tile(
        "Data through",
        words.day(run["data_through"]),
        f"Newest order in the data. Scored {words.day(run['finished_at'])} for {words.day(run['as_of_date'])}; "
        f"model {run['model_version']} ({run['model_kind']}) trained {words.day(run['trained_at'])}.",
        note=f"model {words.days(max(age, 0)) if age is not None else words.MISSING} old",
    )


def data_note(report: pd.DataFrame) -> str:
    """One line on the last load: tables, rows and rejected rows, and what is missing."""
    there = report[report["is_present"].astype(bool)]
    rejected = int(there["rows_rejected"].sum())
    names = [name for name in report["table_name"] if name not in set(there["table_name"])]
    absent = [words.TABLES.get(name, words.label(name)).lower() for name in names]
    loaded = f"{words.plural(there['rows_loaded'].sum(), 'row')} in {words.plural(len(there), 'table')}"
    refused = f"{words.plural(rejected, 'row')} rejected" if rejected else "no row rejected"
    return f"{loaded}, {refused}" + (f"; not in the data: {', '.join(absent)}" if absent else "") + "."
