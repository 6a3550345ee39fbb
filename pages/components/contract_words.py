"""A customer's contract in words, for shops in which contracts are predicted."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pages.components import words

Record = Mapping[str, Any]


def is_predicted(run: Record) -> bool:
    """Whether what is predicted is the end of a contract."""
    return bool(run["eligibility"] == "subscribed")


def plan(contract: Record | None) -> str:
    """The plan of a contract, or what stands in for its name."""
    return (contract or {}).get("plan") or "Contract"


def sentence(contract: Record | None, run: Record) -> str:
    """Since when the contract runs and when it renews, when it ended, or that there was none."""
    if contract is None:
        return "No contract so far."
    if not contract["running_contracts"]:
        return f"{plan(contract)} ended on {words.day(contract['ended_on'])}."
    more = contract["running_contracts"] - 1
    others = f" and {words.plural(more, 'other contract')}" if more > 0 else ""
    renews = _renewal(contract, run)
    return f"{plan(contract)} since {words.day(contract['began_on'])}{others}{f', {renews}' if renews else ''}."


def note(contract: Record | None, run: Record) -> str:
    """The same in few words, under a figure."""
    if contract is None:
        return "never had one"
    if not contract["running_contracts"]:
        return f"ended {words.day(contract['ended_on'])}"
    return _renewal(contract, run) or f"since {words.day(contract['began_on'])}"


def about(contract: Record | None, run: Record) -> str:
    """What is known of the contract, for a help text."""
    fee = (contract or {}).get("monthly_fee")
    costs = "" if words.is_missing(fee) else f" {words.money(fee, run['currency'])} a month."
    return f"{sentence(contract, run)}{costs}"


def short(value: str) -> str:
    """A plan's name for a tile, which holds some twenty letters."""
    return value if len(value) <= 20 else f"{value[:19].rstrip()}…"


def _renewal(contract: Record, run: Record) -> str:
    """In how many days it renews, where the source says so."""
    if words.is_missing(contract["renews_on"]):
        return ""
    left = (_as_date(contract["renews_on"]) - _as_date(run["as_of_date"])).days
    return "renews today" if left <= 0 else f"renews in {words.plural(left, 'day')}"


def _as_date(value: Any) -> date:
    return value if type(value) is date else value.date()
