"""SQL that turns a value as the source gives it into the type of the contract; what does not fit becomes NULL."""

from dataclasses import dataclass

from pipelines.contract import Type
from pipelines.quoting import sql_text

BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
LARGEST = "1e15"  # above this a double no longer holds cents
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")
_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_REALS = ("FLOAT", "DOUBLE")


@dataclass(frozen=True)
class Signs:
    """How a source writes numbers: the decimal sign and the sign between groups of three digits."""

    decimal: str = "."
    thousands: str = ""


def is_number_type(native: str) -> bool:
    """Whether a DuckDB type holds numbers."""
    return native in _NUMBERS or native in _REALS or native.startswith("DECIMAL")


def text_sql(value: str, native: str) -> str:
    """Text without blanks around it; empty is NULL, and 12.0 out of a column of reals is '12'."""
    if native == "VARCHAR":  # trim costs six times as much as a look at both ends
        is_tight = f"unicode({value}) > 32 and unicode({value}[-1]) > 32 and unicode({value}[-1]) <> 160"
        return f"case when {is_tight} then {value} else nullif(trim({value}, {BLANKS}), '') end"
    if native in _REALS:
        whole = f"cast(cast({value} as bigint) as varchar)"
        is_whole = f"{value} = trunc({value}) and abs({value}) < {LARGEST}"
        return f"case when {is_whole} then {whole} else cast({value} as varchar) end"
    return f"cast({value} as varchar)"


def number_sql(value: str, native: str, signs: Signs) -> str:
    """A finite double below 1e15 in size, with the decimal comma and grouping that were declared."""
    if is_number_type(native):
        return _finite_sql(f"cast({value} as double)")
    if signs.decimal == "." and not signs.thousands:
        return _finite_sql(f"try_cast({value} as double)")  # the cast overlooks blanks
    text = text_sql(value, native)
    group = f"[{signs.thousands}]" if signs.thousands else "x"
    pattern = rf"^[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)?([{signs.decimal}]\d*)?$"
    plain = f"replace({text}, {sql_text(signs.thousands)}, '')" if signs.thousands else text
    plain = f"replace({plain}, {sql_text(signs.decimal)}, '.')"
    return _finite_sql(f"try_cast(case when regexp_matches({text}, {sql_text(pattern)}) then {plain} end as double)")


def _finite_sql(value: str) -> str:
    """The value unless it is NaN, infinite or too large to be money."""
    return f"case when abs({value}) < {LARGEST} then {value} end"


def integer_sql(value: str, native: str, signs: Signs) -> str:
    """A whole number; 4.0 is 4 and 4.5 is no integer."""
    number = number_sql(value, native, signs)
    return f"case when {number} = trunc({number}) then cast({number} as bigint) end"


def boolean_sql(value: str, native: str) -> str:
    """True or false from a boolean or one of the words true/false, t/f, yes/no, y/n, 1/0 in any case."""
    if native == "BOOLEAN":
        return value
    text = f"lower({text_sql(value, native)})"
    yes, no = (", ".join(map(sql_text, words)) for words in (_TRUE, _FALSE))
    return f"case when {text} in ({yes}) then true when {text} in ({no}) then false end"


def timestamp_sql(value: str, native: str, formats: tuple[str, ...]) -> str:
    """A UTC timestamp: of the given formats, or ISO 8601 (with or without offset) when there are none."""
    if native.startswith("TIMESTAMP") or native == "DATE":
        return f"cast({value} as timestamp)"
    text = text_sql(value, native)
    if not formats:
        return _iso_sql(value, text)
    listed = ", ".join(map(sql_text, formats))
    return f"cast(try_strptime({text}, [{listed}]) as timestamp)"


def _iso_sql(value: str, text: str) -> str:
    """ISO 8601 with a year of four digits: the cast takes 31-12-24 for the year 31, and words such as infinity.

    The two forms that cannot carry an offset take the cast that is five times as fast.
    """
    is_plain = f"length({value}) = 10 or (length({value}) = 19 and {value}[17] = ':')"
    is_dated = f"{text} between '0' and ':' and {text}[5] in ('-', '/')"
    with_offset = f"case when {is_dated} then try_cast({text} as timestamptz)::timestamp end"
    return f"case when {is_plain} then try_cast({value} as timestamp) else {with_offset} end"


def value_sql(kind: Type, value: str, native: str, signs: Signs, formats: tuple[str, ...]) -> str:
    """The conversion for a contract type."""
    if kind == "text":
        return text_sql(value, native)
    if kind == "integer":
        return integer_sql(value, native, signs)
    if kind == "boolean":
        return boolean_sql(value, native)
    if kind == "timestamp":
        return timestamp_sql(value, native, formats)
    return number_sql(value, native, signs)
