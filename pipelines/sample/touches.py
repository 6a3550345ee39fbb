"""Traces a customer leaves: visits, carts, e-mails, reviews, referrals; they thin out before somebody leaves."""

from dataclasses import dataclass

import numpy as np

from pipelines.contract import TOUCHPOINT_KINDS as KINDS
from pipelines.sample.coefficients import Voice
from pipelines.sample.course import Stood
from pipelines.sample.draws import Floats, Frame, Ints, Rng, chance, daytime, next_day, stack, take
from pipelines.sample.traits import Traits

# Per customer and year, × engagement: visits without an order, carts left behind, chats, visits to a store.
BROWSING = (("visit", 1.4), ("cart_abandoned", 0.45), ("cart_added", 0.35), ("chat", 0.10), ("store_visit", 0.25))
EMAILS = 2.2  # recorded newsletters per year of consent
OPENED, CLICKED = 0.36, 0.28  # of sent at engagement 1, of opened
VISIT_BEFORE_ORDER, CART_BEFORE_ORDER, REVIEWED = 0.22, 0.10, 0.035
REFERRED = 0.012  # per order of a happy customer

__all__ = ["KINDS", "Scene", "trace"]


@dataclass(frozen=True)
class Scene:
    """A span of days: who the customers are, how they stood in the end, their orders and unsubscribes in it."""

    traits: Traits
    stood: Stood
    orders: Frame
    unsubscribes: Frame

    @property
    def first(self) -> Floats:
        """The day on which each customer's traces begin: the first of the span, or sign-up."""
        return np.maximum(self.traits.signed_up, self.stood.span[0])


def trace(rng: Rng, scene: Scene, c: Voice) -> Frame:
    """Return the touchpoints of a scene from its first day on; `value` is NaN where the kind has none."""
    frames = [_row(scene.unsubscribes["customer"], scene.unsubscribes["at"], "unsubscribe")]
    frames += [_browse(rng, scene, kind, per_year, c) for kind, per_year in BROWSING]
    frames += _emails(rng, scene, c)
    frames += _around_orders(rng, scene.traits, scene.orders)
    found = stack(frames)
    return take(found, found["at"] >= scene.stood.span[0])


def _row(customer: Ints, at: Floats, kind: str, value: Floats | None = None) -> Frame:
    n = len(customer)
    return {
        "customer": customer,
        "at": at,
        "kind": np.full(n, KINDS.index(kind)),
        "value": np.full(n, np.nan) if value is None else value,
    }


def presence(traits: Traits, left_at: Floats, customer: Ints, at: Floats, c: Voice) -> Floats:
    """Return how much of a customer's interest is there at a time: 1, fading before leaving, next to nothing after."""
    before = np.clip((left_at[customer] - at) / c.fade_days, 0.0, 1.0)
    return np.where(at < traits.signed_up[customer], 0.0, c.after_leaving + (1.0 - c.after_leaving) * before)


def _spread(rng: Rng, scene: Scene, per_year: Floats, c: Voice) -> tuple[Ints, Floats]:
    """Draw moments for every customer at a yearly rate, thinned by presence."""
    traits, first = scene.traits, scene.first
    days = np.maximum(scene.stood.span[1] - first, 0.0)
    count = rng.poisson(per_year * days / 365.0)
    customer = np.repeat(np.arange(len(traits)), count)
    at = np.floor(first[customer] + rng.random(len(customer)) * days[customer]) + daytime(rng, len(customer))
    kept = chance(rng, presence(traits, scene.stood.left_at, customer, at, c), len(at))
    return customer[kept], at[kept]


def _browse(rng: Rng, scene: Scene, kind: str, per_year: float, c: Voice) -> Frame:
    customer, at = _spread(rng, scene, per_year * scene.traits.engagement, c)
    money = kind.startswith("cart")
    value = np.round(30.0 * np.exp(0.8 * rng.standard_normal(len(at))), 2) if money else None
    return _row(customer, at, kind, value)


def _emails(rng: Rng, scene: Scene, c: Voice) -> list[Frame]:
    """Return newsletters sent while consent lasted, who opened them and who clicked."""
    traits, first = scene.traits, scene.first
    until = np.minimum(scene.stood.email_until, scene.stood.span[1])
    count = rng.poisson(EMAILS * np.maximum(until - first, 0.0) / 365.0)
    customer = np.repeat(np.arange(len(traits)), count)
    last = until[customer]
    sent = first[customer] + 0.05 + rng.random(len(customer)) * np.maximum(last - first[customer] - 0.1, 0.0)
    reads = OPENED * np.minimum(traits.engagement[customer], 2.2)
    reads = reads * presence(traits, scene.stood.left_at, customer, sent, c)
    opened = np.flatnonzero(chance(rng, np.minimum(reads, 0.9), len(sent)))
    opened_at = sent[opened] + rng.exponential(0.4, len(opened)) + 0.002
    clicked = np.flatnonzero(chance(rng, CLICKED, len(opened)))
    clicked_at = opened_at[clicked] + 0.0005 + 0.003 * rng.random(len(clicked))
    return [
        _row(customer, sent, "email_sent"),
        _row(customer[opened], opened_at, "email_opened"),
        _row(customer[opened][clicked], clicked_at, "email_clicked"),
    ]


def _around_orders(rng: Rng, traits: Traits, orders: Frame) -> list[Frame]:
    """Return the visit and the cart before an order, and the review or the referral after it."""
    n = len(orders["at"])
    is_online = orders["channel"] <= 1

    def some(share: Floats | float) -> Ints:
        return np.flatnonzero(is_online & chance(rng, share, n))

    visit, cart = some(VISIT_BEFORE_ORDER), some(CART_BEFORE_ORDER)
    unhappy = traits.sensitivity[orders["customer"]] * orders["grievance"]
    review = np.flatnonzero(chance(rng, REVIEWED * (1 + np.maximum(unhappy, 0)), n) & ~orders["is_cancelled"])
    referral = np.flatnonzero(chance(rng, np.where(unhappy < 0.2, REFERRED, 0.0), n))
    stars = np.clip(np.rint(4.5 - 1.5 * unhappy[review] + 0.7 * rng.standard_normal(len(review))), 1, 5)
    customer, at, received = orders["customer"], orders["at"], orders["received"]
    return [
        _row(customer[visit], at[visit] - (0.01 + rng.exponential(1.5, len(visit))), "visit"),
        _row(customer[cart], at[cart] - (0.003 + 0.04 * rng.random(len(cart))), "cart_added",
             np.round(30.0 * np.exp(0.8 * rng.standard_normal(len(cart))), 2)),
        _row(customer[review], next_day(rng, received[review] + rng.exponential(4.0, len(review))), "review", stars),
        _row(customer[referral], next_day(rng, received[referral] + rng.exponential(9.0, len(referral))), "referral"),
    ]  # fmt: skip
