"""Time travel says what would have been said, and next to it what then happened."""

import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.backtest import backtest_to
from pipelines.config import load_settings
from pipelines.errors import InputError


@pytest.fixture(scope="module")
def as_of(shared_home) -> date:
    with duckdb.connect(str(shared_home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute("select as_of_date - 120 from run_info").fetchall()[0][0]


@pytest.fixture(scope="module")
def past(shared_home, as_of, tmp_path_factory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("past") / "past.parquet"
    backtest_to(out, shared_home, load_settings(shared_home), as_of)
    return pd.read_parquet(out)


def test_the_file_has_the_contracts_columns(past, as_of):
    assert list(past.columns) == ["customer_id", "as_of_date", "churn_risk", "churned", "expected_value"]
    assert past["customer_id"].is_unique
    assert (pd.to_datetime(past["as_of_date"]).dt.date == as_of).all()
    assert past["churn_risk"].between(0, 1).all()
    assert (past["expected_value"] >= 0).all()


def test_outcomes_are_what_the_orders_say(past, as_of, shared_home):
    with duckdb.connect(str(shared_home / "source.duckdb"), read_only=True) as con:
        buyers = con.execute(
            "select distinct customer_id from orders where status != 'cancelled'"
            " and ordered_at >= ? and ordered_at < ?",
            [as_of, as_of + timedelta(days=90)],
        ).fetchall()
    bought = past["customer_id"].isin({row[0] for row in buyers})
    assert (past["churned"].astype(bool) == ~bought).all()


def test_the_past_list_is_what_score_would_have_said(past, as_of, shared_home, tmp_path, cli):
    """What the whole pipeline publishes from a source that ends on the day is the list, to the last byte."""
    shop = tmp_path / "shop"
    shop.mkdir()
    with duckdb.connect() as con:
        for path in (shared_home / "sample").glob("*.parquet"):
            moments = {
                "orders": "ordered_at", "support_tickets": "opened_at", "surveys": "answered_at",
                "touchpoints": "occurred_at", "contacts": "contacted_at", "consents": "changed_at",
            }  # fmt: skip
            known = f"where {moments[path.stem]} < date '{as_of}'" if path.stem in moments else ""
            con.execute(f"copy (from '{path}' {known}) to '{shop / path.name}' (format parquet)")
    cli("refresh", shop, "--home", tmp_path / "home")
    with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb"), read_only=True) as con:
        columns = "customer_id, as_of_date, churn_risk, expected_value"
        said = con.execute(f"select {columns} from customer_scores order by customer_id").df()
    assert len(said) > 100
    assert said.to_csv() == past[said.columns].to_csv()
    for name in ("churn_risk", "expected_value"):
        assert said[name].to_numpy().tobytes() == past[name].to_numpy().tobytes()


def test_nothing_published_changes(home, as_of, tmp_path, cli):
    before = {path.name: path.stat().st_mtime_ns for path in (home / "store").iterdir()}
    facts = json.loads(
        cli("backtest", "--as-of", as_of, "--out", tmp_path / "a.parquet", "--home", home, "--json").stdout
    )
    assert facts["customers"] > 0
    assert {path.name: path.stat().st_mtime_ns for path in (home / "store").iterdir()} == before
    assert not list((home / "tmp").glob("backtest*"))


@pytest.mark.parametrize("day", [date(1999, 1, 1), date(2199, 1, 1)])
def test_a_day_outside_the_data_is_refused(shared_home, tmp_path, day):
    with pytest.raises(InputError, match="Name a day from"):
        backtest_to(tmp_path / "x.parquet", shared_home, load_settings(shared_home), day)


def test_a_missing_folder_is_told_before_the_work(shared_home, as_of):
    with pytest.raises(InputError, match="does not exist"):
        backtest_to(Path("/nowhere/x.parquet"), shared_home, load_settings(shared_home), as_of)
