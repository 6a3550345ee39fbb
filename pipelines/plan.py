"""A shop's offers as the arrays that a plan chooses from, so that a page can plan anew on every move of a slider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from models.plan import Limits, Offers
from pipelines.config import Settings
from pipelines.errors import InputError

_COLUMNS = {"customer": "int32", "action": "int16", "channel": "int16", "rule": "int16"}
_NONE = -1


@dataclass(frozen=True)
class ShopOffers:
    """Every scored customer's offers; `customer_id` gives the id of each customer counted in `offers`."""

    customer_id: np.ndarray
    offers: Offers

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A list of models.plan or models.plan_reasons with `customer_id` in place of the number `customer`."""
        ids = self.customer_id[rows["customer"].to_numpy()]
        return pd.concat([pd.DataFrame({"customer_id": ids}), rows.drop(columns="customer")], axis=1)


def default_limits(settings: Settings) -> Limits:
    """What section `[plan]` of the settings allows to be spent."""
    caps = {str(channel): float(cap) for channel, cap in settings.plan.channel_caps.items()}
    return Limits(settings.plan.budget, settings.plan.agent_hours, caps)


def read_offers(cursor: duckdb.DuckDBPyConnection) -> ShopOffers:
    """Read tables customer_scores and customer_actions of a warehouse; keep the result, it serves every plan.

    Offers that a rule blocks or defers are read with the rule's name and never chosen. Raises InputError where the
    warehouse was made before actions were suggested.
    """
    _require(cursor, "customer_actions")
    customers = cursor.execute("select customer_id, churn_risk from customer_scores order by customer_id").df()
    names = {name: _names(cursor, name) for name in ("action", "channel", "rule")}
    rows = _sorted(_rows(cursor, names))
    offers = Offers(
        customers=len(customers),
        actions=names["action"],
        channels=names["channel"],
        rules=names["rule"],
        rows=rows,
        churn_risk=customers["churn_risk"].to_numpy(dtype=float),
    )
    return ShopOffers(customers["customer_id"].to_numpy(dtype=object), offers)


def _require(cursor: duckdb.DuckDBPyConnection, table: str) -> None:
    if not _has(cursor, table):
        raise InputError(f"The warehouse has no table {table} yet. Run `python -m pipelines score` first.")


def _has(cursor: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(cursor.execute("select 1 from duckdb_tables() where table_name = ?", [table]).fetchall())


def _names(cursor: duckdb.DuckDBPyConnection, column: str) -> tuple[str, ...]:
    """The distinct names in a column of the offers: actions in the order of the catalogue, others by name."""
    if column == "action" and _has(cursor, "actions"):
        found = cursor.execute("select action from actions order by place").fetchall()
    else:
        source = _RULE if column == "rule" else column
        found = cursor.execute(
            f"select distinct {source} as name from customer_actions where name is not null order by name"
        ).fetchall()
    return tuple(name for (name,) in found)


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by customer and action, which is how the warehouse keeps them, so that nothing needs to be moved."""
    customer, action = rows["customer"].to_numpy(), rows["action"].to_numpy()
    step = np.diff(customer)
    if ((step < 0) | ((step == 0) & (np.diff(action) < 0))).any():
        return rows.take(np.lexsort((action, customer))).reset_index(drop=True)
    return rows


_RULE = "coalesce(blocked_by, case when deferred_until is not null then 'deferred' end)"


def _rows(cursor: duckdb.DuckDBPyConnection, names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The offers with a finite net, names as their places in `names`, customers as their places by customer_id."""
    rows = cursor.execute(
        f"""
        with customers as (
            select customer_id, row_number() over (order by customer_id) - 1 as position
            from customer_scores
        )
        select
            cast(customers.position as integer) as customer,
            cast(list_position($action, offers.action) - 1 as smallint) as action,
            cast(list_position($channel, offers.channel) - 1 as smallint) as channel,
            offers.expected_net as net,
            offers.cost,
            offers.agent_minutes as minutes,
            cast(coalesce(list_position($rule, {_RULE}) - 1, {_NONE}) as smallint) as rule,
            offers.break_even_risk
        from customer_actions as offers
        inner join customers using (customer_id)
        where isfinite(offers.expected_net)
        """,
        {name: list(values) for name, values in names.items()},
    ).df()
    return rows.astype(_COLUMNS)
