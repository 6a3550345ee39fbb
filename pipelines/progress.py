"""How long work tells what it is doing: a callable that takes a step's name and the share of it that is done."""

from collections.abc import Callable

Progress = Callable[[str, float], None]


def silent(step: str, done: float) -> None:
    """Report nothing: the default where nobody watches."""
