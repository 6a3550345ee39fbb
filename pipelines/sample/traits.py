"""Who the customers are: the hidden traits from which all their behaviour follows."""

from dataclasses import dataclass

import numpy as np

from pipelines.sample import shop_words as words
from pipelines.sample.coefficients import ACTIONS, Coefficients
from pipelines.sample.draws import Bools, Floats, Ints, Rng, chance, lognormal, pick
from pipelines.sample.seasons import GIFT, season_days

_POPULARITY = [category.popularity for category in words.CATEGORIES]
# Only gift buyers live for the gift season; who likes toys as such buys them all year.
_SEASON = np.array([0 if category.season == GIFT else category.season for category in words.CATEGORIES])
_REGIONS = np.array([len(row[4]) for row in words.COUNTRIES])
PERSUADABLE, INDIFFERENT, WORSE_OFF = range(3)


@dataclass
class Traits:
    """One value per customer in each array; effects have one column per action."""

    signed_up: Floats  # days since the first day of the window, negative before it
    mean_gap: Floats
    regularity: Floats  # gamma shape: the coefficient of variation of the gaps is 1 / sqrt(regularity)
    base_hazard: Floats
    sensitivity: Floats
    discount_taste: Floats
    engagement: Floats
    spending: Floats  # power law, 1 and more
    price_taste: Floats  # 0–1: share of dearer tiers
    store_taste: Floats
    mood: Floats  # how kindly a person answers surveys
    primary: Ints  # favourite category
    secondary: Ints
    season: Ints
    country: Ints
    region: Ints
    acquisition: Ints
    preferred_channel: Ints
    is_business: Bools
    is_member: Bools
    is_one_time: Bools
    never_orders: Bools
    response_type: Ints
    effects: Floats

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.signed_up)


def draw_traits(rng: Rng, n: int, c: Coefficients) -> Traits:
    """Draw the traits of `n` customers."""
    acquisition = pick(rng, [share for _, share, _, _ in words.ACQUISITION], n)
    shift = np.array([row[2:] for row in words.ACQUISITION])[acquisition]
    mean_gap = np.maximum(lognormal(rng, c.rhythm.gap_days, c.rhythm.gap_sigma, n), 4.0)
    primary = pick(rng, _POPULARITY, n)
    country = pick(rng, [row[1] for row in words.COUNTRIES], n)
    base = lognormal(rng, c.leaving.base_hazard, c.leaving.base_hazard_sigma, n) * np.exp(shift[:, 0])
    discount_taste = np.clip(rng.beta(1.3, 3.5, n) + shift[:, 1], 0.0, 1.0)
    regularity = np.maximum(lognormal(rng, c.rhythm.regularity, c.rhythm.regularity_sigma, n), 0.7)
    sensitivity = rng.gamma(4.0, 0.25, n)
    is_member = chance(rng, 0.55, n)
    is_business = chance(rng, 0.04, n)
    response_type = _response_types(rng, discount_taste, regularity, c)
    signed_up = _sign_ups(rng, n, c)
    return Traits(
        signed_up=signed_up,
        mean_gap=mean_gap,
        regularity=regularity,
        base_hazard=base * (mean_gap / 60.0) ** c.leaving.gap_power,
        sensitivity=sensitivity,
        discount_taste=discount_taste,
        engagement=lognormal(rng, 1.0, 0.6, n),
        spending=_spending(rng, is_business),
        price_taste=rng.beta(1.6, 3.0, n),
        store_taste=np.where(chance(rng, 0.2, n), rng.beta(3, 3, n), 0.02),
        mood=rng.standard_normal(n),
        primary=primary,
        secondary=pick(rng, _POPULARITY, n),
        season=np.where(chance(rng, c.rhythm.gift_buyers, n), GIFT, _SEASON[primary]),
        country=country,
        region=rng.integers(0, 1 << 16, n) % _REGIONS[country],
        acquisition=acquisition,
        preferred_channel=pick(rng, (0.55, 0.1, 0.1, 0.15, 0.1), n),
        is_business=is_business,
        is_member=is_member,
        is_one_time=chance(rng, c.leaving.one_time_share, n) & (signed_up >= 0),
        never_orders=chance(rng, c.rhythm.never_orders, n),
        response_type=response_type,
        effects=_effects(rng, response_type, (discount_taste, sensitivity, is_member), c),
    )


def _sign_ups(rng: Rng, n: int, c: Coefficients) -> Floats:
    """Return the day of sign-up: some before the window, the rest arriving in season and ever faster."""
    inside = season_days(rng.random(n) ** 0.9)
    before = -1100.0 * rng.random(n) ** 1.4 - 1.0
    return np.where(chance(rng, c.rhythm.before_window, n), before, inside)


def _spending(rng: Rng, is_business: Bools) -> Floats:
    """Return a Pareto factor: most people near 1, a few firms in the hundreds."""
    exponent = np.where(is_business, 1.25, 2.6)
    return np.minimum((1.0 - rng.random(len(is_business))) ** (-1.0 / exponent), np.where(is_business, 300.0, 12.0))


def _response_types(rng: Rng, discount_taste: Floats, regularity: Floats, c: Coefficients) -> Ints:
    """Draw how a customer takes to being contacted: a multinomial logit on standardised traits."""
    taste = (discount_taste - 0.30) / 0.20
    steady = (np.log(regularity) - np.log(c.rhythm.regularity)) / c.rhythm.regularity_sigma
    persuadable = np.exp(c.contacts.persuadable_score + c.contacts.persuadable_by_discount_taste * taste)
    worse_off = np.exp(c.contacts.worse_off_score + c.contacts.worse_off_by_regularity * steady)
    draw = rng.random(len(taste)) * (1.0 + persuadable + worse_off)
    return np.where(draw < persuadable, PERSUADABLE, np.where(draw < persuadable + worse_off, WORSE_OFF, INDIFFERENT))


def _effects(rng: Rng, kind: Ints, tastes: tuple[np.ndarray, ...], c: Coefficients) -> Floats:
    """Return the change of the leave probability per customer × action.

    Negative for the persuadable (a chance to come back once they have left), positive for the worse off (a chance to
    leave while they are still there), 0 for the indifferent.
    """
    discount_taste, sensitivity, is_member = tastes
    own = np.stack([discount_taste, np.zeros(len(kind)), np.minimum(sensitivity, 2.5), is_member.astype(float)], axis=1)
    noise = 1.0 + c.contacts.effect_noise * (2.0 * rng.random((len(kind), len(ACTIONS))) - 1.0)
    gain = (np.array(c.contacts.persuaded) + np.array(c.contacts.persuaded_by_taste) * own) * noise
    harm = np.array(c.contacts.worsened) * noise
    effects = np.where((kind == PERSUADABLE)[:, None], -gain, np.where((kind == WORSE_OFF)[:, None], harm, 0.0))
    return np.clip(effects, -0.9, 0.9)
