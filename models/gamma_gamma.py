"""What an order is worth: the Gamma-Gamma model of Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value".

The money of a customer's orders scatters around a mean of their own (gamma: shape p), means differ between customers
(gamma: q, scale gamma). A mean seen over few orders is therefore drawn towards what is usual in the shop, one seen over
many is believed.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

MAX_CUSTOMERS = 50_000  # more move the three parameters by less than they are known
_BOUNDS = np.log([(1e-2, 1e4), (1e-2, 1e4), (1e-6, 1e12)])


@dataclass(frozen=True)
class GammaGamma:
    """Fitted parameters; `scale` is the paper's gamma, in money."""

    p: float
    q: float
    scale: float

    def expected_value(self, mean: np.ndarray, orders: np.ndarray) -> np.ndarray:
        """Expected money of a future order, given the mean money of so many orders; equation 5 of the paper.

        Where q is at most 1 the mean over customers does not exist; the customers' own mean then counts from the first
        order on.
        """
        weight = self.p * orders
        return self.p * (self.scale + mean * orders) / np.maximum(weight + self.q - 1, weight)

    def log_likelihood(self, mean: np.ndarray, orders: np.ndarray) -> np.ndarray:
        """Log density of each customer's mean money (above 0); equation 1a of the paper."""
        p, q, scale = self.p, self.q, self.scale
        shape, total = p * orders, mean * orders
        constant = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(scale)
        return constant + (shape - 1) * np.log(mean) + shape * np.log(orders) - (shape + q) * np.log(scale + total)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return asdict(self)


def _slopes(model: GammaGamma, mean: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Derivatives of the log likelihood by the logs of (p, q, scale); shape customers × 3."""
    p, q, scale = model.p, model.q, model.scale
    shape, total = p * orders, mean * orders
    left = np.log(scale + total)
    by_p = orders * (psi(shape + q) - psi(shape) + np.log(total) - left)
    by_q = psi(shape + q) - psi(q) + np.log(scale) - left
    by_scale = q / scale - (shape + q) / (scale + total)
    return np.column_stack([by_p * p, by_q * q, by_scale * scale])


def fit_gamma_gamma(mean: np.ndarray, orders: np.ndarray) -> GammaGamma | None:
    """Fit by maximum likelihood on customers' mean money per order and number of orders.

    Customers whose mean is not above 0 are left out; None where fewer than two remain or all are alike.
    """
    known = np.isfinite(mean) & np.isfinite(orders) & (mean > 0) & (orders > 0)
    mean, orders = np.asarray(mean, dtype=float)[known], np.asarray(orders, dtype=float)[known]
    if len(np.unique(mean)) < 2:
        return None
    if len(mean) > MAX_CUSTOMERS:
        chosen = np.random.default_rng(0).choice(len(mean), MAX_CUSTOMERS, replace=False)
        mean, orders = mean[chosen], orders[chosen]
    unit = float(np.median(mean))  # money is counted in usual orders, so that a search in yen is one in euro

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        model = GammaGamma(*np.exp(theta))
        shares = mean / unit
        return -float(model.log_likelihood(shares, orders).mean()), -_slopes(model, shares, orders).mean(axis=0)

    found = minimize(
        loss, np.log([3.0, 3.0, 2.0]), jac=True, method="L-BFGS-B", bounds=_BOUNDS, options={"ftol": 1e-11}
    )
    p, q, scale = (float(value) for value in np.exp(found.x))
    return GammaGamma(p, q, scale * unit)
