"""Whom each action moves: judged on past random draws, and used for single customers only where that is proven."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from models.actions import Action, Catalogue
from models.qini import Randomised
from models.uplift import LEARNERS, Proof, can_learn, prove
from pipelines.results import Figures
from pipelines.warehouse import run_folder

_TABLES = {
    "uplift_state": "action varchar, is_unlocked boolean, learner varchar, qini double, low double, high double, "
    "n bigint, words varchar",
    "customer_uplift": "customer_id varchar, action varchar, stays_if_left_alone double, added double, "
    "acceptance double",
}
_MOMENTS = "trait_moments"


@dataclass(frozen=True)
class Drawn:
    """An action's draws: what was known of each customer at the contact, arm and outcome."""

    action: Action
    traits: np.ndarray
    seen: Randomised


def uplift_into(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, figures: Figures) -> None:
    """Write uplift_state, and customer_uplift for the actions whose individual effects are unlocked.

    `catalogue` holds the measured acceptances; only actions that make people stay are judged. Reads facts by their bare
    names, customer_scores and variable as_of_date.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    drawn = list(_drawn(con, catalogue, figures.readable(figures.tried)))
    enough = [one for one in drawn if can_learn(one.seen)]
    proofs = {one.action.id: prove(one.traits, one.seen, len(enough)) for one in enough}
    _append(con, "uplift_state", [_state(one, proofs.get(one.action.id)) for one in drawn])
    unlocked = [one for one in enough if proofs[one.action.id].is_unlocked]
    if unlocked:
        customers, traits = _now(con)
        for one in unlocked:
            _append_effects(con, one, proofs[one.action.id], (customers, traits))


def _drawn(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, tried: pd.DataFrame) -> Iterator[Drawn]:
    """The draws of each action that makes people stay, with the traits at the contact."""
    con.register("tried_now", tried)
    moments = "select unit, customer_id, started_at as known_at from tried_now"
    traits = _traits(con, moments)
    con.unregister("tried_now")
    for action in catalogue.actions:
        chosen = np.flatnonzero(tried["action"] == action.id)
        if len(chosen) and not action.is_sale:
            rows = tried.iloc[chosen]
            seen = Randomised.of(
                rows["is_treated"].to_numpy(bool), rows["is_retained"].to_numpy(bool), rows["customer_id"].to_numpy(str)
            )
            yield Drawn(action, traits[chosen], seen)


def _traits(con: duckdb.DuckDBPyConnection, moments: str) -> np.ndarray:
    """What was known of each customer at each moment, one row per unit in their order."""
    con.execute(f"create or replace temp table {_MOMENTS} as {moments}")
    built = run_folder(con, "uplift", "temp table").built
    traits = con.execute("select * exclude (unit) from customer_traits order by unit").df().to_numpy(float)
    for table in (*built, _MOMENTS):
        con.execute(f"drop table temp.{table}")
    return traits


def _now(con: duckdb.DuckDBPyConnection) -> tuple[pa.Array, np.ndarray]:
    """All scored customers and their traits on the scored day."""
    moments = (
        "select row_number() over (order by customer_id) as unit, customer_id,"
        " cast(getvariable('as_of_date') as timestamp) as known_at from customer_scores"
    )
    customers = con.sql("select customer_id from customer_scores order by customer_id").to_arrow_table()
    return customers["customer_id"].combine_chunks(), _traits(con, moments)


def _append_effects(con: duckdb.DuckDBPyConnection, one: Drawn, proof: Proof, now: tuple[pa.Array, np.ndarray]) -> None:
    """Rows of customer_uplift of one action; acceptances are scaled so that they mean what was measured of all."""
    effects = LEARNERS[proof.learner](one.traits, one.seen)
    then, customers = effects(one.traits), now[0]
    leaves, reached = 1 - then.untreated, acceptance(then.untreated, then.added)
    expected = float((leaves * reached).sum())
    scale = one.action.acceptance.mean * float(leaves.sum()) / expected if expected > 0 else 0.0
    found = effects(now[1])
    rows = pa.table(
        {
            "customer_id": customers,
            "action": pa.array([one.action.id] * len(customers)),
            "stays_if_left_alone": found.untreated,
            "added": found.added,
            "acceptance": np.minimum(scale * acceptance(found.untreated, found.added), 1.0),
        }
    )
    con.register("rows_to_append", rows)
    con.execute("insert into customer_uplift by name select * from rows_to_append")
    con.unregister("rows_to_append")


def acceptance(untreated: np.ndarray, added: np.ndarray) -> np.ndarray:
    """The share of would-be churners that contact keeps, from the chances to stay; 0 where it drives away."""
    return np.clip(added / np.maximum(1 - untreated, 1e-6), 0.0, 1.0)


def _state(one: Drawn, proof: Proof | None) -> dict[str, Any]:
    """A row of uplift_state, with the verdict in words."""
    n = len(one.seen)
    row = {
        "action": one.action.id,
        "is_unlocked": False,
        "n": n,
        "learner": None,
        "qini": None,
        "low": None,
        "high": None,
    }
    if proof is None:
        return row | {"words": f"{n:,} customers drawn at random are too few to look for differences between them."}
    told = f"Qini {proof.qini.value:.3f}, {proof.qini.low:.3f} to {proof.qini.high:.3f}"
    if proof.is_unlocked:
        words = f"{n:,} customers drawn at random answer differently, and who does can be told beforehand ({told})."
    elif proof.qini.low > 0:
        words = f"The churn risk already says whom it moves; nothing more shows in {n:,} random draws ({told})."
    else:
        words = f"No difference between customers shows beyond chance in {n:,} random draws ({told})."
    figures = {"learner": proof.learner, "qini": proof.qini.value, "low": proof.qini.low, "high": proof.qini.high}
    return row | figures | {"is_unlocked": proof.is_unlocked, "words": words}


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Append rows by the names of their columns."""
    if rows:
        con.register("rows_to_append", pa.Table.from_pylist(rows))
        con.execute(f"insert into {table} by name select * from rows_to_append")
        con.unregister("rows_to_append")
