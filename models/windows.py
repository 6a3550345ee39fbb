"""Splits in time: the label window of everything learned from is over before the label window judged by begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TimeFold:
    """Learn from the snapshots of `train`, judge on the later snapshot `valid`."""

    train: tuple[date, ...]
    valid: date


@dataclass(frozen=True)
class Windows:
    """The split of a training run: `test` is judged by a procedure that saw `past` alone; both may be missing."""

    past: tuple[date, ...]
    test: date | None


def as_dates(values: pd.Series) -> list[date]:
    """Distinct calendar dates of a timestamp column, oldest first."""
    return sorted(pd.Timestamp(value).date() for value in values.unique())


def known_by(dates: Sequence[date], moment: date, horizon_days: int) -> tuple[date, ...]:
    """Snapshots whose label window [d, d + horizon) is over at `moment`, oldest first."""
    return tuple(day for day in sorted(dates) if day + timedelta(days=horizon_days) <= moment)


def split(dates: Sequence[date], horizon_days: int) -> Windows:
    """Hold out the newest labelled snapshot as test if any snapshot was already decided on that day."""
    if not dates:
        return Windows((), None)
    newest = max(dates)
    past = known_by(dates, newest, horizon_days)
    return Windows(past, newest) if past else Windows(tuple(sorted(dates)), None)


def rolling_folds(dates: Sequence[date], horizon_days: int, max_folds: int) -> list[TimeFold]:
    """Folds that roll forward in time, newest first, whose judged label windows do not overlap each other either.

    Empty when the history is too short for a single fold.
    """
    folds: list[TimeFold] = []
    candidates = tuple(sorted(dates))
    while candidates and len(folds) < max_folds:
        valid = candidates[-1]
        train = known_by(dates, valid, horizon_days)
        if not train:
            break
        folds.append(TimeFold(train, valid))
        candidates = train
    return folds


def customer_groups(customer_ids: pd.Series, groups: int, seed: int = 0) -> np.ndarray:
    """A group number per row in [0, groups), the same for all rows of a customer and on every machine."""
    keys = pd.util.hash_array(customer_ids.astype(str).to_numpy(dtype=object), hash_key=f"{seed:016d}")
    return (keys % np.uint64(groups)).astype(np.int64)


def sample_by_customer(frame: pd.DataFrame, max_rows: int) -> pd.DataFrame:
    """At most about `max_rows` rows: whole customers chosen by hash, so that a rerun chooses the same."""
    if len(frame) <= max_rows:
        return frame
    parts = 10_000
    keep = customer_groups(frame["customer_id"], parts) < int(parts * max_rows / len(frame))
    return frame[keep]
