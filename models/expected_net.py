"""What an action is expected to earn with a customer, and from which churn risk on it earns anything.

Who stays only because of the action brings their expected value V less the incentive d; who would have stayed takes
the incentive all the same with probability rho, or is driven away by the contact with probability h; each contact
costs c:

    net = p * gamma * (V - d) - (1 - p) * (rho * d + h * V) - c          p churn risk, gamma acceptance, h harm

(Verbraken, Verbeke & Baesens 2013, with the incentive of stayers and the harm). What sells earns
propensity * (gain - d) - c, where propensity = gamma * (1 - p): who does not order cannot take more. All arrays have
one entry per customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.actions import Action, Badge

Numbers = np.ndarray


@dataclass(frozen=True)
class Money:
    """What is known of each customer: churn risk, expected value if they stay, and their usual order.

    `order_revenue` and `order_margin` are means per order, 0 for who never ordered; `discount_share` is the share of
    orders at a discount, not a number where nothing is known. `segment` are positions in `actions.WORDS`, `own` by
    action the acceptances of single customers, not a number where unknown; without them an action has one for all.
    """

    churn_risk: Numbers
    expected_value: Numbers
    order_revenue: Numbers
    order_margin: Numbers
    discount_share: Numbers
    segment: Numbers | None = None
    own: Mapping[str, Numbers] = field(default_factory=dict)

    def acceptance(self, action: Action) -> Numbers:
        """The share that the action is expected to reach, one entry per customer."""
        nowhere = np.full(len(self.churn_risk), -1)
        shared = action.acceptance.within(nowhere if self.segment is None else self.segment)
        own = self.own.get(action.id)
        return shared if own is None else np.where(np.isnan(own), shared, own)


@dataclass(frozen=True)
class Net:
    """Expected net and expected cost in money, and the churn risk at which the net is 0.

    The break-even risk is not a number where no risk pays, and for what sells.
    """

    net: Numbers
    cost: Numbers
    break_even_risk: Numbers


@dataclass(frozen=True)
class Assumption:
    """A number that goes into the expected net, and how far it can be trusted; without a value it differs per customer.

    `name` is the parameter's word in the catalogue or in the scores.
    """

    name: str
    value: float | None
    badge: Badge


def retention_net(p: Numbers, gamma: Numbers, value: Numbers, incentive: Numbers, action: Action) -> Numbers:
    """Expected net of an action that makes people stay, in money."""
    lost = action.incentive.redemption * incentive + action.acceptance.harm * value
    return p * gamma * (value - incentive) - (1 - p) * lost - action.contact_cost


def break_even_risk(gamma: Numbers, value: Numbers, incentive: Numbers, action: Action) -> Numbers:
    """The churn risk from which a contact earns anything; not a number where none does.

    The net is a line in the risk: it starts at minus what stayers cost and has to reach 0 by risk 1.
    """
    lost = action.incentive.redemption * incentive + action.acceptance.harm * value
    slope = gamma * (value - incentive) + lost
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        risk = (lost + action.contact_cost) / slope
    return np.where((slope > 0) & (risk <= 1), risk, np.nan)


def sale_net(propensity: Numbers, gain: Numbers, incentive: Numbers, action: Action) -> Numbers:
    """Expected net of an action that sells something, in money."""
    return propensity * (gain - incentive) - action.contact_cost


def incentive_of(action: Action, money: Money, dependence: float) -> Numbers:
    """What the incentive costs per taker, dearer the more a customer lives on discounts.

    `dependence` is the extra price for somebody who only buys at a discount: 1 doubles it.
    """
    given = action.incentive.share_of_order * money.order_revenue + action.incentive.amount
    return given * (1 + dependence * np.nan_to_num(money.discount_share))


def expected_net(action: Action, money: Money, dependence: float = 0.0) -> Net:
    """Expected net, expected cost (contact and incentive) and break-even risk of one action for each customer."""
    p, gamma, value = money.churn_risk, money.acceptance(action), money.expected_value
    incentive = incentive_of(action, money, dependence)
    if action.is_sale:
        propensity = gamma * (1 - p)
        net = sale_net(propensity, action.gain * money.order_margin, incentive, action)
        return Net(net, propensity * incentive + action.contact_cost, np.full(len(p), np.nan))
    net = retention_net(p, gamma, value, incentive, action)
    takers = p * gamma + (1 - p) * action.incentive.redemption
    return Net(net, takers * incentive + action.contact_cost, break_even_risk(gamma, value, incentive, action))


def assumptions(action: Action) -> list[Assumption]:
    """Everything that goes into the expected net of an action, each with its badge."""
    accepted = action.acceptance
    given = [
        Assumption("churn_risk", None, "modelled"),
        Assumption("acceptance", None if accepted.segments else accepted.mean, accepted.source),
        Assumption("contact_cost", action.contact_cost, "assumed"),
        Assumption("agent_minutes", action.agent_minutes, "assumed"),
    ]
    # the margin of a usual order is the customer's own, out of their orders
    sale = [Assumption("order_margin", None, "measured"), Assumption("gain", action.gain, "assumed")]
    given += sale if action.is_sale else [Assumption("expected_value", None, "modelled")]
    if action.incentive.is_any:
        given += [
            Assumption("incentive_share_of_order", action.incentive.share_of_order, "assumed"),
            Assumption("incentive_amount", action.incentive.amount, "assumed"),
        ]
        given += [] if action.is_sale else [Assumption("redemption", action.incentive.redemption, "assumed")]
    # until it is measured it is 0 and goes into nothing
    given += [Assumption("harm", accepted.harm, accepted.source)] if accepted.harm > 0 else []
    return given
