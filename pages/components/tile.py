"""A figure as every page shows it, and the report too: this module draws nothing and needs no page framework."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One figure: label, shown value, definition; change and its description; values of a sparkline."""

    label: str
    value: str
    help: str
    change: str | None = None
    note: str = ""
    trend: tuple[float, ...] = ()
    is_up: bool | None = None
