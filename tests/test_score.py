"""Scoring: what is published is what the model says, adds up, and covers everyone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from models.lifecycle import STAGES
from models.segments import SEGMENTS
from models.wording import texts
from pipelines import publish, registry, score
from pipelines.config import Settings, load_settings
from pipelines.errors import InputError
from pipelines.frames import feature_columns, floats_sql
from pipelines.score import score_into
from pipelines.warehouse import expose


@pytest.fixture
def warehouse(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse beside its features."""
    with publish.open_current(shared_home, "warehouse") as con:
        publish.attach(con, publish.require(shared_home, "features"), "features")
        yield con


@pytest.fixture
def scratch(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database with the features at hand, as a scoring finds it."""
    with duckdb.connect() as con:
        publish.attach(con, publish.require(shared_home, "features"), "features")
        expose(con, "features")
        yield con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return con.execute(query).fetchall()


def test_published_risk_is_the_models(warehouse: duckdb.DuckDBPyConnection, shared_home: Path) -> None:
    model = registry.champion(shared_home)
    columns = floats_sql(feature_columns(warehouse, "features.customer_features"), "f")
    frame = warehouse.execute(
        f"select customer_id, as_of_date, {columns} from features.customer_features as f "
        "where as_of_date = (select as_of_date from run_info) order by customer_id"
    ).df()
    found = warehouse.execute("select churn_risk, expected_value from customer_scores order by customer_id").df()
    assert len(found) == len(frame)
    assert np.abs(found["churn_risk"] - model.churn.churn_risk(frame)).max() < 1e-6
    assert (found["expected_value"] == model.value.predict(frame)).all()


def test_reasons_and_the_rest_add_up_to_the_log_odds(warehouse: duckdb.DuckDBPyConnection) -> None:
    worst = rows(
        warehouse,
        """
        select max(abs(base_log_odds + other_log_odds + coalesce(told, 0) - log_odds)), count(*)
        from customer_log_odds
        left join (select customer_id, sum(contribution) as told from customer_reasons group by 1) using (customer_id)
        """,
    )[0]
    assert worst[0] < 1e-9
    assert worst[1] == rows(warehouse, "select count(*) from customer_scores")[0][0] > 0


def test_reasons_are_few_ranked_and_of_the_customer(warehouse: duckdb.DuckDBPyConnection) -> None:
    most = rows(
        warehouse,
        """
        select max(up), max(down), max(twice) from (
            select
                count(*) filter (contribution > 0) as up, count(*) filter (contribution < 0) as down,
                count(*) - count(distinct family) as twice
            from customer_reasons
            inner join features.feature_words using (feature)
            group by customer_id
        )
        """,
    )[0]
    assert most == (3, 2, 0)
    assert not rows(
        warehouse,
        """
        select * from customer_reasons as one
        inner join customer_reasons as next on one.customer_id = next.customer_id and one.rank + 1 = next.rank
        where abs(one.contribution) < abs(next.contribution)
        """,
    )
    days = rows(
        warehouse,
        "select value, reason from customer_reasons where feature = 'days_since_last_order' and value > 1",
    )
    assert days
    assert all(f"{value:,.0f} days" in reason for value, reason in days)
    assert not rows(warehouse, "select reason from customer_reasons where contains(reason, '{') or reason = ''")


def test_every_scored_customer_has_a_reason(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert not rows(warehouse, "select customer_id from customer_scores anti join customer_reasons using (customer_id)")


def test_reasons_name_the_customers_number_and_what_is_usual(
    scratch: duckdb.DuckDBPyConnection, shared_home: Path
) -> None:
    """A sentence with one number gets the day's median beside it; one with several compares them itself."""
    day = rows(scratch, "select max(as_of_date) from features.snapshots")[0][0]
    score_into(scratch, "features", Settings(), day, registry.champion(shared_home))
    told = rows(
        scratch,
        "select value, customer_reasons.reason, unit, words.reason, feature from customer_reasons "
        "inner join features.feature_words as words using (feature) where value is not null",
    )
    median = (
        scratch.execute("from features.customer_features where as_of_date = ?", [day]).df().median(numeric_only=True)
    )
    compared = 0
    for value, reason, unit, template, feature in told:
        number, usual = texts(np.array([value, median[feature]]), unit, "€")
        assert "{value}" not in template or number in reason
        if re.findall(r"{\w+}", template) == ["{value}"]:
            assert f"(typical: {usual.replace(' times', ' ×')}" in reason
            compared += 1
    assert 0 < compared < len(told)


def test_the_recency_of_a_single_order_is_told_in_its_own_words(warehouse: duckdb.DuckDBPyConnection) -> None:
    told = rows(
        warehouse,
        """
        select order_days = 1, customer_reasons.reason, single.reason
        from customer_reasons
        inner join customer_cadence using (customer_id)
        left join one_time_words as single using (customer_id)
        where feature = 'days_since_last_order'
        """,
    )
    singles = [(reason, own) for is_single, reason, own in told if is_single]
    assert 0 < len(singles) < len(told)
    assert all(reason == own and reason.startswith("bought once, ") for reason, own in singles)
    assert not any(reason.startswith("bought once") for is_single, reason, _ in told if not is_single)


def test_nothing_that_is_the_same_for_all_is_a_reason(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert not rows(warehouse, "select 1 from customer_reasons where feature in ('season_cosine', 'season_sine')")


def test_everyone_with_an_order_has_a_segment_and_a_stage(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(warehouse, "select segment, lifecycle_stage, r, f, m from customer_segments")
    assert len(found) == rows(warehouse, "select count(*) from customer_list")[0][0]
    assert {row[0] for row in found} <= set(SEGMENTS)
    assert {row[1] for row in found} <= set(STAGES)
    assert all(1 <= number <= 5 for row in found for number in row[2:])
    assert not rows(
        warehouse,
        "select 1 from customer_scores as s inner join customer_segments as g using (customer_id) "
        "where s.segment != g.segment or s.lifecycle_stage != g.lifecycle_stage",
    )


def test_bands_follow_the_settings(warehouse: duckdb.DuckDBPyConnection, shared_home: Path) -> None:
    low, high, very = load_settings(shared_home).risk.bands
    assert not rows(
        warehouse,
        f"""
        select 1 from customer_scores where risk_band != case
            when churn_risk < {low} then 'low' when churn_risk < {high} then 'medium'
            when churn_risk < {very} then 'high' else 'very high' end
        """,
    )


def test_batches_change_nothing(
    scratch: duckdb.DuckDBPyConnection, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, settings = registry.champion(shared_home), Settings()
    day = rows(scratch, "select max(as_of_date) from features.snapshots")[0][0]
    told = []
    for size in (50_000, 97):
        monkeypatch.setattr(score, "BATCH_ROWS", size)
        count = score_into(scratch, "features", settings, day, model)
        told.append([rows(scratch, f"from {name}") for name in ("customer_scores", "customer_reasons")])
        assert len(told[-1][0]) == count
    assert told[0] == told[1]


def test_a_day_between_snapshots_can_be_scored(scratch: duckdb.DuckDBPyConnection, shared_home: Path) -> None:
    day = rows(scratch, "select max(as_of_date) from features.snapshots")[0][0] - timedelta(days=5)
    count = score_into(scratch, "features", Settings(), day, registry.champion(shared_home))
    assert count > 0
    assert rows(scratch, "select distinct as_of_date from customer_scores") == [(day,)]
    left = {name for (name,) in rows(scratch, "select table_name from duckdb_tables() where database_name = 'memory'")}
    assert left == {"customer_segments", "customer_scores", "customer_reasons", "customer_log_odds"}


def test_features_the_model_needs_are_asked_for(shared_home: Path) -> None:
    model = registry.champion(shared_home)
    needed = model.churn.features[0]
    with duckdb.connect() as con:
        publish.attach(con, publish.require(shared_home, "features"), "features")
        con.execute(f'create table customer_features as select * exclude ("{needed}") from features.customer_features')
        con.execute("create table feature_words as from features.feature_words")
        day = rows(con, "select max(as_of_date) from features.snapshots")[0][0]
        with pytest.raises(InputError, match=rf"{needed}.*pipelines train"):
            score_into(con, "main", Settings(), day, model)
