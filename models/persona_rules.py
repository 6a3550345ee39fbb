"""A rule of at most three conditions that tells a cluster in words, and how well it does so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from models.persona_words import BY_NAME, Condition, readable

MAX_CONDITIONS = 3
_BETA = 0.5  # a rule that is wrong about people is worse than one that misses some
_HARDLY = 0.01  # worth that a condition must add to be told


@dataclass(frozen=True)
class Rule:
    """Conditions that all must hold. `precision`: share of those it names who belong; `coverage`: the reverse."""

    conditions: tuple[Condition, ...]
    precision: float
    coverage: float
    customers: int

    def words(self, symbol: str) -> str:
        """The rule in one line."""
        return ", ".join(condition.words(symbol) for condition in self.conditions)


def find_rule(traits: pd.DataFrame, belongs: np.ndarray) -> Rule:
    """The best path of a small tree for the customers who belong, on a sample; `judged` measures it on all."""
    names = [name for name in traits if name in BY_NAME]
    filled = traits[names].fillna(traits[names].median())
    leaf = max(len(filled) // 100, 5)
    tree = DecisionTreeClassifier(
        max_depth=MAX_CONDITIONS, min_samples_leaf=leaf, class_weight="balanced", random_state=0
    ).fit(filled.to_numpy(dtype=float), belongs)
    paths = [_conditions(path, names) for path in _paths(tree.tree_, 0, ()) if path]
    rules = [judged(conditions, traits, belongs) for conditions in paths]
    best = max(rules, key=_worth, default=Rule((), float(belongs.mean()), 1.0, len(belongs)))
    return _shortened(best, traits, belongs)


def judged(conditions: Sequence[Condition], traits: pd.DataFrame, belongs: np.ndarray) -> Rule:
    """The conditions with precision and coverage among these customers."""
    meets = np.ones(len(traits), dtype=bool)
    for condition in conditions:
        meets &= condition.holds(traits[condition.trait.name].to_numpy(dtype=float))
    both, named, wanted = int((meets & belongs).sum()), int(meets.sum()), int(belongs.sum())
    return Rule(tuple(conditions), both / named if named else 0.0, both / wanted if wanted else 0.0, named)


def _shortened(rule: Rule, traits: pd.DataFrame, belongs: np.ndarray) -> Rule:
    """The rule without conditions that hardly anybody fails."""
    for condition in rule.conditions[::-1]:
        rest = [other for other in rule.conditions if other is not condition]
        shorter = judged(rest, traits, belongs) if rest else rule
        if _worth(shorter)[0] > _worth(rule)[0] - _HARDLY:
            rule = shorter
    return rule


def _worth(rule: Rule) -> tuple[float, int]:
    """F measure that weighs precision more; of equal rules the shorter one."""
    weight = _BETA**2
    below = weight * rule.precision + rule.coverage
    return (round((1 + weight) * rule.precision * rule.coverage / below, 3) if below else 0.0, -len(rule.conditions))


def _paths(tree, node: int, so_far: tuple) -> list[tuple]:  # type: ignore[no-untyped-def]
    """Every way from the root to a node, as (column, threshold, is above)."""
    if tree.children_left[node] < 0:
        return [so_far]
    column, threshold = int(tree.feature[node]), float(tree.threshold[node])
    below = _paths(tree, tree.children_left[node], (*so_far, (column, threshold, False)))
    above = _paths(tree, tree.children_right[node], (*so_far, (column, threshold, True)))
    return [so_far, *below, *above]


def _conditions(path: tuple, names: list[str]) -> tuple[Condition, ...]:
    """A path as one condition per trait with thresholds that people would have chosen."""
    limits: dict[str, dict[bool, float]] = {}
    for column, threshold, is_above in path:
        known = limits.setdefault(names[column], {})
        pick = max if is_above else min
        value = readable(threshold, BY_NAME[names[column]].unit)
        known[is_above] = pick(known.get(is_above, value), value)
    return tuple(Condition(BY_NAME[name], sides.get(True), sides.get(False)) for name, sides in limits.items())
