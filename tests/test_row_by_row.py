"""Feature files that compute row by row on one table become one select that gives the same columns."""

from pathlib import Path

import duckdb
import pytest

from pipelines.build import facts_into
from pipelines.row_by_row import merged, row_by_row, together_sql
from pipelines.snapshots import feature_files, set_snapshot_variables, snapshot_sql
from pipelines.warehouse import read_folder
from pipelines.words import words_of
from tests.random_shop import day, random_shop, settings, source

CHAIN = """with a as (select *, x + 1 as y from base where x > 0), b as (select *, y * 2 as z from a where x < 9)
select k, z as doubled, x / nullif(y, 0) as share from b"""


def test_columns_are_told_in_terms_of_the_table_at_the_bottom() -> None:
    found = row_by_row(CHAIN)
    assert found is not None and found.table == "base" and found.condition is not None
    listed = ", ".join(f"{value.sql('duckdb')} as {name}" for name, value in found.columns.items())
    with duckdb.connect() as con:
        con.execute("create table base as select x - 3 as x, 100 + x as k from range(20) as t(x)")
        expected = con.execute(f"select * from ({CHAIN}) order by k").fetchall()
        assert (
            expected
            == con.execute(f"select {listed} from base where {found.condition.sql('duckdb')} order by k").fetchall()
        )


@pytest.mark.parametrize(
    "text",
    [
        "select k, sum(x) as x from base group by k",
        "select k, row_number() over (order by x) as x from base",
        "select base.k, other.x from base join other on base.k = other.k",
        "select distinct k, x from base",
        "select k, x from base union all select k, x from other",
        "select k, (select max(x) from base) as x from base",
        "with a as (select *, x + 1 as y from base), b as (select *, y + 1 as y from a) select k, y from b",
    ],
)
def test_what_does_more_than_that_is_left_alone(text: str) -> None:
    assert row_by_row(text) is None


def test_features_are_the_same_as_file_by_file() -> None:
    """Every file of orders in the one select has the values that the file itself gives."""
    chosen = settings()
    with source(random_shop(5)) as con:
        facts_into(con, "source", chosen)
        set_snapshot_variables(con, chosen, day(500))
        files = {file.name: file for file in read_folder("features")}
        con.execute(f"create temp table order_sums as {files['order_sums'].text}")
        several = merged(list(files.values()))["order_sums"]
        assert {"rhythm", "value", "price", "range"} <= {file.name for file in several}
        together = con.execute(together_sql(several, "order_sums", "customer_number")).df()
        together = together.set_index("customer_number").sort_index()
        for file in several:
            alone = con.execute(file.text).df().set_index("customer_number").sort_index()
            names = [word.feature for word in words_of(file)]
            assert alone[names].equals(together.loc[alone.index, names]), file.name
            assert together.loc[together.index.difference(alone.index), names].isna().all(axis=None)


def folder_of(path: Path, **selects: str) -> Path:
    """A folder of features over `sums`, which has one row per k; each of the others has words for its column."""
    (path / "sums.sql").write_text("select k, x, x * 10 as tens from base group by all")
    for name, select in selects.items():
        (path / f"{name}.sql").write_text(select)
        words = 'label = "abc"\nunit = "count"\ndirection = "either"\nchangeable = false\nfamily = "f"'
        stand_in = "when_absent = 0" if name.endswith("or_none") else ""
        told = 'reason = "has {value}"\nreason_missing = "has none"'
        (path / f"{name}.toml").write_text(f'group = "value"\n[{name}]\n{words}\n{told}\n{stand_in}\n')
    return path


def test_only_files_that_lose_nothing_are_put_together(tmp_path: Path) -> None:
    """Alone stays what another file reads, hides a column, has a stand-in for lost rows, or reads no feature file."""
    folder = folder_of(
        tmp_path,
        double="select k, 2 * x as double from sums",
        few="select k, x as few from sums where x < 3",
        few_or_none="select k, x as few_or_none from sums where x < 3",
        all_or_none="select k, x as all_or_none from sums",
        hides="with a as (select *, x + 1 as tens from sums) select k, tens as hides from a",
        shared="select k, x as shared from sums",
        reader="select k, max(shared) as reader from shared group by k",
        elsewhere="select k, x as elsewhere from base",
        nowhere="select k, x as nowhere from base",
    )
    found = merged(read_folder(folder))
    assert {table: [file.name for file in files] for table, files in found.items()} == {
        "sums": ["all_or_none", "double", "few"]
    }
    with duckdb.connect() as con:
        con.execute("create table sums as select x as k, x, x * 10 as tens from range(5) as t(x)")
        rows = con.execute(f"{together_sql(found['sums'], 'sums', 'k')} order by k").fetchall()
    assert rows == [(x, x, 2 * x, x if x < 3 else None) for x in range(5)]


def test_a_file_that_another_reads_stays_a_table() -> None:
    with source(random_shop(5)) as con:
        facts_into(con, "source", settings())
        text = snapshot_sql(con, feature_files(con)[0])
    assert "order_sums as (" in text and "rhythm as (" not in text
