"""The speed benchmark: contenders give the pipeline's own features, and the page says what was measured."""

from dataclasses import replace
from importlib.util import find_spec

import duckdb
import pandas as pd
import pytest

from benchmarks.contenders import with_joins, with_pandas, with_pipeline
from benchmarks.contenders.job import Job
from benchmarks.speed import together
from benchmarks.speed_page import PROMISED, Figures, Refresh, Timing, growth_of, misses, slower, speed_section
from benchmarks.speed_source import Shop, differences, make_shop

CONTENDERS = {"joins": with_joins, "pandas": with_pandas}
if find_spec("polars"):  # of requirements-bench.txt; the benchmark itself always compares it
    from benchmarks.contenders import with_polars

    CONTENDERS["polars"] = with_polars


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    made = make_shop(250, tmp_path_factory.mktemp("shop"))
    return replace(made, dates=made.dates[::5])


@pytest.fixture(scope="module")
def ours(shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("pipeline")
    with_pipeline.run(Job(shop.source, out, shop.dates))
    return out


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_contender_has_our_features(name, shop, ours, tmp_path):
    CONTENDERS[name].run(Job(shop.source, tmp_path, shop.dates))
    assert differences(ours, tmp_path, shop.dates) == []
    with duckdb.connect(str(ours / "features.duckdb"), read_only=True) as con:
        features = con.execute("describe customer_features").df()["column_name"]
        assert con.execute("select count(*) from customer_features").fetchall()[0][0] > 100
    assert len(features) >= 44 + 2


def test_a_wrong_value_is_noticed(shop, ours, tmp_path):
    with_pandas.run(Job(shop.source, tmp_path, shop.dates))
    path = tmp_path / f"{shop.dates[0]}.parquet"
    frame = pd.read_parquet(path)
    frame.loc[3, "revenue_total"] += 0.01
    frame.to_parquet(path)
    assert differences(ours, tmp_path, shop.dates) == [f"{shop.dates[0]}: revenue_total for 1 customers"]
    frame.drop(columns="orders_30d").to_parquet(path)
    assert differences(ours, tmp_path, shop.dates) == [f"{shop.dates[0]}: other customers or features"]


def figures(customers: int, ours: float, **theirs: float) -> Figures:
    timings = [Timing(name, seconds, seconds, 1.0, 2.0) for name, seconds in {"pipeline": ours, **theirs}.items()]
    return Figures(customers, customers * 10, customers * 25, 1, tuple(timings))


def test_the_page_says_where_we_lose_and_what_was_not_reached():
    quick = [figures(100_000, 1.0, joins=10.0, pandas=10.0, polars=2.0), figures(1_000_000, 9.0, polars=20.0)]
    assert slower(quick) == misses(quick, None) == []
    assert "Nobody was faster" in speed_section(quick, None)
    slow = [quick[0], figures(1_000_000, 30.0, polars=20.0)]
    assert growth_of(slow) == pytest.approx(30)
    assert len(slower(slow)) == 1
    told = misses(slow, Refresh(100_000, {"build": (300.0, 9.0)}))
    assert [part for part in told if "1.50 × polars" in part and f"wanted {PROMISED[1_000_000, 'polars']}" in part]
    assert [part for part in told if "30.0 times" in part]
    assert [part for part in told if "300 s" in part]
    section = speed_section(slow, None)
    assert "polars, lazy at 1,000,000 customers (1.50" in section
    assert "left out, because slow: DuckDB, joins per snapshot, pandas" in section


def test_sizes_measured_one_by_one_stand_together(tmp_path):
    kept = tmp_path / "kept.json"
    first = figures(10_000, 1.0, polars=2.0)
    together([first], Refresh(100_000, {"build": (3.0, 2.0)}), kept)
    newer = figures(100_000, 5.0, polars=4.0)
    every, refreshed = together([newer], None, kept)
    assert every == [first, newer]
    assert refreshed is not None and list(refreshed.steps) == ["build"]
    assert together([replace(first, rounds=7)], None, kept)[0][0].rounds == 7
    assert "build" in speed_section(every, refreshed)
