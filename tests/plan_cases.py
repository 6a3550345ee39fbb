"""Made customers and actions for the tests of the plan."""

from itertools import product

import numpy as np

from models.plan import Limits, Offers, PlanAction

CHANNELS = ("email", "phone", "post", "sms")
ACTIONS = tuple(
    PlanAction(f"action_{place}", CHANNELS[place % 4], (0.1, 4, 1.2, 0.3)[place % 4], (0, 12, 1, 0)[place % 4])
    for place in range(16)
)


def money(customers: int, seed: int = 0, missing: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected net and cost per customer × ACTIONS, and churn risks; every third net is out of the question."""
    rng = np.random.default_rng(seed)
    risk, value = rng.beta(1.2, 2, customers), rng.lognormal(4.5, 1, customers)
    accepted = risk[:, None] * rng.uniform(0.05, 0.4, 16) * rng.lognormal(0, 0.4, (customers, 16))
    incentive = np.where(rng.random(16) < 0.5, rng.uniform(3, 15, 16), 0.0)
    cost = np.array([action.contact_cost for action in ACTIONS])
    cost = cost + (accepted + (1 - risk[:, None]) * 0.4) * incentive
    net = accepted * value[:, None] - cost
    net[rng.random(net.shape) < missing] = np.nan
    return net, cost, risk


def tight(customers: int) -> Limits:
    """Limits of which several bind on `money`."""
    caps = {"email": customers // 5, "sms": customers // 20}
    return Limits(0.5 * customers, 0.004 * customers, caps)


def used(offers: Offers, rows: np.ndarray) -> dict[str, float]:
    """What chosen rows use, per limit."""
    chosen = offers.rows.iloc[rows]
    per_channel = {name: float((chosen["channel"] == place).sum()) for place, name in enumerate(offers.channels)}
    return {"budget": chosen["cost"].sum(), "agent_hours": chosen["minutes"].sum() / 60, **per_channel}


def is_within(offers: Offers, rows: np.ndarray, limits: Limits) -> bool:
    """Whether chosen rows keep every limit, to rounding."""
    most = {"budget": limits.budget, "agent_hours": limits.agent_hours, **limits.channel_caps}
    return all(amount <= most.get(name, np.inf) * (1 + 1e-8) + 1e-8 for name, amount in used(offers, rows).items())


def best_by_trying_all(offers: Offers, limits: Limits) -> float:
    """The most that any plan earns, found by looking at all of them."""
    rule, customer = offers.column("rule"), offers.column("customer")
    options = [[-1, *np.flatnonzero((customer == one) & (rule < 0))] for one in range(offers.customers)]
    best = 0.0
    for combination in product(*options):
        rows = np.array([row for row in combination if row >= 0], dtype=int)
        if is_within(offers, rows, limits):
            best = max(best, float(offers.column("net")[rows].sum()))
    return best
