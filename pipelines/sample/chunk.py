"""A chunk of customers from birth to tables: each chunk has its own random stream, so that chunks are independent."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.sample import baskets, people, tables, touches, truth, voice
from pipelines.sample.catalogue import Catalogue
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.draws import Frame, take
from pipelines.sample.life import Life, live
from pipelines.sample.seasons import DAYS
from pipelines.sample.traits import draw_traits

CHUNK = 50_000  # customers; part of what the bytes depend on, so it is no argument
CATALOGUE, LIFE, TABLES = range(3)  # kinds of draws, each with a stream of its own


@dataclass
class History:
    """All that happened to a chunk's customers; orders are sorted by time and carry their money in cent."""

    life: Life
    lines: Frame
    surveys: Frame
    touchpoints: Frame
    first_customer: int
    coefficients: Coefficients


def stream(seed: int, *part: int) -> np.random.Generator:
    """Return the random stream of a part of the shop: the kind of draw, then the chunk."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *part])))


def draw_chunk(seed: int, number: int, customers: int, catalogue: Catalogue, c: Coefficients) -> History:
    """Return the history of the `number`-th chunk, which has `customers` customers."""
    rng = stream(seed, LIFE, number)
    life = live(rng, draw_traits(rng, customers, c), c)
    _sort(life)
    lines = baskets.fill(rng, life.traits, life.orders, catalogue, c.basket)
    life.orders |= baskets.totals(life.orders, lines, c.basket)
    return History(
        life=life,
        lines=lines,
        surveys=_known(voice.ask(rng, life.traits, life.orders, life.tickets, c.voice)),
        touchpoints=_known(touches.trace(rng, life, c.voice), life.traits.signed_up),
        first_customer=number * CHUNK,
        coefficients=c,
    )


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


def to_tables(seed: int, history: History, offsets: dict[str, int]) -> dict[str, pa.Table]:
    """Return the contract's tables and the truth of a chunk; ids go on from `offsets` rows per table."""
    rng = stream(seed, TABLES, history.first_customer // CHUNK)
    return {
        "customers": people.customers(rng, history),
        "consents": people.consents(rng, history),
        **tables.events(rng, history, offsets),
        **truth.tables(history, offsets),
    }
