"""Prices of the limits, and the bound they prove.

With a price on every limit, each customer is a question of its own: the action with the largest net less what it uses
at these prices. The sum of those plus the limits at their prices is at least what any plan can earn, whatever the
prices (weak duality), and at its minimum it equals the linear relaxation (Fisher 1981, Sinha & Zoltners 1979).
"""

import numpy as np
from scipy.optimize import minimize

from models.plan_pairs import Pairs, room

SAMPLE = 20_000  # customers on which prices are looked for
LARGE_SAMPLE = 120_000  # and on which they are made more exact, where there are more
SHARPNESS = (0.05, 0.005, 0.0005)  # width of the rounded corners, in mean nets


def bound_at(pairs: Pairs, prices: np.ndarray) -> float:
    """No plan earns more than this; valid for any prices of zero or more. Money."""
    finite = np.isfinite(pairs.limits)
    best = np.maximum(pairs.tops(pairs.priced(prices)), 0).sum()
    return float(prices[finite] @ pairs.limits[finite] + best)


def picks_at(pairs: Pairs, prices: np.ndarray) -> np.ndarray:
    """Each customer's best pair at these prices, the first of equals; −1 where none is worth its use."""
    worth = pairs.priced(prices)
    return pairs.firsts((worth > 0) & (worth == pairs.tops(worth)[pairs.owner]))


def find_prices(pairs: Pairs, guess: np.ndarray | None = None) -> np.ndarray:
    """Prices near the minimum of the bound, in money per unit of each limit; 0 where a limit does not bind.

    Found on a systematic sample over customers sorted by their best net, by L-BFGS on the bound with rounded corners.
    """
    zero = np.zeros(len(pairs.limits))
    if not pairs.owners or np.all(pairs.used(picks_at(pairs, zero)) <= room(pairs.limits)):
        return zero
    sample = sampled(pairs)
    scale = _scale(sample)
    start = zero if guess is None else guess
    for width in SHARPNESS if guess is None else SHARPNESS[-2:]:
        start = _minimum(sample, start, scale, width)
    if pairs.owners > SAMPLE:
        start = _minimum(sampled(pairs, LARGE_SAMPLE), start, scale, SHARPNESS[-1])
    return start


def sampled(pairs: Pairs, size: int = SAMPLE) -> Pairs:
    """Every so-manieth customer by best net, with limits cut in proportion."""
    if pairs.owners <= size:
        return pairs
    order = np.argsort(pairs.tops(pairs.net), kind="stable")
    places = np.linspace(0, pairs.owners - 1, size).round().astype(np.int64)
    return pairs.only(np.sort(order[places]), pairs.limits * (size / pairs.owners))


def _scale(pairs: Pairs) -> np.ndarray:
    """A price of one mean net per mean use of each limit; 0 where a limit is none."""
    everything = np.arange(len(pairs.net))
    uses = pairs.used(everything) / max(len(everything), 1)
    uses[2:] = 1.0
    scale = np.divide(pairs.net.mean(), uses, out=np.zeros(len(uses)), where=uses > 0)
    return np.where(np.isfinite(pairs.limits), scale, 0.0)


def _minimum(pairs: Pairs, start: np.ndarray, scale: np.ndarray, width: float) -> np.ndarray:
    """Prices that minimise the rounded bound, searched from `start`."""
    free = np.flatnonzero(scale)
    unit = float(pairs.tops(pairs.net).sum())

    def rounded(x: np.ndarray) -> tuple[float, np.ndarray]:
        prices = np.zeros(len(scale))
        prices[free] = x * scale[free]
        value, slope = _rounded(pairs, prices, width * float(pairs.net.mean()))
        return value / unit, slope[free] * scale[free] / unit

    found = minimize(
        rounded,
        start[free] / scale[free],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(free),
        options={"maxiter": 60, "ftol": 1e-9, "gtol": 1e-7},
    )
    prices = np.zeros(len(scale))
    prices[free] = np.maximum(found.x, 0) * scale[free]
    return prices


def _rounded(pairs: Pairs, prices: np.ndarray, width: float) -> tuple[float, np.ndarray]:
    """The bound with the maximum over actions replaced by a log-sum of exponentials, and its slope in the prices."""
    worth = pairs.priced(prices)
    top = np.maximum(pairs.tops(worth), 0)
    likely = np.exp((worth - top[pairs.owner]) / width)
    total = np.exp(-top / width) + np.add.reduceat(likely, pairs.start)
    finite = np.isfinite(pairs.limits)
    value = prices[finite] @ pairs.limits[finite] + (top + width * np.log(total)).sum()
    likely /= total[pairs.owner]
    used = pairs.used(np.arange(len(worth)), likely)
    return float(value), np.where(finite, pairs.limits, 0.0) - used
