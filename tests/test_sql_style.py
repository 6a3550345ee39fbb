"""Every SQL file can be reviewed without running it, and carried to Spark without changing its meaning."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from pipelines.warehouse import SQL_FOLDER, in_order, read_file, read_folder

FILES = sorted(SQL_FOLDER.rglob("*.sql"))
FOLDERS = sorted({path.parent for path in FILES})
LONGEST = {"features": 65, "marts": 70}
OUR_FUNCTIONS = {"getvariable"}  # DuckDB's parameters; replaced by literals where another engine runs the file


def code(path: Path) -> str:
    """The file without comments and string literals."""
    text = re.sub(r"'[^']*'", "''", path.read_text(encoding="utf-8"))
    return re.sub(r"--.*", "", text)


def tree(path: Path) -> exp.Expression:
    """The file as sqlglot understands it; fails on more than one statement."""
    (statement,) = sqlglot.parse(path.read_text(encoding="utf-8"), dialect="duckdb")
    assert statement is not None
    return statement


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_is_one_select_with_its_grain_in_the_first_line(path: Path) -> None:
    assert isinstance(tree(path), exp.Query)
    assert path.read_text(encoding="utf-8").startswith("-- One row ")


def test_is_lower_case_and_narrow(path: Path) -> None:
    assert code(path) == code(path).lower()
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("-- optional:")]
    assert [line for line in lines if len(line) > 120 or "\t" in line] == []
    assert len(text.splitlines()) <= LONGEST.get(path.parent.name, 60)


def test_puts_the_condition_inside_the_aggregate(path: Path) -> None:
    assert not list(tree(path).find_all(exp.Filter)), "case inside the aggregate is faster than filter"


def test_can_be_carried_to_spark(path: Path) -> None:
    sqlglot.transpile(
        path.read_text(encoding="utf-8"), read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    unknown = {call.name.lower() for call in tree(path).find_all(exp.Anonymous)}
    assert unknown <= OUR_FUNCTIONS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_come_after_what_they_read(folder: Path) -> None:
    files = in_order(read_folder(folder))
    seen: set[str] = set()
    for file in files:
        later = {other.name for other in files} - seen - {file.name}
        assert not (file.references | set(file.optional)) & later
        seen.add(file.name)


def test_optional_tables_are_read(path: Path) -> None:
    file = read_file(path)
    read = {table.name for table in tree(path).find_all(exp.Table)}
    assert set(file.optional) <= read
