"""Values and reasons in words: "74 days", "31 %", "€ 1,240", each with the customer's own number.

Whole columns at once: only distinct values are formatted, so that a million customers take seconds.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "PLN": "zł", "CHF": "CHF"}
UNKNOWN = "unknown"
CATEGORY, OTHER_NAME = "category", "another one"  # a name that few customers share is not kept
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
    codes: Mapping[float, str] = field(default_factory=dict, kw_only=True)  # names behind a category's numbers


def words_from(frame: pd.DataFrame) -> dict[str, FeatureWords]:
    """Words by feature from the table `feature_words`."""
    names = ("feature", "label", "unit", "family", "reason", "reason_missing", "direction")
    codes = frame["codes"] if "codes" in frame else [None] * len(frame)  # of a version that knew none
    return {
        str(row[0]): FeatureWords(*map(str, row), codes=names_behind(told))
        for row, told in zip(frame[list(names)].itertuples(index=False), codes, strict=True)
    }


def names_behind(codes: str | None) -> dict[float, str]:
    """Names of a category's numbers from JSON; none where there is no text."""
    return {float(code): str(name) for code, name in json.loads(codes).items()} if isinstance(codes, str) else {}


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


def rate(value: float) -> str:
    """A measured share with one decimal; the percent sign never stands alone on the next line."""
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


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
    return np.where(np.abs(values) >= 100, np.round(values), coarse) + 0.0  # no "-0"


def texts(values: np.ndarray, unit: str, symbol: str, before: str = "", after: str = "") -> np.ndarray:
    """Every value in words, `UNKNOWN` where missing, between two texts; an object array of the same length.

    `after` is singular where a count is 1.
    """
    where, distinct = pd.factorize(rounded(np.asarray(values, dtype=float), unit), use_na_sentinel=False)
    write = formatter(unit, symbol)
    after_one = singular(after) if unit == "count" else after
    written = [
        f"{before}{write(value) if np.isfinite(value) else UNKNOWN}{after_one if value == 1 else after}"
        for value in distinct
    ]
    return np.array(written, dtype=object)[where] if written else np.empty(0, dtype=object)


def names(values: np.ndarray, words: FeatureWords, before: str = "", after: str = "") -> np.ndarray:
    """Every category by its name, between two texts."""
    told = pd.Series(np.asarray(values, dtype=float)).map(dict(words.codes)).fillna(OTHER_NAME)
    return (before + told.astype(object) + after).to_numpy(dtype=object)


def named_features(words: FeatureWords) -> list[str]:
    """Features beside its own that a reason names."""
    return [name for name in _PLACEHOLDER.findall(words.reason) if name != "value"]


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
    result = np.empty(len(frame), dtype=object)
    result[~known_value] = words.reason_missing
    full, short = _OPTIONAL.sub(r"\1", words.reason), _OPTIONAL.sub("", words.reason)
    complete = known_value & _all_known(words, frame)
    for template, rows in ((full, complete), (short, known_value & ~complete)):
        if rows.any():
            compared = template + _beside(template, words.unit, symbol, typical)
            result[rows] = _filled(words.feature, compared, frame[rows], known, symbol)
    return result


def _beside(template: str, unit: str, symbol: str, typical: float | None) -> str:
    """The typical value in brackets, for a sentence with one number; without the word "times", which needs two."""
    if typical is None or unit == CATEGORY or not np.isfinite(typical) or _PLACEHOLDER.findall(template) != ["value"]:
        return ""
    return f" (typical: {str(texts(np.array([typical]), unit, symbol)[0]).replace(' times', ' ×')})"


def _all_known(words: FeatureWords, frame: pd.DataFrame) -> np.ndarray:
    """Rows in which every feature named in brackets has a value."""
    named = [name for part in _OPTIONAL.findall(words.reason) for name in _PLACEHOLDER.findall(part)]
    if any(name not in frame for name in named if name != "value"):
        return np.zeros(len(frame), dtype=bool)
    others = frame[[name for name in named if name != "value"]].to_numpy(dtype=float)
    return np.isfinite(others).all(axis=1)


def _filled(own: str, template: str, frame: pd.DataFrame, known: Mapping[str, FeatureWords], symbol: str) -> np.ndarray:
    """The template with each placeholder replaced, column by column."""
    before, *pieces = _PLACEHOLDER.split(template)
    parts: list[np.ndarray] = []
    for name, after in zip(pieces[::2], pieces[1::2], strict=True):
        feature = own if name == "value" else name
        told = known.get(feature) or plain_words(feature)
        values = frame[feature].to_numpy(dtype=float) if feature in frame else np.full(len(frame), np.nan)
        begin = "" if parts else before
        named = told.unit == CATEGORY
        parts.append(names(values, told, begin, after) if named else texts(values, told.unit, symbol, begin, after))
    return sum(parts[1:], start=parts[0]) if parts else np.full(len(frame), before, dtype=object)


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
