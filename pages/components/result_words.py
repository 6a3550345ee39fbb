"""Words of campaigns that were launched: states, metrics, differences with their intervals, and what was learned."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pages.components import words

Record = Mapping[str, Any]
SHOP, ALL = "shop", "all"
SOURCES = {"workflow": "Launched here", SHOP: "From the shop’s log", ALL: "Every source"}
METRICS = {
    "retention": ("Retention", "Share of customers who ordered within the horizon after their contact."),
    "revenue": ("Revenue", "Revenue per customer within the horizon, as if both arms had earned alike before."),
    "margin": ("Margin", "Margin per customer within the horizon, before what the contact cost."),
    "contact_cost": ("Contact cost", "What contacting cost, per customer."),
    "net": ("Net", "Margin less contact cost, per customer: what the campaign earned."),
    "complaints": ("Complaints", "Share of customers who opened a ticket afterwards. A guardrail: it should not rise."),
    "unsubscribes": ("Unsubscribes", "Share of customers who withdrew consent afterwards. A guardrail: not to rise."),
    "csat": ("Content (CSAT)", "Share of ratings of 4 or 5 of 5 afterwards. A guardrail: it should not fall."),
}  # fmt: skip
CHECKS = {"sample ratio": "Sample ratio", **{name: METRICS[name][0] for name in ("complaints", "unsubscribes", "csat")}}
RUNNING, OVER, MEASURED, NO_CONTROL, CALLED_OFF = "running", "over", "measured", "no control", "called off"
STATES = {
    RUNNING: "Running", OVER: "Waits for a result", MEASURED: "Measured", NO_CONTROL: "Not measurable",
    CALLED_OFF: "Called off",
}  # fmt: skip


def state_told(state: str, stop_on: date | None) -> str:
    """What a state means for the reader, with the day from which a result may be read."""
    until = words.day(stop_on)
    return {
        RUNNING: f"Running until {until}. No result is shown before: who looks early stops at the wrong moment.",
        OVER: f"The stop date {until} is over. The result comes with the scores of a later day: load the orders since "
        "then and run `python -m pipelines refresh`.",
        MEASURED: f"Treated minus control, everybody counted in the arm they were drawn into. Over since {until}.",
        NO_CONTROL: "Nobody was held out, so nobody knows what it earned.",
        CALLED_OFF: "Called off before its stop date. It has no result, so that nobody stops an experiment because of "
        "what it shows so far.",
    }[state]  # fmt: skip


def amount(value: float | None, unit: str, currency: str) -> str:
    """A level of one arm: a share with one decimal, or money."""
    return words.rate(value) if unit == "share" else words.money(value, currency)


def difference(value: float | None, unit: str, currency: str) -> str:
    """A difference of the arms with its sign: points, or money."""
    if words.is_missing(value):
        return words.MISSING
    return words.points(value) if unit == "share" else _signed(value, currency)


def interval(row: Record, currency: str) -> str:
    """The 95 % interval of a difference: `−1.2 to +6.4 points`."""
    if words.is_missing(row["low"]) or words.is_missing(row["high"]):
        return words.MISSING
    low, high = (difference(row[end], row["unit"], currency) for end in ("low", "high"))
    return f"{low.removesuffix(f'{words.GAP}points')} to {high}"


def total(row: Record, currency: str) -> str:
    """The difference over everybody contacted: customers kept, or money."""
    if words.is_missing(row["difference"]):
        return words.MISSING
    found = row["difference"] * row["treated_n"]
    if row["unit"] == "share":
        return f"{'+' if found > 0 else '−' if found < 0 else '±'}{words.count(abs(round(found)))} customers"
    return _signed(found, currency)


def finding(row: Record | None, currency: str) -> str:
    """What a measured campaign earned or kept, in one sentence that never says more than its interval."""
    if row is None or words.is_missing(row["difference"]):
        return "No result"
    name = METRICS[row["metric"]][0]
    said = f"{name}: {difference(row['difference'], row['unit'], currency)}"
    if row["low"] > 0 or row["high"] < 0:
        return f"{said}, beyond chance"
    return f"{said}, not told from chance"


def _signed(value: float, currency: str) -> str:
    shown = words.money(abs(value), currency)
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{shown}"
