"""How long a run will still take: by how the last one like it went, else by the share that is done."""

from collections.abc import Sequence

Mark = tuple[float, float]  # share of the whole that was done, seconds since the start
_LEAST_SHARE, _LEAST_SECONDS = 0.05, 3.0  # before that nobody can tell
_SLOWEST, _FASTEST = 4.0, 0.25  # than the last run: the machine may be busy, the data may have grown


def seconds_left(share: float, seconds: float, before: Sequence[Mark] = ()) -> float | None:
    """Seconds until the end when a share is done after some seconds; None while nobody can tell.

    `before`: marks of an earlier run of the same command, in order, the last one at its end.
    """
    if share >= 1:
        return 0.0
    if before:
        total, then = before[-1][1], _seconds_at(share, before)
        pace = seconds / then if then >= _LEAST_SECONDS else 1.0
        return max((total - then) * min(max(pace, _FASTEST), _SLOWEST), 0.0)
    if share < _LEAST_SHARE or seconds < _LEAST_SECONDS:
        return None
    return seconds * (1 - share) / share


def _seconds_at(share: float, marks: Sequence[Mark]) -> float:
    """When the earlier run had done as much, between its marks in a straight line."""
    low: Mark = (0.0, 0.0)
    for high in marks:
        if high[0] >= share:
            width = high[0] - low[0]
            return low[1] + (high[1] - low[1]) * ((share - low[0]) / width if width else 0.0)
        low = high
    return marks[-1][1]
