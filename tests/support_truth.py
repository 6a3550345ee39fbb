"""What contact with support did in a sample shop, from its hidden numbers alone, and what the estimates say of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipelines import queries
from pipelines.build import facts_into
from pipelines.config import Settings
from pipelines.experience import experience_into
from pipelines.sample import oracle
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.seasons import FIRST_DAY
from pipelines.snapshots import label_into, snapshot_into
from pipelines.warehouse import expose, set_variables
from tests.random_shop import settings

KNOWN_UNTIL = date(2026, 11, 1)
DAYS = tuple(KNOWN_UNTIL - timedelta(days=90 * back) for back in (4, 3, 2, 1))
TABLES = ("orders", "customers", "support_tickets", "surveys", "contacts")


@contextmanager
def built(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with facts, features and outcomes of a sample shop on the compared days."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set timezone = 'UTC'")
        con.execute("attach ':memory:' as source")
        for table in TABLES:
            con.execute(f"create table source.{table} as from '{folder}/{table}.parquet'")
        facts_into(con, "source", Settings())
        for day in DAYS:
            snapshot_into(con, Settings(), day)
            label_into(con, Settings(), day, KNOWN_UNTIL)
        con.execute(
            "create table snapshots as select as_of_date, true as is_labelled, count(*) as eligible"
            " from customer_features group by 1"
        )
        expose(con, "source")
        set_variables(con, as_of_date=KNOWN_UNTIL)
        yield con


def compared(con: duckdb.DuckDBPyConnection, *hidden_causes: str) -> dict[str, Any]:
    """Rows of experience_support by part, and the strata, as of the end of the data."""
    experience_into(con, settings(experience={"hidden_causes": hidden_causes}), KNOWN_UNTIL)
    rows = queries.experience_support(con).to_dict("records")
    return {row["part"]: row for row in rows} | {"strata": con.execute("from experience_support_strata").df()}


def _felt(folder: Path, as_of: date, c: Coefficients) -> pd.DataFrame:
    """One row per customer with a ticket in the 90 days before a day.

    `log_factor` is what the tickets added to the log hazard of the last order, each fading with the shop's memory from
    order to order; `added` the hazard of questions after the last order.
    """
    weight = c.experience
    with duckdb.connect() as con:
        return con.execute(
            f"""
            with decisions as (
                select customer_id, ordered_at,
                    row_number() over (partition by customer_id order by ordered_at desc) - 1 as later_orders
                from '{folder}/orders.parquet' where ordered_at < $day
            ),
            tickets as (
                select customer_id, opened_at, is_caused_by_order, leave_probability as chance,
                    {weight.slow_reply} * is_slow::int + {weight.reopened_ticket} * is_reopened::int
                    + {weight.unsolved_ticket} * is_unsolved::int
                    + if(is_slow or is_reopened or is_unsolved, 0, {weight.solved_first_time}) as grievance
                from '{folder}/support_tickets.parquet'
                join '{folder}/truth_tickets.parquet' using (ticket_id, customer_id)
                where opened_at < $day and opened_at >= $day - interval 90 day
            )
            select tickets.customer_id,
                sum(if(is_caused_by_order or later_orders > 0,
                    service_sensitivity * tickets.grievance * {c.leaving.memory} ** later_orders, 0)) as log_factor,
                sum(if(is_caused_by_order or later_orders > 0, 0, -ln(1 - least(chance, 0.999999)))) as added,
            from tickets asof join decisions
                on tickets.customer_id = decisions.customer_id and tickets.opened_at >= decisions.ordered_at
            join '{folder}/truth.parquet' as truth on truth.customer_id = tickets.customer_id
            group by all
            """,
            {"day": as_of},
        ).df()


def planted_difference(folder: Path, days: Sequence[date], horizon: int, c: Coefficients) -> float:
    """Mean change of the chance of no order in the horizon that the tickets of the 90 days before made.

    Over all customers who had one and ordered in the same 90 days, on all days: the oracle's formula with and without
    their tickets.
    """
    changes = np.concatenate([_changes(folder, day, horizon, c) for day in days])
    return float(changes.mean())


def _changes(folder: Path, as_of: date, horizon: int, c: Coefficients) -> np.ndarray:
    past = oracle._Past(oracle._standing(folder, as_of), float((as_of - FIRST_DAY).days))
    waited = oracle._survival(past, past.as_of, c)
    longer = oracle._survival(past, past.as_of + horizon, c)

    def churns(leaves: np.ndarray) -> np.ndarray:
        return (leaves + (1 - leaves) * longer) / (leaves + (1 - leaves) * waited)

    felt = _felt(folder, as_of, c).set_index("customer_id").reindex(past.frame["customer_id"])
    leaves = past.numbers("leave_probability")
    hazard = -np.log1p(-np.minimum(leaves, 1 - 1e-9))
    is_sure = leaves >= 1
    without = 1 - np.exp(-hazard * np.exp(-felt["log_factor"].fillna(0).to_numpy()))
    with_all = 1 - (1 - leaves) * np.exp(-felt["added"].fillna(0).to_numpy())
    last = pd.Timestamp(FIRST_DAY) + pd.to_timedelta(past.numbers("last_order"), unit="D")
    ordered = np.asarray(last >= pd.Timestamp(as_of - timedelta(days=90)))
    exposed = felt["log_factor"].notna().to_numpy() & ordered
    change = churns(np.where(is_sure, 1, with_all)) - churns(np.where(is_sure, 1, without))
    return np.asarray(change[exposed])
