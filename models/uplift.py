"""Whom contact moves, customer by customer: learned from random draws alone, used only where it proves itself.

Two learners compete. The T-learner fits the outcome of each arm by a regularised logistic regression; the X-learner
(Künzel, Sekhon, Bickel & Yu 2019) fits both arms by boosted trees, the effect each customer would have shown, and trees
on that. Which one is used is decided inside the training half, so that the other half judges a finished choice.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xgboost as xgb
from scipy.special import ndtri
from sklearn.linear_model import LogisticRegression

from models.qini import RESAMPLES, Interval, Randomised, Rankings, interval

LEAST = 500  # customers in either arm from which trying is worth it
_TREES = {"max_depth": 3, "learning_rate": 0.1, "subsample": 1.0, "tree_method": "hist", "nthread": 1, "seed": 0}
_ROUNDS = 40


@dataclass(frozen=True)
class Effects:
    """One entry per customer: chance of the good outcome if left alone, and what contact adds to it."""

    untreated: np.ndarray
    added: np.ndarray


Learned = Callable[[np.ndarray], Effects]
Learner = Callable[[np.ndarray, Randomised], Learned]


@dataclass(frozen=True)
class Proof:
    """What the held-out halves say: the Qini coefficient, and its lead over ranking by risk alone.

    A plan that knows the risk and one acceptance for all already ranks by risk; an individual effect has to beat that.
    """

    learner: str
    qini: Interval
    lead: Interval
    n: int

    @property
    def is_unlocked(self) -> bool:
        """Whether individual effects may be used: neither interval reaches 0."""
        return self.qini.low > 0 and self.lead.low > 0


def t_logistic(x: np.ndarray, seen: Randomised) -> Learned:
    """Two logistic regressions on scaled inputs; what is not known counts as the mean."""
    scale = _scaling(x)
    fits = [
        LogisticRegression(C=0.1, max_iter=300).fit(scale(x[arm]), seen.outcome[arm] > 0)
        for arm in (~seen.treated, seen.treated)
    ]

    def effects(new: np.ndarray) -> Effects:
        scaled = scale(new)
        untreated, treated = (fit.predict_proba(scaled)[:, 1] for fit in fits)
        return Effects(untreated, treated - untreated)

    return effects


def x_trees(x: np.ndarray, seen: Randomised) -> Learned:
    """The X-learner on boosted trees."""
    untreated, treated = (_boost(x[arm], seen.outcome[arm], "binary:logistic") for arm in (~seen.treated, seen.treated))
    gained = _boost(x[seen.treated], seen.outcome[seen.treated] - untreated(x[seen.treated]), "reg:squarederror")
    missed = _boost(x[~seen.treated], treated(x[~seen.treated]) - seen.outcome[~seen.treated], "reg:squarederror")
    share = float(seen.treated.mean())
    return lambda new: Effects(untreated(new), share * missed(new) + (1 - share) * gained(new))


SIMPLEST = "T-learner, logistic"  # where the halves choose differently
LEARNERS: dict[str, Learner] = {SIMPLEST: t_logistic, "X-learner, trees": x_trees}


def choose(x: np.ndarray, seen: Randomised, seed: int = 0) -> str:
    """The name of the learner that ranks best on halves that it did not see."""
    parts = halves(seen, seed)
    found = {
        name: sum(_figures(learn(x[a], seen.where(a))(x[b]), seen.where(b)).coefficients(np.ones(len(b)))[0]
                  for a, b in (parts, parts[::-1]))
        for name, learn in LEARNERS.items()
    }  # fmt: skip
    return max(found, key=lambda name: found[name])


def can_learn(seen: Randomised) -> bool:
    """Whether both arms are large enough, and both outcomes happened often enough in each."""
    arms = [seen.outcome[arm] > 0 for arm in (seen.treated, ~seen.treated)]
    return all(len(arm) >= LEAST and min(arm.sum(), (~arm).sum()) >= LEAST / 20 for arm in arms)


def prove(x: np.ndarray, seen: Randomised, tried: int = 1, seed: int = 0) -> Proof:
    """Judge each half by what the other one taught; intervals resample the customers of the held-out halves.

    `tried` is how many actions are judged at once: with more of them each interval is wider (Bonferroni), so that 95 %
    hold for all together.
    """
    rng = np.random.default_rng(seed)
    parts = halves(seen, seed)
    told, draws, names = np.zeros(2), np.zeros((RESAMPLES, 2)), []
    for learn, hold in (parts, parts[::-1]):
        names.append(choose(x[learn], seen.where(learn), seed + 1))
        ranked = _figures(LEARNERS[names[-1]](x[learn], seen.where(learn))(x[hold]), seen.where(hold))
        told += _with_lead(ranked.coefficients(np.ones(len(hold)))) / 2
        draws += _with_lead(ranked.resampled(rng)) / 2
    z = float(-ndtri(0.025 / tried))
    own, lead = (interval(draws[:, column], float(told[column]), z) for column in (0, 1))
    name = names[0] if names[0] == names[1] else SIMPLEST
    return Proof(name, own, lead, len(seen))


def halves(seen: Randomised, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of two random halves of the customers; nobody is in both."""
    people = int(seen.customer.max(initial=-1)) + 1
    first = np.random.default_rng(seed).permutation(people) < people / 2
    return np.flatnonzero(first[seen.customer]), np.flatnonzero(~first[seen.customer])


def _figures(effects: Effects, seen: Randomised) -> Rankings:
    """The ranking by effect, and the one by the risk of whom nobody contacts."""
    return Rankings([effects.added, -effects.untreated], seen)


def _with_lead(coefficients: np.ndarray) -> np.ndarray:
    """The first coefficient, and its lead over the second."""
    return np.stack([coefficients[..., 0], coefficients[..., 0] - coefficients[..., 1]], axis=-1)


def _scaling(x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Signed logarithms on a scale of standard deviations, cut at four; what is not known becomes the mean."""
    logs = np.sign(x) * np.log1p(np.abs(x))
    middle, spread = np.nanmean(logs, axis=0), np.nanstd(logs, axis=0)
    spread = np.where(spread > 0, spread, 1.0)

    def scaled(new: np.ndarray) -> np.ndarray:
        values = (np.sign(new) * np.log1p(np.abs(new)) - middle) / spread
        return np.nan_to_num(np.clip(values, -4, 4))

    return scaled


def _boost(x: np.ndarray, y: np.ndarray, objective: str) -> Callable[[np.ndarray], np.ndarray]:
    """Boosted trees with leaves of at least a fortieth of the customers."""
    weight = len(y) / 40 * (0.25 if objective == "binary:logistic" else 1.0)  # a hessian of p (1 - p) is at most 1/4
    terms = _TREES | {"objective": objective, "min_child_weight": weight}
    booster = xgb.train(terms, xgb.QuantileDMatrix(x, label=y), _ROUNDS)
    return lambda new: np.asarray(booster.inplace_predict(new), float)
