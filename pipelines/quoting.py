"""Python values and names as they stand in SQL: the only place that quotes; and what spreadsheets take for more."""

from datetime import date, datetime

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # of texts that a spreadsheet would run
Value = str | int | float | date | datetime | None


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def literal_sql(value: Value) -> str:
    """A Python value as an SQL literal that is the same in DuckDB and Spark."""
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"timestamp '{value:%Y-%m-%d %H:%M:%S}'"
    if isinstance(value, date):
        return f"date '{value:%Y-%m-%d}'"
    if isinstance(value, str):
        return sql_text(value)
    return f"cast({value!r} as double)" if isinstance(value, float) else str(value)
