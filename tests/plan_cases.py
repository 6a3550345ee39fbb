"""What a plan uses, and the best plan found by looking at all of them."""

from itertools import product

import numpy as np

from models.plan import Limits, Offers


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
