"""Expected maximum profit of a churn model (EMPC; Verbraken, Verbeke & Baesens 2013, IEEE TKDE 25, equations 12-17).

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


def roc_hull(churned: np.ndarray, risk: np.ndarray, weights: np.ndarray | None = None) -> Hull:
    """The hull for rows with an outcome of 0 or 1 and any score that rises with the risk; both outcomes must occur.

    Isotonic regression of the outcomes on the score pools exactly what the hull skips (Fawcett & Niculescu-Mizil 2007).
    """
    mass = np.ones(len(risk)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(-risk, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(risk[order]) != 0])
    total = np.add.reduceat(mass[order], starts)
    left = np.add.reduceat((mass * churned)[order], starts)
    there = total > 0
    total, left = total[there], left[there]
    pooled = isotonic_regression(left / total, sample_weight=total, increasing=False)
    blocks = np.flatnonzero(np.r_[True, np.diff(pooled) != 0])
    leavers, stayers = np.add.reduceat(left, blocks), np.add.reduceat(total - left, blocks)
    return Hull(
        np.r_[0.0, leavers.cumsum() / leavers.sum()],
        np.r_[0.0, stayers.cumsum() / stayers.sum()],
        float(leavers.sum() / (leavers.sum() + stayers.sum())),
    )


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


def empc_draws(
    churned: np.ndarray, risk: np.ndarray, weights: np.ndarray, customer_value: float, terms: Terms
) -> np.ndarray:
    """The profit in every resample (rows of `weights`; see models.evaluate.Resamples), money per customer."""
    return np.array([empc(roc_hull(churned, risk, row), customer_value, terms).profit for row in weights])
