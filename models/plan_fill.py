"""From prices to a plan: picks that keep every limit, with what room is left filled by what earns most for its use."""

import numpy as np

from models.plan_pairs import Pairs, room

PASSES = 20
AT_ONCE = 50_000  # switches looked at in one pass, at least
WORTH_IT = 1e-5  # share that a pass must add to the plan of a large shop for another one to follow
TIGHT = 0.999  # a limit used to this share takes no more while another one is relieved


def keep_limits(pairs: Pairs, picks: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Replace or give up picks, those that lose least first, until no limit is exceeded.

    First by another action of the same customer, then by none: giving up never uses more of anything, so it ends.
    """
    worth, picks = pairs.priced(prices), picks.copy()
    limits = len(pairs.limits)
    for turn in range(4 * limits):
        used = pairs.used(picks[picks >= 0])
        excess = np.where(np.isfinite(pairs.limits), used / np.maximum(room(pairs.limits), 1e-9) - 1, -1.0)
        worst = int(np.argmax(excess))
        if excess[worst] <= 0:
            break
        others = turn < 2 * limits
        picks = _relieved(pairs, picks, worth, worst, others)
    return picks


def _relieved(pairs: Pairs, picks: np.ndarray, worth: np.ndarray, limit: int, by_others: bool) -> np.ndarray:
    """Picks that no longer exceed one limit; the others are used no more than before where they are tight."""
    holders = np.flatnonzero(picks >= 0)
    before = np.zeros((pairs.owners, len(pairs.limits)))
    before[holders] = pairs.uses(picks[holders])
    excess = before[:, limit].sum() - pairs.limits[limit]
    instead = np.full(pairs.owners, -1)
    if by_others:
        instead = _best_instead(pairs, before, worth, limit)
    holders = holders[before[holders, limit] > 0][::-1]  # of equals the last one gives up
    after = np.zeros((len(holders), len(pairs.limits)))
    has_other = instead[holders] >= 0
    after[has_other] = pairs.uses(instead[holders[has_other]])
    lost = worth[picks[holders]] - np.where(has_other, worth[instead[holders]], 0)
    relief = before[holders, limit] - after[:, limit]
    order = np.argsort(lost / relief, kind="stable")
    enough = int(np.searchsorted(np.cumsum(relief[order]), excess)) + 1
    switched = holders[order[:enough]]
    picks[switched] = instead[switched]
    return picks


def _best_instead(pairs: Pairs, before: np.ndarray, worth: np.ndarray, limit: int) -> np.ndarray:
    """Each customer's best pair that uses less of a limit and no more of tight ones; −1 where none is better."""
    total = before.sum(axis=0)
    is_tight = total >= TIGHT * pairs.limits
    pair = np.flatnonzero((before[:, limit] > 0)[pairs.owner] & (worth > 0))
    uses, current = pairs.uses(pair), before[pairs.owner[pair]]
    allowed = (uses[:, limit] < current[:, limit]) & (uses <= current)[:, is_tight].all(axis=1)
    return _best(pairs, pair[allowed], worth)


def _best(pairs: Pairs, pair: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The pair with the highest score of each customer among some pairs, the first of equals; −1 without one."""
    scored = np.full(len(score), -np.inf)
    scored[pair] = score[pair]
    return pairs.firsts((scored > -np.inf) & (scored == pairs.tops(scored)[pairs.owner]))


def fill(pairs: Pairs, picks: np.ndarray, prices: np.ndarray, enough: float) -> np.ndarray:
    """Picks improved one by one while there is room: the most net per use at these prices first.

    Stops when nothing fits any more, the plan earns `enough`, or what is still found is not worth another pass.
    """
    worth, picks, before = pairs.priced(prices), picks.copy(), 0.0
    for _ in range(PASSES):
        has = np.flatnonzero(picks >= 0)
        earned, charged = np.zeros(pairs.owners), np.zeros(pairs.owners)
        earned[has] = pairs.net[picks[has]]
        charged[has] = earned[has] - worth[picks[has]]
        total = earned.sum()
        if total >= enough or (pairs.owners > AT_ONCE and total - before < WORTH_IT * total):
            break
        before = total
        uses = np.zeros((pairs.owners, len(pairs.limits)))
        uses[has] = pairs.uses(picks[has])
        better = _improvements(pairs, earned, charged, worth, uses)
        if not len(better):
            break
        owners = pairs.owner[better]
        taken = _admitted(pairs.uses(better) - uses[owners], room(pairs.limits) - uses.sum(axis=0))
        if not len(taken):
            break
        picks[owners[taken]] = better[taken]
    return picks


def _improvements(
    pairs: Pairs, earned: np.ndarray, charged: np.ndarray, worth: np.ndarray, uses: np.ndarray
) -> np.ndarray:
    """Each customer's best pair that earns more and fits into the room alone, the most net per use first."""
    left = room(pairs.limits) - uses.sum(axis=0)
    gain = pairs.net - earned[pairs.owner]
    fits = gain > 0
    fits &= pairs.cost - uses[pairs.owner, 0] <= left[0]
    fits &= pairs.minutes - uses[pairs.owner, 1] <= left[1]
    full = np.flatnonzero(left[2:] < 1)
    if len(full):
        fits &= ~np.isin(pairs.channel, full) | (uses[pairs.owner, 2 + pairs.channel] > 0)
    pair = np.flatnonzero(fits)
    charge = np.maximum(pairs.net[pair] - worth[pair] - charged[pairs.owner[pair]], 0)
    score = np.full(len(gain), -np.inf)
    score[pair] = gain[pair] / (charge + 1e-9 * gain[pair])
    best = _best(pairs, pair, score)
    best = best[best >= 0]
    order = np.argsort(-score[best], kind="stable")
    return best[order[: max(AT_ONCE, pairs.owners // 4)]]


def _admitted(more: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Places of the switches that fit one after the other in the order given; what does not fit is passed over."""
    taken, waiting, left = [], np.arange(len(more)), left.copy()
    for _ in range(100):
        waiting = waiting[(more[waiting] <= left).all(axis=1)]
        if not len(waiting):
            break
        running = np.cumsum(more[waiting], axis=0)
        misfits = np.flatnonzero((running > left).any(axis=1))
        count = int(misfits[0]) if len(misfits) else len(waiting)
        if count:
            taken.append(waiting[:count])
            left = left - running[count - 1]
        waiting = waiting[count + 1 :]
    return np.concatenate(taken) if taken else np.zeros(0, np.int64)
