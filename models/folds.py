"""Which rows learn and which judge, and whether there is enough to learn from."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from models.params import InsufficientDataError, Params
from models.windows import as_dates, customer_groups, rolling_folds

KEYS = ("customer_id", "as_of_date", "churned")
GROUPS = 3  # customer groups of a cross-fit where the history is too short to roll in time
MIN_CLASS = 20  # of each outcome below which no single fit is possible; models/sufficiency.py judges the shop
FOLD_CLASS = 5


def usable_features(frame: pd.DataFrame) -> tuple[str, ...]:
    """Numeric features that are not constant and not all missing, in the frame's order."""
    names = [name for name in frame.columns if name not in KEYS and pd.api.types.is_numeric_dtype(frame[name])]
    return tuple(name for name in names if frame[name].nunique(dropna=False) > 1 and frame[name].notna().any())


def has_both(frame: pd.DataFrame, least: int = FOLD_CLASS) -> bool:
    """Whether there are at least `least` churned and as many stayed rows."""
    churned = int(frame["churned"].sum())
    return min(churned, len(frame) - churned) >= least


def age_weights(frame: pd.DataFrame, half_life_days: float) -> np.ndarray:
    """1 for rows of the newest snapshot, half of it for each `half_life_days` of age."""
    dates = pd.to_datetime(frame["as_of_date"])
    age = (dates.max() - dates).dt.days.to_numpy(dtype=float)
    return np.power(0.5, age / half_life_days)


def folds_of(
    frame: pd.DataFrame, horizon_days: int, params: Params
) -> tuple[list[tuple[np.ndarray, np.ndarray]], bool]:
    """Row masks (train, valid) rolling in time, or by customer groups if no two windows are apart; and which it is."""
    days = pd.to_datetime(frame["as_of_date"])
    pairs = []
    for fold in rolling_folds(as_dates(days), horizon_days, params.max_folds):
        pairs.append((days.isin(_stamps(fold.train)).to_numpy(), (days == pd.Timestamp(fold.valid)).to_numpy()))
    pairs = [(train, valid) for train, valid in pairs if has_both(frame[train]) and has_both(frame[valid])]
    if pairs:
        return pairs, True
    group = customer_groups(frame["customer_id"], GROUPS)
    masks = [(group != number, group == number) for number in range(GROUPS)]
    return [(train, valid) for train, valid in masks if has_both(frame[train]) and has_both(frame[valid], 1)], False


def require_enough(frame: pd.DataFrame, features: Sequence[str]) -> None:
    """Raise InsufficientDataError where one fit is impossible; whether a shop has enough says models/sufficiency.py."""
    churners = frame.loc[frame["churned"].astype(bool), "customer_id"].nunique()
    stayers = frame.loc[~frame["churned"].astype(bool), "customer_id"].nunique()
    found = f"{frame['customer_id'].nunique()} customers, {churners} churned and {stayers} stayed"
    if min(churners, stayers) < MIN_CLASS:
        raise InsufficientDataError(f"found {found}; at least {MIN_CLASS} of each are needed")
    if not features:
        raise InsufficientDataError(f"found {found}, but no feature that differs between customers")


def snapshot_rows(frame: pd.DataFrame, dates: Sequence[date]) -> pd.DataFrame:
    """The rows of the given snapshots."""
    return frame[pd.to_datetime(frame["as_of_date"]).isin(_stamps(dates))]


def _stamps(dates: Sequence[date]) -> list[pd.Timestamp]:
    return [pd.Timestamp(day) for day in dates]
