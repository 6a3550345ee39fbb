"""Months of the overview against a count by hand: who was active, who stayed, who came, and their identity."""

from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.warehouse import SQL_FOLDER, in_order, read_file, set_variables

ACTIVE_DAYS = 100
FIRST, DAYS = date(2024, 1, 10), 500
QUIET = date(2024, 9, 1)  # a month in which nobody orders
FILES = [
    read_file(SQL_FOLDER / "marts" / f"{name}.sql")
    for name in ("monthly_activity", "monthly_contracts", "monthly_kpis")
]
CONTRACTS = ["customer_id", "started_at", "ended_at"]


def orders(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = [FIRST, *(FIRST + timedelta(days=int(day)) for day in rng.integers(0, DAYS, 300))]
    customers = [f"C{number}" for number in rng.integers(0, 40, len(days))]
    frame = pd.DataFrame({"customer_id": customers, "ordered_at": pd.to_datetime(days)})
    frame = frame[frame["ordered_at"].dt.to_period("M") != pd.Period(QUIET, "M")]
    return frame.sort_values(["customer_id", "ordered_at"], ignore_index=True)


def kpis(frame: pd.DataFrame, as_of: date, signed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Months of orders or, with `signed`, of contracts."""
    eligibility = "active" if signed is None else "subscribed"
    contracts_frame = pd.DataFrame(columns=CONTRACTS) if signed is None else signed
    facts = frame.assign(order_number=frame.groupby("customer_id").cumcount() + 1, revenue=10.0, margin=4.0)
    with duckdb.connect() as con:
        con.register("facts", facts)
        con.execute("create table order_facts as select *, ordered_at::date as ordered_on from facts")
        con.register("signed", contracts_frame)
        con.execute(
            "create table subscription_facts as select customer_id, started_at::timestamp as started_at,"
            " ended_at::timestamp as ended_at from signed"
        )
        set_variables(con, as_of_date=as_of, active_days=ACTIVE_DAYS, eligibility=eligibility)
        for file in in_order(FILES):
            con.execute(f"create table {file.name} as {file.text}")
        return con.execute("from monthly_kpis order by month").df().set_index("month")


def active(frame: pd.DataFrame, day: pd.Timestamp) -> set[str]:
    recent = frame["ordered_at"].between(day - timedelta(days=ACTIVE_DAYS), day, inclusive="left")
    return set(frame.loc[recent, "customer_id"])


@pytest.mark.parametrize("as_of", [date(2025, 4, 1), date(2025, 4, 17), QUIET + timedelta(days=30)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_months_are_what_a_count_by_hand_says(seed, as_of):
    known = orders(seed)
    known = known[known["ordered_at"] < pd.Timestamp(as_of)]
    found = kpis(orders(seed), as_of)
    assert found.index[0] == pd.Timestamp(2024, 1, 1)
    assert found.index[-1] < pd.Timestamp(as_of)
    assert found["orders"].sum() == len(known)
    for month, row in found.iterrows():
        end = month + pd.DateOffset(months=1)
        start, after = active(known, month), active(known, end)
        assert row["active_customers"] == len(start)
        assert row["is_complete"] == (end <= pd.Timestamp(as_of))
        if not pd.isna(row["churned_customers"]):
            assert row["churned_customers"] == len(start - after)
            assert row["new_customers"] + row["reactivated_customers"] == len(after - start)


def test_a_month_without_orders_is_a_month_too():
    quiet = kpis(orders(1), date(2025, 4, 17)).loc[pd.Timestamp(QUIET)]
    assert quiet["orders"] == 0
    assert quiet["active_customers"] > 0
    assert quiet["churned_customers"] > 0


@pytest.mark.parametrize("as_of", [date(2025, 4, 1), date(2025, 4, 17)], ids=str)
def test_retention_by_period_and_by_cohort_are_the_same_number(as_of):
    found = kpis(orders(2), as_of)
    rated = found[found["retention_rate"].notna()]
    known = orders(2)[orders(2)["ordered_at"] < pd.Timestamp(as_of)]
    assert len(rated) > 5
    for month, row in rated.iterrows():
        start, after = active(known, month), active(known, month + pd.DateOffset(months=1))
        arrived = row["new_customers"] + row["reactivated_customers"]
        assert row["retention_rate"] == pytest.approx(len(start & after) / len(start))
        assert row["retention_rate"] == pytest.approx((len(after) - arrived) / len(start))
        assert row["churn_rate"] == pytest.approx(1 - row["retention_rate"])


def contracts(seed: int) -> pd.DataFrame:
    """Contracts of thirty customers: several each, some at once, some the next day, some still running."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(30):
        begin = FIRST + timedelta(days=int(rng.integers(0, DAYS)))
        for _ in range(int(rng.integers(1, 4))):
            end = begin + timedelta(days=int(rng.integers(1, 200)))
            rows.append((f"C{number}", begin, None if rng.random() < 0.2 else end))
            begin = end + timedelta(days=int(rng.choice([0, 1, 2, 40, -10])))
    frame = pd.DataFrame(rows, columns=CONTRACTS)
    moments = rng.integers(0, 3, (len(frame), 2)) * 8  # at midnight, in the morning, in the afternoon
    for column, hours in zip(CONTRACTS[1:], moments.T, strict=True):
        frame[column] = pd.to_datetime(frame[column]) + pd.to_timedelta(hours, unit="h")
    return frame


def running(frame: pd.DataFrame, day: pd.Timestamp, as_of: date) -> set[str]:
    """Who has a contract on the morning of a day, or changes the plan across that midnight."""
    known = frame[frame["started_at"] < pd.Timestamp(as_of)]
    begun = known["started_at"] < day
    found = set(known.loc[begun & ~(known["ended_at"] < day), "customer_id"])
    switched = set()
    for customer, own in known[begun | (known["started_at"] < day + pd.Timedelta(days=1))].groupby("customer_id"):
        ends = own.loc[own["ended_at"].dt.normalize() == day - pd.Timedelta(days=1), "ended_at"]
        switched |= {customer} if len(ends) and (own["started_at"].dt.normalize() == day).any() else set()
    return found | switched


@pytest.mark.parametrize("as_of", [date(2025, 4, 1), date(2025, 4, 17)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_where_contracts_are_predicted_months_count_contracts(seed, as_of):
    signed = contracts(seed)
    found = kpis(orders(seed), as_of, signed)
    assert found["churned_customers"].sum() > 5
    for month, row in found.iterrows():
        end = month + pd.DateOffset(months=1)
        start = running(signed, month, as_of)
        assert row["active_customers"] == len(start), month
        if row["is_complete"] and len(start):
            after = running(signed, end, as_of)
            assert row["churned_customers"] == len(start - after), month
            assert row["churn_rate"] == pytest.approx(len(start - after) / len(start))
            assert row["new_customers"] + row["reactivated_customers"] == len(after - start), month
