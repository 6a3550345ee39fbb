"""Drift: how far the customers of a day differ from those a model learned from, feature by feature.

The population stability index (PSI) of two distributions over the same bins is Σ (p − q) · ln(p / q): 0 for equal ones,
by convention slight from 0.1 and large from 0.2. Bins are fixed once, from quantiles of the training rows; what is not
known is a bin of its own. Counts get half a row per bin, so that an empty one is rare instead of impossible.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

SLIGHT, LARGE = 0.1, 0.2
BINS = 10
STABLE, MOVED, USUAL, BEHAVIOUR, LEARNED = "stable", "slight", "usual", "behaviour", "training"
BREAK, OWN_DOING = "data break", "own contacts"
MAX_ROWS = 50_000  # of the training rows; more would not move a quantile that matters
_NEAR_DAYS = 20  # two distances between days that differ by less count as equal
_BEYOND = 1.25  # times the largest step that the training months took


@dataclass(frozen=True)
class Reference:
    """The training rows in bins. `counts` of a feature: one per bin, the last of rows in which it is missing."""

    edges: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able values."""
        return {"edges": self.edges, "counts": self.counts}

    @classmethod
    def from_dict(cls, values: dict[str, Any] | None) -> "Reference":
        """The inverse of `to_dict`; empty for a version that kept none."""
        return cls(values["edges"], values["counts"]) if values else cls()


def reference_of(rows: pd.DataFrame, features: Sequence[str]) -> Reference:
    """Bins and counts of training rows; a feature that is not numeric or never known has the missing bin alone."""
    some = rows.iloc[:: max(1, -(-len(rows) // MAX_ROWS))]
    edges = {name: edges_of(some[name].to_numpy(dtype=float)) for name in features}
    counts = {name: counts_of(some[name].to_numpy(dtype=float), edges[name]) for name in features}
    return Reference(edges, {name: [int(count) for count in found] for name, found in counts.items()})


def edges_of(values: np.ndarray, bins: int = BINS) -> list[float]:
    """Upper edges of all bins but the last: distinct quantiles, and around a value that many share a bin of its own."""
    known = values[np.isfinite(values)]
    if not len(known):
        return []
    cuts = np.quantile(known, np.arange(1, bins) / bins, method="lower")
    found, times = np.unique(cuts, return_counts=True)
    below = [known[known < value].max() for value in found[times > 1] if (known < value).any()]
    return [float(edge) for edge in np.unique([*found, *below])]


def counts_of(values: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    """Rows per bin; an edge belongs to the bin below it, the last bin is of what is missing or infinite."""
    is_known = np.isfinite(values)
    known = np.bincount(np.searchsorted(edges, values[is_known], side="left"), minlength=len(edges) + 1)
    return np.append(known, len(values) - is_known.sum())


def psi(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """PSI along the last axis of two arrays of counts over the same bins."""
    p, q = _shares(counts), _shares(reference)
    return np.asarray(((p - q) * np.log(p / q)).sum(axis=-1))


def _shares(counts: np.ndarray) -> np.ndarray:
    smoothed = np.asarray(counts, dtype=float) + 0.5
    return smoothed / smoothed.sum(axis=-1, keepdims=True)


def months_of(name: str, days: Sequence[date], counts: np.ndarray, reference: Reference, end: date) -> pd.DataFrame:
    """One row per day of a feature: as_of_date, psi, step, usual_step, missing_share, kind.

    `counts` are days × bins, days oldest first; those up to `end` are among the training rows. `step` is the PSI
    against the newest of these, `usual_step` the largest between two of them that lie as far apart: seasons come back
    and a young shop's customers grow older, so that a large PSI is news only beyond it.
    """
    learned = [place for place, day in enumerate(days) if day <= end]
    against = psi(counts, np.asarray(reference.counts[name]))
    last = learned[-1] if learned else 0
    steps = psi(counts, counts[last])
    usual = [_usual_step(days, counts, learned, (day - days[last]).days) for day in days]
    kinds = [
        LEARNED if day <= end else _kind(index, step, before)
        for day, index, step, before in zip(days, against, steps, usual, strict=True)
    ]
    missing = counts[:, -1] / np.maximum(counts.sum(axis=1), 1)
    return pd.DataFrame(
        {
            "feature": name,
            "as_of_date": list(days),
            "psi": against,
            "step": steps,
            "usual_step": usual,
            "missing_share": missing,
            "kind": kinds,
        }
    )


def _usual_step(days: Sequence[date], counts: np.ndarray, learned: list[int], distance: int) -> float:
    """The largest PSI between two training days as far apart; of any two where none are; 0 with fewer than two."""
    pairs = [(one, other) for one in learned for other in learned if one < other]
    near = [(one, other) for one, other in pairs if abs((days[other] - days[one]).days - distance) <= _NEAR_DAYS]
    chosen = near or pairs
    if not chosen or distance <= 0:
        return 0.0
    first, second = zip(*chosen, strict=True)
    return float(psi(counts[list(second)], counts[list(first)]).max())


def _kind(index: float, step: float, usual: float) -> str:
    if index < LARGE:
        return STABLE if index < SLIGHT else MOVED
    return BEHAVIOUR if step > _BEYOND * usual and step >= SLIGHT else USUAL


def deciles(risk: np.ndarray) -> list[float]:
    """Smallest risk, the nine deciles, largest risk; not numbers without any customer."""
    return [float(value) for value in np.quantile(risk, np.arange(11) / 10)] if len(risk) else [float("nan")] * 11
