"""The three risks an executive is shown: candidates found by rules in the figures, ranked by the money they concern.

A candidate is shown only where its rule holds. What makes every other figure doubtful (a broken delivery, promises that
were missed) comes first; then by the value at risk of the customers concerned; what has no money comes last. One of
each theme, so that the same customers are not told of three times.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 3
FEWEST = 5  # customers concerned: fewer are a matter of the worklist


@dataclass(frozen=True)
class Risk:
    """A finding in a sentence, the customers and the value at risk concerned, and the page where to act.

    `filter` is the query of the page's address. `is_first`: other figures cannot be trusted until it is mended.
    """

    risk_id: str
    theme: str
    title: str
    sentence: str
    page: str
    filter: str = ""
    customers: int | None = None
    money: float | None = None
    is_first: bool = False


def top(candidates: Iterable[Risk], most: int = SHOWN) -> list[Risk]:
    """The `most` gravest ones, one of each theme; ties keep their order."""
    enough = [one for one in candidates if one.is_first or one.customers is None or one.customers >= FEWEST]
    ranked = sorted(enough, key=lambda one: (not one.is_first, -(one.money or 0.0)))
    shown: list[Risk] = []
    for one in ranked:
        if one.theme not in {known.theme for known in shown}:
            shown.append(one)
    return shown[:most]
