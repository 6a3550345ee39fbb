"""What was planted: the truth behind the tables, for tests and for judging models; never an input to them."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipelines.sample import columns, contracts
from pipelines.sample import shop_words as w
from pipelines.sample.coefficients import ACTIONS, CAUSES, RESPONSE_TYPES
from pipelines.sample.leaving import hazard, log_hazard
from pipelines.sample.people import customer_ids
from pipelines.sample.seasons import DAYS, SEASONS
from pipelines.sample.tables import numbered

if TYPE_CHECKING:
    from pipelines.sample.chunk import History


def tables(history: "History", offsets: dict[str, int]) -> dict[str, pa.Table]:
    """Return the truth per customer, order, ticket, contact and subscription of a chunk."""
    return {
        "truth": _customers(history),
        "truth_orders": _orders(history, offsets["orders"]),
        "truth_tickets": _tickets(history, offsets["support_tickets"]),
        "truth_contacts": _contacts(history, offsets["contacts"]),
        "truth_subscriptions": _subscriptions(history, offsets["subscriptions"]),
    }


def _customers(history: "History") -> pa.Table:
    traits, state = history.life.traits, history.life.state
    categories = [category.name for category in w.CATEGORIES]
    ahead = np.where(np.isfinite(state.next_order), state.next_order, np.nan)
    return pa.table({
        "customer_id": customer_ids(history, np.arange(len(traits))),
        "left_at": columns.moments(np.where(state.has_left, state.left_at, np.nan), upto=np.inf),
        "cause": columns.words(CAUSES, state.cause),
        "next_ordered_at": columns.moments(ahead, upto=np.inf),
        "won_back_at": columns.moments(state.won_back_at),
        "times_won_back": pa.array(state.times_won_back),
        "mean_gap_days": pa.array(traits.mean_gap),
        "regularity": pa.array(traits.regularity),
        "base_hazard": pa.array(traits.base_hazard),
        "final_hazard": columns.numbers(_final_hazard(history)),
        "grievance": pa.array(state.grievance),
        "service_sensitivity": pa.array(traits.sensitivity),
        "discount_taste": pa.array(traits.discount_taste),
        "engagement": pa.array(traits.engagement),
        "spending": pa.array(traits.spending),
        "price_taste": pa.array(traits.price_taste),
        "favourite_category": columns.words(categories, traits.primary),
        "second_category": columns.words(categories, traits.secondary),
        "season": columns.words(SEASONS, traits.season),
        "is_one_time": pa.array(traits.is_one_time),
        "never_orders": pa.array(traits.never_orders),
        "response_type": columns.words(RESPONSE_TYPES, traits.response_type),
        **{f"effect_{action}": pa.array(traits.effects[:, a].copy()) for a, action in enumerate(ACTIONS)},
    })  # fmt: skip


def _final_hazard(history: "History") -> np.ndarray:
    """Return the hazard at the next order if it goes well and has no discount; NaN for those who have left."""
    traits, state, c = history.life.traits, history.life.state, history.coefficients
    person = {
        "base_hazard": traits.base_hazard,
        "orders": state.orders,
        "is_member": traits.is_member,
        "is_subscriber": state.is_subscriber,
        "discount_taste": traits.discount_taste,
        "is_discounted": np.zeros(len(traits), dtype=bool),
    }
    grievance = c.leaving.memory * state.grievance
    return np.where(state.has_left, np.nan, hazard(log_hazard(person, c), traits.sensitivity, grievance))


def _orders(history: "History", offset: int) -> pa.Table:
    orders = history.life.orders
    return pa.table({
        "order_id": numbered("O", len(orders["at"]), offset),
        "customer_id": customer_ids(history, orders["customer"]),
        "grievance": pa.array(orders["grievance"]),
        "leave_probability": pa.array(orders["probability"]),
        "expected_gap_days": pa.array(orders["expected_gap"]),
        "main_cause": columns.words(CAUSES, orders["main_cause"]),
        "main_cause_share": pa.array(orders["main_share"]),
    })  # fmt: skip


def _tickets(history: "History", offset: int) -> pa.Table:
    tickets = history.life.tickets
    return pa.table({
        "ticket_id": numbered("T", len(tickets["at"]), offset),
        "customer_id": customer_ids(history, tickets["customer"]),
        "is_caused_by_order": pa.array(tickets["caused_by_order"]),
        "is_slow": pa.array(tickets["is_slow"]),
        "is_reopened": pa.array(tickets["is_reopened"]),
        "is_unsolved": pa.array(tickets["is_unsolved"]),
        "leave_probability": pa.array(tickets["probability"]),
        "leave_probability_if_fast": pa.array(tickets["if_fast"]),
        "leave_probability_if_slow": pa.array(tickets["if_slow"]),
        "leave_probability_without_ticket": pa.array(tickets["if_none"]),
    })  # fmt: skip


def _contacts(history: "History", offset: int) -> pa.Table:
    contacts = history.life.contacts
    played = {"would_order_at": columns.moments(contacts["would_order"], upto=np.inf)} if history.is_played else {}
    return pa.table({
        "contact_id": numbered("K", len(contacts["at"]), offset),
        "customer_id": customer_ids(history, contacts["customer"]),
        "had_left": pa.array(contacts["had_left"]),
        "effect": pa.array(contacts["effect"]),
        **played,
    })  # fmt: skip


def _subscriptions(history: "History", offset: int) -> pa.Table:
    running = history.life.subscriptions
    cause = np.where(running["ends"] < DAYS, running["cause"], -1)
    return pa.table({
        "subscription_id": numbered("A", len(cause), offset),
        "customer_id": customer_ids(history, running["customer"]),
        "end_cause": columns.words(contracts.END_CAUSES, cause),
    })  # fmt: skip
