"""Figures as people read them, in one format for published sentences, pages, charts and the report.

Spaces inside a figure are no-break spaces, so that `€ 1,240` never splits over two lines.
"""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from models.wording import symbol_of

GAP = "\u00a0"
MISSING = "–"
Figure = Any  # a number; None and nan are written as a dash
Day = Any  # a date or timestamp; None and NaT are written as a dash


def is_missing(value: Any) -> bool:
    """True for None, NaN and NaT."""
    return value is None or bool(pd.isna(value))


def count(value: Figure) -> str:
    """A whole number with thousands commas: `1,240`; from ten million on `12.4 M`."""
    if is_missing(value):
        return MISSING
    return f"{value / 1e6:,.1f}{GAP}M" if abs(value) >= 1e7 else f"{_minus(round(value))}"


def money(value: Figure, currency: str = "EUR") -> str:
    """Money with its symbol: `€ 1,240`, `€ 41.50` below 100, `€ 12.4 M` from ten million on."""
    if is_missing(value):
        return MISSING
    sign, size = ("−" if value < 0 else ""), abs(value)
    if size >= 9_999_999.5:
        figure = f"{size / 1e6:,.1f}{GAP}M"
    elif size == 0 or size >= 99.995:
        figure = f"{size:,.0f}"
    else:
        figure = f"{size:.2f}"
    return f"{sign}{symbol_of(currency)}{GAP}{figure}"


def money_tile(value: Figure, currency: str = "EUR") -> str:
    """Money for a narrow tile: like `money`, but `€ 1.24 M` from one million on."""
    if is_missing(value) or not 1e6 <= abs(value) < 1e7:
        return money(value, currency)
    return f"{'−' if value < 0 else ''}{symbol_of(currency)}{GAP}{abs(value) / 1e6:.2f}{GAP}M"


def percent(share: Figure) -> str:
    """A probability or share as a whole percentage: `31 %`; never `0 %` or `100 %` unless it is exactly that."""
    if is_missing(share):
        return MISSING
    if 0 < share < 0.005:
        return f"<{GAP}1{GAP}%"
    if 0.995 <= share < 1:
        return f">{GAP}99{GAP}%"
    return f"{_minus(math.floor(share * 100 + 0.5))}{GAP}%"


def rate(share: Figure) -> str:
    """A measured rate with one decimal: `4.6 %`."""
    return MISSING if is_missing(share) else f"{share * 100:.1f}{GAP}%".replace("-", "−")


def points(difference: Figure) -> str:
    """A difference of two rates in percentage points, signed: `+0.4 points`."""
    if is_missing(difference):
        return MISSING
    rounded = round(difference * 100, 1) + 0.0
    return f"{_sign(rounded)}{abs(rounded):.1f}{GAP}points"


def change(share: Figure) -> str:
    """A relative change, signed: `+12 %`."""
    if is_missing(share):
        return MISSING
    rounded = round(share * 100)
    return f"{_sign(rounded)}{abs(rounded):,}{GAP}%"


def days(value: Figure) -> str:
    """Days: `12 d`."""
    return MISSING if is_missing(value) else f"{_minus(round(value))}{GAP}d"


def hours(value: Figure) -> str:
    """Hours with one decimal: `3.4 h`."""
    return MISSING if is_missing(value) else f"{value:,.1f}{GAP}h"


def day(value: Day) -> str:
    """A date: `20 Nov 2026`."""
    return MISSING if is_missing(value) else f"{value.day}{GAP}{value:%b}{GAP}{value:%Y}"


def month(value: Day) -> str:
    """A month: `Nov 2026`."""
    return MISSING if is_missing(value) else f"{value:%b}{GAP}{value:%Y}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """A counted thing: `1 customer`, `1,240 customers`."""
    return f"{count(number)}{GAP}{one if round(number) == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """One or more names as people list them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else "±"


def _minus(value: float) -> str:
    return f"{value:,}".replace("-", "−")
