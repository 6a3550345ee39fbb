"""The few reasons worth telling, chosen from all contributions: what raises the risk and what lowers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.wording import FeatureWords, plain_words, sentences

RAISING, LOWERING = 3, 2
LEAST = 0.01  # log-odds under which a reason is not worth a sentence
_SIGN = {"higher_raises": 1, "higher_lowers": -1}


@dataclass(frozen=True)
class Chosen:
    """Chosen features per row: index into the features (−1 for none) and contribution; shape rows × 5, by size."""

    features: np.ndarray
    contributions: np.ndarray


def choose(contributions: np.ndarray, families: Sequence[str]) -> Chosen:
    """At most three raising and two lowering features per row, at most one of a family, largest first.

    A family speaks through its strongest feature, whichever way that points.
    """
    strongest, index = _strongest(contributions, families)
    up = _largest(strongest, RAISING)
    down = _largest(-strongest, LOWERING)
    picked = np.concatenate([up, down], axis=1)
    values = np.take_along_axis(strongest, picked, axis=1)
    features = np.take_along_axis(index, picked, axis=1)
    is_up = np.arange(picked.shape[1]) < up.shape[1]
    told = np.where(is_up, values >= LEAST, values <= -LEAST)
    order = np.argsort(-np.abs(np.where(told, values, 0)), axis=1, kind="stable")
    features = np.where(told, features, -1)
    values = np.where(told, values, 0.0)
    return Chosen(np.take_along_axis(features, order, axis=1), np.take_along_axis(values, order, axis=1))


def _strongest(contributions: np.ndarray, families: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Per row and family the largest contribution by size and the feature it is from; shape rows × families."""
    columns: dict[str, list[int]] = {}
    for column, family in enumerate(families):
        columns.setdefault(family, []).append(column)
    values = np.empty((len(contributions), len(columns)))
    index = np.empty(values.shape, dtype=np.int64)
    rows = np.arange(len(contributions))
    for place, members in enumerate(columns.values()):
        part = contributions[:, members]
        best = np.abs(part).argmax(axis=1)
        values[:, place] = part[rows, best]
        index[:, place] = np.asarray(members)[best]
    return values, index


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Columns of the `count` largest values per row, equal ones in column order."""
    return np.argsort(-values, axis=1, kind="stable")[:, :count]


def tellable(
    frame: pd.DataFrame, contributions: np.ndarray, told: Sequence[FeatureWords], typical: Mapping[str, float]
) -> np.ndarray:
    """Contributions that a sentence can carry, 0 elsewhere; shape rows × features as in `contributions`.

    A value on the other side of the typical one than its words expect would read as nonsense ("opened 90 % of the
    e-mails" as a reason to leave), and so would the typical value itself: what the model saw there comes from other
    features beside it. A feature without a typical value is the same for everybody or unknown, and explains nobody.
    """
    result = np.zeros_like(contributions)
    for column, word in enumerate(told):
        if word.feature not in typical:
            continue
        above = np.sign(frame[word.feature].to_numpy(dtype=float) - typical[word.feature])
        is_odd = np.nan_to_num(above) * _SIGN.get(word.direction, 0) * contributions[:, column] < 0
        result[:, column] = np.where(is_odd | (above == 0), 0.0, contributions[:, column])
    return result


def reasons(
    frame: pd.DataFrame,
    features: Sequence[str],
    contributions: np.ndarray,
    words: Mapping[str, FeatureWords],
    symbol: str = "€",
    typical: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per customer × reason: row (position in `frame`), rank from 1, feature, value, contribution, reason.

    `frame` holds the feature values that the contributions (rows × features, log-odds) belong to, `typical` the value
    that half of all customers do not exceed: it is told beside the customer's own, and decides what can be a reason
    (see `tellable`). Without `typical` nothing is compared.
    """
    told = [words.get(name) or plain_words(name) for name in features]
    carried = contributions if typical is None else tellable(frame, contributions, told, typical)
    chosen = choose(carried, [word.family for word in told])
    row, place = np.nonzero(chosen.features >= 0)
    picked = chosen.features[row, place]
    value = np.full(len(row), np.nan)
    text = np.full(len(row), "", dtype=object)
    for number in np.unique(picked):
        here = picked == number
        part = frame.iloc[row[here]]
        value[here] = part[features[number]].to_numpy(dtype=float)
        text[here] = sentences(told[number], part, words, symbol, (typical or {}).get(features[number]))
    return pd.DataFrame(
        {
            "row": row,
            "rank": place + 1,
            "feature": np.asarray(features, dtype=object)[picked],
            "value": value,
            "contribution": chosen.contributions[row, place],
            "reason": text,
        }
    )
