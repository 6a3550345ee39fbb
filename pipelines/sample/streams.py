"""Where random draws come from: one stream for a shop that is drawn, one per part and month for one that is played.

Streams per month keep a played shop's past as it was, however many draws a decision adds or takes later on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pipelines.sample.draws import Floats, Ints, Rng
from pipelines.sample.seasons import MONTH_EDGES

CATALOGUE, LIFE, TABLES, PLAYED = range(4)  # kinds of draws, each with a stream of its own
# Parts of a played shop; in a drawn one those before PEOPLE share the stream LIFE, the others TABLES.
TRAITS, MONTHS, GOODBYES, BASKETS, VOICE, TOUCHES, PEOPLE, CONSENTS, RESPONSES = range(9)
MONTH_COUNT = len(MONTH_EDGES) - 1
_ONCE = -1


def stream(seed: int, *part: int) -> Rng:
    """Return the random stream of a part of the shop: the kind of draw, then the chunk."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *part])))


@dataclass
class Streams:
    """The streams of one chunk. `decided` is the first month with given contacts, None where the shop is drawn.

    From that month on `again` tells one redraw of a played shop from another; before it they are equal.
    """

    seed: int
    chunk: int
    decided: int | None = None
    again: int = 0
    _shared: dict[int, Rng] = field(default_factory=dict)

    @property
    def is_played(self) -> bool:
        """Whether every month has streams of its own."""
        return self.decided is not None

    def at(self, part: int, month: int = _ONCE) -> Rng:
        """Return the stream of a part, in a played shop of that month of it; the people are those of the drawn one."""
        kind = LIFE if part < PEOPLE else TABLES
        if self.decided is None:
            return self._shared.setdefault(kind, stream(self.seed, kind, self.chunk))
        if part in (TRAITS, PEOPLE):
            return stream(self.seed, kind, self.chunk)
        again = self.again if month >= self.decided else 0
        return stream(self.seed, PLAYED, self.chunk, part, month + 1, again)

    def pieces(self, part: int, *at: Floats) -> Iterator[tuple[Rng, list[Ints]]]:
        """Yield streams, each with the rows to draw for with it, one array of positions per array of times."""
        if not self.is_played:
            yield self.at(part), [np.arange(len(times)) for times in at]
            return
        months = [np.clip(np.searchsorted(MONTH_EDGES, times, side="right") - 1, 0, MONTH_COUNT - 1) for times in at]
        for month in range(MONTH_COUNT):
            yield self.at(part, month), [np.flatnonzero(own == month) for own in months]
