"""The tables about people: customers with invented names, and the consents they gave and withdrew."""

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contract import CONSENT_CHANNELS
from pipelines.sample import columns
from pipelines.sample import shop_words as w
from pipelines.sample.draws import Floats, Frame, Ints, Rng, chance, stack, take
from pipelines.sample.seasons import DAYS
from pipelines.sample.streams import CONSENTS, Streams

if TYPE_CHECKING:
    from pipelines.sample.chunk import History

TIERS = ("bronze", "silver", "gold", "platinum")
TIER_FROM = (500, 2000, 8000)  # points: one per euro spent
_OLD_ORDER_POINTS = 55  # for each order before the window
MAIL_DOMAINS = ("example.org", "example.com")

_REGIONS = tuple(region for row in w.COUNTRIES for region in row[4])
_ASKED = (1.0, 0.6, 0.35, 0.7, 0.45)  # share of customers with a recorded answer, by consent channel
_GRANTED_OTHER = (0.40, 0.75, 0.45)  # sms, post, push: of those asked
_WITHDRAWN_OTHER = 0.06


def customer_ids(history: "History", customer: Ints) -> pa.Array:
    """Return the ids of customers by their position in the chunk."""
    return columns.ids("C", customer + history.first_customer + 1, 8)


def customers(rng: Rng, history: "History") -> pa.Table:
    """Return one row per customer, with loyalty as it stands at the end of the data."""
    traits, n = history.life.traits, len(history.life.traits)
    names, mails = _names(rng, history, n)
    points = np.where(traits.is_member, _points(history), np.nan)
    tier = np.where(traits.is_member, np.searchsorted(TIER_FROM, points, "right"), -1)
    region_starts = np.cumsum([0] + [len(row[4]) for row in w.COUNTRIES])
    return pa.table({
        "customer_id": customer_ids(history, np.arange(n)),
        "name": names,
        "email": pc.if_else(pa.array(_has_mail(history)), mails, pa.scalar(None, pa.string())),
        "signed_up_at": columns.moments(traits.signed_up),
        "country": columns.words([row[0] for row in w.COUNTRIES], traits.country),
        "region": columns.words(_REGIONS, region_starts[traits.country] + traits.region),
        "acquisition_channel": columns.words([row[0] for row in w.ACQUISITION], traits.acquisition),
        "preferred_channel": columns.words(w.CONTACT_CHANNELS, traits.preferred_channel),
        "loyalty_tier": columns.words(TIERS, tier),
        "loyalty_points": columns.numbers(points),
        "is_business": pa.array(traits.is_business),
    })  # fmt: skip


def _has_mail(history: "History") -> np.ndarray:
    """Tell who left an address: all but those who buy in the store and want no e-mail."""
    traits, state = history.life.traits, history.life.state
    return np.asarray((state.email_until > -np.inf) | (traits.store_taste < 0.1))


def _points(history: "History") -> Floats:
    orders, n = history.life.orders, len(history.life.traits)
    euro = np.where(orders["is_cancelled"], 0, orders["revenue"] - orders["refunded"]) // 100
    seen = np.bincount(orders["customer"], minlength=n)
    earlier = np.maximum(history.life.state.orders - seen, 0)
    return np.bincount(orders["customer"], weights=euro, minlength=n) + _OLD_ORDER_POINTS * earlier


def _names(rng: Rng, history: "History", n: int) -> tuple[pa.Array, pa.Array]:
    """Return names and e-mail addresses; the addresses end in domains that nobody can own."""
    is_business = pa.array(history.life.traits.is_business)
    first, last, firm, form, domain = (
        rng.integers(0, len(choices), n)
        for choices in (w.FIRST_NAMES, w.LAST_NAMES, w.FIRMS, w.FIRM_FORMS, MAIL_DOMAINS)
    )
    last = np.where(chance(rng, 0.97, n), np.minimum(last, len(w.LAST_NAMES) - 4), last)  # few very long ones
    person = _joined(columns.words(w.FIRST_NAMES, first), columns.words(w.LAST_NAMES, last), " ")
    company = _joined(columns.words(w.FIRMS, firm), columns.words(w.FIRM_FORMS, form), " ")
    plain = pc.utf8_lower(columns.words([_ascii(name) for name in w.FIRST_NAMES], first))
    number = columns.ids("", np.arange(n) + history.first_customer + 1, 8)
    local = _joined(pc.if_else(is_business, pa.scalar("office"), plain), number, ".")
    return pc.if_else(is_business, company, person), _joined(local, columns.words(MAIL_DOMAINS, domain), "@")


def _joined(left: pa.Array, right: pa.Array, between: str) -> pa.Array:
    return pc.binary_join_element_wise(left, right, between)


def _ascii(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.translate(str.maketrans("łøßı", "losi")))
    return "".join(sign for sign in folded if sign.isascii() and sign.isalpha())


def consents(streams: Streams, history: "History") -> pa.Table:
    """Return one row per change of consent: answers at sign-up, withdrawals, and a few second thoughts."""
    rng = streams.at(CONSENTS)
    frames = [_first_answers(rng, history, channel) for channel in range(len(CONSENT_CHANNELS))]
    frames += _e_mail_changes(streams, history) + _other_changes(rng, history, frames)
    changes = stack(frames)
    changes = take(changes, changes["at"] < DAYS)
    changes = take(changes, np.argsort(changes["at"], kind="stable"))
    return pa.table({
        "customer_id": customer_ids(history, changes["customer"]),
        "channel": columns.words(CONSENT_CHANNELS, changes["channel"]),
        "granted": pa.array(changes["granted"]),
        "changed_at": columns.moments(changes["at"]),
    })  # fmt: skip


def _first_answers(rng: Rng, history: "History", channel: int) -> Frame:
    state, signed_up = history.life.state, history.life.traits.signed_up
    n = len(signed_up)
    if channel < 2:  # e-mail and telephone decide who can be contacted, so the simulation holds them
        granted = (state.email_until, state.phone_until)[channel] > -np.inf
    else:
        granted = chance(rng, _GRANTED_OTHER[channel - 2], n)
    asked = np.flatnonzero(granted | chance(rng, _ASKED[channel] * 0.5, n))
    asked = asked if channel < 2 else asked[chance(rng, _ASKED[channel], len(asked))]
    return _change(asked, signed_up[asked] + 0.001, channel, granted[asked])


def _e_mail_changes(streams: Streams, history: "History") -> list[Frame]:
    """Return withdrawals by e-mail, and consents given again."""
    gone = history.life.unsubscribes
    found = [_change(gone["customer"], gone["at"], 0, np.zeros(len(gone["at"]), dtype=bool))]
    for rng, (rows,) in streams.pieces(CONSENTS, gone["at"]):
        again = rows[np.flatnonzero(chance(rng, 0.04, len(rows)))]
        back_at = gone["at"][again] + 60 + 240 * rng.random(len(again))
        found.append(_change(gone["customer"][again], back_at, 0, np.ones(len(again), dtype=bool)))
    return found


def _other_changes(rng: Rng, history: "History", answers: list[Frame]) -> list[Frame]:
    """Return withdrawals on the channels that the simulation does not hold."""
    found = []
    for channel in range(2, len(CONSENT_CHANNELS)):
        answer = answers[channel]
        rows = np.flatnonzero(answer["granted"] & chance(rng, _WITHDRAWN_OTHER, len(answer["at"])))
        start = np.maximum(answer["at"][rows], 0.0)
        at = start + 1 + rng.random(len(rows)) * (DAYS - start)
        found.append(_change(answer["customer"][rows], at, channel, np.zeros(len(rows), dtype=bool)))
    return found


def _change(customer: Ints, at: Floats, channel: int, granted: np.ndarray) -> Frame:
    return {"customer": customer, "at": at, "channel": np.full(len(customer), channel), "granted": granted}
