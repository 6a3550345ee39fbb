"""Feature files that only compute, row by row, on one table: many of them become one select instead of many joins.

`rhythm.sql`, `value.sql` and others each return one row per row of `order_sums`. Written as they are they would be
joined to each other again by customer, which costs more than what they compute. Here the columns of their common table
expressions are put in for their names, and the files that read the same table are one list of columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from pipelines.quoting import quoted
from pipelines.warehouse import SqlFile
from pipelines.words import words_of

Columns = dict[str, exp.Expression]
NOT_ROW_BY_ROW = (exp.Join, exp.Group, exp.Order, exp.Limit, exp.Distinct, exp.Having, exp.Qualify, exp.Subquery,
                   exp.SetOperation, exp.AggFunc, exp.Window)  # fmt: skip


@dataclass(frozen=True)
class RowByRow:
    """What a file computes: the table it reads, its columns in terms of that table's, and which rows it keeps."""

    table: str
    columns: Columns
    condition: exp.Condition | None
    added: frozenset[str] = frozenset()  # names put beside a star: none may hide a column of the table


@cache
def row_by_row(text: str) -> RowByRow | None:
    """Read a select as columns over one table; None when it does more than that."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    if not isinstance(tree, exp.Select) or any(tree.find(kind) for kind in NOT_ROW_BY_ROW):
        return None
    known: dict[str, RowByRow] = {}
    for name, select in [*((cte.alias, cte.this) for cte in tree.ctes), ("", tree)]:
        found = rows_of(select, known)
        if found is None:
            return None
        known[name] = found
    return known[""]


def rows_of(select: exp.Select, known: Mapping[str, RowByRow]) -> RowByRow | None:
    """A select over one table, or over one of those that are known; None when it reads several, or hides a column."""
    tables = [table.name for table in select.find_all(exp.Table) if table.find_ancestor(exp.Select) is select]
    if len(tables) != 1:
        return None
    source = known.get(tables[0]) or RowByRow(tables[0], {}, None)
    return None if select.is_star and source.added & _named(select) else _over(source, select)


def _over(source: RowByRow, select: exp.Select) -> RowByRow:
    """A select's columns in terms of the table at the bottom."""
    columns = dict(source.columns) if select.is_star else {}
    for item in select.expressions:
        if not item.is_star:
            columns[item.alias_or_name] = put_in(item.unalias(), source.columns)
    where = select.args.get("where")
    conditions = [source.condition, put_in(where.this, source.columns) if where else None]
    kept = [condition for condition in conditions if condition is not None]
    added = source.added | (_named(select) if select.is_star else frozenset())
    return RowByRow(source.table, columns, exp.and_(*kept) if kept else None, added)


def _named(select: exp.Select) -> frozenset[str]:
    return frozenset(item.alias_or_name for item in select.expressions if not item.is_star)


def put_in(expression: exp.Expression, columns: Columns) -> exp.Expression:
    """The expression with what stands behind each column put in its place."""

    def replaced(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name in columns:
            return exp.paren(columns[node.name].copy())
        return node

    return expression.copy().transform(replaced)


def merged(files: Sequence[SqlFile]) -> dict[str, list[SqlFile]]:
    """The files that can be one select, by the file they read: no other file reads them, and there are two or more."""
    read = {name for file in files for name in file.references | set(file.optional)}
    columns = {file.name: set(file.columns) for file in files}
    found: dict[str, list[SqlFile]] = {}
    for file in files:
        way = row_by_row(file.text)
        is_free = words_of(file) and file.name not in read
        if way and is_free and not way.added & columns.get(way.table, way.added) and not _stands_in(file, way):
            found.setdefault(way.table, []).append(file)
    return {table: several for table, several in found.items() if len(several) > 1 and table in columns}


def _stands_in(file: SqlFile, way: RowByRow) -> bool:
    """Whether a row that the file leaves out has a value all the same, from its words."""
    return way.condition is not None and any(word.when_absent is not None for word in words_of(file))


def together_sql(files: Iterable[SqlFile], table: str, key: str) -> str:
    """One select of the features of all files over their common table, with its key."""
    listed = [key]
    for file in files:
        way = row_by_row(file.text)
        if way is None:
            raise ValueError(f"{file.path} does more than compute row by row")
        for word in words_of(file):
            value = way.columns[word.feature].sql(dialect="duckdb")
            if way.condition is not None:
                value = f"case when {way.condition.sql(dialect='duckdb')} then {value} end"
            listed.append(f"{value} as {quoted(word.feature)}")
    columns = ",\n    ".join(listed)
    return f"select\n    {columns}\nfrom {table}"
