"""A shop of contracts, some of whose customers never ordered, from files to the list."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines import jobs, publish
from pipelines.export import export_worklist
from pipelines.progress import silent
from pipelines.score import NO_ORDERS

START, END = datetime(2025, 1, 1), datetime(2026, 1, 1)
CUSTOMERS = 300


def contract_shop(folder: Path, customers: int = CUSTOMERS) -> Path:
    """Contracts that end soon where tickets abound; every third customer has a contract and no order."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    contracts, orders, tickets = [], [], []
    for number in range(customers):
        customer, is_unhappy = f"s{number}", rng.random() < 0.4
        begin = START + timedelta(days=float(rng.uniform(0, 200)))
        end = begin + timedelta(days=float(rng.exponential(100 if is_unhappy else 900)))
        contracts.append((f"k{number}", customer, begin, end if end < END else None, 9.9))
        until = min(end, END)
        days = [begin + timedelta(days=30 * step + 1) for step in range((until - begin).days // 30 + (end > END))]
        days = [day for day in days if day < END]  # whose contract runs orders to the last day
        if number % 3:
            orders += [(f"{customer}-{day:%Y%m%d}", customer, day, 20.0) for day in days]
        if is_unhappy:
            tickets += [(f"t-{customer}-{day:%Y%m%d}", customer, day) for day in days]
    orders.append(("last", "s1", END - timedelta(days=1), 20.0))
    tables = {
        "subscriptions": (contracts, ["subscription_id", "customer_id", "started_at", "ended_at", "monthly_fee"]),
        "orders": (orders, ["order_id", "customer_id", "ordered_at", "revenue"]),
        "support_tickets": (tickets, ["ticket_id", "customer_id", "opened_at"]),
    }
    for name, (rows, columns) in tables.items():
        pd.DataFrame(rows, columns=columns).to_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    (folder / "settings.toml").write_text('[churn]\neligibility = "subscribed"\n[snapshots]\ncount = 6\n')
    jobs.refresh(str(contract_shop(folder / "shop")), None)(folder, silent)
    return folder


def test_every_running_contract_is_listed_and_scored(home):
    with publish.open_current(home, "warehouse") as con:
        publish.attach(con, publish.require(home, "source"), "source")
        found = con.execute(
            "select list(customer_id order by customer_id) from customer_list where is_scored"
        ).fetchall()
        running = con.execute(
            "select list(customer_id order by customer_id) from source.subscriptions where ended_at is null"
        ).fetchall()
    assert found == running


def test_who_never_ordered_is_said_to_have_no_orders(home):
    with publish.open_current(home, "warehouse") as con:
        rows = con.execute(
            "select distinct segment, orders, revenue_total, last_ordered_at is null from customer_list"
            " where customer_id[2:]::int % 3 = 0"
        ).fetchall()
    assert rows == [(NO_ORDERS, 0, 0.0, True)]


def test_who_never_ordered_is_worth_the_contract(home):
    with publish.open_current(home, "warehouse") as con:
        low, high = con.execute(
            "select min(expected_value), max(expected_value) from customer_list where customer_id[2:]::int % 3 = 0"
        ).fetchall()[0]
    year = 9.9 * 12 * 0.35
    assert 0.9 * year < low <= high < 1.1 * year  # a year's fees less interest, and next to nothing from orders


def test_the_list_can_be_exported(home, tmp_path):
    report = export_worklist(home, tmp_path / "list.csv")
    ids = pd.read_csv(tmp_path / "list.csv")["customer_id"]
    assert report.rows == len(ids) == ids.nunique() > 0
    assert (ids.str[1:].astype(int) % 3 == 0).any()
