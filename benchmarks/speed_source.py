"""The sample shop as every contender reads it, and the check that all of them found the same features."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.accuracy import pipelines
from benchmarks.contenders.job import TABLES
from pipelines import publish
from pipelines.quoting import sql_text
from pipelines.snapshots import FEATURES, months_before

SNAPSHOTS = 12
_ORDERS = """
select max(cast(ordered_at as date)), count(*) from orders where coalesce(status, 'completed') != 'cancelled'
"""


@dataclass(frozen=True)
class Shop:
    """A sample shop: the folder that `sample` wrote, the one contenders read, its dates and its size."""

    customers: int
    sample: Path
    source: Path
    dates: tuple[date, ...]
    orders: int
    lines: int


def make_shop(customers: int, folder: Path) -> Shop:
    """Write a sample shop, load its orders, lines and products as users do, and lay them out for the contenders."""
    sample, home, source = (folder / name for name in ("sample", "home", "source"))
    pipelines("sample", "--customers", str(customers), "--seed", "1", "--to", str(sample))
    alone = folder / "orders_alone"
    for made in (alone, source):
        made.mkdir()
    for table in TABLES:
        (alone / f"{table}.parquet").symlink_to(sample / f"{table}.parquet")
    pipelines("ingest", str(alone), "--home", str(home))
    publish.require(home, "source").rename(source / "source.duckdb")
    with duckdb.connect(str(source / "source.duckdb"), read_only=True) as con:
        for table in TABLES:
            con.execute(f"copy {table} to {sql_text(str(source / f'{table}.parquet'))}")
        newest, orders = con.execute(_ORDERS).fetchall()[0]
        lines = con.execute("select count(*) from order_lines").fetchall()[0][0]
    as_of = newest + timedelta(days=1)
    dates = tuple(months_before(as_of, step) for step in reversed(range(SNAPSHOTS)))
    return Shop(customers, sample, source, dates, orders, lines)


def differences(ours: Path, theirs: Path, dates: tuple[date, ...]) -> list[str]:
    """Where a contender's features are not ours to float tolerance, in words; empty when they are equal."""
    found: list[str] = []
    with duckdb.connect(str(ours / "features.duckdb"), read_only=True) as con:
        for as_of in dates:
            mine = con.execute(f"select * exclude (as_of_date) from {FEATURES} where as_of_date = ?", [as_of]).df()
            other = pd.read_parquet(theirs / f"{as_of}.parquet").drop(columns="as_of_date", errors="ignore")
            found += _differences(mine.set_index("customer_id"), other.set_index("customer_id"), as_of)
    return found


def _differences(mine: pd.DataFrame, other: pd.DataFrame, as_of: date) -> list[str]:
    if set(mine) != set(other) or set(mine.index) != set(other.index) or len(mine) != len(other):
        return [f"{as_of}: other customers or features"]
    other = other.loc[mine.index, list(mine)]
    told = []
    for name in mine:
        same = np.isclose(mine[name], other[name].astype("float64"), rtol=1e-5, atol=1e-6, equal_nan=True)
        if not same.all():
            told.append(f"{as_of}: {name} for {int((~same).sum())} customers")
    return told
