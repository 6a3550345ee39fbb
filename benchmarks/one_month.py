"""How often the interval of a measured campaign holds the effect that was planted, over many small shops.

One campaign each: some customers of a sample shop, treated or held out by the keyed hash, then ninety days of the
shop's life. The planted effect is of the very quantity that the interval is about: by how much the contact changes the
chance of an order within the horizon, in the mean over the campaign's customers. The truth knows who had left, who
would have ordered, and each one's chance to come back or to be driven away.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from models.assignment import is_control
from models.experiments import Arm, Difference, share_difference
from pipelines.sample import GivenContacts
from pipelines.sample.chunk import Shop
from pipelines.sample.coefficients import ACTIONS, Coefficients
from pipelines.sample.course import Course
from pipelines.sample.draws import Bools, Floats, Frame, Ints
from pipelines.sample.given import month_number
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.worth import morning

LAUNCH, HORIZON_DAYS, CONTROL_SHARE = date(2026, 5, 1), 90, 0.4


@dataclass(frozen=True)
class Measured:
    """One campaign: its action, the effect that was planted, and what was measured."""

    action: str
    planted: float
    found: Difference

    @property
    def is_covered(self) -> bool:
        """Whether the interval holds the planted effect."""
        return self.found.low <= self.planted <= self.found.high


def uncontacted() -> Coefficients:
    """The sample shop without contacts of its own."""
    c = Coefficients()
    return replace(c, contacts=replace(c.contacts, picked=0.0))


def campaigns(seeds: Iterable[int], customers: int) -> Iterator[Measured]:
    """One campaign per seed, each on a shop of its own; the actions take turns."""
    for seed in seeds:
        shop = Shop(customers, seed, uncontacted(), GivenContacts())
        yield campaign(shop, seed % len(ACTIONS))


def campaign(shop: Shop, action: int) -> Measured:
    """Contact everybody who ordered within the year before the launch, and see who orders within the horizon."""
    course, first = morning(shop, LAUNCH), month_number(LAUNCH)
    seen = len(course.log.orders)
    who = np.flatnonzero(MONTH_EDGES[first] - course.state.last_order < 365)
    held = is_control([f"C{number + 1:08d}" for number in who], f"campaign {shop.seed}", CONTROL_SHARE)
    given = {"customer": who, "action": np.full(len(who), action), "is_treated": ~held}
    course.turn(first, shop.coefficients, given)
    contacts = course.log.contacts[-1]
    for month in range(first + 1, first + 4):
        course.turn(month, shop.coefficients)
    came = _ordered(course, contacts, seen)
    treated = contacts["is_treated"]
    arms = (Arm.of(rows.sum(), came[rows].mean()) for rows in (treated, ~treated))
    return Measured(ACTIONS[action], float(planted(contacts).mean()), share_difference(*arms))


def planted(contacts: Frame) -> Floats:
    """By how much each contact changes the chance of an order within the horizon, had it been made.

    Who has left would not order and comes back with the planted chance, all within weeks; who is there and is driven
    away loses the order that would have come within the horizon, if there was one.
    """
    would_order = contacts["would_order"] < contacts["at"] + HORIZON_DAYS
    return np.where(contacts["had_left"], -contacts["effect"], -contacts["effect"] * would_order)


def _ordered(course: Course, contacts: Frame, seen: int) -> Bools:
    """Who ordered within the horizon after the contact."""
    parts = course.log.orders[seen:]
    customer: Ints = np.concatenate([part["customer"] for part in parts])
    at: Floats = np.concatenate([part["at"] for part in parts])
    is_real = ~np.concatenate([part["is_cancelled"] for part in parts])
    since = np.full(len(course.traits), np.nan)
    since[contacts["customer"]] = contacts["at"]
    within = is_real & (at > since[customer]) & (at < since[customer] + HORIZON_DAYS)
    return np.isin(contacts["customer"], customer[within])


def lines(found: Sequence[Measured]) -> list[str]:
    """The table of Markdown: per action how many, the planted and the measured effect, and the coverage."""
    told = ["| action | campaigns | planted | measured | interval's width | intervals that hold the planted effect |",
            "|---|---|---|---|---|---|"]  # fmt: skip
    for action in (*ACTIONS, ""):
        own = [one for one in found if action in ("", one.action)]
        effects = np.array([(one.planted, one.found.difference, one.found.high - one.found.low) for one in own])
        mean = effects.mean(axis=0)
        covered = sum(one.is_covered for one in own)
        told.append(
            f"| {action or '**all**'} | {len(own)} | {mean[0]:+.3f} | {mean[1]:+.3f} | {mean[2]:.3f} "
            f"| {covered} ({covered / len(own):.0%}) |"
        )
    return told
