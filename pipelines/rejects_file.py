"""All rejected rows as a CSV file: written row by row, and without anything that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import duckdb

from pipelines import publish
from pipelines.errors import InputError
from pipelines.quoting import FORMULA_STARTS

HEADER = ("table", "row", "column", "value", "reason")
_ROWS = "select table_name, row_number, column_name, value, reason from rejects"
_BATCH = 10_000
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")  # a negative amount is the most usual value of all, and runs nothing


@dataclass(frozen=True)
class RejectsReport:
    """What was written where."""

    out: str
    rows: int

    def lines(self) -> list[str]:
        """The report in plain lines."""
        return [f"Wrote {self.rows:,} rejected rows to {self.out}. Their values may be personal data."]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def export_rejects(home: Path, out: Path) -> RejectsReport:
    """Write all rejected rows of the newest load to a .csv file.

    Raises InputError for another ending, a missing folder, or when nothing was loaded yet.
    """
    if out.suffix.lower() != ".csv":
        raise InputError(f"--out {out}: the file must end in .csv.")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist. Create it or name another one.")
    with publish.open_current(home, "source") as con, out.open("w", encoding="utf-8", newline="") as target:
        return RejectsReport(str(out), write_rejects(con, target))


def rejects_bytes(cursor: duckdb.DuckDBPyConnection) -> bytes:
    """The same file for a button that downloads; with a byte order mark, by which spreadsheets know UTF-8."""
    target = io.BytesIO(b"")
    with io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True) as text:
        write_rejects(cursor, text)
        return target.getvalue()


def write_rejects(cursor: duckdb.DuckDBPyConnection, target: TextIO) -> int:
    """Write table `rejects` as CSV, a batch at a time; returns the number of rows."""
    writer, written = csv.writer(target), 0
    writer.writerow(HEADER)
    result = cursor.execute(f"{_ROWS} order by table_name, row_number")
    while rows := result.fetchmany(_BATCH):
        writer.writerows(map(disarmed, rows))
        written += len(rows)
    return written


def disarmed(row: Iterable[Any]) -> list[Any]:
    """A row whose texts a spreadsheet takes for texts: an apostrophe stands before what it would run."""
    return [f"'{cell}" if isinstance(cell, str) and _would_run(cell) else cell for cell in row]


def _would_run(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(text)
