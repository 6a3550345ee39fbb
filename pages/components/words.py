"""One format for every number and one word for every thing, on all pages, in tables, tiles, charts and tooltips.

Spaces inside a figure are no-break spaces, so that `€ 1,240` never splits over two lines.
"""

import re

from models.told import (
    GAP,
    MISSING,
    change,
    count,
    day,
    days,
    hours,
    is_missing,
    listed,
    money,
    money_tile,
    month,
    percent,
    plural,
    points,
    rate,
)

# What pages write without a word of their own: one format with the sentences that are published.
__all__ = ["GAP", "MISSING", "change", "count", "day", "days", "hours", "is_missing", "listed", "money",
           "money_tile", "month", "percent", "plural", "points", "rate"]  # fmt: skip

# Characters with a meaning in Markdown, and the colon of an emoji, icon or web address, which no backslash holds back.
_MARKDOWN = re.compile(r"[\\`*_\[\]$~<>]")
_COLON = re.compile(r":(?=[\w/+-]+:|//)")
JOINER = "\u2060"

COLUMNS = {
    "place": "Place",
    "name": "Customer",
    "customer_id": "Customer number",
    "top_reason": "Why: strongest reason",
    "churn_risk": "Churn risk",
    "risk_band": "Risk band",
    "expected_value": "Expected value",
    "value_at_risk": "Value at risk",
    "segment": "Segment",
    "lifecycle_stage": "Stage",
    "days_overdue": "Overdue",
    "last_ordered_at": "Last order",
    "revenue_12m": "Revenue, 12 m",
    "orders": "Orders",
    "contactable_channels": "Contact by",
    "country": "Country",
    "occurred_at": "Date",
    "kind": "What",
    "amount": "Amount",
    "detail": "Detail",
    "ended_at": "Solved",
}

HELP = {
    "place": "Place among all scored customers, by the column the list is sorted by. Equal customers share a "
    "place, marked =: the model sees no difference. They come by value at risk, then by customer number.",
    "name": "Name, or the customer number where no name is known. Click to open the customer.",
    "churn_risk": "Probability that {somebody_leaves} in the next {horizon} days. Calibrated: of 100 "
    "customers at 30 %, about 30 leave.",
    "expected_value": "Margin expected over {value_days} days if the customer stays, in {currency}, discounted.",
    "value_at_risk": "Churn risk × expected value, in {currency}: the margin expected to be lost if nothing is done.",
    "top_reason": "The fact that raises this customer's risk most, in the model's view. Associated with the risk, "
    "not proven as its cause.",
    "segment": "Group by recency, frequency and monetary value (RFM, quintiles).",
    "lifecycle_stage": "Where the customer stands by their own rhythm: days since the last order ÷ usual gap.",
    "days_overdue": "Days beyond the customer's own usual gap between orders. Negative: not due yet. Empty: only one "
    "order day so far.",
    "revenue_12m": "Order revenue of the last 12 months, in {currency}.",
    "orders": "Orders so far that were not cancelled.",
    "last_ordered_at": "Day of the last order that was not cancelled.",
    "contactable_channels": "Channels with a consent that still holds. Empty: no consent.",
}

# What churn means, for shops of orders and for shops of contracts.
_NO_ORDER = {
    "event": "no order", "many_leave": "place no order", "many_left": "placed no order", "leave": "stop buying",
    "stay": "keep buying", "somebody_leaves": "this customer places no order", "gone": "stopped buying",
}  # fmt: skip
_CONTRACT_ENDS = {
    "event": "contract ends", "many_leave": "end their contract", "many_left": "ended their contract",
    "leave": "end the contract", "stay": "keep the contract", "somebody_leaves": "this customer’s contract ends",
    "gone": "ended their contract",
}  # fmt: skip

FILTERS = {
    "segments": "the segment filter",
    "stages": "the lifecycle stage filter",
    "bands": "the risk band filter",
    "channels": "the channel filter",
    "actions": "the action filter",
    "personas": "the persona filter",
    "journeys": "the filter by touchpoint",
    "opportunities": "the filter by what could be offered",
    "troubles": "the filter by trouble without a ticket",
    "expected_from": "the lower limit of expected value",
    "expected_to": "the upper limit of expected value",
    "with_suggestion": "looking only at those with a suggestion",
    "in_plan": "looking only at those in the plan",
    "marked": "the filters by owner, status and snooze",
    "min_value": "the lower limit of value at risk",
    "search": "the search for a name or number",
    "hide_held_out": "hiding held-out customers",
}

KINDS = {"order": "Order", "refund": "Refund", "ticket": "Ticket", "survey": "Survey", "contact": "Contact",
         "contract": "Contract",
         "touchpoint": "Touchpoint"}  # fmt: skip

TABLES = {
    "orders": "Orders",
    "order_lines": "Order lines",
    "products": "Products",
    "customers": "Customers",
    "consents": "Consents",
    "support_tickets": "Support tickets",
    "surveys": "Surveys",
    "touchpoints": "Touchpoints",
    "contacts": "Contacts",
    "subscriptions": "Subscriptions",
}


def churn(eligibility: str) -> dict[str, str]:
    """What churn means under an eligibility: the event, and how sentences say that customers leave or stay."""
    return _CONTRACT_ENDS if eligibility == "subscribed" else _NO_ORDER


def place(rank: float | None, ties: float | None) -> str:
    """A place in an order: `12`, or `=12` where others share it."""
    return MISSING if is_missing(rank) else f"{'=' if ties else ''}{count(rank)}"


def label(word: str | None) -> str:
    """A stored word for people: `at_risk` and `at risk` become `At risk`; nothing becomes a dash."""
    if is_missing(word) or not word:
        return MISSING
    text = str(word).replace("_", " ")
    return text[0].upper() + text[1:]


def sentence(text: str | None) -> str | None:
    """A reason as it stands alone: with a capital, nothing stays nothing."""
    return text[0].upper() + text[1:] if isinstance(text, str) and text else None


def channels(found: str | None) -> str:
    """Channels with consent as the table shows them; nothing known is a dash, no consent is said."""
    return MISSING if is_missing(found) else found or "no consent"


def literal(text: str) -> str:
    """Text from data for a place that reads Markdown: `*`, `$`, `[` and their like stay the characters they are."""
    return _COLON.sub(f":{JOINER}", _MARKDOWN.sub(r"\\\g<0>", text))


def in_order(words_found: list[str], order: tuple[str, ...]) -> list[str]:
    """Known words in their natural order, then the others as they came."""
    known = [word for word in order if word in words_found]
    return known + [word for word in words_found if word not in order]
