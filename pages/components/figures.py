"""The figures of each page as tiles: value, definition, unit, n and date, and change where that makes sense."""

from collections.abc import Mapping
from typing import Any

from pages.components import contract_words, words
from pages.components.sentences import has_model
from pages.components.tile import Tile

Record = Mapping[str, Any]
OLD = "These scores were published before months were counted this way. Run `python -m pipelines score`, then reload."


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
