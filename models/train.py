"""Training: rehearse the whole procedure on what was known before the test, judge it there, then fit on everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.baselines import NAMES, fit_baselines, grouped_log_odds, out_of_group_slopes
from models.boost import CrossFit, fit
from models.calibrate import Calibrator, calibrator, expit
from models.choice import Choice
from models.churn import ChurnModel
from models.evaluate import subsample
from models.evaluation import MODEL, Evaluation, evaluate, month_row
from models.folds import MIN_CLASS, has_both, snapshot_rows
from models.judged import Drivers, Judged, drivers_of
from models.params import Params
from models.rounds import Rounds
from models.tune import tune
from models.windows import as_dates, split

Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Trained:
    """The model to use, the rehearsal that was judged (None without an out-of-time test), and the judgement."""

    model: ChurnModel
    rehearsal: ChurnModel | None
    evaluation: Evaluation
    params: Params
    rounds: Rounds
    choice: Choice
    importance: dict[str, float]
    windows: dict[str, Any]
    judged: Judged
    drivers: Drivers


def train(
    frame: pd.DataFrame,
    horizon_days: int,
    params: Params,
    rivals: Mapping[str, ChurnModel] | None = None,
    report: Report = lambda step, done: None,
    scored: pd.DataFrame | None = None,
) -> Trained:
    """Train on labelled rows (customer_id, as_of_date, churned, features); raises InsufficientDataError.

    `rivals` are earlier rehearsals to be judged on the same test rows; they are left out where no test in time exists.
    `scored`: features of the customers to be scored, where churn is a matter of orders (see `models.boost.fit`).
    """
    windows = split(as_dates(frame["as_of_date"]), horizon_days)
    past, test = snapshot_rows(frame, windows.past), None
    if windows.test is not None and has_both(past, MIN_CLASS):  # a shop may be old enough, its past too young
        test = snapshot_rows(frame, [windows.test])
    if test is None or not has_both(test, 1):
        past, test = frame, None
    if params.trials:
        params = tune(past, horizon_days, params, lambda step, done: report(step, 0.5 * done))
    start = 0.5 if params.trials else 0.1
    if test is not None:
        known = test.drop(columns="churned") if scored is not None else None
        rehearsal, chosen = fit(past, horizon_days, params, _part(report, "rehearse", start, 0.6), known)
        evaluation, judged = _judge_in_time(rehearsal, chosen, (past, test), horizon_days, params, rivals or {})
        model, final = fit(frame, horizon_days, params, _part(report, "fit", 0.6, 1.0), scored)
    else:
        rehearsal = None
        model, final = fit(frame, horizon_days, params, _part(report, "fit", start, 1.0), scored)
        evaluation, judged = _judge_by_customer(final, horizon_days, params)
    sample = subsample(snapshot_rows(frame, as_dates(frame["as_of_date"])[-1:]), 5_000)
    used = _dates_used(frame, past, test, final)
    weights, drivers = _drivers(model, sample, params.seed)
    return Trained(model, rehearsal, evaluation, params, final.rounds, final.choice, weights, used, judged, drivers)


def _part(report: Report, step: str, low: float, high: float) -> Callable[[float], None]:
    """Progress of a step as a part of the whole."""
    return lambda done: report(step, low + (high - low) * done)


def _drivers(model: ChurnModel, rows: pd.DataFrame, seed: int) -> tuple[dict[str, float], Drivers]:
    """Mean |contribution| in log-odds per feature, largest first, zeros left out; and a part of the rows."""
    contributions, _ = model.contributions(rows)
    return importance(model, contributions), drivers_of(model, rows, contributions, seed)


def importance(model: ChurnModel, contributions: np.ndarray) -> dict[str, float]:
    """Mean |contribution| in log-odds per feature, largest first, zeros left out."""
    means = pd.Series(np.abs(contributions).mean(axis=0), index=list(model.features))
    return {str(name): float(value) for name, value in means[means > 0].sort_values(ascending=False).items()}


def _judge_in_time(
    rehearsal: ChurnModel,
    chosen: CrossFit,
    parts: tuple[pd.DataFrame, pd.DataFrame],
    horizon_days: int,
    params: Params,
    rivals: Mapping[str, ChurnModel],
) -> tuple[Evaluation, Judged]:
    """Judge on the newest labelled snapshot, unseen by every choice; `parts` are (past, test)."""
    past, test = parts
    rows = subsample(test)
    log_odds = {MODEL: rehearsal.calibrator.log_odds(rehearsal.log_odds(rows))}
    baselines = fit_baselines(past, params.half_life_days, horizon_days, rows)
    log_odds |= {name: prior.log_odds(rows) for name, prior in baselines.items()}
    log_odds |= {name: rival.calibrator.log_odds(rival.log_odds(rows)) for name, rival in rivals.items()}
    months = [*_fold_months(chosen), month_row(test, rehearsal.churn_risk(test), "test")]
    return evaluate(rows, log_odds, horizon_days, "out of time", months), Judged(rows, log_odds)


def _judge_by_customer(chosen: CrossFit, horizon_days: int, params: Params) -> tuple[Evaluation, Judged]:
    """Judge each customer by a model that did not see them, on the newest snapshot that has both outcomes."""
    calibrators = _fold_calibrators(chosen)
    rows = pd.concat([fold.valid for fold in chosen.folds], ignore_index=True)
    pairs = [(fold.train, fold.valid) for fold in chosen.folds]
    log_odds = grouped_log_odds(pairs, params.half_life_days, horizon_days)
    own = [found.log_odds(fold.log_odds) for found, fold in zip(calibrators, chosen.folds, strict=True)]
    log_odds = {MODEL: np.concatenate(own), **{name: log_odds[name] for name in NAMES}}
    risk = expit(log_odds[MODEL])
    stamps = pd.to_datetime(rows["as_of_date"])
    months = [month_row(rows[stamps == day], risk[stamps == day], "fold") for day in sorted(stamps.unique())]
    newest = _newest_with_both(rows)
    rows, log_odds = rows[newest], {name: odds[newest] for name, odds in log_odds.items()}
    rows = rows.reset_index(drop=True)
    return evaluate(rows, log_odds, horizon_days, "out of customers", months), Judged(rows, log_odds)


def _newest_with_both(rows: pd.DataFrame) -> np.ndarray:
    """Mask of the newest snapshot in which some churned and some stayed; all rows if there is none."""
    for day in reversed(as_dates(rows["as_of_date"])):
        mask = (pd.to_datetime(rows["as_of_date"]) == pd.Timestamp(day)).to_numpy()
        if has_both(rows[mask]):
            return mask
    return np.ones(len(rows), dtype=bool)


def _fold_months(chosen: CrossFit) -> list[dict[str, Any]]:
    """Promised and seen churn of each judged fold, calibrated by the other folds; oldest first."""
    if not chosen.in_time:
        return []
    pairs = zip(_fold_calibrators(chosen), chosen.folds, strict=True)
    return [month_row(fold.valid, found.risk(fold.log_odds), "fold") for found, fold in pairs][::-1]


def _fold_calibrators(chosen: CrossFit) -> list[Calibrator]:
    """What each fold would have been calibrated by: the other folds' slope, and the level of its own day."""
    slopes = out_of_group_slopes([(fold.log_odds, fold.churned) for fold in chosen.folds])
    pairs = zip(slopes, chosen.folds, strict=True)
    return [calibrator(slope, fold.log_odds, fold.level) for slope, fold in pairs]


def _dates_used(frame: pd.DataFrame, past: pd.DataFrame, test: pd.DataFrame | None, final: CrossFit) -> dict[str, Any]:
    """First and last snapshot of each part, as ISO dates."""

    def ends(rows: pd.DataFrame) -> list[str]:
        dates = as_dates(rows["as_of_date"])
        return [dates[0].isoformat(), dates[-1].isoformat()]

    return {
        "rehearsal": ends(past) if test is not None else None,
        "test": ends(test) if test is not None else None,
        "fit": ends(frame),
        "folds_in_time": final.in_time,
        "folds": [ends(fold.valid)[-1] for fold in final.folds],
    }
