"""Where each column of the contract came from in the source: under its own name, another one, or computed."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import duckdb

from pipelines.planning import Plan

SAME, RENAMED, COMPUTED, ABSENT = "same name", "renamed", "computed", "not in the source"


@dataclass(frozen=True)
class SourceColumn:
    """One column of a loaded table; `source` is the source's column, or the mapping's expression."""

    table_name: str
    column_name: str
    origin: str
    source: str | None


def columns_of(plan: Plan) -> list[SourceColumn]:
    """The columns of one table as they were planned."""
    return [_column(plan, column.name) for column in plan.columns]


def _column(plan: Plan, name: str) -> SourceColumn:
    table, mapping = plan.table.name, plan.mapping
    if name not in plan.origins:
        return SourceColumn(table, name, ABSENT, None)
    if plan.origins[name].is_computed:
        return SourceColumn(table, name, COMPUTED, mapping.expressions[name])
    source = mapping.columns.get(name, name)
    return SourceColumn(table, name, SAME if source == name else RENAMED, source)


def write_columns(con: duckdb.DuckDBPyConnection, columns: Iterable[SourceColumn]) -> None:
    """Create `source_columns`, one row per column of a loaded table."""
    con.execute("create table source_columns (table_name varchar, column_name varchar, origin varchar, source varchar)")
    rows = [list(astuple(column)) for column in columns]
    if rows:
        con.executemany("insert into source_columns values (?, ?, ?, ?)", rows)
