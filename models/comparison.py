"""Two models side by side: paired differences on the same judged rows, and whom a list of either would hold.

Every difference is the second model minus the first. Money is reckoned with the mean of both models' expected values
(and, where no outcome is known, of both risks), so that neither judges in its own favour: swapping the models swaps
the sign.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.empc import empc_draws, ranked
from models.evaluate import METRICS, Resamples, estimate, metric_draws
from models.profit import Terms, contact_profit, of_list
from models.slices import groups

TOP = 1_000
VALUE_AT_RISK, EXPECTED_NET = "value_at_risk", "expected_net"
RULES = (VALUE_AT_RISK, EXPECTED_NET)


@dataclass(frozen=True)
class Believed:
    """What one model says of each customer: calibrated risk, and expected value in money."""

    risk: np.ndarray
    value: np.ndarray

    def ranking(self, rule: str, terms: Terms) -> np.ndarray:
        """The number that a list is sorted by, largest first."""
        return self.risk * self.value if rule == VALUE_AT_RISK else contact_profit(self.risk, self.value, terms)


def size_of(customers: int) -> int:
    """How many are on a list: 1,000, or half of the customers where there are fewer than twice as many."""
    return min(TOP, customers // 2)


def compare_figures(
    rows: pd.DataFrame, log_odds: tuple[np.ndarray, np.ndarray], value: np.ndarray, terms: Terms
) -> list[dict[str, Any]]:
    """One row per metric of models.evaluate and EMPC: metric, first, second, and value, low, high, n of the difference.

    `rows` have customer_id and churned; `log_odds` are calibrated. The resamples are of customers, the same for both.
    """
    churned, drawn = rows["churned"].to_numpy(dtype=float), Resamples.of(rows["customer_id"])
    one, other = (metric_draws(churned, odds, drawn) for odds in log_odds)
    clv = float(np.mean(value))
    both = [empc_draws(ranked(churned, odds, drawn.weights), clv, terms) for odds in log_odds]
    found = {name: (one[name], other[name]) for name in METRICS} | {"empc": (both[0], both[1])}
    return [
        {"metric": name, "first": float(first[0]), "second": float(second[0])}
        | asdict(estimate(second - first, len(rows)))
        for name, (first, second) in found.items()
    ]


def realised_lists(rows: pd.DataFrame, one: Believed, other: Believed, terms: Terms) -> list[dict[str, Any]]:
    """What the lists of both would have earned where the outcome is known, one row per rule of ranking: rule, size,
    first, second, and value, low, high, n of the difference, in money of the whole list.
    """
    churned, drawn = rows["churned"].to_numpy(dtype=float), Resamples.of(rows["customer_id"])
    value, size = (one.value + other.value) / 2, size_of(len(rows))
    told = []
    for rule in RULES:
        first, second = (of_list(model.ranking(rule, terms), churned, value, terms, size) for model in (one, other))
        draws = len(rows) * (drawn.weights @ (second - first)) / drawn.weights.sum(axis=1)
        sums = {"first": float(first.sum()), "second": float(second.sum())}
        told.append({"rule": rule, "size": size} | sums | asdict(estimate(draws, len(rows))))
    return told


def changed_lists(rows: pd.DataFrame, one: Believed, other: Believed, terms: Terms) -> list[dict[str, Any]]:
    """How the list of today's customers changes, one row per rule: rule, size, changed (how many leave for others),
    first and second (expected net of either list) in money, and moves: per dimension and group who join and leave.
    """
    risk, value, size = (one.risk + other.risk) / 2, (one.value + other.value) / 2, size_of(len(rows))
    expected = contact_profit(risk, value, terms)
    named = groups(rows)
    told = []
    for rule in RULES:
        first, second = (_top(model.ranking(rule, terms), size) for model in (one, other))
        joins, leaves = second & ~first, first & ~second
        told.append(
            {
                "rule": rule,
                "size": size,
                "changed": int(joins.sum()),
                "first": float(expected[first].sum()),
                "second": float(expected[second].sum()),
                "moves": [row for name, group in named.items() for row in _moves(name, group, joins, leaves)],
            }
        )
    return told


def _top(ranking: np.ndarray, size: int) -> np.ndarray:
    """Mask of the first of a ranking, ties in row order."""
    mask = np.zeros(len(ranking), dtype=bool)
    mask[np.argsort(-ranking, kind="stable")[:size]] = True
    return mask


def _moves(dimension: str, group: pd.Series, joins: np.ndarray, leaves: np.ndarray) -> list[dict[str, Any]]:
    """Who join and leave by group; groups without either are left out."""
    counts = [(name, (group == name).to_numpy()) for name in group.cat.categories]
    rows = [(str(name), int((mask & joins).sum()), int((mask & leaves).sum())) for name, mask in counts]
    return [{"dimension": dimension, "group": name, "joins": up, "leaves": out} for name, up, out in rows if up or out]
