"""A small shop with random content in every contract table, and ways to rewrite its future.

Moments often fall on midnight, because that is where the past ends and the future begins.
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipelines.build import BuildReport, build_into, facts_into
from pipelines.config import Settings
from pipelines.contract import SQL_TYPES, SURVEY_RANGES, TABLES, Column
from pipelines.snapshots import snapshot_into

Shop = dict[str, pd.DataFrame]

FIRST_DAY = pd.Timestamp("2023-01-01")
DAYS = 800
CUSTOMERS = [f"c{number}" for number in range(6)]
ORDERS = [f"o{number}" for number in range(60)]
PRODUCTS = [f"p{number}" for number in range(8)]

# The moment a row is about, and the moments of what is added to it later with the columns that belong to them.
EVENTS = {
    "orders": "ordered_at",
    "customers": "signed_up_at",
    "consents": "changed_at",
    "support_tickets": "opened_at",
    "surveys": "answered_at",
    "touchpoints": "occurred_at",
    "contacts": "contacted_at",
    "subscriptions": "started_at",
}
LATER: dict[str, dict[str, list[str]]] = {
    "orders": {"refunded_at": ["refunded"], "promised_at": [], "delivered_at": []},
    "order_lines": {"returned_at": ["returned_quantity"]},
    "support_tickets": {"first_replied_at": [], "solved_at": [], "reopened_at": [], "rated_at": ["satisfaction"]},
    "contacts": {"responded_at": []},
    "subscriptions": {"ended_at": [], "renews_at": []},
}
ROWS = {"orders": 60, "order_lines": 120, "products": 8, "customers": 6, "support_tickets": 25, "surveys": 25,
        "touchpoints": 120, "contacts": 15, "subscriptions": 6, "consents": 20}  # fmt: skip


def moments(rng: np.random.Generator, count: int, low: float = 0, high: float = DAYS) -> pd.Series:
    """Random moments between two days of the shop, a third of them at midnight."""
    days = rng.uniform(low, high, count)
    days = np.where(rng.random(count) < 1 / 3, np.ceil(days), days)
    return FIRST_DAY + pd.to_timedelta((days * 86_400).round(), unit="s").to_series().reset_index(drop=True)


def _values(rng: np.random.Generator, column: Column, count: int) -> Any:
    """Random values of a column, every fifth missing where the contract allows it."""
    names = {"customer_id": CUSTOMERS, "order_id": ORDERS, "product_id": PRODUCTS, "category": ["a", "b", "c"]}
    if column.type == "timestamp":
        values = moments(rng, count)
    elif column.type == "boolean":
        values = pd.Series(rng.random(count) < 0.5, dtype="boolean")
    elif column.name in names or column.allowed:
        values = pd.Series(rng.choice(names.get(column.name) or list(column.allowed), count), dtype="object")
    elif column.type == "text":
        values = pd.Series(rng.choice(["x", "y", "z"], count), dtype="object")
    else:
        low = column.low if column.low is not None else 1
        values = pd.Series(rng.integers(int(low), int(column.high or 90) + 1, count)).astype("float64")
    return values if column.is_required else values.mask(rng.random(count) < 0.2)


def random_rows(rng: np.random.Generator, table: str, count: int, prefix: str = "") -> pd.DataFrame:
    """Random rows of a contract table with the contract's columns; keys begin with `prefix`."""
    frame = pd.DataFrame({column.name: _values(rng, column, count) for column in TABLES[table].columns})
    key = TABLES[table].key[0]
    if len(TABLES[table].key) == 1 and table != "products":
        stem = {"orders": "o", "customers": "c"}.get(table, f"{table}-")
        frame[key] = [f"{prefix}{stem}{number}" for number in range(count)]
    if table == "products":
        frame["product_id"] = [f"{prefix}{name}" for name in PRODUCTS[:count]]
    if table == "surveys":
        highs = frame["kind"].map({kind: high for kind, (_, high) in SURVEY_RANGES.items()})
        frame["score"] = np.floor(rng.random(count) * (highs.astype(float) + 1))
    return frame


def random_shop(seed: int) -> Shop:
    """A shop with rows in every table; what is added to a row later comes at or after the row's own moment."""
    rng = np.random.default_rng(seed)
    shop = {table: random_rows(rng, table, count) for table, count in ROWS.items()}
    shop["order_lines"] = shop["order_lines"].drop_duplicates(["order_id", "product_id"], ignore_index=True)
    shop["orders"]["status"] = np.where(rng.random(ROWS["orders"]) < 0.1, "cancelled", "completed")
    for table, later in LATER.items():
        if EVENTS.get(table) not in shop[table]:
            continue
        starts = shop[table][EVENTS[table]]
        for column in later:
            longest = 600 if table == "subscriptions" else 60
            delay = pd.Series(moments(rng, len(starts), 0, longest) - FIRST_DAY).to_numpy()
            shop[table][column] = (starts + delay).where(shop[table][column].notna())
    return shop


def source(shop: Shop, tables: set[str] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the shop attached as `source`, typed as the contract says."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set timezone = 'UTC'")
    con.execute("attach ':memory:' as source")
    for name, frame in shop.items():
        if tables is None or name in tables:
            kinds = {column.name: SQL_TYPES[column.type] for column in TABLES[name].columns}
            columns = ", ".join(f'cast("{c}" as {kinds[c]}) as "{c}"' if c in kinds else f'"{c}"' for c in frame)
            con.execute(f"create table source.{name} as select {columns} from frame")
    return con


def settings(**sections: dict[str, Any]) -> Settings:
    """Settings with some keys changed, such as `churn={"horizon_days": 60}`."""
    return Settings(**sections)  # type: ignore[arg-type]


def features_at(shop: Shop, as_of: date, chosen: Settings, folder: Any = "features") -> pd.DataFrame:
    """Features of one date from all the shop knows, sorted by customer."""
    with source(shop) as con:
        facts_into(con, "source", chosen)
        snapshot_into(con, chosen, as_of, folder=folder)
        return con.execute("select * from customer_features order by customer_id").df()


def built(shop: Shop, chosen: Settings, cut: date | None = None) -> tuple[duckdb.DuckDBPyConnection, BuildReport]:
    """A whole build of the shop; the caller closes the connection."""
    con = source(shop)
    return con, build_into(con, "source", chosen, cut)


def day(number: int) -> date:
    """The shop's day with this number as a date."""
    return (FIRST_DAY + timedelta(days=number)).date()
