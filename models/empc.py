"""Expected maximum profit of a churn model (EMPC; Verbraken, Verbeke & Baesens 2013, IEEE TKDE 25(5), 961-973).

For a share gamma of leavers who accept, contacting the riskiest share earns per customer of the whole

    P(gamma) = CLV [ (gamma (1 - delta) - phi) pi0 F0 - (rho delta + phi) pi1 F1 ],   delta = d / CLV, phi = c / CLV

with pi0 and pi1 the shares of leavers and stayers, F0 and F1 how many of them are contacted. The best threshold for a
gamma is a corner of the convex hull of the ROC curve; which one changes only at gammas that follow from the hull's
slopes. Between them P is a line in gamma, so its mean over gamma ~ Beta(alpha, beta) is a sum of incomplete beta
functions, without numerical integration. The paper lets every stayer take the incentive: rho = 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc
from sklearn.isotonic import isotonic_regression

from models.profit import Terms

MAX_GROUPS = 1_000


@dataclass(frozen=True)
class Empc:
    """Money per customer of the whole, and the share of customers contacted at the best thresholds, both expected."""

    profit: float
    share: float


@dataclass(frozen=True)
class Hull:
    """Corners of the convex hull of a ROC curve, from nobody to everybody: shares of leavers and of stayers reached.

    `rate` is the share of leavers among all.
    """

    leavers: np.ndarray
    stayers: np.ndarray
    rate: float


@dataclass(frozen=True)
class Ranked:
    """Leavers and stayers in groups of one risk, riskiest first; one row of the arrays per resample."""

    leavers: np.ndarray
    stayers: np.ndarray


def ranked(churned: np.ndarray, risk: np.ndarray, weights: np.ndarray | None = None) -> Ranked:
    """Rows with an outcome of 0 or 1 and any score that rises with the risk, grouped; `weights` are resamples × rows.

    Beyond `MAX_GROUPS` different scores, those that the hull of all rows pools are one group: a resample then finds no
    better thresholds by chance.
    """
    order = np.argsort(-risk, kind="stable")
    mass = np.ones((1, len(risk))) if weights is None else np.asarray(weights, dtype=float)[:, order]
    left = mass * churned[order]
    starts = np.flatnonzero(np.r_[True, np.diff(risk[order]) != 0])
    if len(starts) > MAX_GROUPS:
        alone = ranked(churned, risk) if weights is not None else None
        starts = starts[_pooled(alone.leavers[0], alone.stayers[0])] if alone else starts
    total = np.add.reduceat(mass, starts, axis=1)
    leavers = np.add.reduceat(left, starts, axis=1)
    return Ranked(leavers, total - leavers)


def _pooled(leavers: np.ndarray, stayers: np.ndarray) -> np.ndarray:
    """Where each piece of the hull begins among groups.

    Isotonic regression of the outcomes on the score pools exactly what the hull skips (Fawcett & Niculescu-Mizil 2007).
    """
    total = leavers + stayers
    rates = isotonic_regression(leavers / total, sample_weight=total, increasing=False)
    return np.flatnonzero(np.r_[True, np.diff(rates) != 0])


def hull_of(leavers: np.ndarray, stayers: np.ndarray) -> Hull:
    """The hull of groups, riskiest first; both outcomes must occur."""
    there = leavers + stayers > 0
    leavers, stayers = leavers[there], stayers[there]
    blocks = _pooled(leavers, stayers)
    won, kept = np.add.reduceat(leavers, blocks), np.add.reduceat(stayers, blocks)
    return Hull(
        np.r_[0.0, won.cumsum() / won.sum()],
        np.r_[0.0, kept.cumsum() / kept.sum()],
        float(won.sum() / (won.sum() + kept.sum())),
    )


def roc_hull(churned: np.ndarray, risk: np.ndarray) -> Hull:
    """The hull of the ROC curve of rows."""
    groups = ranked(churned, risk)
    return hull_of(groups.leavers[0], groups.stayers[0])


def empc(hull: Hull, clv: float, terms: Terms) -> Empc:
    """EMPC of a hull for customers worth `clv`, in money per customer; nothing is earned where the incentive is dearer
    than what a customer is worth.
    """
    if clv <= terms.incentive or not 0 < hull.rate < 1:
        return Empc(0.0, 0.0)
    delta, phi = terms.incentive / clv, terms.contact_cost / clv
    stayer_cost = (terms.redemption * delta + phi) * (1 - hull.rate)
    edges = np.r_[0.0, _changes(hull, delta, phi, stayer_cost), 1.0]
    chance = np.diff(betainc(terms.alpha, terms.beta, edges))
    gamma = terms.acceptance * np.diff(betainc(terms.alpha + 1, terms.beta, edges))  # integral of gamma over each piece
    won = hull.rate * hull.leavers * ((1 - delta) * gamma - phi * chance)
    profit = clv * float(np.sum(won - stayer_cost * hull.stayers * chance))
    contacted = hull.rate * hull.leavers + (1 - hull.rate) * hull.stayers
    return Empc(profit, float(np.sum(contacted * chance)))


def _changes(hull: Hull, delta: float, phi: float, stayer_cost: float) -> np.ndarray:
    """From which gamma on each next corner of the hull is the best one; rising, at most 1."""
    more_leavers, more_stayers = np.diff(hull.leavers), np.diff(hull.stayers)
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = (phi + stayer_cost * more_stayers / (hull.rate * more_leavers)) / (1 - delta)
    return np.clip(np.nan_to_num(gamma, nan=1.0, posinf=1.0), 0.0, 1.0)


def empc_of(churned: np.ndarray, risk: np.ndarray, clv: float, terms: Terms) -> Empc:
    """EMPC of risks on rows with a known outcome; nothing where all left or none did."""
    return empc(roc_hull(churned, risk), clv, terms) if 0 < churned.sum() < len(churned) else Empc(0.0, 0.0)


def empc_draws(groups: Ranked, clv: float, terms: Terms) -> np.ndarray:
    """The profit in every resample, money per customer."""
    pairs = zip(groups.leavers, groups.stayers, strict=True)
    known = (hull_of(*pair) if pair[0].any() and pair[1].any() else None for pair in pairs)
    return np.array([empc(hull, clv, terms).profit if hull else 0.0 for hull in known])
