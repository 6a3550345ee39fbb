"""Search for parameters with optuna, judged on folds inside the training period and never on the test."""

from collections.abc import Callable
from dataclasses import replace

import optuna
import pandas as pd

from models.boost import cross_fit
from models.params import Params

TUNED = ("max_depth", "eta", "min_child_weight", "subsample", "colsample", "reg_lambda", "half_life_days")


def tune(frame: pd.DataFrame, horizon_days: int, params: Params, report: Callable[[float], None]) -> Params:
    """The parameters with the lowest mean log loss over the folds; the defaults are the first trial.

    Deterministic for a seed, so that the same data bring the same parameters; raises InsufficientDataError.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=params.seed))
    study.enqueue_trial({name: getattr(params, name) for name in TUNED})

    def objective(trial: optuna.Trial) -> float:
        loss = cross_fit(frame, horizon_days, _suggested(trial, params)).log_loss
        report((trial.number + 1) / params.trials)
        return loss

    study.optimize(objective, n_trials=params.trials)
    return replace(params, **study.best_params)


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
