"""The data health page: what it says about a shop with planted faults, about a clean one, and before the next score."""

from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from pages.components import data_health_words as own
from pipelines import publish
from pipelines.data_checks import PROBLEM
from tests.test_data_health import faulty, health
from tests.test_pages import opened, said
from tests.warehouse_fixture import publish_warehouse

TABLES = ("data_sources", "data_days", "data_gaps", "data_columns", "data_rejects", "data_checks", "data_check_rows",
          "matched_revenue", "rejects")  # fmt: skip


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published shop whose data have a fault of every kind."""
    folder = tmp_path_factory.mktemp("sick")
    path = publish_warehouse(folder, customers=60)
    with health(faulty(), folder / "data") as found, duckdb.connect(str(path)) as con:
        found.execute("create table bad as select 'orders' as table_name, 3 as row_number, 'revenue' as column_name,"
                      " '-4' as value, 'must be 0 or more' as reason")  # fmt: skip
        found.execute("create table own_rejects as select table_name, column_name, reason as why, 1::bigint as"
                      " rows_rejected, 3::bigint as first_row from bad")  # fmt: skip
        renamed = {"rejects": "bad", "data_rejects": "own_rejects"}
        for name in TABLES:
            frame = found.sql(f"select * from {renamed.get(name, name)}").to_arrow_table()
            con.execute(f"create or replace table {name} as select * from frame")
            assert len(frame)
    return folder


def tables_of(app: AppTest) -> list[list[str]]:
    return [list(frame.value.columns) for frame in app.dataframe]


def test_the_page_says_what_stopped_what_is_missing_and_what_else(sick, monkeypatch):
    text = said(opened("data_health", sick, monkeypatch))
    assert "Support tickets stopped on 1 Apr 2025; 5 days of orders are missing; " in text
    assert "Missing days" in text
    assert "Not in the data: Consents would bring" in text
    assert "1 row rejected: orders, must be 0 or more" in text
    assert "Orders: 5 days missing, the last ones from 10 Feb 2025 to 14 Feb 2025" in text


def test_every_check_that_found_something_shows_its_rows(sick, monkeypatch):
    app = opened("data_health", sick, monkeypatch)
    checks = {check["check_name"] for check in own.faulty(_checks(sick))}
    assert len(checks) > 12
    for name in sorted(checks)[::4]:
        app.selectbox(key="check").select(name).run()
        assert not app.exception
        assert any("What was found" in columns for columns in tables_of(app)) or name in (
            "rejected_rows",
            "exact_copies",
        )


def _checks(home: Path) -> list[dict]:
    with publish.open_current(home, "warehouse") as con:
        found = con.execute("select check_name, state from data_checks").fetchall()
    return [{"check_name": name, "state": state} for name, state in found]


def test_problems_stand_before_what_is_worth_a_look(sick, monkeypatch):
    app = opened("data_health", sick, monkeypatch)
    results = next(frame.value for frame in app.dataframe if "Result" in frame.value.columns)["Result"]
    order = [own.CHECK_STATES[state] for state in own.ORDER]
    assert list(results) == sorted(results, key=order.index)
    assert results.iloc[0] == own.CHECK_STATES[PROBLEM]


def test_table_span_and_check_come_from_the_address(sick, monkeypatch):
    address = {"table": "Support tickets", "span": "5 years", "columns": "Order lines"}
    app = opened("data_health", sick, monkeypatch, **address)
    text = said(app)
    assert "Support tickets: no rows since 1 Apr 2025" in text
    assert "of 3,1" in text or "order lines belong to an order" in text


def test_a_clean_shop_is_called_clean(shared_home, monkeypatch):
    text = said(opened("data_health", shared_home, monkeypatch))
    assert "Nothing is missing: every table with dates goes on to" in text
    assert "No row was rejected" in text
    assert "Revenue matched 100 %" in text


def test_scores_of_an_older_version_name_the_command(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=60)
    app = opened("data_health", tmp_path, monkeypatch)
    assert not app.exception
    assert "python -m pipelines score" in said(app)
