"""Where a model is good and where it is not: the test's customers in groups that people speak of."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from models.calibrate import expit
from models.segments import SEGMENTS, rfm

MIN_ROWS = 50
MAX_NAMES = 8  # names of a dimension, largest first; the others are told together
DIMENSIONS = {"country": "Country", "acquisition_channel": "Acquisition channel"}
_OTHER = "all others"


def slice_table(rows: pd.DataFrame, log_odds: np.ndarray, least: int = MIN_ROWS) -> list[dict[str, Any]]:
    """One row per group of at least `least` customers, JSON-able: dimension, slice, n, churn_rate, promised, roc_auc
    (None where all churned or none did), gap = promised − actual with its 95 % interval, is_worst.

    `rows` hold churned, features and, if known, the columns of `DIMENSIONS`; `log_odds` are calibrated. `is_worst`
    marks the largest gap whose interval excludes 0.
    """
    churned, risk = rows["churned"].to_numpy(dtype=float), expit(log_odds)
    found = []
    for dimension, names in groups(rows).items():
        for name in names.cat.categories:
            mask = (names == name).to_numpy()
            if mask.sum() >= least:
                found.append({"dimension": dimension, "slice": str(name)} | _figures(churned[mask], risk[mask]))
    worst = max((abs(row["gap"]) for row in found if row["low"] > 0 or row["high"] < 0), default=None)
    return [row | {"is_worst": abs(row["gap"]) == worst} for row in found]


def _figures(churned: np.ndarray, risk: np.ndarray) -> dict[str, Any]:
    gaps = risk - churned
    gap, spread = float(gaps.mean()), 1.96 * float(gaps.std(ddof=1)) / np.sqrt(len(gaps))
    has_both = 0 < churned.sum() < len(churned)
    return {
        "n": len(churned),
        "churn_rate": float(churned.mean()),
        "promised": float(risk.mean()),
        "roc_auc": float(roc_auc_score(churned, risk)) if has_both else None,
        "gap": gap,
        "low": gap - float(spread),
        "high": gap + float(spread),
    }


def groups(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Dimension → group of each row (categorical), as far as the columns are there; RFM groups among these rows."""
    groups = {}
    if {"days_since_last_order", "order_days", "revenue_total"} <= set(rows.columns):
        groups["Segment"] = pd.Series(pd.Categorical(rfm(rows)["segment"], categories=SEGMENTS), index=rows.index)
    if {"overdue_ratio", "order_days", "tenure_days"} <= set(rows.columns):
        groups["Lifecycle"] = _lifecycle(rows)
    if "margin_365d" in rows:
        names = ("lower half", "next 30 %", "next 15 %", "top 5 %")
        share = rows["margin_365d"].fillna(0).rank(pct=True, method="average")
        groups["Margin of the last 12 months"] = _banded(share, (0.5, 0.8, 0.95), names)
    if "tenure_days" in rows:
        names = ("up to 90 days", "91 to 365 days", "1 to 2 years", "over 2 years")
        groups["Customer for"] = _banded(rows["tenure_days"], (90, 365, 730), names)
    if "order_days" in rows:
        names = ("1 day", "2 to 3 days", "4 to 9 days", "10 days and more")
        groups["Days with an order"] = _banded(rows["order_days"], (1, 3, 9), names)
    for column, title in DIMENSIONS.items():
        if column in rows and rows[column].notna().any():
            groups[title] = _names(rows[column])
    return groups


def _lifecycle(rows: pd.DataFrame) -> pd.Series:
    """Stages by the time since the last order over the customer's mean pause; one-time buyers have none."""
    stages = _banded(
        rows["overdue_ratio"],
        (1, 1.5, 2),
        ("on time", "cooling (from 1 ×)", "at risk (from 1.5 ×)", "lapsed (over 2 ×)"),
    )
    once = (rows["order_days"] <= 1).to_numpy()
    new = once & (rows["tenure_days"] <= 60).to_numpy()
    named = ["new (first order within 60 days)", "one-time buyer"]
    stages = stages.cat.add_categories(named).cat.reorder_categories([*named, *stages.cat.categories])
    values = np.where(new, named[0], np.where(once, named[1], stages.astype(object)))
    return pd.Series(pd.Categorical(values, categories=stages.cat.categories), index=rows.index)


def _banded(values: pd.Series, edges: Sequence[float], names: Sequence[str]) -> pd.Series:
    """Groups in order; the upper edge belongs to the lower group, what is missing to none."""
    return pd.cut(values.astype(float), [-np.inf, *edges, np.inf], labels=list(names))


def _names(values: pd.Series) -> pd.Series:
    told = values.astype(object).where(values.notna(), "not known").astype(str)
    largest = list(told.value_counts().index[:MAX_NAMES])
    return pd.Series(pd.Categorical(told.where(told.isin(largest), _OTHER), [*largest, _OTHER]), index=values.index)
