"""The few reasons worth telling, chosen from all contributions: what raises the risk and what lowers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.wording import FeatureWords, named_features, plain_words, sentences

RAISING, LOWERING = 3, 2
LEAST = 0.01  # log-odds under which a reason is not worth a sentence
NOTHING = "nothing that is known sets this customer apart from the others"
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
    values = np.empty((len(contributions), len(columns)), order="F")  # by columns, as they are filled and compared
    index = np.empty(values.shape, dtype=np.int32, order="F")
    for place, (first, *others) in enumerate(columns.values()):
        values[:, place] = contributions[:, first]
        index[:, place] = first
        for column in others:
            is_larger = np.abs(contributions[:, column]) > np.abs(values[:, place])
            np.copyto(values[:, place], contributions[:, column], where=is_larger)
            np.copyto(index[:, place], column, where=is_larger)
    return values, index


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Columns of the `count` largest values per row, equal ones in column order; fewer when there are fewer columns."""
    left = np.array(values, order="C")
    rows = np.arange(len(left))
    picked = np.empty((len(left), min(count, left.shape[1])), dtype=np.int64)
    for place in range(picked.shape[1]):
        picked[:, place] = left.argmax(axis=1)
        left[rows, picked[:, place]] = -np.inf
    return picked


def tellable(
    frame: pd.DataFrame, contributions: np.ndarray, told: Sequence[FeatureWords], typical: Mapping[str, float]
) -> np.ndarray:
    """Contributions that a sentence can carry, 0 elsewhere; shape rows × features as in `contributions`.

    A value on the other side of the typical one than its words expect would read as nonsense ("opened 90 % of the
    e-mails" as a reason to leave), and so would the typical value itself: what the model saw there comes from other
    features beside it. A feature without a typical value is the same for everybody or unknown, and explains nobody.
    """
    result = np.zeros(contributions.shape, order="F")
    for column, word in enumerate(told):
        if word.feature not in typical or not contributions[:, column].any():
            continue
        above = frame[word.feature].to_numpy(dtype=float) - typical[word.feature]
        is_told = above != 0
        if word.direction in _SIGN:
            is_told &= ~(np.sign(above) * _SIGN[word.direction] * contributions[:, column] < 0)  # unknown is not odd
        np.copyto(result[:, column], contributions[:, column], where=is_told)
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
    (see `tellable`). Without `typical` nothing is compared. Who has no reason gets one row that says so, with no
    feature and a contribution of 0.
    """
    told = [words.get(name) or plain_words(name) for name in features]
    carried = contributions if typical is None else tellable(frame, contributions, told, typical)
    chosen = choose(carried, [word.family for word in told])
    is_told = chosen.features >= 0
    is_told[:, :1] |= ~is_told.any(axis=1, keepdims=True)
    row, place = np.nonzero(is_told)
    picked = chosen.features[row, place]
    value, text = np.full(len(row), np.nan), np.empty(len(row), dtype=object)
    text[picked < 0] = NOTHING
    for number in np.unique(picked[picked >= 0]):
        word, here = told[number], np.flatnonzero(picked == number)
        needed = [word.feature, *(name for name in named_features(word) if name in frame)]
        part = pd.DataFrame({name: frame[name].to_numpy(dtype=float)[row[here]] for name in needed})
        value[here] = part[word.feature]
        text[here] = sentences(word, part, words, symbol, (typical or {}).get(word.feature))
    return pd.DataFrame(
        {
            "row": row,
            "rank": place + 1,
            "feature": pd.Categorical.from_codes(picked, categories=pd.Index(features)),
            "value": value,
            "contribution": chosen.contributions[row, place],
            "reason": pd.Series(text, dtype=object),
        }
    )
