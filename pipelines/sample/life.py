"""What happens to customers: each whose order is due places it, lives through it, and stays or leaves."""

from dataclasses import dataclass, field

import numpy as np

from pipelines.sample import experience, leaving
from pipelines.sample.coefficients import EXPERIENCES, Coefficients
from pipelines.sample.draws import Bools, Floats, Frame, Ints, Rng, chance, daytime, pick
from pipelines.sample.seasons import later
from pipelines.sample.state import State
from pipelines.sample.traits import Traits


@dataclass
class Log:
    """What happened so far, as frames in the order in which it was drawn."""

    orders: list[Frame] = field(default_factory=list)
    tickets: list[Frame] = field(default_factory=list)
    contacts: list[Frame] = field(default_factory=list)
    unsubscribes: list[Frame] = field(default_factory=list)
    order_count: int = 0


def place(rng: Rng, traits: Traits, state: State, customer: Ints, world: tuple[Log, Coefficients]) -> None:
    """Let each of `customer` place the order that is due, live through it, and stay or leave."""
    log, c = world
    orders = experience.draw_orders(rng, traits, customer, state.next_order[customer], c)
    state.use_voucher(rng, customer, orders, c)
    tickets = experience.draw_tickets(rng, orders, c)
    found = leaving.events(orders, tickets)
    verdict = _verdict(rng, traits, state, orders, found, c)
    orders["grievance"] = verdict["grievance"]
    orders["probability"] = verdict["probability"]
    orders["expected_gap"] = verdict["expected_gap"]
    orders["main_cause"] = verdict["main_cause"]
    orders["main_share"] = verdict["main_share"]
    orders["sequence"] = log.order_count + np.arange(len(customer))
    orders["nth"] = state.orders[customer] + 1
    tickets |= _what_if(traits, tickets, verdict, c)
    row = tickets.pop("row")
    tickets["order"] = np.where(tickets["topic"] <= experience.RETURN, orders["sequence"][row], -1)
    log.orders.append(orders)
    log.tickets.append(tickets)
    log.order_count += len(customer)
    done = np.fmax(orders["received"], orders["returned"])
    np.maximum.at(done, row, tickets["done"])
    _move_on(rng, traits, state, {**orders, **verdict, "done": done}, c)


def _verdict(rng: Rng, traits: Traits, state: State, orders: Frame, found: Frame, c: Coefficients) -> Frame:
    """Decide who leaves after this order, and why."""
    customer = orders["customer"]
    person: Frame = {
        "base_hazard": traits.base_hazard[customer],
        "orders": state.orders[customer],
        "is_member": traits.is_member[customer],
        "is_subscriber": state.is_subscriber[customer],
        "discount_taste": traits.discount_taste[customer],
        "is_discounted": orders["rate"] > 0,
    }
    sensitivity = traits.sensitivity[customer]
    added = leaving.weights(found, c)
    past = c.leaving.memory * state.grievance[customer]
    grievance = np.asarray(past + sum(added.values()))
    log_base = leaving.log_hazard(person, c)
    is_one_time = traits.is_one_time[customer] & (state.orders[customer] == 0)
    probability = np.where(is_one_time, 1.0, leaving.leave_probability(log_base, sensitivity, grievance))
    parts = {name: sensitivity * added[name] for name in EXPERIENCES}
    parts["past_trouble"] = sensitivity * past
    parts["discount_ended"] = c.leaving.discount_ended * person["discount_taste"] * person["is_discounted"]
    cause = np.where(is_one_time, leaving.cause_number("one_time"), leaving.draw_cause(rng, parts))
    main_cause, main_share = leaving.main_cause(parts)
    slower = np.exp(c.leaving.grievance_slows * sensitivity * np.maximum(grievance, 0.0))
    return {
        "leaves": chance(rng, probability, len(customer)),
        "cause": cause,
        "grievance": grievance,
        "log_base": log_base,
        "probability": probability,
        "expected_gap": traits.mean_gap[customer] * slower,
        "main_cause": np.where(is_one_time, leaving.cause_number("one_time"), main_cause),
        "main_share": np.where(is_one_time, 1.0, main_share),
    }


def _what_if(traits: Traits, tickets: Frame, verdict: Frame, c: Coefficients) -> Frame:
    """Return each ticket's leave probability as it was, with a fast and a slow reply, and without the ticket."""
    row = tickets["row"]
    log_base = verdict["log_base"][row]
    sensitivity = traits.sensitivity[tickets["customer"]]
    without = verdict["grievance"][row] - leaving.ticket_grievance(tickets, tickets["is_slow"], c)
    is_sure = verdict["probability"][row] >= 1.0

    def probability(added: Floats | float) -> Floats:
        return np.where(is_sure, 1.0, leaving.leave_probability(log_base, sensitivity, without + added))

    return {
        "probability": verdict["probability"][row],
        "if_fast": probability(leaving.ticket_grievance(tickets, np.zeros(len(row), dtype=bool), c)),
        "if_slow": probability(leaving.ticket_grievance(tickets, np.ones(len(row), dtype=bool), c)),
        "if_none": probability(0.0),
        "caused_by_order": np.ones(len(row), dtype=bool),
    }


def _move_on(rng: Rng, traits: Traits, state: State, outcome: Frame, c: Coefficients) -> None:
    """Set the next order of those who stay and the day of leaving of those who do not."""
    customer, at = outcome["customer"], outcome["at"]
    n = len(customer)
    regularity = traits.regularity[customer]
    gap = outcome["expected_gap"] * rng.standard_gamma(regularity, n) / regularity
    stretch = 2.0 + (c.rhythm.pause_longest - 2.0) * rng.random(n)
    gap = gap * np.where(chance(rng, c.rhythm.pause, n), stretch, 1.0)
    regular = np.floor(later(at, gap, traits.season[customer])) + daytime(rng, n)
    forgotten = at + (0.5 + 3.5 * rng.random(n)) / 24
    is_forgotten = chance(rng, c.rhythm.same_day, n)
    state.next_order[customer] = np.where(is_forgotten, forgotten, regular)
    state.last_order[customer] = at
    state.orders[customer] += 1
    state.grievance[customer] = outcome["grievance"]
    state.hazard[customer] = -np.log1p(-np.minimum(outcome["probability"], 1 - 1e-9))
    left_at = np.maximum(
        at + (0.35 + 0.65 * rng.random(n)) * np.minimum(traits.mean_gap[customer], 120.0), outcome["done"]
    )
    goes = outcome["leaves"]
    state.leave(customer[goes], left_at[goes], outcome["cause"][goes])


def come_back(rng: Rng, state: State, start: float, c: Coefficients) -> None:
    """Let a few of those who have left return without any contact."""
    n = len(state.left_at)
    customer = np.flatnonzero((state.left_at < start) & (state.orders > 0) & chance(rng, c.leaving.comes_back, n))
    at = start + np.floor(rng.random(len(customer)) * 28) + daytime(rng, len(customer))
    state.come_back(customer, at, at + 0.01)


def ask_questions(
    rng: Rng, traits: Traits, state: State, span: tuple[float, float], world: tuple[Log, Coefficients]
) -> None:
    """Open the tickets that no order caused; a bad answer adds to the grievance and may make a customer leave."""
    log, c = world
    is_there = ~np.isnan(state.last_order) & ~(state.left_at < span[0])
    customer = np.flatnonzero(is_there & chance(rng, c.service.ticket_per_month, len(traits)))
    n = len(customer)
    opened = span[0] + np.floor(rng.random(n) * (span[1] - span[0])) + daytime(rng, n)
    nobody, everybody = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    tickets = experience.answer(rng, opened, nobody, c)
    is_free = np.isfinite(state.next_order[customer]) & (state.next_order[customer] > tickets["done"])
    hazard = np.where(is_free, state.hazard[customer], 0.0)  # who orders before the answer decides with that order

    def probability(is_slow: Bools) -> Floats:
        added = traits.sensitivity[customer] * leaving.ticket_grievance(tickets, is_slow, c)
        return leaving.excess_probability(hazard, added)

    goes = chance(rng, probability(tickets["is_slow"]), n)
    state.grievance[customer] += leaving.ticket_grievance(tickets, tickets["is_slow"], c)
    state.leave(customer[goes], tickets["done"][goes], leaving.worst_of_ticket(tickets)[goes])
    log.tickets.append({
        "customer": customer,
        "topic": 3 + pick(rng, (0.3, 0.3, 0.4), n),
        **tickets,
        "probability": probability(tickets["is_slow"]),
        "if_fast": probability(nobody),
        "if_slow": probability(everybody),
        "if_none": np.zeros(n),
        "caused_by_order": np.zeros(n, dtype=bool),
        "order": np.full(n, -1),
    })  # fmt: skip
