"""The choice of the label changes one setting and nothing else: the same source through all three definitions."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipelines import jobs, publish
from pipelines.progress import silent
from tests.test_subscribed import contract_shop

HORIZON, ACTIVE_DAYS, FACTOR = 60, 100, 0.25
AS_OF = date(2026, 1, 1)  # the day after the shop's newest order


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return contract_shop(tmp_path_factory.mktemp("source") / "shop", 600)


def refreshed(source: Path, home: Path, eligibility: str) -> Path:
    home.mkdir()
    (home / "settings.toml").write_text(
        f'[churn]\neligibility = "{eligibility}"\nhorizon_days = {HORIZON}\nactive_days = {ACTIVE_DAYS}\n'
        f"due_factor = {FACTOR}\n[snapshots]\ncount = 4\n",
        encoding="utf-8",
    )
    jobs.refresh(str(source), None)(home, silent)
    return home


def eligible(source: Path, eligibility: str) -> set[str]:
    """The definitions of the data contract again, by hand."""
    now = pd.Timestamp(AS_OF)
    if eligibility == "subscribed":
        contracts = pd.read_parquet(source / "subscriptions.parquet")
        runs = (contracts["started_at"] < now) & (contracts["ended_at"].isna() | (contracts["ended_at"] >= now))
        return set(contracts.loc[runs, "customer_id"])
    orders = pd.read_parquet(source / "orders.parquet").query("ordered_at < @now")
    days = orders.assign(day=orders["ordered_at"].dt.normalize()).groupby("customer_id")["day"]
    first, last, count = days.min(), days.max(), days.nunique()
    if eligibility == "active":
        return set(last[last >= now - pd.Timedelta(days=ACTIVE_DAYS)].index)
    expected = last + (last - first) / (count - 1).where(count > 1)
    slack = pd.Timedelta(days=FACTOR * HORIZON)
    is_due = expected.between(now - slack, now + pd.Timedelta(days=HORIZON) + slack)
    return set(expected[is_due & (count > 1)].index)


@pytest.mark.parametrize("eligibility", ["active", "due", "subscribed"])
def test_each_definition_lists_exactly_whom_it_names(eligibility, source, tmp_path):
    home = refreshed(source, tmp_path / "home", eligibility)
    with publish.open_current(home, "warehouse") as con:
        as_of, told, state = con.execute("select as_of_date, eligibility, model_state from run_info").fetchall()[0]
        listed = {row[0] for row in con.execute("select customer_id from customer_list where is_eligible").fetchall()}
        scored = {row[0] for row in con.execute("select customer_id from customer_scores").fetchall()}
        everybody = con.execute("select count(*) from customer_list").fetchall()[0][0]
        churn = con.execute("select count(*) from kpi_months where churn_rate > 0").fetchall()[0][0]
    expected = eligible(source, eligibility)
    assert (as_of, told) == (AS_OF, eligibility)
    assert listed == expected
    assert state == "model"
    assert scored == expected
    assert 0 < len(expected) < everybody
    assert churn > 0


def test_the_definitions_name_different_people(source):
    lists = [eligible(source, name) for name in ("active", "due", "subscribed")]
    assert len({frozenset(people) for people in lists}) == 3
