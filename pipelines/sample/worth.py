"""What contacts really earn: the planted effect on everybody, times what they will bring, less what it costs.

A treated customer who has left comes back with the planted chance; one who is still there leaves with theirs. What
either is worth is drawn by the shop's own rules for the days after: many futures of every customer. A voucher is paid
for by whoever uses it, persuaded or not, and makes the next goodbye likelier, as every discount here does.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TypeVar

import numpy as np
import pandas as pd

from pipelines.errors import InputError
from pipelines.sample import baskets, leaving
from pipelines.sample.campaigns import VOUCHER, VOUCHER_DAYS
from pipelines.sample.catalogue import draw_catalogue
from pipelines.sample.chunk import CHUNK, Shop
from pipelines.sample.coefficients import ACTIONS, Coefficients
from pipelines.sample.course import Course
from pipelines.sample.draws import Bools, Floats, Frame, Ints, stack, take
from pipelines.sample.given import month_number
from pipelines.sample.life import Log, place
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.state import State
from pipelines.sample.streams import CATALOGUE, TRAITS, stream
from pipelines.sample.traits import Traits, draw_traits

RETURNS_AFTER = 14.5  # days from the contact to the order of who comes back, on average
_FUTURES = 4  # kind of draw, beside those of pipelines.sample.streams

Rows = TypeVar("Rows", Traits, State)


@dataclass(frozen=True)
class Standing:
    """How every customer stands on a day, before anybody is contacted, and what they will bring; one entry each.

    `value`: margin over `days` days if they stay, of those who have left if they come back; `order`: goods of a usual
    order before discount; `leaves_more`: by how much a discount raises the chance to leave after the next order.
    """

    has_left: Bools
    effects: Floats
    value: Floats
    order: Floats
    orders_soon: Bools
    risked: Floats
    coefficients: Coefficients

    def earned(self, contacts: pd.DataFrame) -> pd.DataFrame:
        """What each contact earns in expectation if it is made: frame of customer_id, action → the same rows.

        Columns: had_left; effect, the change of the chance to be gone; gained, money by who comes back or is driven
        away; incentive, money that vouchers cost; cost of the contact; net. An action that is not planted earns and
        costs nothing.
        """
        who = np.array([int(name[1:]) - 1 for name in contacts["customer_id"]], dtype=np.int64)
        planted_at = {name: place for place, name in enumerate(ACTIONS)}
        action = np.array([planted_at.get(name, len(ACTIONS)) for name in contacts["action"]], dtype=np.int64)
        costs = np.append(self.coefficients.contacts.cost, 0.0)
        planted = np.column_stack([self.effects, np.zeros(len(self.effects))])[who, action]
        effect = np.where(self.has_left[who], np.minimum(planted, 0.0), np.maximum(planted, 0.0))
        incentive = np.where(action == VOUCHER, self._vouchers(who, effect), 0.0)
        gained = -effect * self.value[who]
        return contacts[["customer_id", "action"]].assign(
            had_left=self.has_left[who],
            effect=effect,
            gained=gained,
            incentive=incentive,
            cost=costs[action],
            net=gained - incentive - costs[action],
        )

    def _vouchers(self, who: Ints, effect: Floats) -> Floats:
        """What a voucher costs: its discount on the next order in its time, and who leaves sooner after it."""
        terms = self.coefficients.contacts
        ordering = np.where(self.has_left[who], -effect, self.orders_soon[who] * (1 - effect))
        used = terms.voucher_used * ordering
        return np.asarray(used * (terms.voucher_rate * self.order[who] + self.risked[who]))


def morning(shop: Shop, day: date) -> Course:
    """Return the shop as it stands at the start of a month, everything given before it done.

    Raises InputError for a shop of more than one chunk.
    """
    if shop.customers > CHUNK:
        raise InputError(f"The truth of a day is told of shops of up to {CHUNK:,} customers, not {shop.customers:,}.")
    streams, given = shop.streams(0), shop.contacts(0)
    course = Course.begun(
        streams, draw_traits(streams.at(TRAITS), shop.customers, shop.coefficients), shop.coefficients
    )
    for month in range(month_number(day)):
        course.turn(month, shop.coefficients, given.get(month))
    return course


def standing(shop: Shop, day: date, gross_margin: float, days: int = 365, draws: int = 16) -> Standing:
    """Return how the shop's customers stand on the first of a month, and what they will bring within `days`.

    `draws` futures per customer are averaged; margins are `gross_margin` of goods after discounts and refunds, not
    discounted over time. Nobody's future holds a contact.
    """
    course, c = morning(shop, day), shop.coefficients
    start = float(MONTH_EDGES[month_number(day)])
    has_left = course.state.has_left.copy()
    repeated = np.repeat(np.arange(shop.customers), draws)
    futures = _futures(shop, (_rows(course.traits, repeated), _rows(course.state, repeated)), start, days)
    customer = futures["customer"] // draws
    margin = gross_margin * (futures["revenue"] - futures["refunded"]) / 100
    value = np.bincount(customer, margin, shop.customers) / draws
    count = np.maximum(np.bincount(customer, minlength=shop.customers), 1)
    order = np.bincount(customer, (futures["revenue"] + futures["discount"]) / 100, shop.customers) / count
    soon = course.state.next_order < start + VOUCHER_DAYS
    later = np.maximum(value - value * draws / count, 0.0)  # without the next order, which comes all the same
    return Standing(has_left, course.traits.effects, value, order, soon, _leaves_more(course, c) * later, c)


def _rows(of: Rows, rows: Ints) -> Rows:
    """Some customers, as often as they are named."""
    return replace(of, **{field.name: getattr(of, field.name)[rows] for field in fields(of)})


def _futures(shop: Shop, people: tuple[Traits, State], start: float, days: int) -> Frame:
    """Return all orders that people place within so many days, those who have left coming back once."""
    (traits, state), c = people, shop.coefficients
    rng = stream(shop.seed, _FUTURES)
    left = np.flatnonzero(state.has_left)
    at = np.full(len(left), start)
    state.come_back(left, at, at + RETURNS_AFTER)
    state.voucher_until[:] = -np.inf
    log = Log()
    place(rng, traits, state, np.empty(0, dtype=np.int64), (log, c))
    while len(due := np.flatnonzero(state.next_order < start + days)):
        place(rng, traits, state, due, (log, c))
    orders = stack(log.orders)
    lines = baskets.fill(rng, traits, orders, draw_catalogue(stream(shop.seed, CATALOGUE), shop.customers), c.basket)
    orders |= baskets.totals(orders, lines, c.basket)
    orders["refunded"] = np.bincount(lines["row"], lines["refund"], len(orders["at"]))  # whenever it is booked
    return take(orders, ~orders["is_cancelled"])


def _leaves_more(course: Course, c: Coefficients) -> Floats:
    """Return by how much a discount raises everybody's chance to leave after their next order."""
    traits, state = course.traits, course.state
    person = {
        "base_hazard": traits.base_hazard,
        "orders": state.orders,
        "is_member": traits.is_member,
        "is_subscriber": state.is_subscriber,
        "discount_taste": traits.discount_taste,
    }
    grievance = c.leaving.memory * state.grievance
    with_it, without = (
        leaving.leave_probability(
            leaving.log_hazard(person | {"is_discounted": np.full(len(traits), given)}, c),
            traits.sensitivity,
            grievance,
        )
        for given in (True, False)
    )
    return (with_it - without) * (1 - np.minimum(traits.discount_taste, 1.0))  # many have a discount as it is
