"""Splits never look ahead: every label window learned from is over before the judged one begins."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from models.folds import folds_of
from models.params import Params
from models.windows import customer_groups, rolling_folds, sample_by_customer, split
from tests.churn_frames import HORIZON, labelled_frame

DATES = st.lists(st.dates(date(2020, 1, 1), date(2026, 1, 1)), max_size=30, unique=True)
HORIZONS = st.integers(1, 400)


def windows_apart(train: tuple[date, ...], later: date, horizon: int) -> bool:
    return all(day + timedelta(days=horizon) <= later for day in train)


@given(DATES, HORIZONS, st.integers(1, 6))
def test_label_windows_of_folds_and_test_never_overlap(dates: list[date], horizon: int, count: int) -> None:
    windows = split(dates, horizon)
    if windows.test is None:
        assert set(windows.past) == set(dates)
        return
    assert windows.past
    assert windows_apart(windows.past, windows.test, horizon)
    folds = rolling_folds(windows.past, horizon, count)
    assert len(folds) <= count
    for fold in folds:
        assert fold.train
        assert windows_apart(fold.train, fold.valid, horizon)
        assert windows_apart((fold.valid,), windows.test, horizon)
    judged = [fold.valid for fold in folds]
    assert all(windows_apart((earlier,), later, horizon) for later, earlier in pairwise(judged))


@given(DATES, HORIZONS)
def test_a_longer_history_never_loses_the_test(dates: list[date], horizon: int) -> None:
    if split(dates, horizon).test is not None:
        assert split([*dates, min(dates) - timedelta(days=1)], horizon).test is not None


def test_folds_learn_from_the_past_only() -> None:
    frame = labelled_frame(300, 8)
    folds, in_time = folds_of(frame, HORIZON, Params())
    assert in_time
    for train, valid in folds:
        assert frame[train]["as_of_date"].max() + pd.Timedelta(days=HORIZON) <= frame[valid]["as_of_date"].min()


def test_a_short_history_splits_customers_instead() -> None:
    frame = labelled_frame(300, 2)
    folds, in_time = folds_of(frame, HORIZON, Params())
    assert not in_time
    seen = np.zeros(len(frame), dtype=int)
    for train, valid in folds:
        assert not set(frame[train]["customer_id"]) & set(frame[valid]["customer_id"])
        seen += valid
    assert (seen == 1).all()


def test_samples_keep_customers_whole_and_are_the_same_in_any_order() -> None:
    frame = labelled_frame(500, 4)
    sample = sample_by_customer(frame, 800)
    assert 400 < len(sample) < 1200
    assert (sample.groupby("customer_id").size() == 4).all()
    shuffled = sample_by_customer(frame.sample(frac=1, random_state=1), 800)
    assert set(shuffled["customer_id"]) == set(sample["customer_id"])
    groups = customer_groups(frame["customer_id"], 3)
    assert np.bincount(groups).min() > len(frame) / 6
