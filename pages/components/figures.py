"""The figures of each page as tiles: value, definition, unit, n and date, and change where that makes sense."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from pages.components import contract_words, words
from pages.components.sentences import has_model, same_month_last_year
from pages.components.tile import Tile

Record = Mapping[str, Any]
MONTHS_SHOWN = 13
OLD = "These scores were published before months were counted this way. Run `python -m pipelines score`, then reload."


def overview(months: pd.DataFrame, totals: Record, snapshots: pd.DataFrame, run: Record) -> list[Tile]:
    """Active customers, churn rate, value at risk, promised churn and freshness."""
    active = (
        "Customers with a running contract at the start of the month."
        if run["eligibility"] == "subscribed"
        else f"Customers with an order in the {words.plural(run['active_days'], 'day')} before the month began."
    )
    return [
        _monthly(months, "active_customers", "Active customers", words.count, _relative, active),
        _monthly(
            months, "churn_rate", "Churn rate per month", words.rate, _points,
            "1 − retention rate. Retention = (customers at the end − new or returned ones) ÷ customers at the start of "
            f"the month. {active} Unit: share of customers.",
        ),
        _value_at_risk(totals, run),
        _promised(totals, snapshots, run),
        _freshness(run),
    ]  # fmt: skip


def customer(row: Record, run: Record) -> list[Tile]:
    """Risk, value, value at risk, orders and place of one customer."""
    currency, date = run["currency"], words.day(run["as_of_date"])
    band = _place(row, run) if row["risk_band"] else "not scored" if has_model(run) else run["model_state"]
    return [
        Tile(
            "Churn risk", words.percent(row["churn_risk"]),
            f"Calibrated probability that {words.churn(run['eligibility'])['somebody_leaves']} in the next "
            f"{run['horizon_days']} days. Customers with equal risk share a place: the model sees no difference. "
            f"As of {date}.", note=band,
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
        _contract(row, run) if contract_words.is_predicted(run) else Tile(
            "Lifecycle stage", words.label(row["lifecycle_stage"]),
            "By the customer's own rhythm: days since the last order ÷ usual gap. Segment: recency, frequency and "
            f"monetary value in quintiles. As of {date}.", note=words.label(row["segment"]),
        ),
    ]  # fmt: skip


def _contract(row: Record, run: Record) -> Tile:
    """The contract of one customer, with the stage by orders in its help."""
    contract = row.get("contract")
    is_running = bool(contract and contract["running_contracts"])
    return Tile(
        "Contract",
        contract_words.short(contract_words.plan(contract)) if is_running else "Ended" if contract else "None",
        f"{contract_words.about(contract, run)} By orders: {words.label(row['lifecycle_stage']).lower()}, "
        f"{words.label(row['segment'])}. As of {words.day(run['as_of_date'])}.",
        note=contract_words.note(contract, run),
    )


def _place(row: Record, run: Record) -> str:
    """The band, and the place among all risks: shared where the model sees no difference."""
    band, place = f"{words.label(row['risk_band']).lower()} risk", words.count(row["risk_rank"])
    if row["risk_ties"]:
        return f"{band}, shares place {place} with {words.plural(row['risk_ties'], 'other')}"
    return f"{band}, place {place} of {words.count(run['scored_customers'])}"


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
    if not has_model(run):
        return Tile(
            f"Value at risk, {words.days(run['horizon_days'])}", words.MISSING,
            f"Nobody has a churn risk, so no value at risk either: {run['model_state']}. {run['model_note']} "
            f"As of {words.day(run['as_of_date'])}.", note=run["model_state"],
        )  # fmt: skip
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
    model = f"Model {run['model_version']} ({run['model_kind']}) trained {words.day(run['trained_at'])}."
    model = model if has_model(run) else f"No model is in use: {run['model_state']}."
    age = None if words.is_missing(run["trained_at"]) else (run["finished_at"] - run["trained_at"]).days
    return Tile(
        "Data through",
        words.day(run["data_through"]),
        f"Newest order in the data. Published {words.day(run['finished_at'])} for {words.day(run['as_of_date'])}. "
        f"{model}",
        note=f"model {words.days(max(age, 0)) if age is not None else words.MISSING} old"
        if has_model(run)
        else "no model in use",
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
