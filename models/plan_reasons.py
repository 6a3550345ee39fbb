"""Why a customer does not get the action that earns most: displaced by a limit, blocked by a rule, or not worth it."""

import numpy as np
import pandas as pd

from models.plan import Plan
from models.plan_offers import MINUTES, limit_names

DISPLACED = "displaced by a limit"
RULE = "blocked by a rule"
STAYS = "stays anyway"
LOST = "would be lost anyway"
EXPENSIVE = "costs more than it brings"
NOTHING = "no action fits"
REASONS = (DISPLACED, RULE, STAYS, LOST, EXPENSIVE, NOTHING)
LIKELY = 0.5  # churn risk from which a customer whom no action pays for would be lost anyway


def displaced(plan: Plan) -> pd.DataFrame:
    """Customers whose best allowed action was given up for a cheaper one or for none.

    One row per customer: `customer`, `wanted` and `given` (action, missing for none), `limit` (the one whose price
    speaks most against the wanted action), `net_given_up` (money). Sorted by customer.
    """
    wanted = _best_row(plan, _is_open(plan))
    net = plan.offers.column("net")
    worth = np.where(wanted >= 0, net[wanted], 0.0) if len(net) else np.zeros(len(wanted))
    got = np.where(plan.row >= 0, net[plan.row], 0.0) if len(net) else np.zeros(len(wanted))
    customer = np.flatnonzero(worth > got)
    limit = _binding(plan, wanted[customer], plan.row[customer])
    return pd.DataFrame(
        {
            "customer": customer,
            "wanted": _action(plan, wanted[customer]),
            "given": _action(plan, plan.row[customer]),
            "limit": pd.Categorical.from_codes(limit, pd.Index(limit_names(plan.offers))),
            "net_given_up": (worth - got)[customer],
        }
    )


def left_alone(plan: Plan) -> pd.DataFrame:
    """Everyone who is not contacted, and why.

    One row per customer: `customer`, `reason` (one of REASONS), `because` (name of the limit or rule, else missing),
    `action` (the best one otherwise), `cost_avoided` (what it would have taken from the budget), `loss_avoided` (what
    it would have been expected to lose) and `net_forgone` (what it would have earned), all money. Sorted by customer.
    """
    customer = np.flatnonzero(plan.row < 0)
    any_best, open_best = (_best_row(plan, among)[customer] for among in (None, _is_open(plan)))
    best = np.where(open_best >= 0, open_best, any_best)
    offers, has = plan.offers, best >= 0
    net, cost = (_at(offers.column(name), best) for name in ("net", "cost"))
    reason = _reasons(plan, customer, best, open_best)
    because = pd.Series(pd.NA, index=range(len(customer)), dtype="str")
    is_rule, is_displaced = reason == REASONS.index(RULE), reason == REASONS.index(DISPLACED)
    if len(offers.rules):
        because[is_rule] = np.array(offers.rules)[offers.column("rule")[best[is_rule]]]
    binding = _binding(plan, best[is_displaced], np.full(is_displaced.sum(), -1))
    because[is_displaced] = np.array(limit_names(offers))[binding]
    return pd.DataFrame(
        {
            "customer": customer,
            "reason": pd.Categorical.from_codes(reason, pd.Index(REASONS)),
            "because": because.astype("category"),
            "action": _action(plan, best),
            "cost_avoided": np.where(has, cost, 0.0),
            "loss_avoided": np.where(has, np.maximum(-net, 0), 0.0),
            "net_forgone": np.where(has, np.maximum(net, 0), 0.0),
        }
    )


def left_alone_by_reason(alone: pd.DataFrame) -> pd.DataFrame:
    """The list of `left_alone` counted and priced: one row per reason that occurs, with the sums of its money."""
    money = ["cost_avoided", "loss_avoided", "net_forgone"]
    grouped = alone.groupby("reason", observed=True)
    return pd.concat([grouped.size().rename("customers"), grouped[money].sum()], axis=1).reset_index()


def _is_open(plan: Plan) -> np.ndarray:
    return (plan.offers.column("rule") < 0) & (plan.offers.column("net") > 0)


def _best_row(plan: Plan, among: np.ndarray | None) -> np.ndarray:
    """Each customer's offer with the largest net, the first of equals; −1 without one."""
    net, customer = plan.offers.column("net"), plan.offers.column("customer")
    kept = np.arange(len(net)) if among is None else np.flatnonzero(among)
    best = np.full(plan.offers.customers, -1, np.int64)
    if not len(kept):
        return best
    net, customer = net[kept], customer[kept]
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    top = np.repeat(np.maximum.reduceat(net, start), np.diff(np.r_[start, len(net)]))
    marked = np.flatnonzero(net == top)[::-1]
    best[customer[marked]] = kept[marked]
    return best


def _at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return values[rows] if len(values) else np.zeros(len(rows))


def _action(plan: Plan, rows: np.ndarray) -> "pd.Categorical[str]":
    codes = np.where(rows >= 0, _at(plan.offers.column("action"), rows), -1)
    return pd.Categorical.from_codes(codes.astype(int), pd.Index(plan.offers.actions))


def _uses(plan: Plan, rows: np.ndarray) -> np.ndarray:
    """What offers use of each limit, one row per offer; nothing where the row is −1."""
    used, has = np.zeros((len(rows), 2 + len(plan.offers.channels))), np.flatnonzero(rows >= 0)
    picked = rows[has]
    used[has, 0], used[has, 1] = plan.offers.column("cost")[picked], plan.offers.column("minutes")[picked]
    used[has, 2 + plan.offers.column("channel")[picked]] = 1.0
    return used


def _binding(plan: Plan, wanted: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The place of the limit that keeps each customer from the wanted offer.

    The one that charges most for the extra use; where none charges, because the last contact did not quite fit, the one
    with the least room for it.
    """
    more = np.maximum(_uses(plan, wanted) - _uses(plan, given), 0)
    charged = more * plan.prices
    units = {
        use.name: (use.limit - use.used) * (MINUTES if use.name == "agent_hours" else 1) for use in plan.limit_uses
    }
    left = np.array([max(units.get(name, np.inf), 1e-12) for name in limit_names(plan.offers)])
    return np.where(charged.max(axis=1, initial=0) > 0, charged.argmax(axis=1), (more / left).argmax(axis=1))


def _reasons(plan: Plan, customer: np.ndarray, best: np.ndarray, open_best: np.ndarray) -> np.ndarray:
    """The place of the reason in REASONS.

    What does not pay, but would at a higher churn risk: the customer stays anyway. What pays at no risk: the customer
    is lost anyway where the risk is high, and costs more than it brings where it is not.
    """
    offers, reason = plan.offers, np.full(len(customer), REASONS.index(EXPENSIVE))
    if offers.churn_risk is not None:
        risk = np.nan_to_num(np.asarray(offers.churn_risk, float)[customer])
        break_even = _at(offers.column("break_even_risk"), best)
        reason[risk >= LIKELY] = REASONS.index(LOST)
        reason[(risk < break_even) & (break_even < 1)] = REASONS.index(STAYS)
    reason[_at(offers.column("net"), best) > 0] = REASONS.index(RULE)
    reason[open_best >= 0] = REASONS.index(DISPLACED)
    reason[best < 0] = REASONS.index(NOTHING)
    return reason
