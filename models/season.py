"""The shop's year: how much of a usual week's margin each week of the calendar brings.

Outcomes that were seen over part of a year are compared with what is expected in that part. Classical decomposition:
each week over the centred mean of the 53 weeks around it, so that growth does not pass for season.
"""

import numpy as np
import pandas as pd

WEEKS = 53
_MIN_WEEKS = 104  # two years: less holds no second look at any week, and growth could not be told from season
_BULK = 6.0  # a week counts at most this many times a usual one: one bulk order is no season
_SMOOTH_DAYS = 7.0


def fit_season(daily: pd.Series) -> tuple[float, ...]:
    """Index per week of the year (mean 1) from margin per day (index: dates); empty below two years of orders."""
    if daily.empty:
        return ()
    days = daily.resample("D").sum()
    days = days.iloc[len(days) % 7 :]
    weekly = days.to_numpy(dtype=float).reshape(-1, 7).sum(axis=1)
    if len(weekly) < _MIN_WEEKS or np.median(weekly) <= 0:
        return ()
    weekly = np.clip(weekly, 0, _BULK * np.median(weekly))
    usual = np.convolve(weekly, np.ones(WEEKS) / WEEKS, mode="valid")
    half = WEEKS // 2
    ratio = weekly[half : half + len(usual)] / usual
    middle = pd.DatetimeIndex(days.index[3::7]).day_of_year.to_numpy()[half : half + len(usual)]
    week_days = np.arange(WEEKS) * 7 + 4
    apart = np.abs(middle[None, :] - week_days[:, None])
    nearness = np.exp(-0.5 * (np.minimum(apart, 365 - apart) / _SMOOTH_DAYS) ** 2) + 1e-12
    index = (nearness * ratio).sum(axis=1) / nearness.sum(axis=1)
    return tuple(float(value) for value in index / index.mean())


def season_of(season: tuple[float, ...], as_of: pd.Series, days: np.ndarray) -> np.ndarray:
    """What the `days` from each as-of date bring, over what as many usual days bring; 1 without a season."""
    if not season:
        return np.ones(len(days))
    index = np.asarray(season)[np.minimum(np.arange(366) // 7, WEEKS - 1)]
    windows = pd.DataFrame({"start": pd.to_datetime(as_of).dt.day_of_year.to_numpy() - 1, "days": days})
    distinct = windows.drop_duplicates()
    # A year is 365 days here: a whole one is exactly usual wherever it starts.
    year = index[:365] / index[:365].mean()
    sums = np.r_[0.0, np.tile(year, 12).cumsum()]
    start = np.minimum(distinct["start"].to_numpy(dtype=int), 364)
    end = np.minimum(start + distinct["days"].to_numpy(dtype=int), len(sums) - 1)
    shares = distinct.assign(share=(sums[end] - sums[start]) / np.maximum(end - start, 1))
    return windows.merge(shares, on=["start", "days"], how="left")["share"].to_numpy(dtype=float)
