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

_CELLS = 120, 25  # of the grid over acceptance and harm
_WIDEST = 1.0, 0.25  # a quarter driven away is beyond what anybody saw
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
    seen = [group for group in groups if group.treated_n > 0 and group.control_n > 0]
    grid = Grid.between((0.0, _WIDEST[0]), (0.0, _WIDEST[1]))
    weight = grid.posterior(seen, a, b)
    if seen:  # many customers leave less than a cell: look again where the mass is
        grid = grid.around(weight)
        weight = grid.posterior(seen, a, b)
    return Reach(_told(weight.sum(axis=1), grid.gamma), float(weight.sum(axis=0) @ grid.harm))


@dataclass(frozen=True)
class Grid:
    """Middles of the cells over acceptance and over harm, whose first entry is no harm at all, and a cell of harm."""

    gamma: np.ndarray
    harm: np.ndarray
    cell: float

    @classmethod
    def between(cls, gamma: tuple[float, float], harm: tuple[float, float]) -> "Grid":
        """Cells of one size between two ends each."""
        (g, h), (cells, harms) = (gamma, harm), _CELLS
        cell = (h[1] - h[0]) / harms
        middles = g[0] + (np.arange(cells) + 0.5) / cells * (g[1] - g[0])
        return cls(middles, np.concatenate([[0.0], h[0] + (np.arange(harms) + 0.5) * cell]), cell)

    def posterior(self, groups: Sequence[Churners], a: float, b: float) -> np.ndarray:
        """Weight of each cell, acceptance × harm, from the prior and all groups; sums to 1."""
        log_weight = self._log_prior(a, b)
        for group in groups:
            log_weight = log_weight + self._log_likelihood(group)
        weight = np.exp(log_weight - log_weight.max())
        return np.asarray(weight / weight.sum())

    def around(self, weight: np.ndarray) -> "Grid":
        """A grid over the cells that hold all but a hundred-thousandth of the weight, and the ones beside them."""
        gamma = _ends(self.gamma, weight.sum(axis=1), (self.gamma[1] - self.gamma[0]), _WIDEST[0])
        return Grid.between(gamma, _ends(self.harm[1:], weight.sum(axis=0)[1:], self.cell, _WIDEST[1]))

    def _log_prior(self, a: float, b: float) -> np.ndarray:
        """Log prior over acceptance × harm."""
        gamma = stats.beta.pdf(self.gamma, a, b) + stats.beta.pdf(self.gamma, WEAK * a, WEAK * b)
        harm = np.exp(-self.harm / USUAL_HARM) * self.cell / USUAL_HARM
        harm[0] = 1.0
        return np.asarray(np.log(gamma)[:, None] + np.log(harm)[None, :])

    def _log_likelihood(self, group: Churners) -> np.ndarray:
        """Log likelihood of acceptance × harm in one group, its own churn integrated out."""
        arms = ((group.treated_n, group.treated), (group.control_n, group.control))
        ends = [stats.beta.ppf([1e-5, 1 - 1e-5], churners + 0.5, n - churners + 0.5) for n, churners in arms]
        low, high = float(np.min(ends)), float(np.max(ends))
        churn = low + (np.arange(_POINTS) + 0.5) / _POINTS * (high - low)
        treated = churn * (1 - self.gamma[:, None, None]) + (1 - churn) * self.harm[None, :, None]
        seen = xlogy(group.treated, treated) + xlogy(group.treated_n - group.treated, 1 - treated)
        seen += xlogy(group.control, churn) + xlogy(group.control_n - group.control, 1 - churn)
        return np.asarray(logsumexp(seen, axis=2))


def _ends(middles: np.ndarray, weight: np.ndarray, cell: float, widest: float) -> tuple[float, float]:
    """From where to where the weight lies, one cell wider on either side."""
    held = middles[weight > 1e-5 * max(weight.sum(), 1e-300)]
    if not len(held):
        return 0.0, widest
    return max(float(held[0]) - 1.5 * cell, 0.0), min(float(held[-1]) + 1.5 * cell, widest)


def _told(weight: np.ndarray, gamma: np.ndarray) -> Posterior:
    """The acceptance's distribution as the Beta of the same mean and variance."""
    mean = float(weight @ gamma)
    variance = max(float(weight @ (gamma - mean) ** 2), 1e-9)
    strength = max(mean * (1 - mean) / variance - 1, 1e-3)
    low, high = np.interp([0.025, 0.975], np.cumsum(weight), gamma)
    return Posterior(mean * strength, (1 - mean) * strength, float(low), float(high))
