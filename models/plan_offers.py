"""What a plan chooses from: one row per customer and action, and the limits that all chosen rows share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

MINUTES = 60.0
BUDGET, AGENT_HOURS = "budget", "agent_hours"
BLOCKED = "blocked"


@dataclass(frozen=True)
class PlanAction:
    """What the plan needs to know of one action. `contact_cost` in money, `agent_minutes` per contact."""

    id: str
    channel: str
    contact_cost: float = 0.0
    agent_minutes: float = 0.0


@dataclass(frozen=True)
class Limits:
    """What may be spent in all: money, hours of agents, contacts per channel. What is left out has no limit."""

    budget: float = np.inf
    agent_hours: float = np.inf
    channel_caps: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError where a limit is below zero or no number."""
        for name, limit in {BUDGET: self.budget, AGENT_HOURS: self.agent_hours, **self.channel_caps}.items():
            if not limit >= 0:
                raise ValueError(f"The limit {name} is {limit}; it must be 0 or more.")

    def raised(self, name: str, step: float) -> "Limits":
        """The same limits with one of them raised by `step` of its own unit."""
        caps = dict(self.channel_caps)
        if name in (BUDGET, AGENT_HOURS):
            more = {BUDGET: self.budget, AGENT_HOURS: self.agent_hours}
            more[name] += step
            return Limits(more[BUDGET], more[AGENT_HOURS], caps)
        caps[name] = caps.get(name, np.inf) + step
        return Limits(self.budget, self.agent_hours, caps)


@dataclass(frozen=True)
class Offers:
    """One row per customer × action that could be reckoned, sorted by customer; columns are arrays of one length.

    `customer` counts from 0 to `customers` − 1, `action`, `channel` and `rule` are places in the tuples of names;
    `rule` −1 means that nothing forbids the contact. `net` and `cost` are money, cost being what counts into the
    budget. `churn_risk` (one per customer, 0 to 1) and column `break_even_risk` (the churn risk at which an action
    earns nothing, not a number where no risk pays) only serve to word why somebody is left alone.
    """

    customers: int
    actions: tuple[str, ...]
    channels: tuple[str, ...]
    rules: tuple[str, ...]
    rows: pd.DataFrame
    churn_risk: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where rows are not sorted or a figure cannot be summed."""
        customer = self.rows["customer"].to_numpy()
        if len(customer) and (np.any(np.diff(customer) < 0) or customer[0] < 0 or customer[-1] >= self.customers):
            raise ValueError("Rows must be sorted by customer, counted from 0.")
        if not np.isfinite(self.rows["net"].to_numpy()).all():
            raise ValueError("An expected net is not a finite number; leave such rows out.")
        for column in ("cost", "minutes"):
            values = self.rows[column].to_numpy()
            if not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"Column {column} holds something else than finite numbers of 0 or more.")

    def column(self, name: str) -> np.ndarray:
        """One column as an array."""
        return self.rows[name].to_numpy()


def dense_offers(
    actions: Sequence[PlanAction],
    net: np.ndarray,
    cost: np.ndarray | None = None,
    blocked: np.ndarray | None = None,
    churn_risk: np.ndarray | None = None,
) -> Offers:
    """Offers from an array customers × actions of expected net, NaN or −inf where an action is out of the question.

    `cost` is one figure per action or per pair and defaults to the contact cost; `blocked` marks pairs that a rule
    forbids although they have a net. What an action brings is taken to grow with the churn risk. Raises
    ValueError where shapes differ or a net is +inf.
    """
    net = np.asarray(net, float).reshape(-1, len(actions)) if len(actions) else np.empty((len(net), 0))
    if np.isposinf(net).any():
        raise ValueError("An expected net is +inf.")
    shape = net.shape
    costs = np.broadcast_to(np.array([action.contact_cost for action in actions]) if cost is None else cost, shape)
    customer, action = np.nonzero(np.isfinite(net))
    channels = tuple(sorted({action.channel for action in actions}))
    codes = np.array([channels.index(action.channel) for action in actions], np.int16)
    minutes = np.array([action.agent_minutes for action in actions], float)
    risk = np.full(shape[0], np.nan) if churn_risk is None else np.asarray(churn_risk, float)
    earned = net[customer, action]
    brings = np.where(earned + costs[customer, action] > 0, earned + costs[customer, action], np.nan)
    stopped = np.zeros(len(action), bool) if blocked is None else np.broadcast_to(blocked, shape)[customer, action]
    rows = {
        "customer": customer.astype(np.int32),
        "action": action.astype(np.int16),
        "channel": codes[action],
        "net": earned,
        "cost": costs[customer, action].astype(float),
        "minutes": minutes[action],
        "rule": np.where(stopped, 0, -1).astype(np.int16),
        "break_even_risk": risk[customer] * costs[customer, action] / brings,  # what it brings grows with the risk
    }
    ids = tuple(action.id for action in actions)
    return Offers(shape[0], ids, channels, (BLOCKED,), pd.DataFrame(rows, copy=False), churn_risk)


def limit_names(offers: Offers) -> tuple[str, ...]:
    """The names of the limits in the order of every vector of limits: budget, agent hours, then the channels."""
    return (BUDGET, AGENT_HOURS, *offers.channels)


def limit_vector(offers: Offers, limits: Limits) -> np.ndarray:
    """The limits as numbers in the order of `limit_names`, agent hours in minutes."""
    caps = [float(limits.channel_caps.get(channel, np.inf)) for channel in offers.channels]
    return np.array([limits.budget, limits.agent_hours * MINUTES, *caps], float)
