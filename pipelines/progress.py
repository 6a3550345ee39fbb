"""How long work tells what it is doing: a callable that takes a step's name and the share of it that is done."""

from collections.abc import Callable, Mapping

Progress = Callable[[str, float], None]
Span = tuple[float, float]


def silent(step: str, done: float) -> None:
    """Report nothing: the default where nobody watches."""


def part(progress: Progress, span: Span) -> Progress:
    """Progress of a part that stands for a span of the whole."""
    low, high = span
    return lambda step, done: progress(step, low + (high - low) * min(max(done, 0.0), 1.0))


def by_step(progress: Progress, spans: Mapping[str, Span], otherwise: Span) -> Progress:
    """Progress of work whose steps each run from 0 to 1: each in its span of the whole, unknown ones in `otherwise`."""
    return lambda step, done: part(progress, spans.get(step, otherwise))(step, done)
