"""From numpy arrays to Arrow columns of the contract's types: ids, moments, money, words."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipelines.sample.draws import Bools, Floats, Ints
from pipelines.sample.seasons import DAYS, EPOCH_DAYS

TIMESTAMP = pa.timestamp("us")
_DAY = 86_400


def ids(prefix: str, numbers: Ints, width: int = 9) -> pa.Array:
    """Return `prefix` plus each number in `width` digits; a negative number becomes NULL.

    Builds the bytes by digit: formatting ten million Python strings would take longer than the whole simulation.
    """
    n, length = len(numbers), len(prefix) + width
    text = np.empty((n, length), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    rest = np.maximum(numbers, 0)
    for place in range(length - 1, len(prefix) - 1, -1):
        text[:, place] = rest % 10 + ord("0")
        rest = rest // 10
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(length)
    found = pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(text))
    return found if (numbers >= 0).all() else _blank(found, numbers < 0)


def moments(days: Floats, *, upto: float = DAYS) -> pa.Array:
    """Return days since the first day as timestamps to the second; NaN and what is not known by `upto` become NULL."""
    is_known = days < upto
    seconds = np.floor(np.where(is_known, days, 0.0) * _DAY).astype(np.int64) + EPOCH_DAYS * _DAY
    return pa.array(seconds * 1_000_000, type=pa.int64(), mask=~is_known).cast(TIMESTAMP)


def money(cents: Ints) -> pa.Array:
    """Return euro from whole cents."""
    return pa.array(cents / 100.0, type=pa.float64())


def words(choices: Sequence[str | None], positions: Ints) -> pa.Array:
    """Return the word at each position; a negative position becomes NULL."""
    found = pa.array(choices, type=pa.string()).take(pa.array(np.maximum(positions, 0)))
    return found if (positions >= 0).all() else _blank(found, positions < 0)


def numbers(values: Floats, kind: pa.DataType | None = None) -> pa.Array:
    """Return numbers; NaN becomes NULL."""
    is_missing = np.isnan(values)
    return pa.array(np.where(is_missing, 0.0, values), mask=is_missing).cast(kind or pa.float64())


def _blank(array: pa.Array, where: Bools) -> pa.Array:
    return pa.compute.if_else(pa.array(~where), array, pa.scalar(None, pa.string()))
