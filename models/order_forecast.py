"""How many orders to expect of a customer who stays, from the rhythm of their past orders.

BG/NBD and MBG/NBD (see models/btyd.py) give the expected number of orders; here it is conditional on the first of them
coming within the churn horizon, because that is what staying means. It knows that customers thin out: a year holds
fewer than four times the orders of the next quarter.
"""

import numpy as np
from scipy.special import roots_genlaguerre, roots_jacobi

from models.btyd import BuyTillYouDie, Histories

_NODES = 24
_MANY = 400.0  # chances to leave survived beyond which the beta distribution is a gamma to a fraction of a percent
_CERTAIN = 100.0  # the same for a, beyond which the chance hardly differs between customers


def expected_orders(model: BuyTillYouDie, histories: Histories, days: float) -> np.ndarray:
    """Expected number of days with an order within `days`, whether or not the customer has left already.

    Of a customer who is there, the chance p to leave after an order is Beta(a, b + chances to leave survived) and the
    rate of orders is gamma; given p, E = (1 − (1 + p·days/(alpha + age))^−(r + repeats)) / p. The mean over p is taken
    by Gauss-Jacobi quadrature, exact where the hypergeometric function of the papers overflows.
    """
    spread = days / (model.alpha + histories.age)
    shape = model.r + histories.repeats
    expected = np.zeros(len(shape))
    counts, which = np.unique(histories.repeats, return_inverse=True)
    nodes, weights = _leaving(model, counts)
    for node, weight in zip(nodes.T, weights.T, strict=True):
        chance = node[which]
        expected += weight[which] * -np.expm1(-shape * np.log1p(chance * spread)) / chance
    return expected * model.p_alive(histories)


def _leaving(model: BuyTillYouDie, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the chance to leave after an order, for each number of repeats; shape counts × nodes."""
    nodes, weights = np.empty((len(counts), _NODES)), np.empty((len(counts), _NODES))
    for place, repeats in enumerate(counts):
        survived = model.b + (repeats + 1 if model.kind == "mbg" else repeats)
        if survived > _MANY and model.a > _CERTAIN:
            found, share = np.full(_NODES, model.a / (model.a + survived)), np.ones(_NODES)
        elif survived > _MANY:
            found, share = roots_genlaguerre(_NODES, model.a - 1)
            found = np.minimum(found / (survived + (model.a - 1) / 2), 1.0)
        else:
            found, share = roots_jacobi(_NODES, survived - 1, model.a - 1)
            found = (1 + found) / 2
        nodes[place], weights[place] = np.maximum(found, 1e-12), share / share.sum()
    return nodes, weights


def orders_if_staying(model: BuyTillYouDie, histories: Histories, days: float, horizon_days: float) -> np.ndarray:
    """Expected number of days with an order within `days`, given that one comes within the horizon; at least 1.

    All orders less those of customers who are silent for the horizon and come later, over the chance of not being
    silent. `days` is at least the horizon.
    """
    silent = model.p_quiet(histories, horizon_days)
    later = Histories(histories.repeats, histories.last, histories.age + horizon_days)
    total = expected_orders(model, histories, days) - silent * expected_orders(model, later, days - horizon_days)
    return np.maximum(total / np.maximum(1 - silent, 1e-9), 1.0)
