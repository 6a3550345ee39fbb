"""Words of trouble that nobody has written about yet: what happened to a customer, and how many there are."""

from collections.abc import Mapping
from typing import Any

from pages.components import words

Record = Mapping[str, Any]
LATE, RETURNS = "late parcel", "repeat returns"
HELP = {
    LATE: "Customers with a parcel overdue for a month at most, or come late lately, who have not written since the "
    "promised day, nor about that order, and whom service has not contacted since.",
    RETURNS: "Customers who sent things back from two orders or more within 90 days, lately too, who have not written "
    "since, nor about those orders, and whom service has not contacted since.",
}
NONE = "No late parcel and no repeat return waits for a word from the shop."
OLD = "These scores do not say it yet. Run `python -m pipelines score`, then reload."


def told(trouble: Record, currency: str) -> str:
    """What happened, in one sentence with the customer's facts."""
    return _late(trouble, currency) if trouble["state"] == LATE else _returns(trouble, currency)


def _late(trouble: Record, currency: str) -> str:
    """A parcel that is overdue or came late."""
    late, promised = words.plural(trouble["days_late"], "day"), words.day(trouble["promised_on"])
    order = f"order {trouble['order_id']} ({words.money(trouble['amount'], currency)})"
    more = "" if trouble["orders"] == 1 else f", the latest of {words.count(trouble['orders'])} late ones"
    if words.is_missing(trouble["delivered_on"]):
        return f"Parcel overdue, no ticket yet: {order} was promised for {promised}, {late} ago{more}."
    return (
        f"Parcel came late, no ticket yet: {order} arrived on {words.day(trouble['delivered_on'])}, {late} late{more}."
    )


def _returns(trouble: Record, currency: str) -> str:
    """Things sent back again and again."""
    items = words.plural(trouble["items"], "item")
    return (
        f"Repeat returns, no ticket yet: {items} of {words.plural(trouble['orders'], 'order')} sent back in 90 days, "
        f"{words.money(trouble['amount'], currency)} at their price, last on {words.day(trouble['found_on'])}."
    )
