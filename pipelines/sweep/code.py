"""Machine code for a plan: one loop over the sorted rows of a fact table that keeps every aggregate of the key.

LLVM compiles it in a tenth of a second, so nothing is kept on disk.
"""

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir
from sqlglot import exp

from pipelines.sweep.plan import Plan, UnsweepableError
from pipelines.sweep.rows import LONG, NAN, NOTHING, REAL, Cell, Number, Row, Truth

NO_NUMBER, NO_TRUTH = -(2**31), -1  # stand for a missing whole number or day, and a missing truth
_BYTE, _INT = ir.IntType(8), ir.IntType(32)
_STORED = {"INTEGER": _INT, "DATE": _INT, "BOOLEAN": _BYTE, "DOUBLE": REAL}
_CHOSEN = (exp.Min, exp.Max, exp.ArgMax)


class _Kept:
    """The aggregates of the key whose rows go by, each in a register, and the highest rank so far of each `arg_max`."""

    def __init__(self, build: ir.IRBuilder, aggregates: Sequence[exp.Expr]) -> None:
        self._build = build
        self._slots = [
            (node, [build.alloca(REAL) for _ in range(1 + isinstance(node, exp.ArgMax))]) for node in aggregates
        ]

    def begin(self) -> None:
        """Nothing is known of a key before its first row."""
        for node, slots in self._slots:
            for slot in slots:
                self._build.store(NAN if isinstance(node, _CHOSEN) else NOTHING, slot)

    def add(self, row: Row) -> None:
        """Bring every aggregate up to date."""
        for node, slots in self._slots:
            old = [self._build.load(slot) for slot in slots]
            for value, slot in zip(self._added(row, node, old), slots, strict=True):
                self._build.store(value, slot)

    def _added(self, row: Row, node: exp.Expr, old: Sequence[ir.Value]) -> list[ir.Value]:
        if isinstance(node, exp.ArgMax):
            rank = self._build.select(row.is_there(node.this), row.number(node.expression), NAN)
            return self._better(">", [row.number(node.this), rank], old)
        if isinstance(node, _CHOSEN):
            return self._better("<" if isinstance(node, exp.Min) else ">", [row.number(node.this)], old)
        return [self._build.fadd(old[0], row.counted(node))]

    def _better(self, sign: str, new: Sequence[ir.Value], old: Sequence[ir.Value]) -> list[ir.Value]:
        """The new values where the last of them is better than the old one, or the first."""
        is_better = self._build.fcmp_unordered(sign, new[-1], old[-1])
        is_better = self._build.and_(is_better, self._build.fcmp_ordered("ord", new[-1], new[-1]))
        return [self._build.select(is_better, value, kept) for value, kept in zip(new, old, strict=True)]

    def finish(self, results: ir.Value, keys: ir.Value, place: ir.Value) -> None:
        """Write the results of the key at a place, one `keys` behind the other."""
        build = self._build
        for number, (node, slots) in enumerate(self._slots):
            value = build.load(slots[0])
            if not isinstance(node, _CHOSEN):
                is_nothing = build.icmp_signed("==", build.bitcast(value, LONG), LONG(-(2**63)))
                value = build.select(is_nothing, NAN, value)
            build.store(value, build.gep(results, [build.add(place, build.mul(keys, LONG(number)))]))


def _stored(build: ir.IRBuilder, value: ir.Value, kind: str) -> Cell:
    """A column's value in a row."""
    if kind == "BOOLEAN":
        return Truth(build.icmp_signed("==", value, _BYTE(1)), build.icmp_signed("==", value, _BYTE(0)))
    if kind == "DOUBLE":
        return Number(value)
    is_missing = build.icmp_signed("==", value, _INT(NO_NUMBER))
    return Number(build.select(is_missing, NAN, build.sitofp(value, REAL)), kind == "DATE")


def _loop(plan: Plan, types: Sequence[str], are_days: Sequence[bool]) -> str:
    """The loop in LLVM's own language; its arguments are those of `compiled`'s function."""
    module = ir.Module()
    pointers = [_INT.as_pointer(), _BYTE.as_pointer().as_pointer(), REAL.as_pointer(), REAL.as_pointer()]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG, LONG, *pointers]), "sweep")
    rows, keys, owners, columns, variables, results = function.args
    start, head, work, take, turn, add, after, end = (function.append_basic_block() for _ in range(8))
    build = ir.IRBuilder(start)

    def item(array: ir.Value, place: ir.Value) -> ir.Value:
        return build.load(build.gep(array, [place]))

    arrays = [build.bitcast(item(columns, LONG(at)), _STORED[kind].as_pointer()) for at, kind in enumerate(types)]
    known = (Number(item(variables, LONG(at)), is_day) for at, is_day in enumerate(are_days))
    variable_cells = dict(zip(plan.variables, known, strict=True))
    kept, last = _Kept(build, plan.aggregates), build.alloca(LONG)
    build.store(LONG(0), last)
    kept.begin()
    build.branch(head)
    build.position_at_end(head)
    place = build.phi(LONG)
    place.add_incoming(LONG(0), start)
    build.cbranch(build.icmp_signed("<", place, rows), work, end)
    build.position_at_end(work)
    cells = (_stored(build, item(array, place), kind) for array, kind in zip(arrays, types, strict=True))
    row = Row(build, dict(zip(plan.reads, cells, strict=True)), variable_cells)
    build.cbranch(row.truth(plan.condition).holds, take, after)
    build.position_at_end(take)
    owner = build.sext(item(owners, place), LONG)
    build.cbranch(build.icmp_signed("==", owner, build.load(last)), add, turn)
    build.position_at_end(turn)
    kept.finish(results, keys, build.load(last))
    kept.begin()
    build.store(owner, last)
    build.branch(add)
    build.position_at_end(add)
    kept.add(row)
    build.branch(after)
    build.position_at_end(after)
    place.add_incoming(build.add(place, LONG(1)), after)
    build.branch(head)
    build.position_at_end(end)
    kept.finish(results, keys, build.load(last))
    build.ret_void()
    return str(module)


class Code(NamedTuple):
    """Compiled code, and what owns it."""

    call: Callable[..., None]
    owner: Any


@cache
def compiled(plan: Plan, types: tuple[str, ...], are_days: tuple[bool, ...]) -> Code:
    """Compile a plan for the types of the columns it reads, and for whether the variables it reads are days.

    The arguments of `call` are numbers of rows and of keys, and pointers: to the place of each row's key (rising from
    0), to the pointers of the columns, to the variables (doubles), and to the results: for each aggregate a double for
    each key, written with the key's first row. Raises UnsweepableError for an expression that is not known, and on a
    machine that lets nobody compile.
    """
    text = _loop(plan, types, are_days)
    try:
        llvm.check_jit_execution()
    except OSError as error:
        raise UnsweepableError from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=1
    )
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    arguments = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 4
    return Code(ctypes.CFUNCTYPE(None, *arguments)(engine.get_function_address("sweep")), engine)
