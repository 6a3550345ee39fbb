"""Runs folders of SQL files: one `select` per file, the file's name is the table's name.

How a file says what it reads
-----------------------------
- Tables are named bare (`from orders`). A bare name means, in this order: a temporary view made by `expose` (one per
  table of an attached store, so `expose(con, "source")` makes the contract tables readable), a table of the
  connection's main schema, or another file of the same folder. `alias.table` means a table of an attached store.
- Order comes from the names after `from` and `join`, read with sqlglot. A file that reads a table which is neither
  there nor built is skipped, and so is what reads that file: absent source tables cost nothing and raise nothing.
- A comment line `-- optional: refunds (order_id varchar, amount double)` names a table the file can do without: when
  it is absent the file sees an empty table with these columns instead of being skipped.
- A comment line `-- needs: refunds` names a table without which the file is skipped although its select reads it not.
- Parameters are DuckDB variables: `set_variables(con, horizon_days=90)` and `getvariable('horizon_days')`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal

import duckdb
import sqlglot
from sqlglot import exp

from pipelines.progress import Progress, silent
from pipelines.quoting import Value, literal_sql

SQL_FOLDER = Path(__file__).parent / "sql"
Kind = Literal["table", "temp table", "temp view"]

_OPTIONAL = re.compile(r"^--\s*optional:\s*(\w+)\s*\((.*)\)\s*$", re.MULTILINE)
_NEEDS = re.compile(r"^--\s*needs:\s*(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class SqlFile:
    """One SQL file: its name, its text, the tables it must have, the ones it can do without, and its columns.

    Of a select with a star `columns` knows the others.
    """

    name: str
    path: Path
    text: str
    references: frozenset[str]
    optional: Mapping[str, str]
    columns: tuple[str, ...]

    def missing(self, present: Collection[str]) -> list[str]:
        """Tables that the file needs and that are not among `present`."""
        return sorted(name for name in self.references if name not in present)

    def select_sql(self, present: Collection[str]) -> str:
        """The file's select, with an empty stand-in for every optional table that is absent."""
        absent = {name: columns for name, columns in self.optional.items() if name not in present}
        if not absent:
            return self.text
        stand_ins = ", ".join(f"{name} as ({_empty_sql(columns)})" for name, columns in absent.items())
        return f"with {stand_ins}\nselect * from (\n{self.text}\n)"


@dataclass(frozen=True)
class FolderRun:
    """What a folder built, in order, and what it skipped with the absent tables that were the cause."""

    built: tuple[str, ...]
    skipped: dict[str, list[str]]


def _empty_sql(columns: str) -> str:
    """A select without rows whose columns are given as "name type, name type"."""
    pairs = [column.split(maxsplit=1) for column in columns.split(",")]
    return f"select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in pairs)} where false"


def references(text: str) -> frozenset[str]:
    """Names of the tables a select reads, without its own common table expressions; `alias.table` when qualified."""
    return _references(sqlglot.parse_one(text, dialect="duckdb"))


def _references(tree: exp.Expr) -> frozenset[str]:
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    found = {f"{table.db}.{table.name}" if table.db else table.name for table in tree.find_all(exp.Table)}
    return frozenset(name for name in found if name and name not in own)


def read_file(path: Path) -> SqlFile:
    """Read one SQL file; the result is kept until the file changes. Raises sqlglot's ParseError on bad SQL."""
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _changed: int) -> SqlFile:
    """Parse a file once per version of it."""
    text = path.read_text(encoding="utf-8").strip()
    optional = dict(_OPTIONAL.findall(text))
    query = sqlglot.parse_one(text, dialect="duckdb")
    needed = _references(query) - set(optional) | set(_NEEDS.findall(text))
    columns = tuple(query.named_selects) if isinstance(query, exp.Query) else ()
    return SqlFile(path.stem, path, text, needed, optional, columns)


def read_folder(folder: str | Path) -> list[SqlFile]:
    """Read every SQL file of a folder, by name; a plain name means a folder of `pipelines/sql`."""
    path = SQL_FOLDER / folder if isinstance(folder, str) else folder
    return [read_file(file) for file in sorted(path.glob("*.sql"))]


def in_order(files: Iterable[SqlFile]) -> list[SqlFile]:
    """Sort files so that each comes after what it reads; raises ValueError naming a circle."""
    by_name = {file.name: file for file in files}
    graph = {
        file.name: sorted(name for name in file.references | set(file.optional) if name in by_name)
        for file in by_name.values()
    }
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ValueError(f"SQL files read each other in a circle: {' → '.join(error.args[1])}") from error


def runnable(files: Iterable[SqlFile], present: Collection[str]) -> tuple[list[SqlFile], dict[str, list[str]]]:
    """Split files into those that can run, in order, and those that cannot, with the tables each one misses."""
    known, ready, skipped = set(present), [], {}
    for file in in_order(files):
        missing = file.missing(known)
        if missing:
            skipped[file.name] = missing
            continue
        known.add(file.name)
        ready.append(file)
    return ready, skipped


def tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Names a query can use: bare for the connection's own tables and views, `alias.table` for attached stores."""
    rows = con.execute(
        "select database_name, table_name, database_name in (current_database(), 'temp') from duckdb_tables()"
        " union all "
        "select database_name, view_name, database_name in (current_database(), 'temp') from duckdb_views()"
        " where not internal"
    ).fetchall()
    return {name if is_own else f"{database}.{name}" for database, name, is_own in rows}


def expose(con: duckdb.DuckDBPyConnection, alias: str) -> list[str]:
    """Make every table of the attached store `alias` readable by its bare name, as temporary views; returns them."""
    rows = con.execute("select table_name from duckdb_tables() where database_name = ? order by 1", [alias]).fetchall()
    names = [name for (name,) in rows]
    for name in names:
        con.execute(f'create or replace temp view "{name}" as select * from "{alias}"."{name}"')
    return names


def set_variables(con: duckdb.DuckDBPyConnection, **values: Value) -> None:
    """Set DuckDB variables for `getvariable`, keeping dates, numbers and text what they are."""
    for name, value in values.items():
        con.execute(f"set variable {name} = {literal_sql(value)}")


def run_folder(
    con: duckdb.DuckDBPyConnection, folder: str | Path, kind: Kind = "table", progress: Progress = silent
) -> FolderRun:
    """Build every file of a folder that can run as a table (or view) of its name, each after what it reads.

    `folder` is a name below `pipelines/sql` or a path. A database error carries a note that names the file.
    """
    ready, skipped = runnable(read_folder(folder), tables(con))
    present = tables(con) | {file.name for file in ready}
    for done, file in enumerate(ready):
        progress(file.name, done / len(ready))
        execute(con, f'create or replace {kind} "{file.name}" as\n{file.select_sql(present)}', file.path)
    return FolderRun(tuple(file.name for file in ready), skipped)


def execute(con: duckdb.DuckDBPyConnection, statement: str, path: Path) -> None:
    """Run a statement made from a file; a database error carries a note that names the file."""
    try:
        con.execute(statement)
    except duckdb.Error as error:
        error.add_note(f"in {path}")
        raise
