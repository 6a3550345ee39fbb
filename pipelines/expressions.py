"""Expressions of a mapping: SQL over the source's own columns, checked before it may run.

A file such as CSV has no types: there a column is text until an expression uses it as something else. Each use is
converted by its place: a factor of a product is a number, the argument of a date function a timestamp, an operand of
`like` or `||` text. So `Invoice not like 'C%'` and `Quantity * Price` both mean what they say.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import sqlglot
from sqlglot import exp

from pipelines.errors import InputError

Use = Literal["number", "timestamp", "text", "any"]
Convert = Callable[[str, Use], str]  # (source column, use) -> SQL

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Pow)
_NUMERIC = (
    *_ARITHMETIC, exp.Neg, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Sqrt, exp.Sum, exp.Avg, exp.Sign, exp.Trunc,
    exp.UnixToTime,
)  # fmt: skip
_INEQUALITY = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_COMPARISON = (*_INEQUALITY, exp.EQ, exp.NEQ, exp.Between, exp.In, exp.NullSafeEQ, exp.NullSafeNEQ)
_TEMPORAL = (
    exp.TimeToStr, exp.DateTrunc, exp.TimestampTrunc, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Week, exp.Quarter,
    exp.DayOfWeek, exp.DayOfYear, exp.Hour, exp.Minute, exp.DateDiff, exp.TimeToUnix, exp.Dayname, exp.Monthname,
)  # fmt: skip
_TEXTUAL = (
    exp.DPipe, exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace, exp.Lower,
    exp.Upper, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.StartsWith, exp.EndsWith, exp.Contains, exp.Replace,
    exp.Concat, exp.ConcatWs, exp.SplitPart, exp.Length, exp.StrToTime, exp.StrPosition, exp.Split, exp.MD5, exp.Pad,
    exp.RegexpFullMatch,
)  # fmt: skip
_FORBIDDEN = (
    exp.Query, exp.Table, exp.Star, exp.Command, exp.DDL, exp.DML, exp.Columns, exp.Placeholder, exp.Parameter,
    exp.ReadCSV, exp.ReadParquet, exp.Lambda, exp.UDTF, exp.Rand, exp.CurrentDate, exp.CurrentTimestamp,
    exp.CurrentTime, exp.Uuid, exp.CurrentUser, exp.Semicolon,
)  # fmt: skip
# Functions that the parser does not know and that look at nothing but their arguments.
_CALLS: dict[str, Use] = {
    **dict.fromkeys(("try_strptime", "prefix", "suffix", "strlen", "instr", "hash", "sha256", "strip_accents"), "text"),
    **dict.fromkeys(("datepart", "date_part", "last_day", "date_sub", "datesub", "isodow", "yearweek"), "timestamp"),
    **dict.fromkeys(("make_date", "make_timestamp", "to_days", "to_hours", "to_minutes", "to_seconds"), "number"),
}
_OPERATIONS: tuple[tuple[tuple[type, ...], Use], ...] = (
    (_NUMERIC, "number"),
    (_TEMPORAL, "timestamp"),
    (_TEXTUAL, "text"),
)
_PASSING = (exp.Paren, exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif, exp.Case, exp.If)


@dataclass
class Expression:
    """A checked expression: its SQL, the source columns it reads, and those it needs as number or timestamp."""

    sql: str
    columns: list[str] = field(default_factory=list)
    needs: list[tuple[str, Use]] = field(default_factory=list)


def compile_expression(text: str, place: str, columns: Iterable[str], convert: Convert, target: Use) -> Expression:
    """Check one expression and convert each column by its use.

    `place` names file, section and key for messages; `target` is what the result becomes. Raises InputError for
    anything that is not a single expression over `columns`.
    """
    root = exp.Paren(this=_parse(text, place))
    known = {name.lower(): name for name in columns}
    result = Expression("")
    for column in list(root.find_all(exp.Column)):
        name = known.get(column.name.lower())
        if name is None or column.table:
            raise InputError(
                f"{place}: the source has no column {column.sql('duckdb')}. It has: {', '.join(known.values())}."
            )
        use = _use(column, root, target)
        if name not in result.columns:
            result.columns.append(name)
        if (
            use in ("number", "timestamp")
            and not isinstance(column.parent, exp.Cast)
            and (name, use) not in result.needs
        ):
            result.needs.append((name, use))
        column.replace(exp.Var(this=convert(name, use)))
    result.sql = _forgiving_sql(root)
    return result


def _parse(text: str, place: str) -> exp.Expr:
    """The tree of a single, harmless expression."""
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{place}: this is not an SQL expression: {text!r} ({reason}). Mend it.") from error
    if len(statements) != 1 or statements[0] is None:
        raise InputError(f"{place}: {text!r} must be one SQL expression, without a semicolon.")
    tree = statements[0]
    for node in tree.walk():
        call = isinstance(node, exp.Anonymous) and node.name.lower() not in _CALLS
        if call or isinstance(node, _FORBIDDEN) or not isinstance(node, exp.Expr):
            raise InputError(
                f"{place}: {node.sql('duckdb')} is not allowed in an expression. "
                "Use the source's columns, operators and functions of one row only."
            )
    if not isinstance(tree, exp.Condition | exp.Column | exp.Func | exp.Literal | exp.Not | exp.Case):
        raise InputError(f"{place}: {text!r} is not an SQL expression.")
    return tree


def _use(node: exp.Expr, root: exp.Expr, target: Use) -> Use:
    """What a column stands for, read from the nodes above it."""
    parent = node.parent
    if parent is root:
        return "any"
    while parent is not None and parent is not root:
        found = _use_below(parent, node)
        if found:
            return found
        node, parent = parent, parent.parent
    return target


def _use_below(parent: exp.Expr, node: exp.Expr) -> Use | None:
    """What `parent` makes of its operand `node`; None when it hands the question on to its own parent."""
    if isinstance(parent, exp.Cast):
        return _use_of_type(parent)
    if isinstance(parent, _COMPARISON):
        return _use_in_comparison(parent, node)
    for kinds, use in _OPERATIONS:
        if isinstance(parent, kinds):
            return "timestamp" if _is_temporal(parent) else use
    if isinstance(parent, exp.Anonymous):
        return _CALLS[parent.name.lower()]
    is_condition = isinstance(parent, exp.Case | exp.If) and node.arg_key == "this"
    return None if isinstance(parent, _PASSING) and not is_condition else "any"


def _use_of_type(cast: exp.Cast) -> Use:
    """The use that a cast asks for."""
    if cast.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number"
    return "timestamp" if cast.is_type(*exp.DataType.TEMPORAL_TYPES) else "text"


def _use_in_comparison(parent: exp.Expr, node: exp.Expr) -> Use:
    """The type of the other side; two bare columns in an inequality are numbers."""
    others = [child for child in parent.iter_expressions() if child is not node]
    if any(_is_temporal(other) for other in others):
        return "timestamp"
    if any(_is_numeric(other) for other in others):
        return "number"
    return (
        "number"
        if isinstance(parent, _INEQUALITY) and all(isinstance(o, exp.Column | exp.Var) for o in others)
        else "any"
    )


def _is_numeric(node: exp.Expr) -> bool:
    """Whether a node is plainly a number."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.is_type(*exp.DataType.NUMERIC_TYPES)
    return isinstance(node, _NUMERIC) or (isinstance(node, exp.Literal) and not node.is_string)


def _is_temporal(node: exp.Expr) -> bool:
    """Whether a node is plainly a point in time."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.is_type(*exp.DataType.TEMPORAL_TYPES)
    return isinstance(node, exp.Add | exp.Sub) and any(isinstance(c, exp.Interval) for c in node.iter_expressions())


def _forgiving_sql(root: exp.Expr) -> str:
    """Render a tree so that a value that cannot be converted becomes NULL instead of ending the run."""
    for cast in list(root.find_all(exp.Cast)):
        if not isinstance(cast, exp.TryCast):
            cast.replace(exp.TryCast(this=cast.this, to=cast.args["to"]))
    sql = root.sql("duckdb", comments=False)
    return sql if root.find(exp.Window) else f"try({sql})"
