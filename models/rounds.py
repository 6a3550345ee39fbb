"""How many trees: grown on one part of the past, watched on a later one, for a fold's unfinished model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb

from models.churn import ChurnModel
from models.folds import age_weights
from models.params import Params
from models.prior import Prior, fit_prior
from models.trees import grow_watched, shifted_log_loss, shifted_losses


class Rounds(NamedTuple):
    """How many trees start from the prior, and how many from nothing."""

    on_prior: int
    fresh: int


NO_TREES = Rounds(0, 0)


@dataclass(frozen=True)
class Grown:
    """Trees, and the log loss on a fold's `valid` after 0, 1, 2 … rounds of them."""

    booster: xgb.Booster
    losses: np.ndarray

    def kept(self, rounds: int) -> xgb.Booster | None:
        """The first `rounds` of them at most; None for none."""
        return self.booster[: min(rounds, self.booster.num_boosted_rounds())] if rounds else None


@dataclass(frozen=True)
class Judged:
    """A fold's unfinished model: what it learned from, what it is judged on, and more trees than may be kept."""

    train: pd.DataFrame
    valid: pd.DataFrame
    features: tuple[str, ...]
    prior: Prior
    on_prior: Grown
    fresh: Grown

    def model(self, rounds: Rounds) -> ChurnModel:
        """The model with so many rounds at most."""
        fresh = self.fresh.kept(rounds.fresh)
        return ChurnModel(self.features, self.prior, self.on_prior.kept(rounds.on_prior), fresh=fresh)

    def losses(self, rounds: Rounds) -> np.ndarray:
        """The log loss of each judged row with so many rounds, whatever the season's level."""
        churned = self.valid["churned"].to_numpy(dtype=float)
        return shifted_losses(self.model(rounds).log_odds(self.valid), churned)


def judge(
    train: pd.DataFrame, valid: pd.DataFrame, features: tuple[str, ...], horizon_days: int, params: Params
) -> Judged:
    """Fit on `train` and watch the log loss of either kind of trees on `valid`."""
    prior = fit_prior(train, age_weights(train, params.half_life_days), horizon_days=horizon_days, scored=valid)

    def grown(start: Prior | None) -> Grown:
        odds = start.log_odds(valid) if start is not None else np.zeros(len(valid))
        before = shifted_log_loss(odds, valid["churned"].to_numpy(dtype=float))
        booster, losses = grow_watched(train, valid, start, features, params)
        return Grown(booster, np.array([before, *losses]))

    return Judged(train, valid, features, prior, grown(prior), grown(None))


def choose_rounds(folds: Sequence[Judged]) -> Rounds:
    """The rounds of either kind of trees that predicted best over the folds, each kind by itself."""
    if not folds:
        return NO_TREES
    on_prior, fresh = [fold.on_prior.losses for fold in folds], [fold.fresh.losses for fold in folds]
    return Rounds(fewest_best(on_prior), fewest_best(fresh))


def fewest_best(curves: Sequence[np.ndarray]) -> int:
    """The fewest rounds with the lowest mean log loss over the folds; 0 means that no tree helps.

    `curves` hold the loss of each fold after 0, 1, 2 … rounds; one that ended early stays where it ended.
    """
    longest = max(len(curve) for curve in curves)
    padded = np.array([np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves])
    return int(np.argmin(padded.mean(axis=0)))
