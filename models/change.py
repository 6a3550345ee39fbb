"""Why a churn risk changed between two days: exact re-scorings, and the feature that what happened moved most.

The parts are differences of predictions, so they add up whatever the model looks like:

    time = p_old(as if nothing had happened since) - p_before
    behaviour = p_old(what is known now) - p_old(as if nothing had happened since)
    model = p_new(what is known now) - p_old(what is known now)
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.churn import ChurnModel
from models.explain import LEAST
from models.wording import FeatureWords, named_features, plain_words, sentences

_SIGN = {"higher_raises": 1, "higher_lowers": -1}


@dataclass(frozen=True)
class Compared:
    """Some customers re-scored with one model on two sets of their features, one entry per row.

    `feature` is the one whose value differs and whose contribution moved most in the direction of the risk, None where
    there is none; `told_now` and `told_else` are its sentences with and without what happened.
    """

    as_if: np.ndarray
    real: np.ndarray
    feature: np.ndarray
    told_now: np.ndarray
    told_else: np.ndarray


def compared(
    model: ChurnModel, as_if: pd.DataFrame, real: pd.DataFrame, words: Mapping[str, FeatureWords], symbol: str = "€"
) -> Compared:
    """Re-score the same customers, row by row, as if nothing had happened and as it was."""
    risk_else, parts_else = rescored(model, as_if)
    risk_now, parts_now = rescored(model, real)
    told = [words.get(name) or plain_words(name) for name in model.features]
    picked = _moved_most(told, as_if, real, parts_now - parts_else, np.sign(risk_now - risk_else))
    feature = np.array([None, *model.features], dtype=object)[picked + 1]
    now, otherwise = (_told(told, picked, frame, words, symbol) for frame in (real, as_if))
    return Compared(risk_else, risk_now, feature, now, otherwise)


def rescored(model: ChurnModel, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Churn risk per row, computed exactly as the published one is, and the contributions it is the sum of."""
    contributions, base = model.contributions(frame)
    return model.calibrator.risk(base + contributions.sum(axis=1)), contributions


def _moved_most(
    told: list[FeatureWords], as_if: pd.DataFrame, real: pd.DataFrame, moved: np.ndarray, way: np.ndarray
) -> np.ndarray:
    """Position of the feature with the largest move in the direction of the risk, −1 without one.

    A move against what the feature's words expect would read as nonsense, so it is not told.
    """
    size = np.zeros(moved.shape)
    for column, word in enumerate(told):
        now, before = (frame[word.feature].to_numpy(dtype=float) for frame in (real, as_if))
        differs = (now != before) & ~(np.isnan(now) & np.isnan(before))
        fits = np.ones(len(now), dtype=bool)
        if word.direction in _SIGN:
            step = np.sign(np.nan_to_num(now - before)) * _SIGN[word.direction]
            fits = step * moved[:, column] >= 0
        size[:, column] = np.where(differs & fits, moved[:, column] * way, 0.0)
    if not told:
        return np.full(len(size), -1)
    best = size.argmax(axis=1)
    return np.where(size[np.arange(len(size)), best] >= LEAST, best, -1)


def _told(
    told: list[FeatureWords], picked: np.ndarray, frame: pd.DataFrame, words: Mapping[str, FeatureWords], symbol: str
) -> np.ndarray:
    """The sentence of the picked feature for each row, with the values of `frame`; None where none was picked."""
    text = np.full(len(picked), None, dtype=object)
    for number in np.unique(picked[picked >= 0]):
        word, here = told[number], np.flatnonzero(picked == number)
        needed = [word.feature, *(name for name in named_features(word) if name in frame)]
        values = pd.DataFrame({name: frame[name].to_numpy(dtype=float)[here] for name in needed})
        text[here] = sentences(word, values, words, symbol)
    return text
