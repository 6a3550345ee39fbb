"""Search for parameters with optuna, judged on folds inside the training period and never on the test."""

from collections.abc import Callable
from dataclasses import replace

import optuna
import pandas as pd

from models.boost import cross_fit
from models.params import Params
from models.steps import Step

TUNED = ("max_depth", "eta", "min_child_weight", "subsample", "colsample", "reg_lambda", "half_life_days")


def tune(frame: pd.DataFrame, horizon_days: int, params: Params, report: Callable[[str, float], None]) -> Params:
    """The parameters with the lowest mean log loss over the folds; the defaults are the first trial.

    `report` is told each trial with its number and the best log loss so far, and the share of the search that is done.
    Deterministic for a seed, so that the same data bring the same parameters; raises InsufficientDataError.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=params.seed))
    study.enqueue_trial({name: getattr(params, name) for name in TUNED})

    losses: list[float] = []

    def objective(trial: optuna.Trial) -> float:
        report(_told(len(losses) + 1, params.trials, losses), len(losses) / params.trials)
        losses.append(cross_fit(frame, horizon_days, _suggested(trial, params)).log_loss)
        report(_told(len(losses), params.trials, losses), len(losses) / params.trials)
        return losses[-1]

    study.optimize(objective, n_trials=params.trials)
    return replace(params, **study.best_params)


def _told(trial: int, trials: int, losses: list[float]) -> Step:
    """The step's name while a trial is under way, with the best log loss of those that ended."""
    if not losses:
        return Step(f"trial {trial} of {trials}", trial=trial, trials=trials)
    best, by = min(zip(losses, range(1, trials + 1), strict=False))
    return Step(f"trial {trial} of {trials}, best {best:.4f}", trial=trial, trials=trials, best=best, best_trial=by)


def _suggested(trial: optuna.Trial, params: Params) -> Params:
    """One point of the search space."""
    return replace(
        params,
        max_depth=trial.suggest_int("max_depth", 2, 5),
        eta=trial.suggest_float("eta", 0.02, 0.1, log=True),
        min_child_weight=trial.suggest_float("min_child_weight", 5, 100, log=True),
        subsample=trial.suggest_float("subsample", 0.5, 0.9),
        colsample=trial.suggest_float("colsample", 0.3, 0.9),
        reg_lambda=trial.suggest_float("reg_lambda", 1, 50, log=True),
        half_life_days=trial.suggest_float("half_life_days", 30, 365, log=True),
    )
