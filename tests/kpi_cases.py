"""Random shops through the marts of the months, and the same figures counted by hand with decimals."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipelines.build import facts_into
from pipelines.config import Settings
from pipelines.kpis import kpis_into
from pipelines.warehouse import set_variables
from tests.random_shop import CUSTOMERS, FIRST_DAY, Shop, random_shop, settings, source

ACTIVE_DAYS = 100
KINDS = ["active", "subscribed"]
Books = dict[str, Decimal]


def shop_of(seed: int) -> Shop:
    """A random shop whose money has cents and whose refunds sometimes take everything."""
    shop, rng = random_shop(seed), np.random.default_rng(seed)
    orders = shop["orders"]
    orders["revenue"] = (orders["revenue"] + rng.integers(0, 100, len(orders)) / 100).round(2)
    orders["refunded"] = orders["refunded"].where(rng.random(len(orders)) < 0.5, orders["revenue"])
    shop["subscriptions"] = contracts_of(rng)
    return shop


def contracts_of(rng: np.random.Generator) -> pd.DataFrame:
    """Several contracts per customer: some at once, some the next day for another fee, some later, some open."""
    rows = []
    for customer in CUSTOMERS * 2:
        begin = FIRST_DAY + pd.Timedelta(days=int(rng.integers(0, 500)), hours=int(rng.integers(0, 3)) * 8)
        for _ in range(int(rng.integers(1, 5))):
            end = begin + pd.Timedelta(days=int(rng.integers(1, 200)), hours=int(rng.integers(0, 3)) * 8)
            rows.append((customer, begin, None if rng.random() < 0.15 else end, rng.integers(500, 4000) / 100))
            begin = end.normalize() + pd.Timedelta(days=int(rng.choice([0, 1, 2, 40, -10])))
    frame = pd.DataFrame(rows, columns=["customer_id", "started_at", "ended_at", "monthly_fee"])
    frame["ended_at"] = pd.to_datetime(frame["ended_at"])
    ids = [f"s{number}" for number in range(len(frame))]
    return frame.assign(subscription_id=ids, plan="basic", renews_at=pd.NaT)


def chosen(eligibility: str = "active") -> Settings:
    return settings(churn={"active_days": ACTIVE_DAYS, "eligibility": eligibility})


@contextmanager
def published(shop: Shop, as_of: date, asked: Settings, home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of the months as of a day; every buyer is in one segment, a third is scored."""
    with source(shop) as con:
        facts_into(con, "source", asked)
        asks = asked.churn
        set_variables(
            con,
            as_of_date=as_of,
            active_days=asks.active_days,
            horizon_days=asks.horizon_days,
            eligibility=asks.eligibility,
        )
        con.execute(
            "create table run_info as select ?::date as as_of_date, ?::integer as horizon_days, ? as eligibility",
            [as_of, asks.horizon_days, asks.eligibility],
        )
        con.execute(
            "create table customer_scores as select customer_id, 0.25 as churn_risk, 100.0 as expected_value"
            " from customer_numbers where customer_number % 3 = 0"
        )
        con.execute(
            "create table customer_list as select customer_id, if(customer_number % 2 = 0, 'Loyal', 'New') as segment,"
            " 'active' as lifecycle_stage, expected_value, churn_risk * expected_value as value_at_risk"
            " from customer_numbers left join customer_scores using (customer_id)"
        )
        kpis_into(con, home, asked, as_of)
        yield con


def months_of(shop: Shop, as_of: date, asked: Settings, home: Path) -> pd.DataFrame:
    """Table kpi_months with the month as index."""
    with published(shop, as_of, asked, home) as con:
        return con.execute("from kpi_months").df().set_index("month")


def bridge_of(shop: Shop, as_of: date, asked: Settings, home: Path) -> list[dict[str, Any]]:
    """Table kpi_bridge with money as decimals."""
    with published(shop, as_of, asked, home) as con:
        found = con.execute("from kpi_bridge order by month")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def order_books(shop: Shop, day: pd.Timestamp) -> Books:
    """What counts on the morning of a day: orders of the last days by customer, less what was refunded by then."""
    orders = shop["orders"]
    on = orders["ordered_at"].dt.normalize()
    counts = orders[(on < day) & (on >= day - timedelta(days=ACTIVE_DAYS)) & (orders["status"] != "cancelled")]
    books: Books = {}
    for row in counts.itertuples():
        is_refunded = row.refunded_at < day and not pd.isna(row.refunded)
        amount = cents(row.revenue) - (cents(row.refunded) if is_refunded else 0)
        books[row.customer_id] = books.get(row.customer_id, Decimal(0)) + amount
    return books


def fee_books(shop: Shop, day: pd.Timestamp, as_of: date) -> Books:
    """Fees of who has a contract on the morning of a day, or changes the plan across that midnight."""
    books: Books = {}
    known = shop["subscriptions"][shop["subscriptions"]["started_at"] < pd.Timestamp(as_of)]
    for customer, own in known.groupby("customer_id"):
        ordered = own.sort_values(["started_at", "ended_at"])
        starts, ends = ordered["started_at"].dt.normalize(), ordered["ended_at"].dt.normalize()
        following = starts.shift(-1)
        ends = ends.where(~(following - ends).dt.days.between(0, 1), following)
        runs = (starts < day) & (ends.isna() | (ends >= day))
        if runs.any():
            books[str(customer)] = sum((cents(fee) for fee in ordered["monthly_fee"][runs]), Decimal(0))
    return books


def cents(amount: float) -> Decimal:
    """Money of a source as a decimal; missing is nothing."""
    return Decimal(0) if pd.isna(amount) else Decimal(str(round(amount, 2))).quantize(Decimal("0.01"))


def newcomers(shop: Shop, eligibility: str, month: pd.Timestamp) -> set[str]:
    """Whose first order or contract began in a month."""
    table, column = ("subscriptions", "started_at") if eligibility == "subscribed" else ("orders", "ordered_at")
    frame = shop[table]
    rows = frame[frame["status"] != "cancelled"] if table == "orders" else frame
    first = rows.groupby("customer_id")[column].min()
    return set(first[(first >= month) & (first < month + pd.DateOffset(months=1))].index)


def bridge_by_hand(before: Books, after: Books, fresh: set[str]) -> dict[str, Decimal]:
    """The parts of the bridge between two books."""
    stayed = {name: after[name] - before[name] for name in before.keys() & after.keys()}
    came = after.keys() - before.keys()
    zero = Decimal(0)
    return {
        "start": sum(before.values(), zero),
        "expansion": sum((change for change in stayed.values() if change > 0), zero),
        "contraction": sum((-change for change in stayed.values() if change < 0), zero),
        "churned": sum((before[name] for name in before.keys() - after.keys()), zero),
        "won_back": sum((after[name] for name in came - fresh), zero),
        "new": sum((after[name] for name in came & fresh), zero),
        "end": sum(after.values(), zero),
    }
