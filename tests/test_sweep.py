"""Facts added up by compiled code give what the engine gives for the same file, for any date."""

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.build import facts_into
from pipelines.snapshots import set_snapshot_variables, snapshot_into, snapshots_of
from pipelines.sweep import sweeping
from pipelines.sweep.plan import plan_of
from pipelines.warehouse import SqlFile, read_file, read_folder, set_variables
from tests.random_shop import Shop, day, random_shop, settings, source
from tests.test_leakage import ELIGIBILITIES, REWRITES, moved, rewritten

AS_OF = "getvariable('as_of_date')"
DATES = [date(2024, 1, 1) + timedelta(days=days) for days in (0, 31, 45, 400)]
ROWS = f"""
with rows as (
    select
        *,
        date_diff('day', begun_on, {AS_OF}) as days_ago,
        date_diff('day', ended_on, {AS_OF}) as ended_days_ago,
        case when amount > 3 then amount end as large,
    from events
    where begun_on < {AS_OF}
)
select k, {{columns}} from rows group by k
"""
AGGREGATES = [
    "count(*) as x, count(amount) as y",
    "count_if(days_ago <= 30) as x, count_if(is_fine) as y, count_if(not is_fine) as z",
    "count_if(mod(days_ago, 365) between 20 and getvariable('horizon_days') and is_fine) as x",
    "count_if(amount < 0 or is_fine) as x, count_if(not (amount < 0 and is_fine)) as y",
    "count(case when days_ago > 30 and amount > 2 then amount end) as x",
    "count(case when is_fine then 1 when amount != 2 then amount end) as x",
    "sum(large) as x, sum(number) as y, sum(amount * number - 1.5) as z",
    "sum(case when days_ago <= 90 then amount else 0 end) as x",
    "sum(case when amount is not null then 1 else days_ago end) / nullif(sum(amount), 0) as x",
    "sum(case when ended_days_ago between 1 and 20 then amount end) as x",
    "count_if(coalesce(ended_days_ago, 0) <= 0) as x, sum(coalesce(large, amount, number)) as y",
    "count_if(date_diff('day', begun_on, ended_on) > 20) as x, count_if(ended_on >= begun_on) as y",
    "avg(case when days_ago <= 200 then amount end) as x, avg(number) as y",
    "min(days_ago) as x, max(days_ago) as y, min(amount) as z",
    "max(case when ended_days_ago between 1 and 100 and days_ago <= 200 then amount end) as x",
    "arg_max(amount, number) as x, arg_max(days_ago, case when ended_days_ago > 0 then number end) as y",
]
OTHER_SHAPES = [
    "count(distinct amount) as x",
    "sum(amount) filter (where days_ago <= 30) as x",
    "median(amount) as x",
    "max(amount, 2) as x",
    "min(begun_on) as x",
    "arg_max(amount, begun_on) as x",
    "sum(ended_on - begun_on) as x",
    "sum(mod(days_ago, number)) as x",
    "sum(amount / number) as x",
    "count_if(name = 'a') as x",
    "count_if(date_trunc('month', begun_on) < begun_on) as x",
    "count_if(days_ago < getvariable('nowhere')) as x",
]


def events(seed: int) -> duckdb.DuckDBPyConnection:
    """Made-up facts, sorted by key: missing values and days, days before and after those of the snapshots."""
    rng, count = np.random.default_rng(seed), 400
    begun = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 600, count), unit="D")
    frame = pd.DataFrame({"k": rng.integers(0, 40, count), "begun_on": begun}).sort_values(["k", "begun_on"])
    frame["ended_on"] = frame["begun_on"] + pd.to_timedelta(rng.integers(-5, 90, count), unit="D")
    frame["amount"] = rng.integers(-200, 900, count) / 100
    frame["is_fine"] = rng.random(count) < 0.5
    frame["number"] = frame.groupby("k").cumcount()
    frame["name"] = "a"
    for name, share in {"ended_on": 0.3, "amount": 0.2, "is_fine": 0.1}.items():
        frame[name] = frame[name].astype("object").where(rng.random(count) >= share, None)
    con = duckdb.connect(config={"threads": 3})
    con.execute("""
        create table events as select
            cast(k as integer) as k, cast(begun_on as date) as begun_on, cast(ended_on as date) as ended_on, name,
            cast(amount as double) as amount, cast(is_fine as boolean) as is_fine, cast(number as integer) as number
        from frame
    """)
    set_variables(con, as_of_date=DATES[0], horizon_days=200)
    return con


@pytest.fixture
def file_of(tmp_path):
    """A file of features over the rows."""

    def write(columns: str) -> SqlFile:
        path = tmp_path / "file.sql"
        path.write_text(ROWS.format(columns=columns))
        return read_file(path)

    return write


def is_swept(con: duckdb.DuckDBPyConnection, file: SqlFile) -> bool:
    """Whether the file is served by compiled code."""
    with sweeping(con, [file]) as sweeps:
        return sweeps.files([file]) != [file]


def both_ways(con: duckdb.DuckDBPyConnection, file: SqlFile) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """What a file gives swept and as it stands, date by date."""
    with sweeping(con, [file]) as sweeps:
        (swept,) = sweeps.files([file])
        for as_of in DATES:
            set_variables(con, as_of_date=as_of)
            sweeps.begin()
            sweeps.show()
            found = [con.execute(f"select * from ({one.text}) order by k").df() for one in (swept, file)]
            yield found[0].astype("float64"), found[1].astype("float64")


@pytest.mark.parametrize("columns", AGGREGATES)
def test_an_aggregate_is_the_same_both_ways(columns: str, file_of) -> None:
    file = file_of(columns)
    for seed in range(3):
        with events(seed) as con:
            assert is_swept(con, file)
            found = list(both_ways(con, file))
        for swept, plain in found:
            pd.testing.assert_frame_equal(swept, plain, rtol=1e-12)
        assert len(found[0][0]) > 30 and found[0][0]["x"].nunique() > 1


@pytest.mark.parametrize("columns", OTHER_SHAPES)
def test_a_file_of_another_shape_is_run_as_it_stands(columns: str, file_of) -> None:
    with events(0) as con:
        assert not is_swept(con, file_of(columns))


def test_a_select_that_does_more_has_no_plan() -> None:
    assert plan_of("select k, sum(x) as x from (select * from a) group by k") is None
    assert plan_of("select a.k, sum(x) as x from a join b on a.k = b.k group by a.k") is None
    assert plan_of(f"select k, sum(x) as x from a where d < {AS_OF} group by k") is None
    assert plan_of("select k, x from a") is None
    assert plan_of("select k, sum(x) + y as x from a group by k") is None


def test_facts_that_cannot_be_swept_are_read_as_they_are(file_of) -> None:
    """Rows in another order, none at all, and a column that the file would hide."""
    file = file_of("sum(amount) as x")
    for change in ("update events set k = 40 - k", "truncate events", "alter table events add column large double"):
        with events(1) as con:
            assert is_swept(con, file)
            con.execute(change)
            assert not is_swept(con, file)


def test_later_rows_and_other_customers_change_nothing(file_of) -> None:
    """Each sum to the last bit: a backtest knows fewer orders than the score of its day."""
    file = file_of("sum(amount) as x, sum(case when ended_days_ago > 0 then amount end) as y")
    with events(2) as con, events(2) as known:
        known.execute(f"delete from events where begun_on >= date '{DATES[1]}' or k > 20")
        known.execute(f"update events set ended_on = null where ended_on >= date '{DATES[1]}'")
        everything, then = list(both_ways(con, file))[1][0], list(both_ways(known, file))[1][0]
    pd.testing.assert_frame_equal(everything[everything["k"] <= 20], then, check_exact=True)


def features(shop: Shop, churn: dict, dates: list[date], is_quick: bool) -> pd.DataFrame:
    """Features of several dates, by compiled code or by the engine."""
    chosen = settings(churn=churn)
    with source(shop) as con:
        facts_into(con, "source", chosen)
        if is_quick:
            with snapshots_of(con, chosen, dates[-1]) as snapshots:
                for as_of, following in zip(dates, (*dates[1:], None), strict=True):
                    snapshots.into(as_of, following=following)
        else:
            for as_of in dates:
                snapshot_into(con, chosen, as_of)
        return con.execute("select * from customer_features order by as_of_date, customer_id").df()


@pytest.mark.parametrize("churn", ELIGIBILITIES)
def test_a_shop_has_the_same_features_both_ways(churn: dict) -> None:
    dates = [day(number) for number in (300, 331, 700)]
    for seed in range(3):
        swept, plain = (features(random_shop(seed), churn, dates, is_quick) for is_quick in (True, False))
        assert len(plain) > 3
        pd.testing.assert_frame_equal(swept, plain, rtol=1e-6)


def test_dates_may_be_asked_for_in_any_order() -> None:
    """What was begun for another date is not taken for the one that is asked for."""
    first, second = day(300), day(500)
    with source(random_shop(2)) as con:
        facts_into(con, "source", settings())
        with snapshots_of(con, settings(), second) as snapshots:
            snapshots.into(first, "foreseen", following=second)
            snapshots.into(first, "again", following=first)
            snapshots.into(second, "alone")
        snapshot_into(con, settings(), first, "plain")
        snapshot_into(con, settings(), second, "plain_alone")
        for mine, plain in (("foreseen", "plain"), ("again", "plain"), ("alone", "plain_alone")):
            swept, asked = (con.execute(f"select * from {name} order by customer_id").df() for name in (mine, plain))
            assert len(asked) > 3
            pd.testing.assert_frame_equal(swept, asked, rtol=1e-6)


def test_no_swept_feature_moves_when_the_future_is_rewritten() -> None:
    for seed in range(3):
        shops = random_shop(seed), rewritten(seed, 500, REWRITES)
        before, after = (features(shop, ELIGIBILITIES[0], [day(450), day(500)], True) for shop in shops)
        assert moved(before, after) == []


def test_the_sums_of_orders_are_swept() -> None:
    """The two files that take most of the time: who edits them keeps them in a shape that is quick."""
    chosen = settings()
    with source(random_shop(1)) as con:
        facts_into(con, "source", chosen)
        set_snapshot_variables(con, chosen, day(500))
        for name in ("order_sums", "delivery"):
            assert is_swept(con, next(file for file in read_folder("features") if file.name == name))


def test_without_leave_to_compile_the_engine_adds_up(file_of, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some machines let nobody make code while a program runs."""

    def refuse() -> None:
        raise OSError

    file = file_of("sum(number + 7) as x")
    with events(0) as con:
        monkeypatch.setattr("llvmlite.binding.check_jit_execution", refuse)
        assert not is_swept(con, file)
        monkeypatch.undo()
        assert is_swept(con, file)


def test_the_engine_has_its_memory_back(file_of) -> None:
    with events(0) as con:
        limit = "select current_setting('memory_limit')"
        con.execute("set memory_limit = '1MiB'")
        with sweeping(con, [file_of("sum(amount) as x")]):
            assert con.execute(limit).fetchall() != [("1.0 MiB",)]
        assert con.execute(limit).fetchall() == [("1.0 MiB",)]
