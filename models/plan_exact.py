"""The exact plan by HiGHS, on what prices leave open.

A pair whose customer would lose more by it than the bound lies above the plan in hand cannot be in a better plan
(reduced-cost fixing). What is left is a core of customers near the margin; HiGHS decides it with all else fixed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from models.plan_dual import bound_at
from models.plan_pairs import Pairs, room
from models.solver_output import without_stray_lines

CORE_PAIRS = 1_000  # above this many open pairs nothing is proved beyond the bound
CLOSE_PAIRS = 300  # so many closest calls are decided anew where the core is larger
EXACT_CUSTOMERS = 1_000  # above this many a plan that is close enough is left as it is: a slider should feel live
CLOSE_ENOUGH = 0.001  # share of the bound
POLISHED = 20_000  # customers up to which the closest calls are sought: the more there are, the smaller the gap anyway
NODES = 500  # of the search tree; a number instead of seconds, so that the same input gives the same plan


@dataclass(frozen=True)
class Proved:
    """Picks, one pair per customer or −1, and a value that no plan exceeds."""

    picks: np.ndarray
    bound: float


def improve(pairs: Pairs, picks: np.ndarray, prices: np.ndarray) -> Proved:
    """The best plan where the core is small enough, else one at least as good as the picks; with what is proved."""
    bound = bound_at(pairs, prices)
    if pairs.owners > EXACT_CUSTOMERS and bound - _value(pairs, picks) <= CLOSE_ENOUGH * bound:
        return Proved(picks, bound)
    core = _core(pairs, prices, bound - _value(pairs, picks))
    if len(core) > CORE_PAIRS and pairs.owners <= POLISHED:
        close = _closest(pairs, prices, bound - _value(pairs, picks))
        picks = _decided(pairs, picks, prices, close).picks
        core = _core(pairs, prices, bound - _value(pairs, picks))
    if len(core) > CORE_PAIRS or bound - _value(pairs, picks) <= 1e-9 * bound:
        return Proved(picks, bound)
    decided = _decided(pairs, picks, prices, core)
    return Proved(decided.picks, max(_value(pairs, decided.picks), min(bound, decided.bound)))


def _value(pairs: Pairs, picks: np.ndarray) -> float:
    return float(pairs.net[picks[picks >= 0]].sum())


def _decided(pairs: Pairs, picks: np.ndarray, prices: np.ndarray, core: np.ndarray) -> Proved:
    """The better of the picks and the best choice within a core, and the bound of plans that differ only there."""
    chosen = _fixed(pairs, core, prices)
    fixed = chosen[chosen >= 0]
    left = room(pairs.limits) - pairs.used(fixed)
    if (left < 0).any():
        return Proved(picks, np.inf)
    found, bound = _solve(pairs, core, left)
    if found is not None:
        chosen[pairs.owner[found]] = found
    within = np.all(pairs.used(chosen[chosen >= 0]) <= room(pairs.limits))
    better = chosen if within and _value(pairs, chosen) > _value(pairs, picks) else picks
    return Proved(better, bound + float(pairs.net[fixed].sum()))


def _closest(pairs: Pairs, prices: np.ndarray, gap: float) -> np.ndarray:
    """The core of a gap so small that few pairs are in it."""
    core = _core(pairs, prices, gap)
    while len(core) > CLOSE_PAIRS and gap > 1e-9:
        gap /= 2
        core = _core(pairs, prices, gap)
    return core


def _losses(pairs: Pairs, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each pair, and what no pair at all, loses against the customer's best at these prices."""
    worth = pairs.priced(prices)
    top = np.maximum(pairs.tops(worth), 0)
    return top[pairs.owner] - worth, top


def _core(pairs: Pairs, prices: np.ndarray, gap: float) -> np.ndarray:
    """Pairs of customers with more than one choice that could be part of a plan better than the one in hand."""
    lost, without = _losses(pairs, prices)
    open_pair = lost <= gap + 1e-9
    choices = np.bincount(pairs.owner[open_pair], minlength=pairs.owners) + (without <= gap + 1e-9)
    return np.flatnonzero(open_pair & (choices > 1)[pairs.owner])


def _fixed(pairs: Pairs, core: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """The choice of every customer outside the core: the best at these prices."""
    worth = pairs.priced(prices)
    best = pairs.firsts((worth > 0) & (worth == pairs.tops(worth)[pairs.owner]))
    best[pairs.owner[core]] = -1
    return best


def _solve(pairs: Pairs, core: np.ndarray, left: np.ndarray) -> tuple[np.ndarray | None, float]:
    """The core's best pairs within what is left of the limits, None where the search found none; and its bound."""
    if not len(core):
        return np.zeros(0, np.int64), 0.0
    owner = np.unique(pairs.owner[core], return_inverse=True)[1]
    one_each = csr_array((np.ones(len(core)), (owner, np.arange(len(core)))))
    binding = np.flatnonzero(np.isfinite(left))
    uses = pairs.uses(core)[:, binding]
    size = np.maximum(uses.max(axis=0, initial=0), 1e-9)  # HiGHS' tolerances are absolute: rows of size one
    table = vstack([one_each, csr_array((uses / size).T)])
    most = np.r_[np.ones(one_each.shape[0]), np.maximum(left[binding], 0) / size]
    with without_stray_lines():
        found = milp(
            -pairs.net[core],
            constraints=LinearConstraint(table, -np.inf, most),
            integrality=np.ones(len(core)),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0, "node_limit": NODES},
        )
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    return (None if found.x is None else core[found.x > 0.5]), bound
