"""What contacting by a model's risks earns: expected by its own probabilities, and by what then happened.

Who would leave and is won back brings their value V less the incentive d, with probability gamma; who would have
stayed takes the incentive with probability rho; each contact costs c:

    expected = p * gamma * (V - d) - (1 - p) * rho * d - c        realised: the outcome, 0 or 1, in place of p

(Verbraken, Verbeke & Baesens 2013; rho = 1 there.) Nobody was contacted in fact, so what is realised rests on gamma.
"""

from dataclasses import dataclass, replace

import numpy as np

Numbers = np.ndarray


@dataclass(frozen=True)
class Terms:
    """What a contact costs and brings, in money and shares.

    The share of leavers whom it wins back is Beta(alpha, beta), `redemption` that of stayers who take the incentive.
    """

    contact_cost: float = 1.0
    incentive: float = 10.0
    redemption: float = 1.0
    alpha: float = 6.0
    beta: float = 14.0

    @property
    def acceptance(self) -> float:
        """The expected share of leavers won back."""
        return self.alpha / (self.alpha + self.beta)

    def accepting(self, share: float) -> "Terms":
        """The same terms with another expected acceptance, known as well as before."""
        strength = self.alpha + self.beta
        return replace(self, alpha=strength * share, beta=strength * (1 - share))


@dataclass(frozen=True)
class ProfitCurve:
    """Money by how many are contacted, those first who are expected to earn most; arrays of one length.

    `low` and `high` are the 95 % interval of what was realised over other customers of the same kind; `best` is the
    place of the number at which the most is expected.
    """

    contacted: Numbers
    share: Numbers
    expected: Numbers
    realised: Numbers
    low: Numbers
    high: Numbers
    best: int


def contact_profit(chance: Numbers, value: Numbers, terms: Terms) -> Numbers:
    """Money per contacted customer; `chance` is the churn risk, or 1 and 0 where the outcome is known."""
    won = chance * terms.acceptance * (value - terms.incentive)
    return won - (1 - chance) * terms.redemption * terms.incentive - terms.contact_cost


def profit_curve(risk: Numbers, churned: Numbers, value: Numbers, terms: Terms, points: int = 101) -> ProfitCurve:
    """The curve over one row per customer, at up to `points` numbers of contacts from nobody to everybody."""
    expected = contact_profit(risk, value, terms)
    order = np.argsort(-expected, kind="stable")
    realised = contact_profit(churned, value, terms)[order]
    contacted = np.unique(np.linspace(0, len(risk), points).round().astype(int))
    sums = [np.r_[0.0, np.cumsum(part)][contacted] for part in (expected[order], realised, realised**2)]
    spread = 1.96 * np.sqrt(np.maximum(sums[2] - sums[1] ** 2 / max(len(risk), 1), 0))
    share = contacted / max(len(risk), 1)
    return ProfitCurve(contacted, share, sums[0], sums[1], sums[1] - spread, sums[1] + spread, int(sums[0].argmax()))


def of_list(ranking: Numbers, churned: Numbers, value: Numbers, terms: Terms, size: int) -> Numbers:
    """What each customer would have brought had the first `size` of a ranking been contacted: 0 for all others."""
    chosen = np.zeros(len(ranking), dtype=bool)
    chosen[np.argsort(-ranking, kind="stable")[:size]] = True
    return np.where(chosen, contact_profit(churned, value, terms), 0.0)
