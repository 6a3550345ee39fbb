"""Feature files that add up facts per customer, run for many snapshots by compiled code instead of a query for each.

The SQL file stays the one place where a sum is defined. What it reads is taken out of the engine once, and each
snapshot is one pass over arrays. A file, or a machine, that does not allow it is served by the engine as ever.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.quoting import quoted
from pipelines.sweep.code import NO_NUMBER, NO_TRUTH, Code, compiled
from pipelines.sweep.plan import Plan, UnsweepableError, plan_of
from pipelines.warehouse import SqlFile, tables

_BATCH = 100_000  # rows
# How a type of the engine is kept in an array, and with what in place of a missing value.
_ARRAYS = {
    "INTEGER": (np.int32, f"coalesce({{0}}, {NO_NUMBER})"),
    "DATE": (np.int32, f"cast(coalesce(date_diff('day', date '1970-01-01', {{0}}), {NO_NUMBER}) as integer)"),
    "BOOLEAN": (np.int8, f"coalesce(cast({{0}} as tinyint), cast({NO_TRUTH} as tinyint))"),
    "DOUBLE": (np.float64, "coalesce({0}, cast('nan' as double))"),
}
_VARIABLES = """
select name, type = 'DATE', if(type = 'DATE', cast(value as date) - date '1970-01-01', cast(value as double))
from duckdb_variables() where type in ('DATE', 'INTEGER', 'BIGINT', 'DOUBLE')
"""
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Swept:
    """A file's plan and code, the number of each row's key, the keys, the columns, and the results of two snapshots.

    The engine reads the results of one while those of the next are added up.
    """

    plan: Plan
    code: Code
    owners: Array
    keys: Array
    columns: tuple[Array, ...]
    results: tuple[Array, Array]

    def run(self, variables: dict[str, float], side: int) -> None:
        """Add up into one of the two."""
        results = self.results[side]
        results[0] = 0  # rows of keys that have none yet
        pointers = np.array([column.ctypes.data for column in self.columns], dtype=np.uintp)
        values = np.array([variables[name] for name in self.plan.variables], dtype=np.float64)
        arrays = (self.owners, pointers, values, results)
        self.code.call(len(self.owners), results.shape[1], *(array.ctypes.data for array in arrays))

    def frame(self, side: int) -> pd.DataFrame:
        """One of the two as a table with every key, without a copy."""
        names = [f"a{number}" for number in range(len(self.plan.aggregates))]
        frame = pd.DataFrame(self.results[side].T, columns=names, copy=False)
        frame.insert(0, self.plan.key, self.keys)
        return frame


class Sweeps:
    """The files that can be swept over the facts in a connection; made by `sweeping`."""

    def __init__(self, con: duckdb.DuckDBPyConnection, files: Iterable[SqlFile]) -> None:
        """Compile the files and take their facts out of the engine; those that cannot be swept are left out."""
        self._con, self._limit = con, con.execute("select current_setting('memory_limit')").fetchall()[0][0]
        self._swept: dict[str, _Swept] = {}
        self._side, self._begun = 0, Future[None]()
        self._thread = ThreadPoolExecutor(1)
        plans = {file.name: plan for file in files if (plan := plan_of(file.text))}
        for table in sorted({plan.table for plan in plans.values()} & tables(con)):
            self._sweep(table, {name: plan for name, plan in plans.items() if plan.table == table})
        self._make_room()

    def _sweep(self, table: str, plans: dict[str, Plan]) -> None:
        """Make the files of one fact table ready."""
        types = {row[0]: row[1] for row in self._con.execute(f'describe "{table}"').fetchall()}
        variables = {name: is_day for name, is_day, _ in self._con.execute(_VARIABLES).fetchall()}
        codes: dict[str, Code] = {}
        for name, plan in plans.items():
            with suppress(UnsweepableError):
                codes[name] = _code(plan, types, variables)
        wanted = {column: types[column] for name in codes for column in (plans[name].key, *plans[name].reads)}
        arrays = _arrays(self._con, table, wanted) if wanted else {}
        for name, code in codes.items():
            plan = plans[name]
            key = arrays[plan.key]
            if not len(key) or (key[1:] < key[:-1]).any():
                continue
            owners = np.cumsum(np.diff(key, prepend=key[0]) != 0, dtype=np.int32)
            keys = key[np.searchsorted(owners, np.arange(owners[-1] + 1))]
            one, other = (np.empty((len(plan.aggregates), len(keys))) for _ in range(2))
            columns = tuple(arrays[column] for column in plan.reads)
            self._swept[name] = _Swept(plan, code, owners, keys, columns, (one, other))
            self._con.register(f"swept_{name}", self._swept[name].frame(0))

    def files(self, files: Iterable[SqlFile]) -> list[SqlFile]:
        """The files, those that are swept reading what `run` adds up."""
        texts = {name: one.plan.select_sql(f"swept_{name}") for name, one in self._swept.items()}
        return [replace(file, text=texts.get(file.name, file.text)) for file in files]

    def begin(self) -> None:
        """Begin to add up for the variables that are now set on the connection, while the engine does other work."""
        variables = {name: float(value) for name, _, value in self._con.execute(_VARIABLES).fetchall()}
        self._side = 1 - self._side
        self._begun = self._thread.submit(self._run, variables, self._side)

    def show(self) -> None:
        """Wait for what was begun; from now on the engine reads it."""
        self._begun.result()
        for name, one in self._swept.items():
            self._con.register(f"swept_{name}", one.frame(self._side))

    def _run(self, variables: dict[str, float], side: int) -> None:
        for one in self._swept.values():
            one.run(variables, side)

    def close(self) -> None:
        """Let go of everything."""
        self._thread.shutdown()  # what is being added up still writes
        with suppress(duckdb.Error):  # after an error nothing more is done in the transaction
            self._con.execute(f"set memory_limit = '{self._limit}'")
            for name in self._swept:
                self._con.unregister(f"swept_{name}")
        self._swept.clear()

    def _make_room(self) -> None:
        """Take what arrays hold from the engine's memory, at most half of it."""
        used = (one for one in self._swept.values())
        arrays = {id(array): array for one in used for array in (*one.columns, one.owners, *one.results)}
        held = sum(array.nbytes for array in arrays.values())
        size = self._con.execute("select parse_formatted_bytes(?)", [self._limit]).fetchall()[0][0]
        self._con.execute(f"set memory_limit = '{max(size - held, size // 2)}B'")


@contextmanager
def sweeping(con: duckdb.DuckDBPyConnection, files: Iterable[SqlFile]) -> Iterator[Sweeps]:
    """Yield what can be swept of the files, for as long as the facts stay as they are."""
    sweeps = Sweeps(con, files)
    try:
        yield sweeps
    finally:
        sweeps.close()


def _code(plan: Plan, types: dict[str, str], variables: dict[str, bool]) -> Code:
    """The plan's code for a table of these types; raises UnsweepableError when the plan asks for more than arrays."""
    is_known = all(types.get(column) in _ARRAYS for column in plan.reads) and set(plan.variables) <= set(variables)
    if types.get(plan.key) != "INTEGER" or not is_known or plan.added & set(types):
        raise UnsweepableError
    read = tuple(types[column] for column in plan.reads)
    return compiled(plan, read, tuple(variables[name] for name in plan.variables))


def _arrays(con: duckdb.DuckDBPyConnection, table: str, types: dict[str, str]) -> dict[str, Array]:
    """Columns of a table as arrays without missing values, in the order of the table."""
    count = con.execute(f'select count(*) from "{table}"').fetchall()[0][0]
    arrays: dict[str, Array] = {name: np.empty(count, dtype=_ARRAYS[kind][0]) for name, kind in types.items()}
    listed = ", ".join(f"{_ARRAYS[kind][1].format(quoted(name))} as {quoted(name)}" for name, kind in types.items())
    begin = 0
    # In batches, so that no second copy is held.
    for batch in con.sql(f'select {listed} from "{table}"').to_arrow_reader(_BATCH):
        for name, array in arrays.items():
            array[begin : begin + batch.num_rows] = batch[name].to_numpy()
        begin += batch.num_rows
    return arrays
