"""SQL expressions over one row as instructions of LLVM.

A number is a double, and missing where it is NaN, so that what is computed from a missing number is missing. A truth is
two bits, for where it holds and where it fails; where neither is set it is missing. What SQL can say beyond that raises
UnsweepableError.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from llvmlite import ir
from sqlglot import exp

from pipelines.sweep.plan import UnsweepableError

BIT, LONG, REAL = ir.IntType(1), ir.IntType(64), ir.DoubleType()
NAN, NOTHING = REAL(float("nan")), REAL(-0.0)  # what minus zero is added to stays as it is, to the last bit
_COMPARED: dict[type, tuple[str, str]] = {
    exp.GT: (">", "<="),
    exp.GTE: (">=", "<"),
    exp.LT: ("<", ">="),
    exp.LTE: ("<=", ">"),
    exp.EQ: ("==", "!="),
    exp.NEQ: ("!=", "=="),
}
_COMPUTED: dict[type, str] = {exp.Add: "fadd", exp.Sub: "fsub", exp.Mul: "fmul"}


class Number(NamedTuple):
    """A number, or a day counted from 1970."""

    value: ir.Value
    is_day: bool = False


class Truth(NamedTuple):
    """Where it holds, and where it fails."""

    holds: ir.Value
    fails: ir.Value


Cell = Number | Truth


class Row:
    """Instructions for one row, put where the builder stands."""

    def __init__(self, build: ir.IRBuilder, columns: Mapping[str, Cell], variables: Mapping[str, Cell]) -> None:
        """Take the row's columns and the variables of `getvariable`, by name."""
        self.build, self.columns, self._variables = build, columns, variables
        self._known: dict[exp.Expr, Cell] = {}

    def cell(self, node: exp.Expr) -> Cell:
        """The value of an expression, computed once."""
        if node not in self._known:
            self._known[node] = self._computed(node)
        return self._known[node]

    def number(self, node: exp.Expr, is_day: bool = False) -> ir.Value:
        """The value of an expression that must be a number, or a day."""
        found = self.cell(node)
        if not isinstance(found, Number) or found.is_day != is_day:
            raise UnsweepableError
        return found.value

    def truth(self, node: exp.Expr) -> Truth:
        """The value of an expression that must hold or fail."""
        found = self.cell(node)
        if not isinstance(found, Truth):
            raise UnsweepableError
        return found

    def is_there(self, node: exp.Expr) -> ir.Value:
        """Whether the value of an expression is not missing."""
        found = self.cell(node)
        return self.build.or_(*found) if isinstance(found, Truth) else self._ordered("ord", found.value, found.value)

    def _ordered(self, sign: str, one: ir.Value, other: ir.Value) -> ir.Value:
        return self.build.fcmp_ordered(sign, one, other)

    def _computed(self, node: exp.Expr) -> Cell:
        kind = type(node)
        if kind in _COMPARED:
            return self._compared(_COMPARED[kind], node.this, node.expression)
        if kind in _COMPUTED:
            return Number(getattr(self.build, _COMPUTED[kind])(self.number(node.this), self.number(node.expression)))
        if kind not in _OTHERS:
            raise UnsweepableError
        return _OTHERS[kind](self, node)

    def _compared(self, signs: tuple[str, str], one: exp.Expr, other: exp.Expr) -> Truth:
        is_day = getattr(self.cell(one), "is_day", False)
        values = self.number(one, is_day), self.number(other, is_day)
        return Truth(*(self._ordered(sign, *values) for sign in signs))

    def both(self, one: Truth, other: Truth) -> Truth:
        """Holds where both hold."""
        return Truth(self.build.and_(one.holds, other.holds), self.build.or_(one.fails, other.fails))

    def _or(self, node: exp.Expr) -> Truth:
        one, other = self.truth(node.this), self.truth(node.expression)
        return Truth(self.build.or_(one.holds, other.holds), self.build.and_(one.fails, other.fails))

    def _between(self, node: exp.Expr) -> Truth:
        low, high = (node.args[name] for name in ("low", "high"))
        return self.both(self._compared((">=", "<"), node.this, low), self._compared(("<=", ">"), node.this, high))

    def _is_null(self, node: exp.Expr) -> Truth:
        if not isinstance(node.expression, exp.Null):
            raise UnsweepableError
        found = self.is_there(node.this)
        return Truth(self.build.not_(found), found)

    def _literal(self, node: exp.Expr) -> Number:
        if node.args["is_string"]:
            raise UnsweepableError
        return Number(REAL(float(node.name)))

    def _variable(self, node: exp.Expr) -> Cell:
        if node.name.lower() != "getvariable":
            raise UnsweepableError
        return self._variables[node.expressions[0].name]

    def _days_between(self, node: exp.Expr) -> Number:
        if node.args["unit"].name.upper() != "DAY":
            raise UnsweepableError
        return Number(self.build.fsub(self.number(node.this, True), self.number(node.expression, True)))

    def _remainder(self, node: exp.Expr) -> Number:
        divisor, value = node.expression.unnest(), self.number(node.this)
        if not divisor.is_int or not int(divisor.name):
            raise UnsweepableError
        by, build = REAL(float(divisor.name)), self.build
        times = build.select(self.is_there(node.this), build.fdiv(value, by), REAL(0))
        return Number(build.fsub(value, build.fmul(by, build.sitofp(build.fptosi(times, LONG), REAL))))

    def _coalesce(self, node: exp.Expr) -> Number:
        *others, found = (self.number(one) for one in (node.this, *node.expressions))
        for one in reversed(others):
            found = self.build.select(self._ordered("ord", one, one), one, found)
        return Number(found)

    def _case(self, node: exp.Expr) -> Number:
        default = node.args.get("default")
        found = self.number(default) if default else NAN
        if node.this:
            raise UnsweepableError
        for branch in reversed(node.args["ifs"]):
            found = self.build.select(self.truth(branch.this).holds, self.number(branch.args["true"]), found)
        return Number(found)

    def counted(self, node: exp.Expr) -> ir.Value:
        """What a sum or a count adds: of truths none of which is known the engine's count is missing."""
        if isinstance(node, exp.Sum):
            value = self.build.fadd(self.number(node.this), REAL(0))  # no minus zero
            return self.build.select(self.is_there(node.this), value, NOTHING)
        if isinstance(node, exp.CountIf):
            value = self.build.uitofp(self.truth(node.this).holds, REAL)
            return self.build.select(self.is_there(node.this), value, NOTHING)
        return REAL(1) if isinstance(node.this, exp.Star) else self.build.uitofp(self.is_there(node.this), REAL)


_OTHERS: dict[type, Callable[[Row, exp.Expr], Cell]] = {
    exp.Paren: lambda row, node: row.cell(node.this),
    exp.Column: lambda row, node: row.columns[node.name],
    exp.Boolean: lambda row, node: Truth(BIT(int(node.this)), BIT(int(not node.this))),
    exp.Not: lambda row, node: Truth(*reversed(row.truth(node.this))),
    exp.And: lambda row, node: row.both(row.truth(node.this), row.truth(node.expression)),
    exp.Or: Row._or,
    exp.Between: Row._between,
    exp.Is: Row._is_null,
    exp.Literal: Row._literal,
    exp.Anonymous: Row._variable,
    exp.DateDiff: Row._days_between,
    exp.Mod: Row._remainder,
    exp.Coalesce: Row._coalesce,
    exp.Case: Row._case,
}
