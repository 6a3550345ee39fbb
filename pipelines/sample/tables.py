"""The tables of events: orders with their lines, tickets, surveys, touchpoints, contacts and subscriptions."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipelines.contract import TOUCHPOINT_KINDS
from pipelines.sample import campaigns, columns, contracts, experience, voice
from pipelines.sample import shop_words as w
from pipelines.sample.catalogue import Catalogue
from pipelines.sample.coefficients import ACTIONS
from pipelines.sample.draws import Floats, Frame, take
from pipelines.sample.people import customer_ids
from pipelines.sample.seasons import DAYS, MONTH_NAMES
from pipelines.sample.streams import RESPONSES, Streams

if TYPE_CHECKING:
    from pipelines.sample.chunk import History

COUPONS = ("WELCOME5", "SAVE10", "SAVE15", "FLASH20", "BLACK30", "COMEBACK15")
_TOUCH_CHANNELS = {"store_visit": "store", "email_sent": "email", "email_opened": "email", "email_clicked": "email",
                   "unsubscribe": "email", "chat": "chat"}  # fmt: skip
_ACTION_CHANNELS = ("email", "email", "phone", "email")


def events(streams: Streams, history: "History", offsets: dict[str, int]) -> dict[str, pa.Table]:
    """Return the event tables of a chunk; order numbers and the like go on from `offsets`."""
    return {
        "orders": _orders(history, offsets["orders"]),
        "order_lines": _lines(history, offsets["orders"]),
        "support_tickets": _tickets(history, offsets),
        "surveys": _surveys(history, offsets["surveys"]),
        "touchpoints": _touchpoints(history, offsets["touchpoints"]),
        "contacts": _contacts(streams, history, offsets["contacts"]),
        "subscriptions": _subscriptions(history, offsets["subscriptions"]),
    }


def numbered(prefix: str, rows: int, offset: int) -> pa.Array:
    """Return consecutive ids that start after `offset`."""
    return columns.ids(prefix, np.arange(rows) + offset + 1)


def products(catalogue: Catalogue) -> pa.Table:
    """Return one row per product at today's prices."""
    return pa.table({
        "product_id": columns.ids("P", np.arange(len(catalogue.names)) + 1, 5),
        "name": pa.array(catalogue.names),
        "category": columns.words([category.name for category in w.CATEGORIES], catalogue.category),
        "unit_price": columns.money(catalogue.price),
        "unit_cost": columns.money(catalogue.cost),
        "upgrade_of": columns.ids("P", _id_number(catalogue.upgrade_of), 5),
        "accessory_of": columns.ids("P", _id_number(catalogue.accessory_of), 5),
    })  # fmt: skip


def _id_number(position: np.ndarray) -> np.ndarray:
    return np.where(position >= 0, position + 1, -1)


def _orders(history: "History", offset: int) -> pa.Table:
    orders = history.life.orders
    code = np.searchsorted(experience.RATES, orders["rate"])
    coupon = np.where((orders["rate"] > 0) & (orders["sequence"] % 3 > 0), code, -1)  # a third needed no code
    return pa.table({
        "order_id": numbered("O", len(code), offset),
        "customer_id": customer_ids(history, orders["customer"]),
        "ordered_at": columns.moments(orders["at"]),
        "revenue": columns.money(orders["revenue"]),
        "discount": columns.money(orders["discount"]),
        "shipping_fee": columns.money(orders["shipping"]),
        "refunded": columns.money(orders["refunded"]),
        "refunded_at": columns.moments(orders["refunded_at"]),
        "status": columns.words(("completed", "cancelled"), orders["is_cancelled"].astype(np.int64)),
        "channel": columns.words(experience.ORDER_CHANNELS, orders["channel"]),
        "promised_at": columns.moments(orders["promised"], upto=np.inf),
        "delivered_at": columns.moments(orders["delivered"]),
        "coupon": columns.words(COUPONS, np.where(orders["has_voucher"], len(COUPONS) - 1, coupon)),
    })  # fmt: skip


def _lines(history: "History", offset: int) -> pa.Table:
    lines, orders = history.lines, history.life.orders
    returned_at = np.where(lines["returned_quantity"] > 0, orders["returned"][lines["row"]], np.nan)
    is_known = returned_at < DAYS
    return pa.table({
        "order_id": columns.ids("O", lines["row"] + offset + 1),
        "product_id": columns.ids("P", lines["product"] + 1, 5),
        "quantity": pa.array(lines["quantity"].astype(float)),
        "unit_price": columns.money(lines["price"]),
        "discount": columns.money(lines["discount"]),
        "returned_quantity": pa.array(np.where(is_known, lines["returned_quantity"], 0).astype(float)),
        "returned_at": columns.moments(returned_at),
    })  # fmt: skip


def _tickets(history: "History", offsets: dict[str, int]) -> pa.Table:
    tickets = history.life.tickets
    order = np.where(tickets["order"] >= 0, tickets["order"] + offsets["orders"] + 1, -1)
    return pa.table({
        "ticket_id": numbered("T", len(order), offsets["support_tickets"]),
        "customer_id": customer_ids(history, tickets["customer"]),
        "opened_at": columns.moments(tickets["opened"]),
        "first_replied_at": columns.moments(tickets["replied"]),
        "solved_at": columns.moments(tickets["solved"]),
        "reopened_at": columns.moments(tickets["reopened"]),
        "channel": columns.words(experience.TICKET_CHANNELS, tickets["channel"]),
        "topic": columns.words(experience.TOPICS, tickets["topic"]),
        "order_id": columns.ids("O", order),
        "satisfaction": columns.numbers(np.where(tickets["rated"] < DAYS, tickets["satisfaction"], np.nan), pa.int64()),
        "rated_at": columns.moments(tickets["rated"]),
    })  # fmt: skip


def _surveys(history: "History", offset: int) -> pa.Table:
    surveys = history.surveys
    return pa.table({
        "survey_id": numbered("S", len(surveys["at"]), offset),
        "customer_id": customer_ids(history, surveys["customer"]),
        "answered_at": columns.moments(surveys["at"]),
        "kind": columns.words(voice.KINDS, surveys["kind"]),
        "score": columns.numbers(surveys["score"]),
        "comment": columns.words(voice.COMMENTS, surveys["comment"]),
    })  # fmt: skip


def _touchpoints(history: "History", offset: int) -> pa.Table:
    touches = history.touchpoints
    channels = [_TOUCH_CHANNELS.get(kind, "web") for kind in TOUCHPOINT_KINDS]
    return pa.table({
        "touchpoint_id": numbered("V", len(touches["at"]), offset),
        "customer_id": customer_ids(history, touches["customer"]),
        "occurred_at": columns.moments(touches["at"]),
        "kind": columns.words(TOUCHPOINT_KINDS, touches["kind"]),
        "channel": columns.words(channels, touches["kind"]),
        "value": columns.numbers(touches["value"]),
    })  # fmt: skip


def _contacts(streams: Streams, history: "History", offset: int) -> pa.Table:
    contacts, others = history.life.contacts, len(history.actions) - len(ACTIONS)
    cost = np.array([*history.coefficients.contacts.cost, *others * [0.0]])[contacts["action"]]
    names = [f"{month} {action}" for month in MONTH_NAMES for action in history.actions]
    wait = next_orders(history.life.orders, contacts)
    responded = np.empty(len(cost))
    for rng, (rows,) in streams.pieces(RESPONSES, contacts["at"]):
        responded[rows] = campaigns.responses(rng, take(contacts, rows), wait[rows])
    return pa.table({
        "contact_id": numbered("K", len(cost), offset),
        "customer_id": customer_ids(history, contacts["customer"]),
        "contacted_at": columns.moments(contacts["at"]),
        "action": columns.words(history.actions, contacts["action"]),
        "arm": columns.words(("control", "treated"), contacts["is_treated"].astype(np.int64)),
        "campaign": columns.words(names, contacts["month"] * len(history.actions) + contacts["action"]),
        "channel": columns.words((*_ACTION_CHANNELS, *others * ("email",)), contacts["action"]),
        "cost": pa.array(np.where(contacts["is_treated"], cost, 0.0)),
        "responded_at": columns.moments(responded),
    })  # fmt: skip


def next_orders(orders: Frame, contacts: Frame) -> Floats:
    """Return the time of each contact's next order, infinite if none came; one search over customer × time."""
    key = np.append(np.sort(orders["customer"] * float(2 * DAYS) + orders["at"]), np.inf)
    start = contacts["customer"] * float(2 * DAYS)
    found = key[np.searchsorted(key[:-1], start + contacts["at"], side="right")] - start
    return np.where(found < DAYS, found, np.inf)


def _subscriptions(history: "History", offset: int) -> pa.Table:
    running = history.life.subscriptions
    is_over = running["ends"] < DAYS
    return pa.table({
        "subscription_id": numbered("A", len(is_over), offset),
        "customer_id": customer_ids(history, running["customer"]),
        "plan": columns.words([plan[0] for plan in contracts.PLANS], running["plan"]),
        "started_at": columns.moments(running["started"]),
        "ended_at": columns.moments(running["ends"]),
        "renews_at": columns.moments(np.where(is_over, np.nan, running["renews"]), upto=np.inf),
        "monthly_fee": pa.array(running["fee"]),
    })  # fmt: skip
