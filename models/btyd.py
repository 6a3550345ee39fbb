"""Buy till you die: what the rhythm of past orders alone says about the next ones, from BG/NBD and MBG/NBD.

Customers order at random with a rate of their own (gamma: r, alpha) until they leave, which they can do after any order
with a probability of their own (beta: a, b). In BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24) nobody leaves
after the first order, in MBG/NBD (Batislam, Denizel & Filiztekin 2007, IJRM 24) they can. A history is (repeats, last,
age): days with an order after the first, days from first to last order, days from first order to now.

P(alive) is no churn score: it is 1 for every one-time buyer of BG/NBD. What predicts is P(no order within the horizon).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, psi

KINDS = ("bg", "mbg")
MAX_HISTORIES = 50_000  # more histories move the four parameters by less than they are known
_BOUNDS = np.log([(1e-3, 1e3), (1e-2, 1e6), (1e-3, 1e3), (1e-3, 1e3)])


@dataclass(frozen=True)
class Histories:
    """Order histories as arrays of one length; days as floats."""

    repeats: np.ndarray
    last: np.ndarray
    age: np.ndarray


@dataclass(frozen=True)
class BuyTillYouDie:
    """Fitted parameters, days as the unit of time; `kind` is bg or mbg."""

    r: float
    alpha: float
    a: float
    b: float
    kind: str = "mbg"

    def p_alive(self, histories: Histories) -> np.ndarray:
        """Probability that a customer can still order; see the warning above."""
        return expit(-_log_left(self, histories))

    def quiet_log_odds(self, histories: Histories, days: float) -> np.ndarray:
        """Log-odds that no order comes within `days`.

        With u the odds of having left and s = ((alpha + age) / (alpha + age + days))^(r + repeats) the probability that
        a customer who has not left orders nothing, the odds are (u + s) / (1 − s): both models in closed form.
        """
        start = self.alpha + histories.age
        silent = -(self.r + histories.repeats) * np.log1p(days / start)
        return np.logaddexp(_log_left(self, histories), silent) - np.log(-np.expm1(silent))

    def p_quiet(self, histories: Histories, days: float) -> np.ndarray:
        """Probability that no order comes within `days`."""
        return expit(self.quiet_log_odds(histories, days))

    def log_likelihood(self, histories: Histories) -> np.ndarray:
        """Log density of each history; equation 3 of Fader et al., equation 4 of Batislam et al."""
        return _log_likelihood(self, histories)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return asdict(self)


def _chances(model: BuyTillYouDie, repeats: np.ndarray) -> np.ndarray:
    """How often a customer could have left and did not, were they still there."""
    return repeats + 1.0 if model.kind == "mbg" else repeats


def _log_left(model: BuyTillYouDie, histories: Histories) -> np.ndarray:
    """Log of the odds of having left right after the last order; −inf where nobody can have."""
    chances = _chances(model, histories.repeats)
    spread = np.log((model.alpha + histories.age) / (model.alpha + histories.last))
    weight = np.log(model.a) - np.log(np.maximum(model.b + chances - 1, 1e-12))
    return np.where(chances > 0, weight + (model.r + histories.repeats) * spread, -np.inf)


def _log_likelihood(model: BuyTillYouDie, histories: Histories) -> np.ndarray:
    r, a, b, repeats = model.r, model.a, model.b, histories.repeats
    counts, which = np.unique(repeats, return_inverse=True)  # gamma functions depend on the number of orders alone
    chances = _chances(model, counts)
    rate = gammaln(r + counts) - gammaln(r) + r * np.log(model.alpha)
    stay = gammaln(a + b) + gammaln(b + chances) - gammaln(b) - gammaln(a + b + chances)
    waiting = -(r + repeats) * np.log(model.alpha + histories.age)
    return (rate + stay)[which] + waiting + np.logaddexp(0, _log_left(model, histories))


def _slopes(model: BuyTillYouDie, histories: Histories) -> np.ndarray:
    """Derivatives of the log likelihood by the logs of (r, alpha, a, b); shape rows × 4."""
    r, alpha, a, b, repeats = model.r, model.alpha, model.a, model.b, histories.repeats
    left = expit(_log_left(model, histories))
    counts, which = np.unique(repeats, return_inverse=True)
    chances = _chances(model, counts)
    now, then = alpha + histories.age, alpha + histories.last
    by_r = (psi(r + counts) - psi(r))[which] + np.log(alpha / now) + left * np.log(now / then)
    by_alpha = r / alpha - (r + repeats) * ((1 - left) / now + left / then)
    gone = psi(a + b) - psi(a + b + chances)
    by_a = gone[which] + left / a
    # Where nobody can have left, the second part is 0 whatever it is divided by.
    by_b = (gone + psi(b + chances) - psi(b))[which] - left / np.maximum(b + chances - 1, 1e-12)[which]
    return np.column_stack([by_r * r, by_alpha * alpha, by_a * a, by_b * b])


def fit_btyd(histories: Histories, weight: np.ndarray | None = None, kind: str = "mbg") -> BuyTillYouDie:
    """Fit by maximum likelihood; `weight` per history. Equal histories are counted, not repeated.

    Beyond `MAX_HISTORIES` a fixed sample is taken. Needs at least one history of positive age.
    """
    table, counts = _counted(histories, weight)
    total = counts.sum()

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        model = _model(theta, kind)
        return -float(counts @ _log_likelihood(model, table) / total), -(counts @ _slopes(model, table)) / total

    start = np.clip(np.log([0.5, max(float(np.average(table.age, weights=counts)) / 2, 1.0), 0.5, 2.0]), *_BOUNDS.T)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=_BOUNDS, options={"maxiter": 300, "ftol": 1e-11})
    return _model(found.x, kind)


def _model(theta: np.ndarray, kind: str) -> BuyTillYouDie:
    r, alpha, a, b = (float(value) for value in np.exp(theta))
    return BuyTillYouDie(r, alpha, a, b, kind)


def _counted(histories: Histories, weight: np.ndarray | None) -> tuple[Histories, np.ndarray]:
    """Distinct histories and the weight of each."""
    rows = np.column_stack([histories.repeats, histories.last, histories.age]).astype(float)
    weight = np.ones(len(rows)) if weight is None else np.asarray(weight, dtype=float)
    if len(rows) > MAX_HISTORIES:
        chosen = np.random.default_rng(0).choice(len(rows), MAX_HISTORIES, replace=False)
        rows, weight = rows[chosen], weight[chosen]
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    return Histories(*distinct.T), np.bincount(which.ravel(), weights=weight)
