"""Exact TreeSHAP by look-up: what each feature adds to the log-odds of XGBoost's trees, a million rows in seconds.

Path-dependent Shapley values (Lundberg et al. 2020) of a leaf depend on a row only through which of the conditions on
its path hold. A shallow tree has few conditions, so every answer fits into a table: the conditions of all leaves of a
small subtree, as bits, are the place in it. Per row there remain comparisons, and one look-up per subtree and feature.
Nothing is approximated, and nothing is compiled.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import factorial, prod

import numpy as np
import xgboost as xgb

DEEPEST = 8  # conditions of one table, as bits of a byte: 256 places
BLOCK_ROWS = 32_768  # long enough that threads seldom wait for each other, short enough for the processor's caches
LEAST_ROWS = 8_192  # fewer are not worth another thread

_Path = tuple[tuple[int, bool], ...]  # nodes above a leaf, and whether the leaf lies to their left


@dataclass(frozen=True)
class _Tree:
    """A tree as XGBoost stores it: one entry per node; leaves have no children and hold their value in `threshold`."""

    left: list[int]
    right: list[int]
    feature: list[int]
    threshold: list[float]
    default_left: list[int]
    cover: list[float]


@dataclass(frozen=True)
class _Condition:
    """A row has the bit if its value is below the threshold, or with `at_least` if it is not; missing has no bit."""

    feature: int
    threshold: np.float32
    at_least: bool


@dataclass(frozen=True)
class _Subtree:
    """Leaves that share a table: their conditions, lowest bit first, and what each feature adds; features × 2^bits."""

    conditions: tuple[_Condition, ...]
    features: tuple[int, ...]
    table: np.ndarray


@dataclass(frozen=True)
class TreeShap:
    """Tables of one booster; `base` is the mean of its trees over the rows they learned from, in log-odds.

    The booster's own intercept (`base_score`) is not in it.
    """

    base: float
    features: tuple[int, ...]
    subtrees: tuple[_Subtree, ...]

    @classmethod
    def of(cls, booster: xgb.Booster) -> "TreeShap":
        """The tables of a booster of regression trees with at most `DEEPEST` levels; raises ValueError for others."""
        base, subtrees = 0.0, []
        for tree in _trees(booster):
            leaves = list(_leaves(tree, 0, ()))
            base += sum(tree.threshold[leaf] * _reach(tree, path) for leaf, path in leaves)
            subtrees += [_subtree(tree, group) for group in _groups(tree, 0, ())]
        used = sorted({feature for subtree in subtrees for feature in subtree.features})
        return cls(base, tuple(used), tuple(subtrees))

    def values(self, rows: np.ndarray, threads: int = 0) -> np.ndarray:
        """Log-odds that each feature adds to `base`, in the shape of `rows` (float32 as the trees see it, NaN missing).

        `threads` 0 means every core. The sum over a row is what the trees predict, but for rounding.
        """
        rows = np.asarray(rows, dtype=np.float32)
        result = np.zeros(rows.shape, order="F")  # feature by feature, as it is filled here and read by what chooses
        if not self.subtrees:
            return result
        threads = threads or os.cpu_count() or 1
        size = min(BLOCK_ROWS, max(LEAST_ROWS, -(-len(rows) // threads)))
        columns = list(self.features)

        def fill(start: int) -> None:
            here = slice(start, start + size)
            result.T[columns, here] = self._block(np.ascontiguousarray(rows.T[columns, here]))

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(0, len(rows), size)))
        return result

    def _block(self, values: np.ndarray) -> np.ndarray:
        """Shares of one block; used features × rows, as `values`."""
        row_of = {feature: row for row, feature in enumerate(self.features)}
        total = np.zeros(values.shape)
        holds = np.empty(values.shape[1], dtype=bool)
        bit, place = np.empty((2, values.shape[1]), dtype=np.uint8)
        index, share = np.empty(values.shape[1], dtype=np.intp), np.empty(values.shape[1])
        for subtree in self.subtrees:
            place[:] = 0
            for number, condition in enumerate(subtree.conditions):
                compare = np.greater_equal if condition.at_least else np.less
                compare(values[row_of[condition.feature]], condition.threshold, out=holds)
                np.bitwise_or(place, np.left_shift(holds.view(np.uint8), number, out=bit), out=place)
            index[:] = place
            for feature, told in zip(subtree.features, subtree.table, strict=True):
                np.take(told, index, out=share, mode="clip")  # with another mode `out` is written through a copy
                total[row_of[feature]] += share
        return total


def _trees(booster: xgb.Booster) -> Iterator[_Tree]:
    """The trees of a booster; raises ValueError where they are not plain trees of one output."""
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    kind = learner["gradient_booster"]["name"]
    if kind != "gbtree" or int(learner["learner_model_param"]["num_class"]) > 1:
        raise ValueError(f"Contributions are known for XGBoost's gbtree with one output, not for {kind}.")
    for tree in learner["gradient_booster"]["model"]["trees"]:
        if any(tree["split_type"]) or int(tree["tree_param"]["size_leaf_vector"]) > 1:
            raise ValueError("Contributions are known for numeric conditions and one output alone.")
        names = ("left_children", "right_children", "split_indices", "split_conditions", "default_left", "sum_hessian")
        yield _Tree(*(tree[name] for name in names))


def _leaves(tree: _Tree, node: int, path: _Path) -> Iterator[tuple[int, _Path]]:
    """Every leaf under a node that is reached by `path`, with its own path."""
    if tree.left[node] < 0:
        yield node, path
        return
    yield from _leaves(tree, tree.left[node], (*path, (node, True)))
    yield from _leaves(tree, tree.right[node], (*path, (node, False)))


def _groups(tree: _Tree, node: int, path: _Path) -> Iterator[list[tuple[int, _Path]]]:
    """Leaves in as few groups as have at most `DEEPEST` conditions each: a subtree, and what leads to it."""
    if len(path) > DEEPEST:
        raise ValueError(f"Contributions are known for trees of at most {DEEPEST} levels.")
    leaves = list(_leaves(tree, node, path))
    if len(path) + len(leaves) - 1 <= DEEPEST or len(leaves) == 1:
        if leaves[0][1]:  # a tree that is a single leaf says the same of everybody
            yield leaves
        return
    yield from _groups(tree, tree.left[node], (*path, (node, True)))
    yield from _groups(tree, tree.right[node], (*path, (node, False)))


def _share_below(tree: _Tree, node: int, goes_left: bool) -> float:
    """The share of a node's rows (by cover) that went the given way when the tree was grown."""
    child = tree.left[node] if goes_left else tree.right[node]
    return tree.cover[child] / tree.cover[node] if tree.cover[node] else 0.0


def _reach(tree: _Tree, path: _Path) -> float:
    """The share of all rows that came to the end of a path."""
    return prod(_share_below(tree, *step) for step in path)


def _subtree(tree: _Tree, leaves: Sequence[tuple[int, _Path]]) -> _Subtree:
    """The table of a group of leaves: their shares added up at every combination of conditions."""
    nodes = sorted({node for _, path in leaves for node, _ in path})
    features = sorted({tree.feature[node] for node in nodes})
    bits = (np.arange(2 ** len(nodes)) >> np.arange(len(nodes))[:, None] & 1).astype(bool)
    goes_left = {node: bits[row] != bool(tree.default_left[node]) for row, node in enumerate(nodes)}
    most = max(len({tree.feature[node] for node, _ in path}) for _, path in leaves)
    table = np.zeros((len(features), bits.shape[1]))
    zero, places, own = np.ones((len(leaves), most)), [], []
    for row, (_, path) in enumerate(leaves):
        players = sorted({tree.feature[node] for node, _ in path})
        holds = np.ones((most, bits.shape[1]), dtype=bool)
        for node, is_left in path:
            player = players.index(tree.feature[node])
            zero[row, player] *= _share_below(tree, node, is_left)
            holds[player] &= goes_left[node] == is_left
        places.append((holds << np.arange(most)[:, None]).sum(axis=0))
        own.append([features.index(player) for player in players])
    shares = _shares(zero, np.array([tree.threshold[leaf] for leaf, _ in leaves]))
    for row, (place, columns) in enumerate(zip(places, own, strict=True)):
        table[columns] += shares[row, : len(columns), place].T
    conditions = tuple(
        _Condition(tree.feature[node], np.float32(tree.threshold[node]), bool(tree.default_left[node]))
        for node in nodes
    )
    return _Subtree(conditions, tuple(features), table)


def _shares(zero: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Shapley values of leaves for every combination of features whose conditions hold; leaves × features × 2^features.

    A feature whose conditions hold lets the leaf's value through, one that is not known lets the share `zero` (leaves ×
    features) of it through; a row of ones is a feature that the leaf does not ask for, and gets 0. The sum over
    coalitions of the same size is a coefficient of a product of linear terms, one per other feature.
    """
    leaves, players = zero.shape
    one = (np.arange(2**players) >> np.arange(players)[:, None] & 1).astype(float)
    weight = [factorial(size) * factorial(players - 1 - size) / factorial(players) for size in range(players)]
    result = np.empty((leaves, players, 2**players))
    for player in range(players):
        terms = np.zeros((players, leaves, 2**players))
        terms[0] = 1.0
        for other in range(players):
            if other != player:
                longer = terms * zero[:, other, None]
                longer[1:] += terms[:-1] * one[other]
                terms = longer
        result[:, player] = np.tensordot(weight, terms, 1) * (one[player] - zero[:, player, None]) * value[:, None]
    return result
