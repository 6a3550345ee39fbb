"""The hazard of leaving: how rhythm, discounts and service decide whether another order comes."""

import numpy as np

from pipelines.sample.coefficients import CAUSES, EXPERIENCES, Coefficients
from pipelines.sample.draws import Floats, Frame, Ints, Rng

NOT_LEFT = -1
_CAUSE = {cause: number for number, cause in enumerate(CAUSES)}


def events(orders: Frame, tickets: Frame) -> Frame:
    """Return one boolean column per experience, one row per order, and whether its ticket was solved first time."""
    n = len(orders["at"])
    found: Frame = {name: np.zeros(n, dtype=bool) for name in EXPERIENCES}
    found["late_delivery"] = orders["is_late"]
    found["product_trouble"] = orders["has_trouble"]
    found["returned"] = orders["is_returned"]
    found["cancelled"] = orders["is_cancelled"]
    found["slow_reply"][tickets["row"]] = tickets["is_slow"]
    found["reopened_ticket"][tickets["row"]] = tickets["is_reopened"]
    found["unsolved_ticket"][tickets["row"]] = tickets["is_unsolved"]
    found["solved_first_time"] = np.zeros(n, dtype=bool)
    found["solved_first_time"][tickets["row"]] = ~(tickets["is_slow"] | tickets["is_reopened"] | tickets["is_unsolved"])
    return found


def weights(found: Frame, c: Coefficients) -> Frame:
    """Return each experience's addition to the grievance, 0 where it did not happen."""
    return {name: getattr(c.experience, name) * happened for name, happened in found.items()}


def log_hazard(person: Frame, c: Coefficients) -> Floats:
    """Return the log hazard after an order before any grievance.

    `person` brings base_hazard, orders (before this one), is_member, is_subscriber, discount_taste, is_discounted.
    """
    return np.asarray(
        np.log(person["base_hazard"])
        + c.leaving.experience_of_shop * np.log1p(person["orders"])
        + c.leaving.first_order * (person["orders"] == 0)
        + c.leaving.member * person["is_member"]
        + c.leaving.subscriber * person["is_subscriber"]
        + c.leaving.discount_ended * person["discount_taste"] * person["is_discounted"]
    )


def hazard(log_base: Floats, sensitivity: Floats, grievance: Floats) -> Floats:
    """Return exp(log_base + sensitivity × grievance); good service lowers the grievance to −1 at most."""
    return np.asarray(np.exp(log_base + sensitivity * np.maximum(grievance, -1.0)))


def leave_probability(log_base: Floats, sensitivity: Floats, grievance: Floats) -> Floats:
    """Return the chance to leave after an order, 1 − exp(−hazard)."""
    return np.asarray(1.0 - np.exp(-hazard(log_base, sensitivity, grievance)))


def cause_shares(parts: Frame) -> tuple[Floats, Floats]:
    """Return how likely a leaver's cause is natural, and each other cause's likelihood, as rows × causes.

    `parts` has one log-hazard column per cause other than natural; what lowers the hazard is no cause.
    """
    stacked = np.stack([np.maximum(part, 0.0) for part in parts.values()], axis=1)
    total = stacked.sum(axis=1, keepdims=True)
    natural = np.exp(-total)
    return natural[:, 0], (1.0 - natural) * stacked / np.maximum(total, 1e-12)


def main_cause(parts: Frame) -> tuple[Ints, Floats]:
    """Return the likeliest cause should a customer leave now, and its likelihood; `parts` as for `cause_shares`."""
    natural, others = cause_shares(parts)
    shares = np.column_stack([natural, others])
    numbers = np.array([_CAUSE[name] for name in ("natural", *parts)])
    return numbers[shares.argmax(axis=1)], shares.max(axis=1)


def draw_cause(rng: Rng, parts: Frame) -> Ints:
    """Name one cause per leaver: natural with the share of the bare hazard, else by share of the log hazard added.

    `parts` has one log-hazard column per cause other than natural; what lowers the hazard is no cause.
    """
    names = list(parts)
    stacked = np.stack([np.maximum(parts[name], 0.0) for name in names], axis=1)
    total = stacked.sum(axis=1)
    is_natural = rng.random(len(total)) < np.exp(-total)
    cumulative = np.cumsum(stacked, axis=1)
    draw = rng.random(len(total)) * total
    position = np.minimum((draw[:, None] >= cumulative).sum(axis=1), len(names) - 1)
    numbers = np.array([_CAUSE[name] for name in names])
    return np.where(is_natural | (total <= 0), _CAUSE["natural"], numbers[position])


def cause_number(name: str) -> int:
    """Return the position of a cause's name in CAUSES."""
    return _CAUSE[name]


def excess_probability(before: Floats, log_factor: Floats) -> Floats:
    """Return the chance that what went wrong outside an order makes a customer leave: the added hazard alone."""
    return np.asarray(1.0 - np.exp(-before * np.maximum(np.exp(log_factor) - 1.0, 0.0)))


def ticket_grievance(tickets: Frame, is_slow: np.ndarray, c: Coefficients) -> Floats:
    """Return what a ticket adds to the grievance if its reply is slow where `is_slow` says so, all else as it was."""
    weight = c.experience
    is_fine = ~(is_slow | tickets["is_reopened"] | tickets["is_unsolved"])
    return np.asarray(
        weight.slow_reply * is_slow
        + weight.reopened_ticket * tickets["is_reopened"]
        + weight.unsolved_ticket * tickets["is_unsolved"]
        + weight.solved_first_time * is_fine
    )


def worst_of_ticket(tickets: Frame) -> Ints:
    """Return the cause to name when a ticket alone makes a customer leave."""
    slow, reopened, unsolved = (cause_number(n) for n in ("slow_reply", "reopened_ticket", "unsolved_ticket"))
    return np.where(tickets["is_unsolved"], unsolved, np.where(tickets["is_reopened"], reopened, slow))
