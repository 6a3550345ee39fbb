"""Learning the expected value from stayers, and judging it beside the simple models on later outcomes.

The start of models/order_value.py is taken for exactly the days over which a row's outcome has been seen. So outcomes
seen over a part of a year teach who is worth more, while the part that was not seen is told by the rhythm, which knows
that customers thin out, and by the shop's season once two years show it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from models.churn import matrix
from models.folds import KEYS, age_weights
from models.order_value import OrderValue, ValueTerms, fit_order_value
from models.params import Params
from models.season import fit_season
from models.value import ValueModel
from models.value_figures import GAMMA_GAMMA, MODEL, OWN_PAST, choose, judge
from models.windows import customer_groups, sample_by_customer

OUTCOMES = ("stayed_margin", "value_days")
MIN_STAYERS = 50
TREE_STAYERS = 500  # customers below which trees would learn single wholesalers by heart
ROUNDS = 120
HALF_LIFE_DAYS = 180.0
GROUPS = 3
_MAX_ROWS = 200_000
# The day of the year tells few snapshots apart by name, and with them how long their outcomes have been seen.
_CALENDAR = ("season_sine", "season_cosine")


@dataclass(frozen=True)
class Known:
    """What was known on a day: `rows` of stayers with the `OUTCOMES` seen by then, `histories` of all customers
    (customer_id, as_of_date, features), and the shop's margin per day (index: dates), which may be empty.
    """

    rows: pd.DataFrame
    histories: pd.DataFrame
    daily: pd.Series


def stayers(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that stayed and whose margin is known."""
    return frame[(frame["churned"] == 0) & frame["stayed_margin"].notna()]


def fit_value(
    known: Known, terms: ValueTerms, params: Params, past: tuple[Known, pd.DataFrame] | None = None
) -> tuple[ValueModel, dict[str, Any]]:
    """Fit on what is known now, and judge the same procedure: figures as `judge` gives them, and which model is used.

    `past` is what was known on an earlier day and that day's stayers with what they brought until now: judged out of
    time. Without it customers are split: judged out of customers. Where the trained
    model's deviance is not lower than that of both simple models, the better of these is used. With fewer than
    `MIN_STAYERS` customers their own past year stands in, unjudged.
    """
    known = replace(known, rows=sample_by_customer(known.rows, min(params.max_rows, _MAX_ROWS)))
    if known.rows["customer_id"].nunique() < MIN_STAYERS or known.rows["stayed_margin"].sum() <= 0:
        told = f"fewer than {MIN_STAYERS} customers whose stay brought anything yet"
        return ValueModel(value_days=terms.value_days), _described("not judged", OWN_PAST, told, terms, known.rows)
    final = candidates(known, terms, params)
    if past is not None and past[0].rows["customer_id"].nunique() >= MIN_STAYERS and len(past[1]):
        kind, (then, rows) = "out of time", past
        models = candidates(then, terms, params)
        promises = {name: model.predict(rows, rows["value_days"].to_numpy()) for name, model in models.items()}
    else:
        kind, rows = "out of customers", known.rows
        promises = _out_of_customers(known, terms, params)
    figures = judge(rows, promises)
    used, reason = choose(figures)
    return final[used], _described(kind, used, reason, terms, known.rows) | figures


def _described(kind: str, used: str, reason: str, terms: ValueTerms, rows: pd.DataFrame) -> dict[str, Any]:
    """What the figures are about: how they were judged, over how many of the days promised, and what is used."""
    days = rows["value_days"] if len(rows) else pd.Series([0])
    learned = [int(days.min()), int(days.max())]
    return {
        "kind": kind,
        "used": used,
        "reason": reason,
        "value_days": terms.value_days,
        "learned_days": learned,
        "learned_rows": len(rows),
        "n": 0,
        "models": {},
        "differences": {},
        "tenths": [],
    }


def candidates(known: Known, terms: ValueTerms, params: Params) -> dict[str, ValueModel]:
    """The value model and the simple ones, fitted on what is known, by the names of models.value_figures."""
    base = fit_order_value(known.histories, terms)
    found = {OWN_PAST: ValueModel(OWN_PAST, terms.value_days)}
    if base is None:
        return found
    blank = _blank(known.rows, base)
    found[GAMMA_GAMMA] = ValueModel(GAMMA_GAMMA, terms.value_days, base, blank=blank)
    found[MODEL] = _learn(
        replace(found[GAMMA_GAMMA], kind=MODEL, season=fit_season(known.daily)), known.rows, known.histories, params
    )
    return found


def _out_of_customers(known: Known, terms: ValueTerms, params: Params) -> dict[str, np.ndarray]:
    """What each model promises to customers whose outcomes it has not seen, over the days that were seen."""
    group = customer_groups(known.rows["customer_id"], GROUPS, seed=1)
    days = known.rows["value_days"].to_numpy()
    promises: dict[str, np.ndarray] = {}
    for number in range(GROUPS):
        others = candidates(replace(known, rows=known.rows[group != number]), terms, params)
        for name, model in others.items():
            mine = promises.setdefault(name, np.zeros(len(days)))
            mine[group == number] = model.predict(known.rows[group == number], days[group == number])
    return promises


def _blank(rows: pd.DataFrame, base: OrderValue) -> float:
    """Margin per day of stayers without any order before."""
    none = ~np.isfinite(base.margin(rows, rows["value_days"].to_numpy(dtype=float)))
    days = float(rows.loc[none, "value_days"].sum())
    return max(float(rows.loc[none, "stayed_margin"].sum()), 0.0) / days if days else 0.0


def _learn(start: ValueModel, rows: pd.DataFrame, newest: pd.DataFrame, params: Params) -> ValueModel:
    """Level and trees on top of the start."""
    seen = np.maximum(rows["stayed_margin"].to_numpy(dtype=float), 0)
    days = rows["value_days"].to_numpy(dtype=float)
    weight = age_weights(rows, HALF_LIFE_DAYS) * days / max(days.max(), 1.0)
    customers = rows["customer_id"].nunique()
    # Few customers cannot tell the level: it is believed as far as they go.
    level = _ratio(seen, start.predict(rows, days), weight) ** (customers / (customers + MIN_STAYERS))
    model = replace(start, level=level)
    if customers < TREE_STAYERS:
        return model
    features = _usable(rows)
    unit = max(float(seen.mean()), 1e-9)
    # Each snapshot at its own level: trees learn who is worth more, not which month it was.
    offset = np.log(np.maximum(_met_per_snapshot(rows, model.predict(rows, days), seen) / unit, 1e-3))
    data = matrix(rows, features, label=seen / unit, weight=weight / weight.mean(), base_margin=offset)
    trees = replace(model, features=features, booster=xgb.train(_parameters(params), data, ROUNDS))
    # Trees shift money between the customers of today; how much it is in all was told by the level.
    today = newest[newest["as_of_date"] == newest["as_of_date"].max()]
    stay = start.base.p_stay(today) if start.base else np.ones(len(today))
    return replace(trees, level=level * _ratio(model.predict(today), trees.predict(today), stay))


def _usable(rows: pd.DataFrame) -> tuple[str, ...]:
    """Numeric features that vary, without those that only name the snapshot."""
    left_out: Sequence[str] = (*KEYS, *OUTCOMES, *_CALENDAR)
    names = [name for name in rows.columns if name not in left_out and pd.api.types.is_numeric_dtype(rows[name])]
    return tuple(name for name in names if rows[name].nunique() > 1)


def _ratio(seen: np.ndarray, promised: np.ndarray, weight: np.ndarray) -> float:
    """What makes the weighted sum of promises meet that of the margin seen."""
    return float(np.sum(weight * seen) / max(np.sum(weight * promised), 1e-9))


def _met_per_snapshot(rows: pd.DataFrame, promised: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Promises scaled so that their sum is met in every snapshot."""
    sums = pd.DataFrame({"promised": promised, "seen": seen}).groupby(rows["as_of_date"].to_numpy()).transform("sum")
    return promised * (sums["seen"] / sums["promised"].clip(lower=1e-9)).to_numpy(dtype=float)


def _parameters(params: Params) -> dict[str, Any]:
    return {
        "objective": "reg:tweedie",
        "tweedie_variance_power": 1.5,
        "base_score": 1.0,  # log 0: trees add to the start and nothing else
        "tree_method": "hist",
        "max_depth": 3,
        "eta": 0.05,
        "min_child_weight": 20,
        "subsample": 0.7,
        "colsample_bytree": 0.7,
        "reg_lambda": 10,
        "max_delta_step": 0.7,  # a single wholesaler must not pull a leaf away
        "max_bin": params.max_bin,
        "seed": params.seed,
        "nthread": params.threads or os.cpu_count() or 1,
        "verbosity": 0,
    }
