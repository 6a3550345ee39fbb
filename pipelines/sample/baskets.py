"""What is in an order: lines by taste, with pairs bought together, and money that adds up to the cent."""

import numpy as np

from pipelines.sample.catalogue import Catalogue
from pipelines.sample.coefficients import Basket
from pipelines.sample.draws import Floats, Frame, Ints, Rng, chance
from pipelines.sample.experience import STORE, taste
from pipelines.sample.seasons import DAYS
from pipelines.sample.traits import Traits

_PRICE_STEP_DAYS = 182


def fill(rng: Rng, traits: Traits, orders: Frame, catalogue: Catalogue, c: Basket) -> Frame:
    """Return the lines of `orders`, one per order × product; `row` is the order's position. Money in cent."""
    row, position = _slots(rng, traits, orders, c)
    product = _choose(rng, traits, orders, (row, position), catalogue, c)
    _, first = np.unique(row * len(catalogue.names) + product, return_index=True)
    first.sort()  # a product drawn twice stays one line, where it came first
    row, product = row[first], product[first]
    quantity = _quantity(rng, traits, orders["customer"][row], c)
    steps = np.floor((DAYS - orders["at"][row]) / _PRICE_STEP_DAYS)
    price = (
        np.rint(catalogue.price[product] * (1.0 - c.inflation / 2) ** steps / 10).astype(np.int64) * 10
    )  # to ten cent
    gross = quantity * price
    discount = np.rint(gross * orders["rate"][row]).astype(np.int64)
    returned = _returned(rng, orders, row, quantity)
    return {
        "row": row,
        "product": product,
        "quantity": quantity,
        "price": price,
        "discount": discount,
        "net": gross - discount,
        "returned_quantity": returned,
        "refund": (gross - discount) * returned // quantity,
    }


def _slots(rng: Rng, traits: Traits, orders: Frame, c: Basket) -> tuple[Ints, Ints]:
    """Return order and place in the order of every line."""
    customer = orders["customer"]
    mean = (
        c.extra_lines
        * np.where(traits.is_business[customer], 2.0, 1.0)
        * np.minimum(traits.engagement[customer], 2) ** 0.3
    )
    count = 1 + np.minimum(rng.poisson(mean), 24)
    row = np.repeat(np.arange(len(customer)), count)
    starts = np.cumsum(count) - count
    return row, np.arange(len(row)) - starts[row]


def _choose(rng: Rng, traits: Traits, orders: Frame, slots: tuple[Ints, Ints], catalogue: Catalogue, c: Basket) -> Ints:
    row, position = slots
    n = len(row)
    customer = orders["customer"][row]
    stays = (position == 0) | chance(rng, c.same_category, n)
    category = np.where(stays, orders["category"][row], taste(rng, traits, customer))
    tier = (rng.random((2, n)) < traits.price_taste[customer]).sum(axis=0)
    product = catalogue.choose(category, rng.random(n), tier)
    second = np.flatnonzero((position == 1) & chance(rng, c.companion, n))
    product[second] = catalogue.companion[product[second - 1]]
    return product


def _quantity(rng: Rng, traits: Traits, customer: Ints, c: Basket) -> Ints:
    """Return pieces per line: mostly one, more for those who spend much, pallets for a few firms."""
    spending = traits.spending[customer]
    return np.asarray(
        1 + rng.poisson(np.where(traits.is_business[customer], c.pieces_of_firms * spending, c.pieces * spending))
    )


def _returned(rng: Rng, orders: Frame, row: Ints, quantity: Ints) -> Ints:
    """Return the pieces sent back: of a returned order, the first line and some of the others, whole or in part."""
    is_first = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else np.zeros(0, dtype=bool)
    goes = orders["is_returned"][row] & (is_first | chance(rng, 0.3, len(row)))
    part = np.where(chance(rng, 0.7, len(row)), 1.0, rng.random(len(row)))
    return np.where(goes, np.ceil(part * quantity).astype(np.int64), 0)


def totals(orders: Frame, lines: Frame, c: Basket) -> Frame:
    """Return the money of each order in cent; a refund after the last day is not known yet."""
    n = len(orders["at"])

    def per_order(values: np.ndarray) -> Ints:
        return np.rint(np.bincount(lines["row"], weights=values, minlength=n)).astype(np.int64)

    refunded_at: Floats = orders["returned"] + 1.0 + (orders["sequence"] % 5) + 0.31
    is_refunded = refunded_at < DAYS
    revenue = per_order(lines["net"])
    has_parcel = ~np.isnan(orders["promised"]) | orders["is_cancelled"]
    pays_shipping = has_parcel & (orders["channel"] != STORE) & (revenue < 100 * c.free_shipping)
    return {
        "revenue": revenue,
        "discount": per_order(lines["discount"]),
        "shipping": np.where(pays_shipping, 100 * c.shipping, 0.0),
        "refunded": np.where(is_refunded, per_order(lines["refund"]), 0),
        "refunded_at": np.where(is_refunded, refunded_at, np.nan),
    }
