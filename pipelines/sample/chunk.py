"""A chunk of customers from birth to tables: each chunk has its own random stream, so that chunks are independent."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipelines.sample import baskets, people, tables, touches, truth, voice
from pipelines.sample.catalogue import Catalogue
from pipelines.sample.coefficients import ACTIONS, Coefficients
from pipelines.sample.course import Life, live
from pipelines.sample.draws import Frame, stack, take
from pipelines.sample.given import GivenContacts
from pipelines.sample.seasons import DAYS
from pipelines.sample.streams import BASKETS, PEOPLE, TOUCHES, TRAITS, VOICE, Streams
from pipelines.sample.traits import draw_traits

CHUNK = 50_000  # customers; part of what the bytes depend on, so it is no argument
_ROWS_APART = 1_000 * CHUNK  # numbers kept free for a played chunk, so that no chunk moves the next one's


@dataclass(frozen=True)
class Shop:
    """What a sample shop is made from; with `given` contacts it is played, month by month, instead of drawn."""

    customers: int
    seed: int
    coefficients: Coefficients = field(default_factory=Coefficients)
    given: GivenContacts | None = None

    def streams(self, chunk: int) -> Streams:
        """The random streams of a chunk."""
        if self.given is None:
            return Streams(self.seed, chunk)
        return Streams(self.seed, chunk, self.given.first_month, self.given.again)

    def size(self, chunk: int) -> int:
        """How many customers a chunk has."""
        return min(CHUNK, self.customers - chunk * CHUNK)

    def contacts(self, chunk: int) -> dict[int, Frame]:
        """The given contacts of a chunk by number of month."""
        return self.given.rows(chunk * CHUNK, self.size(chunk)) if self.given else {}


@dataclass
class History:
    """All that happened to a chunk's customers; orders are sorted by time and carry their money in cent."""

    life: Life
    lines: Frame
    surveys: Frame
    touchpoints: Frame
    first_customer: int
    coefficients: Coefficients
    actions: tuple[str, ...]
    is_played: bool


def draw_chunk(shop: Shop, number: int, catalogue: Catalogue) -> History:
    """Return the history of the shop's `number`-th chunk."""
    c, streams = shop.coefficients, shop.streams(number)
    life = live(streams, draw_traits(streams.at(TRAITS), shop.size(number), c), c, shop.contacts(number))
    _sort(life)
    lines = _lines(streams, life, catalogue, c)
    life.orders |= baskets.totals(life.orders, lines, c.basket)
    return History(
        life=life,
        lines=lines,
        surveys=_surveys(streams, life, c),
        touchpoints=_touchpoints(streams, life, c),
        first_customer=number * CHUNK,
        coefficients=c,
        actions=shop.given.actions if shop.given else ACTIONS,
        is_played=streams.is_played,
    )


def _lines(streams: Streams, life: Life, catalogue: Catalogue, c: Coefficients) -> Frame:
    found = []
    for rng, (rows,) in streams.pieces(BASKETS, life.orders["at"]):
        lines = baskets.fill(rng, life.traits, take(life.orders, rows), catalogue, c.basket)
        found.append({**lines, "row": rows[lines["row"]]})
    return stack(found)


def _surveys(streams: Streams, life: Life, c: Coefficients) -> Frame:
    return _known(
        stack(
            [
                voice.ask(rng, life.traits, take(life.orders, orders), take(life.tickets, tickets), c.voice)
                for rng, (orders, tickets) in streams.pieces(VOICE, life.orders["at"], life.tickets["at"])
            ]
        )
    )


def _touchpoints(streams: Streams, life: Life, c: Coefficients) -> Frame:
    pieces = streams.pieces(TOUCHES, life.orders["at"], life.unsubscribes["at"])
    found = [
        touches.trace(
            rng, touches.Scene(life.traits, stood, take(life.orders, orders), take(life.unsubscribes, gone)), c.voice
        )
        for (rng, (orders, gone)), stood in zip(pieces, life.stood, strict=True)
    ]
    return _known(stack(found), life.traits.signed_up)


def _sort(life: Life) -> None:
    """Sort orders and tickets by time, let tickets name the orders' new positions, and forget what comes too late."""
    orders, tickets = life.orders, life.tickets
    position = np.argsort(orders["at"], kind="stable")
    rank = np.empty(len(position), dtype=np.int64)
    rank[orders["sequence"][position]] = np.arange(len(position))
    life.orders = take(orders, position)
    tickets["order"] = np.where(tickets["order"] >= 0, rank[tickets["order"]], -1) if len(rank) else tickets["order"]
    tickets["at"] = tickets["opened"]
    life.tickets = _known(tickets)


def _known(frame: Frame, signed_up: np.ndarray | None = None) -> Frame:
    """Return the rows inside the window, and after sign-up if given, sorted by time."""
    is_known = (frame["at"] >= 0) & (frame["at"] < DAYS)
    if signed_up is not None:
        is_known &= frame["at"] > signed_up[frame["customer"]]
    kept = take(frame, is_known)
    return take(kept, np.argsort(kept["at"], kind="stable"))


def to_tables(shop: Shop, history: History, rows: dict[str, int]) -> dict[str, pa.Table]:
    """Return the contract's tables and the truth of a chunk; ids go on from `rows` per table."""
    number = history.first_customer // CHUNK
    streams = shop.streams(number)
    offsets = dict.fromkeys(rows, number * _ROWS_APART) if history.is_played else rows
    return {
        "customers": people.customers(streams.at(PEOPLE), history),
        "consents": people.consents(streams, history),
        **tables.events(streams, history, offsets),
        **truth.tables(history, offsets),
    }
