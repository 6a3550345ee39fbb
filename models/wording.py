"""Values and reasons in words: "74 days", "31 %", "€ 1,240", each with the customer's own number.

Whole columns at once: only distinct values are formatted, so that a million customers take seconds.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "PLN": "zł", "CHF": "CHF"}
UNKNOWN = "unknown"
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ADJECTIVES = "different|running|open|promised"
_PLURAL = re.compile(rf"^( (?:(?:{_ADJECTIVES}) )?)(\w+?)(ies|s)\b")


@dataclass(frozen=True)
class FeatureWords:
    """How one feature is told.

    `reason` names features in braces, its own as {value}; what stands in brackets is told only where every feature
    named there is known: "ordered {value} ago[, usually every {mean_gap_days}]".
    """

    feature: str
    label: str
    unit: str
    family: str
    reason: str
    reason_missing: str
    direction: str = "either"


def words_from(frame: pd.DataFrame) -> dict[str, FeatureWords]:
    """Words by feature from the table `feature_words`."""
    names = ("feature", "label", "unit", "family", "reason", "reason_missing", "direction")
    return {str(row[0]): FeatureWords(*map(str, row)) for row in frame[list(names)].itertuples(index=False)}


def plain_words(feature: str) -> FeatureWords:
    """Words for a feature that brings none of its own."""
    label = feature.replace("_", " ")
    return FeatureWords(feature, label, "score", feature, f"{label}: {{value}}", f"{label} is not known")


def money(value: float, symbol: str) -> str:
    """Money with symbol; cents only below 100."""
    return f"{symbol} {value:,.0f}" if abs(value) >= 100 else f"{symbol} {value:,.2f}"


def number(value: float) -> str:
    """A number with as many digits as people read: none from 100 on, one below, two below 1."""
    if abs(value - round(value)) < 1e-9 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def duration(value: float, unit: str, digits: int = 0) -> str:
    """A count of days or hours with its unit, singular for 1."""
    text = f"{value:,.{digits}f}"
    return f"{text} {unit if text == '1' else unit + 's'}"


def share(value: float) -> str:
    """A share as whole percent."""
    return "under 1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"


def hours(value: float) -> str:
    """Hours up to two days, then days."""
    return f"{value:.1f} h" if value < 48 else duration(value / 24, "day")


def formatter(unit: str, symbol: str) -> Callable[[float], str]:
    """The function that writes one known value of a unit."""
    formats: dict[str, Callable[[float], str]] = {
        "days": lambda value: duration(value, "day"),
        "money": lambda value: money(value, symbol),
        "share": share,
        "hours": hours,
        "ratio": lambda value: f"{number(value)} times",
        "flag": lambda value: "yes" if value else "no",
    }
    return formats.get(unit, number)


def rounded(values: np.ndarray, unit: str) -> np.ndarray:
    """Values as exact as they are told, so that few distinct ones remain to be written."""
    digits = {"days": 0, "count": 2, "money": 2, "share": 3, "hours": 1}.get(unit, 2)
    coarse = np.round(values, digits)
    return np.where(np.abs(values) >= 100, np.round(values), coarse)


def texts(values: np.ndarray, unit: str, symbol: str) -> np.ndarray:
    """Every value in words, `UNKNOWN` where missing; an object array of the same length."""
    distinct, where = np.unique(rounded(np.asarray(values, dtype=float), unit), return_inverse=True)
    write = formatter(unit, symbol)
    written = np.array([write(value) if np.isfinite(value) else UNKNOWN for value in distinct], dtype=object)
    return written[where] if len(written) else np.empty(0, dtype=object)


def sentences(
    words: FeatureWords,
    frame: pd.DataFrame,
    known: Mapping[str, FeatureWords],
    symbol: str,
    typical: float | None = None,
) -> np.ndarray:
    """The reason of one feature for every row of `frame`, which has the features' values as columns.

    A sentence that compares with nothing yet gets the typical value of the shop beside the customer's own.
    """
    known_value = np.isfinite(frame[words.feature].to_numpy(dtype=float))
    result = np.full(len(frame), words.reason_missing, dtype=object)
    full, short = _OPTIONAL.sub(r"\1", words.reason), _OPTIONAL.sub("", words.reason)
    complete = known_value & _all_known(words, frame)
    for template, rows in ((full, complete), (short, known_value & ~complete)):
        if rows.any():
            result[rows] = _filled(words.feature, template, frame[rows], known, symbol)
            if typical is not None and np.isfinite(typical) and _PLACEHOLDER.findall(template) == ["value"]:
                result[rows] += f" (typical: {_typical_text(typical, words.unit, symbol)})"
    return result


def _typical_text(value: float, unit: str, symbol: str) -> str:
    """The typical value, without the word "times" that would need something to multiply."""
    return str(texts(np.array([value]), unit, symbol)[0]).replace(" times", " ×")


def _all_known(words: FeatureWords, frame: pd.DataFrame) -> np.ndarray:
    """Rows in which every feature named in brackets has a value."""
    named = [name for part in _OPTIONAL.findall(words.reason) for name in _PLACEHOLDER.findall(part)]
    if any(name not in frame for name in named if name != "value"):
        return np.zeros(len(frame), dtype=bool)
    others = frame[[name for name in named if name != "value"]].to_numpy(dtype=float)
    return np.isfinite(others).all(axis=1)


def _filled(own: str, template: str, frame: pd.DataFrame, known: Mapping[str, FeatureWords], symbol: str) -> np.ndarray:
    """The template with each placeholder replaced, column by column."""
    pieces = _PLACEHOLDER.split(template)
    result = np.full(len(frame), pieces[0], dtype=object)
    for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
        feature = own if name == "value" else name
        told = known.get(feature) or plain_words(feature)
        if feature not in frame:
            result = result + (UNKNOWN + after)
            continue
        values = frame[feature].to_numpy(dtype=float)
        result = result + texts(values, told.unit, symbol)
        is_one = np.isclose(values, 1.0) & (told.unit == "count")
        result = result + np.where(is_one, singular(after), after).astype(object)
    return result


def singular(text: str) -> str:
    """What follows the number 1: " orders in …" becomes " order in …"."""
    found = _PLURAL.match(text)
    if not found:
        return text
    ending = "y" if found[3] == "ies" else ""
    return (f"{found[1]}{found[2]}{ending}" + text[found.end() :]).replace(" have ", " has ", 1)


def symbol_of(currency: str) -> str:
    """The sign of a currency, or its code."""
    return SYMBOLS.get(currency.upper(), currency.upper())
