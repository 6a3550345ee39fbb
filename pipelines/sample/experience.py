"""What happens with an order: its channel, delivery, return and trouble, and the ticket that may come of it."""

import numpy as np

from pipelines.sample import shop_words as words
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.draws import Bools, Floats, Frame, Ints, Rng, chance, daytime, lognormal, next_day, pick
from pipelines.sample.seasons import DAYS, in_bad_spring, in_black_week, month_of
from pipelines.sample.traits import Traits

ORDER_CHANNELS = ("web", "app", "phone", "marketplace", "store")
STORE = ORDER_CHANNELS.index("store")
TICKET_CHANNELS = ("email", "chat", "phone", "web_form")
_REPLY_FACTOR = np.array([1.0, 0.03, 0.01, 1.2])  # chat and telephone answer at once
TOPICS = ("delivery", "product", "return", "billing", "account", "question")
DELIVERY, PRODUCT, RETURN = range(3)
RATES = np.array([0.05, 0.10, 0.15, 0.20, 0.30])

_POPULARITY = [category.popularity for category in words.CATEGORIES]
_RETURNED = np.array([category.returned for category in words.CATEGORIES])
_PARCEL_DAYS = np.array([row[2] for row in words.COUNTRIES], dtype=float)
_LATE_FACTOR = np.array([row[3] for row in words.COUNTRIES])


def draw_orders(rng: Rng, traits: Traits, customer: Ints, at: Floats, c: Coefficients) -> Frame:
    """Return one row per order placed `at` by `customer`, with all that happens to it but its tickets."""
    n = len(customer)
    in_store = chance(rng, traits.store_taste[customer], n)
    channel = np.where(in_store, STORE, pick(rng, (0.6, 0.27, 0.05, 0.08), n))
    category = taste(rng, traits, customer)
    rate = _discount_rate(rng, traits.discount_taste[customer], at)
    is_cancelled = chance(rng, c.service.cancelled, n) & ~in_store
    delivery = _delivery(rng, traits.country[customer], at, c)
    has_parcel = ~in_store & ~is_cancelled
    received = np.where(has_parcel, delivery["delivered"], at)
    has_trouble = chance(rng, c.service.trouble, n) & ~is_cancelled
    comes_back = np.minimum(_RETURNED[category] + 0.35 * has_trouble, 0.9) * np.where(in_store, 0.3, 1.0)
    is_returned = chance(rng, comes_back, n) & ~is_cancelled
    return {
        "customer": customer,
        "at": at,
        "channel": channel,
        "category": category,
        "rate": rate,
        "is_cancelled": is_cancelled,
        "promised": np.where(has_parcel, delivery["promised"], np.nan),
        "delivered": np.where(has_parcel, delivery["delivered"], np.nan),
        "is_late": has_parcel & delivery["is_late"],
        "has_trouble": has_trouble,
        "is_returned": is_returned,
        "returned": np.where(is_returned, next_day(rng, received + 2 + rng.gamma(2.0, 3.0, n)), np.nan),
        "received": received,
    }


def taste(rng: Rng, traits: Traits, customer: Ints) -> Ints:
    """Draw a category by the customer's taste: favourite 55 %, second 20 %, any by popularity."""
    n = len(customer)
    draw = rng.random(n)
    other = pick(rng, _POPULARITY, n)
    return np.where(draw < 0.55, traits.primary[customer], np.where(draw < 0.75, traits.secondary[customer], other))


def _discount_rate(rng: Rng, discount_taste: Floats, at: Floats) -> Floats:
    wanted = np.minimum(discount_taste * np.where(in_black_week(at), 2.5, 1.0), 0.95)
    return np.where(chance(rng, wanted, len(at)), RATES[pick(rng, (2, 4, 2, 2, 0.7), len(at))], 0.0)


def _delivery(rng: Rng, country: Ints, at: Floats, c: Coefficients) -> Frame:
    """Return promised and actual delivery; a late parcel comes 0.3 days to weeks after the promise."""
    n = len(at)
    days = _PARCEL_DAYS[country]
    promised = np.floor(at) + days + 1 + 20 / 24  # by eight in the evening
    december = np.where(month_of(at) == 12, c.service.late_in_december, 1.0)
    is_late = chance(rng, np.minimum(c.service.late * _LATE_FACTOR[country] * december, 0.6), n)
    in_time = np.floor(at) + 1 + np.floor(rng.random(n) * days) + (9 + 10 * rng.random(n)) / 24
    too_late = np.floor(promised) + 1 + np.floor(rng.exponential(2.5, n)) + (9 + 10 * rng.random(n)) / 24
    return {"promised": promised, "delivered": np.where(is_late, too_late, in_time), "is_late": is_late}


def draw_tickets(rng: Rng, orders: Frame, c: Coefficients) -> Frame:
    """Return at most one ticket per order; `row` is the order's position in `orders`."""
    n = len(orders["at"])
    is_late, has_trouble, is_returned = orders["is_late"], orders["has_trouble"], orders["is_returned"]
    draw = rng.random((4, n))
    by_late = is_late & (draw[0] < c.service.ticket_if_late)
    by_trouble = has_trouble & (draw[1] < c.service.ticket_if_trouble) & ~by_late
    by_return = is_returned & (draw[2] < c.service.ticket_if_returned) & ~by_late & ~by_trouble
    otherwise = (draw[3] < c.service.ticket_otherwise) & ~by_late & ~by_trouble & ~by_return
    row = np.flatnonzero(by_late | by_trouble | by_return | otherwise)
    topic = np.where(by_late, DELIVERY, np.where(by_trouble, PRODUCT, RETURN))[row]
    topic = np.where(otherwise[row], 3 + pick(rng, (0.4, 0.15, 0.45), len(row)), topic)
    cause = np.where(by_late, orders["promised"], np.where(by_return, orders["returned"], orders["received"]))[row]
    opened = next_day(rng, cause + rng.exponential(0.8, len(row)))
    tickets = answer(rng, opened, has_trouble[row], c)
    return {"row": row, "customer": orders["customer"][row], "topic": topic, **tickets}


def answer(rng: Rng, opened: Floats, has_trouble: Bools, c: Coefficients) -> Frame:
    """Return how the help desk deals with tickets opened then: reply, solution, reopening, rating.

    Whether a reply is slow depends on the channel and the calendar alone, never on the customer, so that its effect
    can be read off the data by comparing tickets of the same months.
    """
    n = len(opened)
    channel = pick(rng, (0.5, 0.2, 0.2, 0.1), n)
    wait = _reply_hours(rng, opened, channel, c)
    replied = opened + wait / 24
    solved = replied + np.minimum(lognormal(rng, 14.0, 1.2, n), 24.0 * 30) / 24
    is_unsolved = chance(rng, c.service.unsolved, n)
    is_reopened = chance(rng, c.service.reopened + c.service.reopened_if_trouble * has_trouble, n) & ~is_unsolved
    reopened = next_day(rng, solved + rng.exponential(2.0, n))
    closed_again = reopened + lognormal(rng, 30.0, 0.9, n) / 24
    stays_open = chance(rng, 0.15, n)  # reopened and never dealt with
    final = np.where(is_reopened & ~stays_open, closed_again, solved)
    is_slow = wait > c.service.slow_hours
    rating = _rating(rng, (is_slow, is_reopened, is_unsolved), c)
    return {
        "opened": opened,
        "replied": replied,
        "solved": np.where(is_unsolved, np.nan, np.where(is_reopened & (reopened >= DAYS), solved, final)),
        "reopened": np.where(is_reopened, reopened, np.nan),
        "channel": channel,
        "is_slow": is_slow,
        "is_reopened": is_reopened,
        "is_unsolved": is_unsolved,
        "satisfaction": rating,
        "rated": np.where(np.isnan(rating), np.nan, final + 0.05 + daytime(rng, n)),
        "done": np.where(is_unsolved, replied + 3.0, np.where(is_reopened, reopened, solved)),
    }


def _reply_hours(rng: Rng, opened: Floats, channel: Ints, c: Coefficients) -> Floats:
    """Return the hours to the first reply, by channel and calendar."""
    december = np.where(month_of(opened) == 12, c.service.reply_in_december, 1.0)
    spring = np.where(in_bad_spring(opened), c.service.reply_in_bad_spring, 1.0)
    median = c.service.reply_hours * december * spring * _REPLY_FACTOR[channel]
    return np.minimum(lognormal(rng, median, c.service.reply_sigma, len(opened)), 24.0 * 20) + 1 / 60


def _rating(rng: Rng, went: tuple[Bools, Bools, Bools], c: Coefficients) -> Floats:
    """Return 1–5 stars, NaN from those who do not answer; who was served badly answers more often."""
    is_slow, is_reopened, is_unsolved = went
    trouble = 1.1 * is_slow + 1.3 * is_reopened
    score = np.clip(np.rint(4.7 - trouble + 0.8 * rng.standard_normal(len(is_slow))), 1, 5)
    answers = rng.random(len(is_slow)) < c.service.rated + 0.06 * trouble
    return np.where(answers & ~is_unsolved, score, np.nan)
