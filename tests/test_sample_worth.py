"""What contacts are said to earn is what they earn when a month is drawn again and again with and without them."""

import copy
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipelines.errors import InputError
from pipelines.sample import GivenContacts, baskets
from pipelines.sample.catalogue import draw_catalogue
from pipelines.sample.chunk import CHUNK, Shop
from pipelines.sample.coefficients import ACTIONS, Coefficients
from pipelines.sample.course import Course
from pipelines.sample.draws import Frame
from pipelines.sample.given import month_number
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.streams import CATALOGUE, MONTH_COUNT, stream
from pipelines.sample.worth import Standing, morning, standing

DAY, GROSS_MARGIN = date(2026, 5, 1), 0.35
DAYS = int(MONTH_EDGES[-1] - MONTH_EDGES[month_number(DAY)])  # to the end of the window
REDRAWS = 24


def uncontacted() -> Coefficients:
    c = Coefficients()
    return replace(c, contacts=replace(c.contacts, picked=0.0))


SHOP = Shop(1500, 3, uncontacted(), GivenContacts())


@pytest.fixture(scope="module")
def truth() -> Standing:
    return standing(SHOP, DAY, GROSS_MARGIN, DAYS)


@pytest.fixture(scope="module")
def before() -> Course:
    return morning(SHOP, DAY)


def ids(customers: np.ndarray) -> list[str]:
    return [f"C{number + 1:08d}" for number in customers]


def lived(before: Course, given: Frame | None, again: int) -> Frame:
    """The orders from the day on, with their money, after the shop lived on from there."""
    course = copy.deepcopy(before)
    month, c = month_number(DAY), SHOP.coefficients
    course.streams = replace(course.streams, decided=month, again=again)
    seen = len(course.log.orders)
    for number in range(month, MONTH_COUNT):
        course.turn(number, c, given if number == month else None)
    orders = {name: np.concatenate([part[name] for part in course.log.orders[seen:]]) for name in
              course.log.orders[0]}  # fmt: skip
    rng = stream(again, 9)
    lines = baskets.fill(rng, course.traits, orders, draw_catalogue(stream(3, CATALOGUE), SHOP.customers), c.basket)
    orders |= baskets.totals(orders, lines, c.basket)
    orders["refunded"] = np.bincount(lines["row"], lines["refund"], len(orders["at"]))
    return orders


def brought(orders: Frame) -> np.ndarray:
    """Money per customer: margin of what was sold, less the vouchers it was sold with."""
    voucher = np.where(orders["has_voucher"], orders["discount"], 0.0)
    money = (GROSS_MARGIN * (orders["revenue"] + voucher - orders["refunded"]) - voucher) / 100
    return np.bincount(orders["customer"], np.where(orders["is_cancelled"], 0.0, money), SHOP.customers)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_contacts_earn_is_what_redraws_with_and_without_them_differ_by(truth, before, action):
    known = np.flatnonzero(before.traits.signed_up < MONTH_EDGES[month_number(DAY)])
    ordinary = known[truth.order[known] < np.quantile(truth.order[known], 0.95)]  # a few firms would drown the rest
    given = {
        "customer": ordinary,
        "action": np.full(len(ordinary), ACTIONS.index(action)),
        "is_treated": np.ones(len(ordinary), dtype=bool),
    }
    nobody = {name: values[:0] for name, values in given.items()}
    gains = np.array([
        (brought(lived(before, given, again)) - brought(lived(before, nobody, again)))[ordinary].mean()
        for again in range(REDRAWS)
    ])  # fmt: skip
    cost = SHOP.coefficients.contacts.cost[ACTIONS.index(action)]
    said = truth.earned(pd.DataFrame({"customer_id": ids(ordinary), "action": action}))["net"].mean()
    error = gains.std(ddof=1) / np.sqrt(REDRAWS)
    assert abs(said - (gains.mean() - cost)) < 4 * error
    assert gains.mean() > 4 * error or action == "wake_up_email"  # there is something to tell


def test_an_action_that_is_not_planted_earns_and_costs_nothing(truth):
    told = truth.earned(pd.DataFrame({"customer_id": ids(np.arange(50)), "action": "calendar"}))
    assert (told[["effect", "gained", "incentive", "cost", "net"]] == 0).all(axis=None)


def test_the_truth_of_a_day_is_told_of_small_shops_only():
    with pytest.raises(InputError, match="50,000"):
        morning(Shop(CHUNK + 1, 3, uncontacted(), GivenContacts()), DAY)
