"""What a contact does to people: some churners are kept (acceptance), some who would have stayed driven away (harm).

One share alone cannot say both, and a plan that knows only the first sends reminders to everybody. Groups of customers
tell them apart: where most would have left, contacts can only keep; where most would have stayed, only drive away. In a
group of churn c without contact, the control arm shows Bin(n, c) and the treated arm Bin(n, c (1 - gamma) + (1 - c) h)
churners; c is integrated out group by group, gamma and h are the same in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import logsumexp, xlogy

from models.acceptance import Churners, Posterior

_GAMMA = (np.arange(120) + 0.5) / 120
_HARM = np.concatenate([[0.0], (np.arange(25) + 0.5) / 100])  # a quarter driven away is beyond what anybody saw
_POINTS = 25
WEAK = 0.1  # of what the prior is worth: what is left of it where the evidence contradicts it
USUAL_HARM = 0.03  # mean of the harm, if an action does any; whether it does is as likely as not


@dataclass(frozen=True)
class Reach:
    """Acceptance as a posterior, and the mean of the harm: the share of stayers that a contact drives away."""

    acceptance: Posterior
    harm: float


def reach(groups: Sequence[Churners], a: float, b: float) -> Reach:
    """Learn both shares from churners of groups that churn unlike, with the prior Beta(a, b) of the acceptance.

    The prior is robust: half of it is a tenth as strong at the same mean, so that it gives way where the evidence
    contradicts it (Schmidli et al. 2014). Beta(6, 14) alone holds what does nothing at a few percent for years.
    """
    log_weight = _log_prior(a, b)
    for group in groups:
        if group.treated_n > 0 and group.control_n > 0:
            log_weight = log_weight + _log_likelihood(group)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    return Reach(_told(weight.sum(axis=1)), float(weight.sum(axis=0) @ _HARM))


def _log_prior(a: float, b: float) -> np.ndarray:
    """Log prior over acceptance × harm."""
    strong, weak = stats.beta.pdf(_GAMMA, a, b), stats.beta.pdf(_GAMMA, WEAK * a, WEAK * b)
    gamma = strong / strong.sum() + weak / weak.sum()
    harm = np.exp(-_HARM / USUAL_HARM)
    harm[0] = harm[1:].sum()
    return np.asarray(np.log(gamma)[:, None] + np.log(harm)[None, :])


def _log_likelihood(group: Churners) -> np.ndarray:
    """Log likelihood of acceptance × harm in one group, its own churn integrated out."""
    arms = ((group.treated_n, group.treated), (group.control_n, group.control))
    ends = [stats.beta.ppf([1e-5, 1 - 1e-5], churners + 0.5, n - churners + 0.5) for n, churners in arms]
    low, high = float(np.min(ends)), float(np.max(ends))
    churn = low + (np.arange(_POINTS) + 0.5) / _POINTS * (high - low)
    treated = churn * (1 - _GAMMA[:, None, None]) + (1 - churn) * _HARM[None, :, None]
    seen = xlogy(group.treated, treated) + xlogy(group.treated_n - group.treated, 1 - treated)
    seen += xlogy(group.control, churn) + xlogy(group.control_n - group.control, 1 - churn)
    return np.asarray(logsumexp(seen, axis=2))


def _told(weight: np.ndarray) -> Posterior:
    """The acceptance's distribution as the Beta of the same mean and variance."""
    mean = float(weight @ _GAMMA)
    variance = max(float(weight @ (_GAMMA - mean) ** 2), 1e-9)
    strength = max(mean * (1 - mean) / variance - 1, 1e-3)
    low, high = np.interp([0.025, 0.975], np.cumsum(weight), _GAMMA)
    return Posterior(mean * strength, (1 - mean) * strength, float(low), float(high))
