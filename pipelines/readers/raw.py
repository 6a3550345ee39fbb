"""What every reader gives: SQL for the rows as the source holds them, and the rows it could not even split."""

from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb
from duckdb import DuckDBPyConnection

from pipelines.errors import InputError

ROW = "__row"  # number of the data row, from 1, in the order of the source

BadRow = tuple[int, str | None, str | None, str]  # row number, column, value, reason


def no_bad_rows(rows: int) -> list[BadRow]:
    """The answer of formats whose rows are always whole."""
    return []


@dataclass(frozen=True)
class Raw:
    """One table of a source before anything is done to it.

    `sql` selects `__row` and the source's columns under their own names. `bad_rows` takes the number of rows that
    `sql` gave and returns those the format itself was broken in; call it after `sql` has run to its end.
    """

    label: str
    sql: str
    types: dict[str, str]  # source column -> DuckDB type
    bad_rows: Callable[[int], list[BadRow]] = field(default=no_bad_rows)
    peek: str = ""  # like sql, but may be run any number of times; empty: sql itself may
    skips_bad_rows: bool = False  # the numbers in sql do not count the bad rows, so later ones must be moved up

    @property
    def peek_sql(self) -> str:
        """SQL for looking at values before the load."""
        return self.peek or self.sql


def types_of(con: DuckDBPyConnection, sql: str) -> dict[str, str]:
    """Column → DuckDB type of a query, without the row number."""
    return {row[0]: row[1] for row in con.execute(f"describe {sql}").fetchall() if row[0] != ROW}


def first_line(error: Exception) -> str:
    """The first line of a driver's message, which is the one that says what is wrong, as a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0].rstrip(".:") + "."


def blames_source(error: Exception) -> bool:
    """Whether an error while reading is the source's own fault: not that of a full disk, full memory, a Ctrl-C, or of
    the SQL that was made for it."""
    text = str(error).lower()
    is_outside = any(word in text for word in ("space left", "file too large", "quota", "memory", "interrupt"))
    return not is_outside and not isinstance(error, duckdb.ParserException | duckdb.BinderException)


def check_names(label: str, names: list[str]) -> None:
    """Refuse a header with the same name twice; raises InputError naming the columns."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.get(name.lower())
        seen[name.lower()] = name
        if other is not None:
            how = (
                f"the column {name} twice"
                if other == name
                else f"the columns {other} and {name}, the same but for case"
            )
            raise InputError(f"{label} has {how}. Rename or remove one of them in the file.")
