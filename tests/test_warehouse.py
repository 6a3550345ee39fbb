"""The runner of SQL folders: order, absent tables, stand-ins, parameters."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.quoting import literal_sql
from pipelines.warehouse import expose, in_order, read_folder, references, run_folder, set_variables


def folder_of(tmp_path: Path, **files: str) -> Path:
    """A folder with one SQL file per keyword."""
    for name, text in files.items():
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    return tmp_path


def test_files_run_after_what_they_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a="select x + 1 as x from b", b="select x * 2 as x from c", c="select 5 as x")
    with duckdb.connect() as con:
        assert run_folder(con, folder).built == ("c", "b", "a")
        assert con.execute("from a").fetchall() == [(11,)]


def test_a_circle_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a → b → a|b → a → b"):
        in_order(read_folder(folder_of(tmp_path, a="select * from b", b="select * from a")))


def test_absent_tables_skip_what_reads_them_and_nothing_else(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a="select * from nowhere", b="select * from a", c="select 1 as x")
    with duckdb.connect() as con:
        run = run_folder(con, folder)
    assert run.built == ("c",)
    assert run.skipped == {"a": ["nowhere"], "b": ["a"]}


@pytest.mark.parametrize(("exists", "expected"), [(True, 3), (False, 0)])
def test_an_optional_table_is_read_or_stood_in_for(exists: bool, expected: int, tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        a="-- optional: extra (x bigint, name varchar)\nwith e as (select * from extra)\nselect sum(x) s from e",
    )
    with duckdb.connect() as con:
        if exists:
            con.execute("create table extra as select 3 as x, 'n' as name")
        run_folder(con, folder)
        assert con.execute("select coalesce(s, 0) from a").fetchall() == [(expected,)]


def test_an_optional_file_of_the_folder_comes_first(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a="-- optional: b (x bigint)\nselect * from b", b="select 7 as x")
    with duckdb.connect() as con:
        assert run_folder(con, folder).built == ("b", "a")
        assert con.execute("from a").fetchall() == [(7,)]


def test_tables_of_an_attached_store_are_read_bare_or_by_alias(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a="select x from orders", b="select x from store.orders", c="select x from store.none")
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as store")
        con.execute("create table store.orders as select 1 as x")
        assert expose(con, "store") == ["orders"]
        run = run_folder(con, folder)
    assert set(run.built) == {"a", "b"}
    assert run.skipped == {"c": ["store.none"]}


def test_own_tables_of_a_select_are_no_references() -> None:
    assert references("with a as (select * from b), c as (select * from a) select * from c join d on true") == {
        "b",
        "d",
    }


def test_an_error_names_its_file(tmp_path: Path) -> None:
    with duckdb.connect() as con, pytest.raises(duckdb.Error) as caught:
        run_folder(con, folder_of(tmp_path, broken="select no_such_column from (select 1 as x)"))
    assert "broken.sql" in caught.value.__notes__[0]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        for value in (1, 22):
            run_folder(con, folder_of(tmp_path, a=f"select {value} as x"))
            assert con.execute("from a").fetchall() == [(value,)]


@pytest.mark.parametrize(
    "value", ["it's", 3, 0.25, True, None, date(2024, 2, 29), datetime(2024, 2, 29, 13, 5, 7)], ids=str
)
def test_parameters_keep_value_and_kind(value: object) -> None:
    with duckdb.connect() as con:
        set_variables(con, chosen=value)  # type: ignore[arg-type]
        found = con.execute("select getvariable('chosen')").fetchall()[0][0]
        assert (found, type(found)) == (value, type(value))
        assert con.execute(f"select {literal_sql(value)}").fetchall() == [(value,)]  # type: ignore[arg-type]
