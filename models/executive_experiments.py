"""The experiments that would teach a shop most: what rests on assumptions, and whether a test would show it.

For each action whose acceptance is assumed, half of the customers who may be contacted now could be left alone at
random. If the assumption holds, acceptance × churn risk more of the contacted stay. How many campaigns of that size
show so much (80 % power, `models.power`) decides: what takes more than a year of monthly campaigns is not proposed.
Ranked by the money that rests on the assumption, divided by the campaigns it takes. One service initiative is always
among them where one can be run.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from models.power import detectable_difference, needed_customers

SHOWN = 3
CONTROL_SHARE = 0.5  # of a first test: equal arms show the smallest difference
MOST_ROUNDS = 12  # campaigns, one a month
LARGEST_DIFFERENCE = 0.15  # share: service moves no more than that, a test that shows only more is not worth its time


@dataclass(frozen=True)
class Experiment:
    """A proposal: title, what to do, why, the customers it needs and the smallest difference that it would show.

    `rounds`: how many campaigns of these customers it takes.
    """

    experiment_id: str
    kind: str  # `action` or `initiative`
    title: str
    sentence: str
    why: str
    page: str
    filter: str
    customers: int
    detectable: float
    money: float | None = None
    segment: str | None = None
    action: str | None = None
    rounds: int = 1


def detectable(customers: float, base_rate: float) -> float | None:
    """The smallest rise above `base_rate` that two equal arms show; None where no rise would show."""
    if customers < 2 or not 0 < base_rate < 1:
        return None
    found = detectable_difference(customers * (1 - CONTROL_SHARE), customers * CONTROL_SHARE, base_rate)
    return None if math.isnan(found) else found


def rounds_for(customers: int, base_rate: float, assumed: float) -> int | None:
    """How many campaigns of so many customers show an assumed rise above `base_rate`; None where too many would."""
    assumed = min(assumed, 1 - base_rate)
    if customers < 2 or not 0 < base_rate < 1 or assumed <= 0:
        return None
    rounds = math.ceil(needed_customers(base_rate, assumed, CONTROL_SHARE) / customers)
    return rounds if rounds <= MOST_ROUNDS else None


def top(candidates: Iterable[Experiment], most: int = SHOWN) -> list[Experiment]:
    """The `most` telling ones, of which one is a service initiative where any is proposed; ties keep their order."""
    ranked = sorted(candidates, key=lambda one: (-(one.money or 0.0) / one.rounds, one.detectable))
    shown = ranked[:most]
    service = next((one for one in ranked if one.kind == "initiative"), None)
    if service and service not in shown:
        shown = [*shown[: most - 1], service]
    return shown
