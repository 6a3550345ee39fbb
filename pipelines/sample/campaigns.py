"""Past retention campaigns: on the first of a month, two actions, each with a random control arm."""

import numpy as np

from pipelines.sample.coefficients import ACTIONS, Coefficients
from pipelines.sample.draws import Bools, Floats, Frame, Ints, Rng, chance, daytime, stack
from pipelines.sample.given import require_known
from pipelines.sample.leaving import cause_number
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.state import State
from pipelines.sample.traits import Traits

FIRST_MONTH = 5
VOUCHER, WAKE_UP, CALL, BONUS = range(len(ACTIONS))
VOUCHER_DAYS = 60.0


def run_month(rng: Rng, traits: Traits, state: State, month: int, c: Coefficients) -> tuple[Frame, Frame]:
    """Contact a random part of each action's scope; return the contacts and all unsubscribes of the month."""
    start = float(MONTH_EDGES[month])
    frames, goodbyes = [], []
    for action in ((2 * month) % 4, (2 * month) % 4 + 1):
        picked = in_scope(traits, state, action, start, c) & chance(rng, c.contacts.picked, len(traits))
        if month < FIRST_MONTH:
            picked[:] = False
        contacts = _draw(rng, (np.flatnonzero(picked), action, month), c)
        frames.append(_contact(rng, traits, state, contacts, c))
        goodbyes.append(_unsubscribe(rng, traits, state, frames[-1], c))
    goodbyes.append(_lose_newsletter_readers(rng, traits, state, start, c))
    return stack(frames), stack(goodbyes)


def run_given(rng: Rng, traits: Traits, state: State, when: tuple[int, Frame], c: Coefficients) -> tuple[Frame, Frame]:
    """Make the contacts that are given for a month (customer, action, is_treated), in scope or not; as `run_month`."""
    month, given = when
    start = float(MONTH_EDGES[month])
    customer = given["customer"]
    require_known(start, traits.signed_up, customer)
    placed = {**given, "at": _hours(rng, start, len(customer)), "month": np.full(len(customer), month)}
    contacts = _contact(rng, traits, state, placed, c)
    goodbyes = [_unsubscribe(rng, traits, state, contacts, c), _lose_newsletter_readers(rng, traits, state, start, c)]
    return contacts, stack(goodbyes)


def in_scope(traits: Traits, state: State, action: int, at: float, c: Coefficients) -> Bools:
    """Tell whom an action is meant for: by time since the last order, rhythm, grievance and consent alone."""
    since = at - state.last_order
    until = state.phone_until if action == CALL else state.email_until
    free = (until > at) & (state.contacted_at + c.contacts.rest_days < at)
    meant = {
        VOUCHER: (since > np.maximum(1.3 * traits.mean_gap, 30)) & (since < 365),
        WAKE_UP: (since > 45) & (since < 365),
        CALL: (state.grievance > 0.25) & (since > 7) & (since < 150),
        BONUS: (state.orders >= 2) & (since > 14) & (since < 180),
    }[action]
    return np.asarray(free & meant)


def _draw(rng: Rng, whom: tuple[Ints, int, int], c: Coefficients) -> Frame:
    """Draw the hour of each contact, and the arms."""
    customer, action, month = whom
    n = len(customer)
    return {
        "customer": customer,
        "at": _hours(rng, float(MONTH_EDGES[month]), n),
        "action": np.full(n, action),
        "is_treated": ~chance(rng, c.contacts.control_share, n),
        "month": np.full(n, month),
    }


def _hours(rng: Rng, start: float, n: int) -> Floats:
    """Draw `n` moments of a working day."""
    return start + (8 + 9 * rng.random(n)) / 24


def _contact(rng: Rng, traits: Traits, state: State, contacts: Frame, c: Coefficients) -> Frame:
    """Let the treated feel the effect that is planted for them, and note what would have been without it."""
    customer, at, action, is_treated = (contacts[name] for name in ("customer", "at", "action", "is_treated"))
    n = len(customer)
    had_left, would_order = state.has_left[customer], state.next_order[customer]
    effect = effects_of(traits, customer, action)
    works = is_treated & chance(rng, np.abs(effect), n)
    back = works & had_left & (effect < 0)
    away = works & ~had_left & (effect > 0)
    soon = np.floor(at) + 2 + np.floor(rng.gamma(2.0, 6.0, n)) + daytime(rng, n)
    state.come_back(customer[back], at[back], soon[back])
    state.leave(customer[away], at[away] + 3 * rng.random(n)[away], cause_number("contact"))
    state.contacted_at[customer] = at
    has_voucher = is_treated & (action == VOUCHER)
    state.voucher_until[customer[has_voucher]] = at[has_voucher] + VOUCHER_DAYS
    felt = np.where(had_left, np.minimum(effect, 0), np.maximum(effect, 0))
    return {**contacts, "had_left": had_left, "effect": felt, "would_order": would_order}


def effects_of(traits: Traits, customer: Ints, action: Ints) -> Floats:
    """Return the planted effect of each action on each customer; none of an action that is not planted."""
    planted = len(ACTIONS)
    return np.where(action < planted, traits.effects[customer, np.minimum(action, planted - 1)], 0.0)


def _unsubscribe(rng: Rng, traits: Traits, state: State, contacts: Frame, c: Coefficients) -> Frame:
    """Let some of the treated withdraw their consent within the day."""
    chances = np.array(c.contacts.unsubscribe)[traits.response_type[contacts["customer"]]]
    goes = contacts["is_treated"] & (contacts["action"] != CALL) & chance(rng, chances, len(chances))
    goes &= state.email_until[contacts["customer"]] > contacts["at"]
    customer = contacts["customer"][goes]
    at = contacts["at"][goes] + rng.random(len(customer)) * 0.4 + 0.01
    state.email_until[customer] = at
    return {"customer": customer, "at": at}


def _lose_newsletter_readers(rng: Rng, traits: Traits, state: State, start: float, c: Coefficients) -> Frame:
    reads = (state.email_until > start + 31) & (traits.signed_up < start)
    customer = np.flatnonzero(reads & chance(rng, c.voice.leaves_newsletter, len(traits)))
    at = start + 1 + np.floor(rng.random(len(customer)) * 26) + daytime(rng, len(customer))
    state.email_until[customer] = at
    return {"customer": customer, "at": at}


def say_goodbye(rng: Rng, traits: Traits, state: State, span: tuple[float, float], c: Coefficients) -> Frame:
    """Let some of those who left for good withdraw their consent around that time, if that lies within the span."""
    n = len(traits)
    at = state.left_at - 5 + 60 * rng.random(n)
    free = (state.email_until == np.inf) & (at > np.fmax(state.contacted_at + 1, traits.signed_up + 1))
    free &= (at >= span[0]) & (at < span[1])
    customer = np.flatnonzero(free & chance(rng, c.voice.leavers_unsubscribe, n))
    state.email_until[customer] = at[customer]
    return {"customer": customer, "at": at[customer]}


def responses(rng: Rng, contacts: Frame, next_order: Floats) -> Floats:
    """Return when the treated answered: shortly before an order within 30 days, or with a mere click (6 %)."""
    n = len(contacts["at"])
    wait = next_order - contacts["at"]
    ordered = contacts["at"] + wait * (1 - 0.02 * rng.random(n))
    clicked = np.where(chance(rng, 0.06, n), contacts["at"] + rng.exponential(0.5, n) + 0.01, np.nan)
    answered = np.where(wait < 30, ordered, clicked)
    return np.where(contacts["is_treated"], answered, np.nan)
