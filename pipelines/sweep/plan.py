"""Reads a feature file that adds up the rows of a fact table per customer: which rows, by what, and the aggregates."""

from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from pipelines.quoting import quoted
from pipelines.row_by_row import NOT_ROW_BY_ROW, RowByRow, put_in, rows_of

_OTHER_SHAPES = (*(kind for kind in NOT_ROW_BY_ROW if kind not in (exp.Group, exp.AggFunc)), exp.Filter)
_SWEPT = (exp.Count, exp.CountIf, exp.Sum, exp.Min, exp.Max, exp.ArgMax)


class UnsweepableError(Exception):
    """The file, or what it reads, is not of a shape that can be swept."""


@dataclass(frozen=True)
class Plan:
    """One pass over a fact table: its rows that meet `condition` are added up by `key`.

    `aggregates` are over the table's own columns; the first counts rows. `columns` are the file's columns over the
    results, which are called `a0`, `a1`, … in the order of the aggregates.
    """

    table: str
    key: str
    condition: exp.Expr
    aggregates: tuple[exp.Expr, ...]
    columns: tuple[str, ...]
    added: frozenset[str]  # names put beside a star: the table must not have them

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the table that the condition and the aggregates look at."""
        return tuple(sorted({one.name for part in self._parts for one in part.find_all(exp.Column)}))

    @property
    def variables(self) -> tuple[str, ...]:
        """The engine's variables that they look at."""
        calls = (call for part in self._parts for call in part.find_all(exp.Anonymous) if call.expressions)
        return tuple(sorted({call.expressions[0].name for call in calls}))

    @property
    def _parts(self) -> tuple[exp.Expr, ...]:
        return self.condition, *self.aggregates

    def select_sql(self, swept: str) -> str:
        """The file's select over a table with every key and the results."""
        return f"select {', '.join(self.columns)} from {swept} where a0 > 0"


@cache
def plan_of(text: str) -> Plan | None:
    """Read a select as a plan; None when it does more than add up the rows of one table by one of its columns."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    if not isinstance(tree, exp.Select) or any(tree.find(kind) for kind in _OTHER_SHAPES):
        return None
    try:
        return _plan(tree, _source(tree))
    except UnsweepableError:
        return None


def _source(tree: exp.Select) -> RowByRow:
    """The rows that the last select adds up, as columns over the fact table."""
    known: dict[str, RowByRow] = {}
    for cte in tree.ctes:
        found = None if cte.this.find(exp.Group, exp.AggFunc) else rows_of(cte.this, known)
        if found is None:
            raise UnsweepableError
        known[cte.alias] = found
    read = tree.args.get("from_")
    if read is None or not isinstance(read.this, exp.Table):
        raise UnsweepableError
    return known.get(read.this.name) or RowByRow(read.this.name, {}, None)


def _plan(tree: exp.Select, source: RowByRow) -> Plan:
    group = tree.args.get("group")
    if group is None or len(group.expressions) != 1 or tree.args.get("where"):
        raise UnsweepableError
    key = put_in(group.expressions[0], source.columns).unnest()
    found: dict[exp.Expr, int] = {sqlglot.parse_one("count(*)", dialect="duckdb"): 0}

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Avg):
            return exp.Div(this=replaced(exp.Sum(this=node.this)), expression=replaced(exp.Count(this=node.this)))
        if not isinstance(node, exp.AggFunc):
            return node
        if not isinstance(node, _SWEPT) or node.expressions or node.args.get("count"):
            raise UnsweepableError
        return exp.column(f"a{found.setdefault(put_in(node, source.columns), len(found))}")

    columns = [(item.unalias().transform(replaced), item.alias_or_name) for item in tree.expressions]
    names = {column.name for value, _ in columns for column in value.find_all(exp.Column)}
    if not isinstance(key, exp.Column) or names - {f"a{place}" for place in found.values()} - {key.name}:
        raise UnsweepableError
    told = tuple(f"{value.sql(dialect='duckdb', comments=False)} as {quoted(name)}" for value, name in columns)
    return Plan(source.table, key.name, source.condition or exp.true(), tuple(found), told, source.added)
