"""Fitting: the prior, as many trees as help on later data if they do, and the calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from models.calibrate import calibrator, fit_slope, meeting_shift
from models.choice import SIMPLE, Choice, Contest, choose, too_little_to_compare
from models.churn import ChurnModel
from models.folds import age_weights, folds_of, require_enough, usable_features
from models.level import NEAR_DAYS, YEAR_DAYS, level_shift, season_shift
from models.params import Params
from models.prior import fit_prior
from models.rounds import NO_TREES, Judged, Rounds, choose_rounds, judge
from models.sufficiency import sufficiency
from models.trees import grow
from models.windows import as_dates, sample_by_customer

FOLD_ROWS = 200_000


@dataclass(frozen=True)
class Fold:
    """One fold: what it learned from, what it was judged on, the log-odds it gave there before calibration, and the
    level it would have set there.
    """

    train: pd.DataFrame
    valid: pd.DataFrame
    log_odds: np.ndarray
    level: float = 0.0

    @property
    def churned(self) -> np.ndarray:
        """What happened in the judged rows, as 0 and 1."""
        return self.valid["churned"].to_numpy(dtype=float)


@dataclass(frozen=True)
class CrossFit:
    """Rounds chosen on folds (`NO_TREES`: the simple model), their mean log loss, the choice, and the folds.

    `in_time`: judged on later snapshots; `slope`: how far the folds say that risks should be spread.
    """

    rounds: Rounds
    log_loss: float
    choice: Choice
    folds: tuple[Fold, ...]
    in_time: bool

    @property
    def slope(self) -> float:
        """Folds in time are one window each; customer groups share theirs, so they count as one."""
        windows = [(fold.log_odds, fold.churned) for fold in self.folds]
        if windows and not self.in_time:
            windows = [(np.concatenate([odds for odds, _ in windows]), np.concatenate([seen for _, seen in windows]))]
        return fit_slope(windows)


def _quiet(done: float) -> None:
    """Report nothing."""


def cross_fit(
    frame: pd.DataFrame, horizon_days: int, params: Params, report: Callable[[float], None] = _quiet
) -> CrossFit:
    """Fit and judge on folds of labelled rows, choose the rounds, and whether trees are used at all.

    In every fold all label windows learned from are over before the judged one begins; where the history is too short
    for that, customers are split instead. Raises InsufficientDataError.
    """
    frame = sample_by_customer(frame, FOLD_ROWS)
    features = usable_features(frame)
    require_enough(frame, features)
    masks, in_time = folds_of(frame, horizon_days, params)
    judged = []
    for number, (train, valid) in enumerate(masks):
        judged.append(judge(frame[train], frame[valid], features, horizon_days, params))
        report((number + 1) / len(masks))
    rounds = choose_rounds(judged)
    choice = _choice(judged, rounds, in_time)
    missing = sufficiency(frame, horizon_days).missing_for_trees
    if missing:
        choice = too_little_to_compare(missing)
    loss = float(np.mean([item.losses(rounds).mean() for item in judged])) if judged else float("nan")
    if choice.used == SIMPLE:
        rounds = NO_TREES
    folds = tuple(_fold(item, rounds, horizon_days, in_time) for item in judged)
    return CrossFit(rounds, loss, choice, folds, in_time)


def fit(
    frame: pd.DataFrame,
    horizon_days: int,
    params: Params,
    report: Callable[[float], None] = _quiet,
    scored: pd.DataFrame | None = None,
) -> tuple[ChurnModel, CrossFit]:
    """Fit on labelled rows (customer_id, as_of_date, churned, features); with it the folds behind its choices.

    `scored`: the rows to be scored, features alone. The rhythm learns from their histories too, and the level of the
    risk is set on them; None where churn is not a matter of orders. Raises InsufficientDataError.
    """
    frame = sample_by_customer(frame, params.max_rows)
    chosen = cross_fit(frame, horizon_days, params, lambda done: report(0.7 * done))
    features = usable_features(frame)
    weight = age_weights(frame, params.half_life_days)
    prior = fit_prior(frame, weight, horizon_days=horizon_days, scored=scored)
    starts = zip((prior, None), chosen.rounds, strict=True)
    on_prior, fresh = (grow(frame, start, features, params, count) if count else None for start, count in starts)
    model = ChurnModel(features, prior, on_prior, fresh=fresh)
    report(1.0)
    level = _level(model, frame, scored, horizon_days) if scored is not None else 0.0
    spread = calibrator(chosen.slope, model.log_odds(frame if scored is None else scored), level)
    return replace(model, calibrator=spread), chosen


def _choice(folds: Sequence[Judged], rounds: Rounds, in_time: bool) -> Choice:
    """Trees or the simple model, judged like the rounds: by what they tell apart, whatever the season's level."""
    if rounds == NO_TREES:
        return Choice(SIMPLE, "no tree predicted better than the simple model on data it had not seen")
    contests = [Contest(item.valid["customer_id"], item.losses(rounds), item.losses(NO_TREES)) for item in folds]
    return choose(contests, in_time)


def _fold(item: Judged, rounds: Rounds, horizon_days: int, in_time: bool) -> Fold:
    """A fold's predictions with the rounds chosen over all folds; groups of customers share a time and its level."""
    model = item.model(rounds)
    level = _level(model, item.train, item.valid, horizon_days) if in_time else 0.0
    return Fold(item.train, item.valid, model.log_odds(item.valid), level)


def _level(model: ChurnModel, learned: pd.DataFrame, scored: pd.DataFrame, horizon_days: int) -> float:
    """What `models.level` adds for the rows of one day, `scored`, to a model that learned from `learned`."""
    dates, day = as_dates(learned["as_of_date"]), as_dates(scored["as_of_date"])[-1]
    level = season_shift(_off_by(model, learned), day) if (day - dates[0]).days >= YEAR_DAYS - NEAR_DAYS else 0.0
    if model.prior.rhythm is not None:
        seen = (dates[-1] - dates[0]).days + horizon_days
        level += level_shift(model.log_odds(scored), model.prior.rhythm.log_odds(scored), seen)
    return level


def _off_by(model: ChurnModel, learned: pd.DataFrame) -> dict[date, float]:
    """The shift of log-odds that meets the churn of each snapshot learned from."""
    log_odds, churned = model.log_odds(learned), learned["churned"].to_numpy(dtype=float)
    days = pd.to_datetime(learned["as_of_date"]).to_numpy()
    rows = {day: days == np.datetime64(day) for day in as_dates(learned["as_of_date"])}
    return {day: meeting_shift(log_odds[own], float(churned[own].mean())) for day, own in rows.items()}
