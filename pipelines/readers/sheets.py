"""XLSX workbooks: the cells of a sheet become typed columns where a column is of one kind, text otherwise."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from pipelines.errors import InputError
from pipelines.readers.raw import check_names, first_line

Cells = Sequence[Sequence[Any]]


def read_sheets(path: Path, sheets: Sequence[str]) -> pa.Table:
    """Read the named sheets of a workbook (or its first) one below the other; the first row names the columns.

    Where several sheets are named, a last column `sheet` says which one a row is from. A workbook holds at most
    1,048,576 rows per sheet and is read into memory. Raises InputError when the workbook is broken, lacks a sheet,
    or its sheets have different headers.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = list(sheets) or workbook.sheet_names[:1]
        missing = [name for name in names if name not in workbook.sheet_names]
        if missing or not names:
            raise InputError(
                f"{path.name} has no sheet {', '.join(missing)}. It has: {', '.join(workbook.sheet_names)}."
            )
        blocks = [workbook.get_sheet_by_name(name).to_python() for name in names]
    except (CalamineError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as XLSX: {first_line(error)} Save it again as .xlsx or .csv."
        ) from error
    header = _header(path, blocks, ["sheet"] * (len(names) > 1))
    if len(names) > 1:
        blocks = [[[*row, name] for row in block] for name, block in zip(names, blocks, strict=True)]
    rows = [row for block in blocks for row in block[1:]]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    return pa.table(dict(zip(header, map(_column, columns), strict=True)))


def same_sheets(path: Path) -> list[tuple[str, ...]]:
    """A workbook's sheets that hold anything, those with the same first row together; raises as `read_sheets`."""
    groups: dict[tuple[str, ...], list[str]] = {}
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(nrows=2)
            if rows and any(cell != "" for cell in rows[0]):
                groups.setdefault(tuple(str(cell).strip() for cell in rows[0]), []).append(name)
    except (CalamineError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as XLSX: {first_line(error)} Save it again as .xlsx or .csv."
        ) from error
    if not groups:
        raise InputError(f"{path.name} is empty: the first row of a sheet must name the columns.")
    return [tuple(names) for names in groups.values()]


def _header(path: Path, blocks: Sequence[Cells], extra: Sequence[str]) -> list[str]:
    """The names in the first row, the same in every sheet, and those of columns that are added."""
    headers = [[str(cell).strip() for cell in block[0]] if block else [] for block in blocks]
    if not headers[0]:
        raise InputError(f"{path.name} is empty: the first row of its sheet must name the columns.")
    if any(header != headers[0] for header in headers):
        raise InputError(f"{path.name}: the sheets have different first rows. Name one sheet, or make them the same.")
    names = [name or f"column{index}" for index, name in enumerate(headers[0])] + list(extra)
    check_names(path.name, names)
    return names


def _column(cells: Sequence[Any]) -> pa.Array:
    """One column as numbers, timestamps, booleans or, when its cells differ, text."""
    values = [None if cell == "" else cell for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        whole = all(value is None or float(value).is_integer() for value in values)
        return pa.array(
            [value if value is None else int(value) for value in values] if whole else values, _number(whole)
        )
    if kinds and kinds <= {datetime, date}:
        return pa.array([_moment(value) for value in values], pa.timestamp("us"))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([_text(value) for value in values], pa.string())


def _number(whole: bool) -> pa.DataType:
    """The Arrow type of a numeric column."""
    return pa.int64() if whole else pa.float64()


def _moment(value: datetime | date | None) -> datetime | None:
    """A date as its midnight."""
    return value if value is None or isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def _text(value: Any) -> str | None:
    """A cell as text, the way it would stand in a CSV file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return None if value is None else str(int(value.total_seconds())) if isinstance(value, timedelta) else str(value)
