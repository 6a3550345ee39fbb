"""Where one person's rows stand in tables and data files: by customer id, by the ids of their orders, or as a value."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from pipelines.quoting import FORMULA_STARTS, sql_text

_READERS = {
    ".parquet": "read_parquet({0})",
    ".csv": "read_csv({0}, all_varchar = true, header = true)",
    ".jsonl": "read_json({0}, format = 'newline_delimited')",
}
_BETWEEN = r"""[\s,;|="']+"""
_WRITERS = {".parquet": "(format parquet)", ".csv": "(header)", ".jsonl": "(format json)"}
_MANIFEST = {"what", "value"}  # of a campaign: it names nobody
_LONG = 5  # letters and digits: shorter numbers stand in dates and amounts by chance


def parts_sql(column: str) -> str:
    """A text and what it is made of, as a list: parts of a key, values of a line, what stands after an equals sign."""
    return f"list_concat([{column}], string_split({column}, ', '), string_split_regex({column}, {sql_text(_BETWEEN)}))"


@dataclass(frozen=True)
class Person:
    """A customer's id and the ids of their orders."""

    customer_id: str
    orders: tuple[str, ...]

    @property
    def _written(self) -> list[str]:
        """The id, and as exports write one that a spreadsheet would run as a formula: with an apostrophe before it."""
        disarmed = [f"'{self.customer_id}"] if self.customer_id.startswith(FORMULA_STARTS) else []
        return [self.customer_id, *disarmed]

    def rows_sql(self, columns: set[str]) -> str | None:
        """The condition that finds the person's rows in a table with these columns, or None where there can be none."""
        if {"customer_id", "row_key"} <= columns:  # rows behind a check; the key may be a customer's number, too
            written = ", ".join(map(sql_text, self._written))
            return f"(customer_id in ({written}) or {self._named_in_sql('row_key')})"
        if "customer_id" in columns:
            return f"cast(customer_id as varchar) in ({', '.join(map(sql_text, self._written))})"
        if "order_id" in columns and self.orders:
            return f"cast(order_id as varchar) in ({', '.join(map(sql_text, self.orders))})"
        if {"column_name", "value", "reason"} <= columns:  # rejected rows
            return self._named_in_sql("value")
        return None

    def _named_in_sql(self, column: str) -> str:
        """The condition that a text names the person: alone, within a key of several columns, or in a broken line.

        A long number is looked for anywhere in the text: rather a row too many is erased than one too few.
        """
        ids = ", ".join(map(sql_text, (*self._written, *self.orders)))
        anywhere = f" or contains({column}, {sql_text(self.customer_id)})" if len(self.customer_id) >= _LONG else ""
        return f"(list_has_any({parts_sql(column)}, [{ids}]){anywhere})"


def rows_in_file(path: Path, person: Person) -> int | None:
    """Rows of the person in a data file; None when its columns do not tell or it cannot be read."""
    try:
        with duckdb.connect() as con:
            relation = _relation(con, path)
            columns = {row[0] for row in con.execute(f"describe select * from {relation}").fetchall()}
            condition = person.rows_sql(columns)
            if condition is None:
                return 0 if columns & {"order_id", "product_id"} or columns == _MANIFEST else None
            return int(con.execute(f"select count(*) from {relation} where {condition}").fetchall()[0][0])
    except (duckdb.Error, ValueError, OSError):
        return None


def erase_from_file(path: Path, person: Person) -> int:
    """Replace a data file atomically by one without the person; returns the rows left out."""
    unfinished = path.with_name(f".{path.stem}.new{path.suffix}")
    with duckdb.connect() as con:
        relation = _relation(con, path)
        columns = {row[0] for row in con.execute(f"describe select * from {relation}").fetchall()}
        kept = f"select * from {relation} where ({person.rows_sql(columns)}) is not true"
        erased = rows_in_file(path, person) or 0
        if path.suffix.lower() == ".xlsx":
            sheets = _sheets(path)
            _write_sheets(sheets | {next(iter(sheets)): con.execute(kept).df()}, unfinished)
        else:
            con.execute(f"copy ({kept}) to {sql_text(str(unfinished))} {_WRITERS[path.suffix.lower()]}")
    unfinished.replace(path)
    return erased


def _relation(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    """What to select from to read a data file; a sheet is registered as a table first."""
    if path.suffix.lower() == ".xlsx":
        con.register("sheet", next(iter(_sheets(path).values())))
        return "sheet"
    return _READERS[path.suffix.lower()].format(sql_text(str(path)))


def _sheets(path: Path) -> dict[str, pd.DataFrame]:
    """Every sheet of a workbook by its name; people stand in the first one."""
    found: dict[str, pd.DataFrame] = pd.read_excel(path, sheet_name=None, dtype=str, engine="calamine")
    return found


def _write_sheets(sheets: dict[str, pd.DataFrame], path: Path) -> None:
    """Write a workbook; what looks like a formula stays the text it was."""
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)
