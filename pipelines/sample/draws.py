"""Vectorised draws that the sample shop needs more than once; every draw comes from the generator passed in."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Frame = dict[str, np.ndarray]
Rng = np.random.Generator

# Orders and messages by hour of the day, 0 to 23.
_BY_HOUR = np.array([2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 10, 10, 9, 9, 9, 10, 11, 13, 15, 16, 14, 9, 5], dtype=float)
_HOUR_CDF = np.concatenate([[0.0], np.cumsum(_BY_HOUR / _BY_HOUR.sum())])


def pick(rng: Rng, weights: Sequence[float], n: int) -> Ints:
    """Draw `n` positions in proportion to `weights`."""
    cdf = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(cdf / cdf[-1], rng.random(n), side="right").astype(np.int64)


def daytime(rng: Rng, n: int) -> Floats:
    """Draw `n` times of day as shares of a day, busiest in the evening."""
    return np.interp(rng.random(n), _HOUR_CDF, np.arange(25) / 24)


def next_day(rng: Rng, day: Floats) -> Floats:
    """Return a moment at daytime on the day after each `day`."""
    return np.floor(day) + 1 + daytime(rng, len(day))


def lognormal(rng: Rng, median: Floats | float, sigma: float, n: int) -> Floats:
    """Draw `n` log-normal numbers around `median`."""
    return np.asarray(median * np.exp(sigma * rng.standard_normal(n)))


def chance(rng: Rng, probability: npt.NDArray[np.floating] | float, n: int) -> Bools:
    """Draw `n` yes or no answers."""
    return rng.random(n) < probability


def take(frame: Frame, rows: np.ndarray) -> Frame:
    """Return the rows of every column, by mask or by position."""
    return {name: column[rows] for name, column in frame.items()}


def stack(frames: Sequence[Frame]) -> Frame:
    """Put frames with the same columns under one another."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}
