"""Scores products that customers have not bought, from what they bought and what goes with it.

Sparse matrices in blocks of customers, so that memory does not grow with the shop.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

HALF_LIFE_DAYS = 90.0  # a purchase so long ago speaks half as loud
DEMAND_WEIGHT = 1e-3  # far below any pair: demand alone decides only where no pair speaks for a product
BLOCK_CELLS = 12_000_000  # customers × products scored at once, per thread
THREADS = 4  # each holds a block and copies of it, a quarter of a gigabyte


@dataclass(frozen=True)
class Evidence:
    """What scoring needs: products as columns, purchases as rows of customers, and what each product speaks for."""

    products: np.ndarray  # product numbers by column, ascending
    purchases: sparse.csr_matrix  # customers × products, weight of recency
    strengths: sparse.csr_matrix  # products × products they speak for
    demand: np.ndarray  # per product, what stands for it without any pair


def evidence(purchases: pd.DataFrame, strengths: pd.DataFrame, demand: pd.DataFrame) -> Evidence:
    """Gather matrices from frames.

    `purchases`: customer_number (dense from 0), product_number, days_ago; `strengths`: product_number, pair_number,
    strength; `demand`: product_number, demand_share, one row per product bought.
    """
    demand = demand.sort_values("product_number")
    products = demand["product_number"].to_numpy()
    count = len(products)
    customers = purchases["customer_number"].to_numpy()
    shape = (int(customers.max()) + 1 if len(customers) else 0, count)
    weights = np.exp2(-purchases["days_ago"].to_numpy(dtype=np.float32) / np.float32(HALF_LIFE_DAYS))
    weights = np.maximum(weights, np.float32(1e-30))  # owned is owned, however long ago
    columns = np.searchsorted(products, purchases["product_number"].to_numpy())
    spoken = [np.searchsorted(products, strengths[name].to_numpy()) for name in ("product_number", "pair_number")]
    return Evidence(
        products,
        sparse.csr_matrix((weights, (customers, columns)), shape),
        sparse.csr_matrix((strengths["strength"].to_numpy(dtype=np.float32), spoken), (count, count)),
        (DEMAND_WEIGHT * np.sqrt(demand["demand_share"].to_numpy())).astype(np.float32),
    )


def top_products(known: Evidence, count: int = 5) -> pd.DataFrame:
    """The best products each customer has not bought.

    One row per customer and product, at most `count` each, best first: customer_number, product_number, score, and
    because_number, the bought product that speaks loudest for it, -1 where only the demand of all does.
    """
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        parts = list(pool.map(lambda block: _best(known, block, count), _blocks(known)))
    names = ("customer_number", "product_number", "score", "because_number")
    return pd.DataFrame({name: _joined([part[at] for part in parts]) for at, name in enumerate(names)})


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _blocks(known: Evidence) -> Iterator[range]:
    customers, products = known.purchases.shape
    step = max(1, BLOCK_CELLS // max(1, products))
    return (range(first, min(first + step, customers)) for first in range(0, customers, step))


def _best(known: Evidence, block: range, count: int) -> tuple[np.ndarray, ...]:
    """Customer, product, score and reason of the best products of a block of customers."""
    bought = known.purchases[block.start : block.stop]
    scores = np.asarray((bought @ known.strengths).todense()) + known.demand
    scores[bought.nonzero()] = -1
    take = min(count, scores.shape[1])
    # By score, then by product, so that equal scores never depend on where a customer stands.
    found = np.argpartition(-scores, take - 1, axis=1)[:, :take]
    found.sort(axis=1)
    value = np.take_along_axis(scores, found, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    found, value = np.take_along_axis(found, order, axis=1), np.take_along_axis(value, order, axis=1)
    # Who bought nothing that counts gets no recommendation, nor does anybody what they have.
    kept = (value > 0) & (np.diff(bought.indptr) > 0)[:, None]
    row, _ = np.nonzero(kept)
    column = found[kept]
    because = _loudest(bought, known.strengths, row, column)
    numbers = np.where(because >= 0, known.products[np.maximum(because, 0)], -1)
    return row + block.start, known.products[column], value[kept].astype(float), numbers


def _loudest(
    bought: sparse.csr_matrix, strengths: sparse.csr_matrix, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    """Per recommendation the bought product that adds most to its score, as a column, or -1."""
    speaking = bought[row].multiply(strengths.T.tocsr()[column]).tocoo()
    order = np.lexsort((-speaking.col, speaking.data, speaking.row))
    loudest = np.full(len(row), -1)
    loudest[speaking.row[order]] = speaking.col[order]  # the last one written is the loudest
    return loudest
