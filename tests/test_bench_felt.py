"""The benchmark of waiting: its shop has what the pages ask for, and its table says what was measured."""

import duckdb

from benchmarks.felt import publish, section
from pipelines import publish as stores
from pipelines import queries


def test_the_drawn_shop_has_a_list_and_a_plan(tmp_path):
    publish(tmp_path, 400)
    with duckdb.connect(stores.current(tmp_path, "warehouse"), read_only=True) as con:
        assert queries.has_plan(con)
        summary = queries.plan_summary(con)
        assert summary["contacted"] > 50
        assert queries.plan_list_size(con, "left alone", {}) > 50
        assert queries.list_summary(con, queries.ListFilter(stages=("at risk",)))["customers"] > 0


def test_the_first_time_and_the_median_of_the_others_stand_in_the_table():
    text = section({"plan": [3.0, 1.0, 2.0, 9.0]}, {"plan opens": [4.0, 0.5, 0.5]}, 1_000)
    assert "| plan, server's share | 3.00 | 2.00 |" in text
    assert "| plan opens, felt | 4.00 | 0.50 |" in text
    assert "1,000 customers" in text
