"""The life of a shop: month after month, and in each month round after round until nobody's order is due."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pipelines.sample import campaigns, contracts
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.draws import Floats, Frame, stack, take
from pipelines.sample.life import Log, ask_questions, come_back, place
from pipelines.sample.seasons import MONTH_EDGES
from pipelines.sample.state import State
from pipelines.sample.streams import GOODBYES, MONTH_COUNT, MONTHS, Streams
from pipelines.sample.traits import Traits


@dataclass(frozen=True)
class Stood:
    """How customers stood at the end of a span of days: what the traces of those days follow from."""

    span: tuple[float, float]
    left_at: Floats
    email_until: Floats


@dataclass
class Life:
    """All that happened, as frames; `customer` is the position in the traits, `stood` has one entry or one a month."""

    traits: Traits
    state: State
    orders: Frame
    tickets: Frame
    contacts: Frame
    unsubscribes: Frame
    subscriptions: Frame
    stood: list[Stood]


@dataclass
class Course:
    """A shop in the middle of its life: where everybody stands, and what happened so far."""

    streams: Streams
    traits: Traits
    state: State
    running: contracts.Contracts
    log: Log
    stood: list[Stood] = field(default_factory=list)

    @classmethod
    def begun(cls, streams: Streams, traits: Traits, c: Coefficients) -> "Course":
        """Return the shop on its first morning."""
        rng = streams.at(MONTHS)
        course = cls(streams, traits, State.at_start(rng, traits), contracts.Contracts.none(len(traits)), Log())
        place(rng, traits, course.state, np.empty(0, dtype=np.int64), (course.log, c))  # so that frames have columns
        return course

    def turn(self, month: int, c: Coefficients, given: Frame | None = None) -> None:
        """Let a month go by, with the contacts that are given for it or else with drawn ones."""
        rng, traits, state, log = self.streams.at(MONTHS, month), self.traits, self.state, self.log
        start, end = (float(edge) for edge in MONTH_EDGES[month : month + 2])
        come_back(rng, state, start, c)
        contracts.turn_month(rng, traits, state, self.running, (month, c))
        contacts, unsubscribes = (
            campaigns.run_month(rng, traits, state, month, c)
            if given is None
            else campaigns.run_given(rng, traits, state, (month, given), c)
        )
        log.contacts.append(contacts)
        log.unsubscribes.append(unsubscribes)
        ask_questions(rng, traits, state, (start, end), (log, c))
        while len(due := np.flatnonzero(state.next_order < end)):
            place(rng, traits, state, due, (log, c))
        if self.streams.is_played:
            self._close((start if month else -np.inf, end), c)

    def _close(self, span: tuple[float, float], c: Coefficients) -> None:
        """Say goodbye to those who left, and note how everybody stands at the end of the span."""
        state, rng = self.state, self.streams.at(GOODBYES)
        self.log.unsubscribes.append(campaigns.say_goodbye(rng, self.traits, state, span, c))
        span = max(span[0], 0.0), span[1]
        self.stood.append(Stood(span, state.left_at.copy(), state.email_until.copy()))

    def ended(self, c: Coefficients) -> Life:
        """Return all that happened, once the last month has gone by."""
        if not self.streams.is_played:
            self._close((-np.inf, float(MONTH_EDGES[-1])), c)
        log = self.log
        frames = {name: stack(getattr(log, name)) for name in ("orders", "tickets", "contacts", "unsubscribes")}
        subscriptions = contracts.to_frame(self.running, c)
        if self.streams.is_played:  # by start, so that a contract keeps its number whatever comes later
            subscriptions = take(subscriptions, np.argsort(subscriptions["started"], kind="stable"))
        return Life(self.traits, self.state, **frames, subscriptions=subscriptions, stood=self.stood)


def live(streams: Streams, traits: Traits, c: Coefficients, given: Mapping[int, Frame] | None = None) -> Life:
    """Let customers live through the window; every draw comes from `streams`, so the same streams are the same shop.

    `given` are contacts by number of month, as `GivenContacts.rows` returns them.
    """
    course = Course.begun(streams, traits, c)
    for month in range(MONTH_COUNT):
        course.turn(month, c, (given or {}).get(month))
    return course.ended(c)
