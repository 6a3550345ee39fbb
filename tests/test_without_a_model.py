"""Shops that no model can be used for: their customers are published all the same, and the reason is said plainly."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipelines import jobs, publish, registry
from pipelines.config import load_settings
from pipelines.console import Outcome
from pipelines.errors import InputError
from pipelines.export import export_worklist
from pipelines.progress import silent
from pipelines.status import describe, gather
from tests.test_odd_shops import write_orders

DAYS, SETTINGS = 500, "[churn]\nhorizon_days = 60\n[snapshots]\ncount = 8\n"


def memoryless_shop(folder: Path, customers: int) -> Path:
    """Everybody orders by the same coin, thrown anew every day: nothing in the past tells who stops."""
    rng = np.random.default_rng(5)
    orders = rng.random((customers, DAYS)) < 1 / 50
    return write_orders(folder, [(f"c{customer}", int(day)) for customer, day in np.argwhere(orders)])


def refreshed(base: Path, customers: int) -> tuple[Path, Outcome]:
    home = base / "home"
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    return home, jobs.refresh(str(memoryless_shop(base / "shop", customers)), None)(home, silent)


@pytest.fixture(scope="module", params=[("no usable signal", 600), ("too little data", 40)], ids=lambda param: param[0])
def published(request, tmp_path_factory) -> tuple[str, Path, Outcome]:
    """The state that a shop is in, its home, and what the refresh said."""
    state, customers = request.param
    return state, *refreshed(tmp_path_factory.mktemp("shop"), customers)


@pytest.fixture
def con(published) -> Iterator[duckdb.DuckDBPyConnection]:
    with publish.open_current(published[1], "warehouse") as con:
        yield con


def test_nobody_gets_a_risk_and_everybody_the_rest(con):
    for table in ("customer_scores", "customer_reasons", "customer_log_odds", "model_metrics"):
        assert con.execute(f"select count(*) from {table}").fetchall() == [(0,)]
    told = con.execute(
        """
        select count(*), count(churn_risk), count(risk_band), count(value_at_risk), count(top_reason), count(segment),
            count(lifecycle_stage), count(*) filter (is_eligible), sum(orders), bool_or(is_scored)
        from customer_list
        """
    ).fetchall()[0]
    everybody = told[0]
    assert told[1:5] == (0, 0, 0, 0)
    assert told[5:7] == (everybody, everybody)
    assert 0 < told[7] <= everybody
    assert told[8] == con.execute("select count(*) from customer_events").fetchall()[0][0]
    assert not told[9]
    assert con.execute("select count(*) > 10 and sum(revenue) > 0 from kpi_months").fetchall() == [(True,)]


def test_the_list_stands_in_an_order_that_is_not_the_models(con):
    rows = con.execute("select revenue_12m, customer_id from customer_list").fetchall()
    assert rows == sorted(rows, key=lambda row: (-row[0], row[1]))


def test_the_reason_and_the_next_step_are_said_everywhere(con, published):
    state, home, outcome = published
    version, told, note, advice = con.execute(
        "select model_version, model_state, model_note, model_advice from run_info"
    ).fetchall()[0]
    assert version is None
    assert told == state
    assert {"no usable signal": "No usable signal", "too little data": "Nothing was trained"}[state] in note
    assert "refresh" in advice
    facts = gather(home, load_settings(home))
    status = "\n".join(describe(facts))
    for text in (note, advice):
        assert text in "\n".join(outcome.lines)
        assert text in status
    assert facts["model"] is None
    assert outcome.facts["score"]["state"] == state
    assert {row["what"] for row in facts["sufficiency"]} >= {"who churned", "who stayed"}


def test_nothing_is_exported_and_the_reason_is_said(published, tmp_path):
    with pytest.raises(InputError, match=r"No usable signal|Nothing was trained"):
        export_worklist(published[1], tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").exists()


def test_what_is_there_and_what_is_needed_is_kept(con, published):
    found = con.execute("select bool_and(found >= needed) from sufficiency").fetchall()[0][0]
    assert found == (published[0] == "no usable signal")


def test_a_step_on_its_own_says_no_and_a_score_says_the_same_again(published):
    state, home, _ = published
    if state == "no usable signal":
        assert registry.versions(home) == ["1"]
        assert registry.find_champion(home) is None
        again = jobs.refresh(None, None)(home, silent)
        assert not again.facts["training_due"]  # trying every night would one day take chance for a signal
        assert "no signal" in again.facts["training_reason"]
    else:
        with pytest.raises(InputError, match=r"too little to learn from.*40 customers.*200 needed.*stay as they were"):
            jobs.train(None)(home, silent)
    assert jobs.score(None)(home, silent).facts["state"] == state


def test_a_past_list_without_a_usable_model_is_refused(published, tmp_path):
    from datetime import date

    out = tmp_path / "list.parquet"
    with pytest.raises(InputError, match=r"[Nn]o usable signal|Nothing was trained"):
        jobs.backtest(date(2026, 1, 20), out)(published[1], silent)
    assert not out.exists()
