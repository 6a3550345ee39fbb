"""What a column of an unknown table looks like: how many values read as numbers, dates, words; facts without names."""

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from pipelines.conversions import is_number_type, text_sql, timestamp_sql
from pipelines.errors import InputError
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW
from pipelines.timestamps import recognise

_POINT = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$"
_COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"
_GROUPS_POINT = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_GROUPS_COMMA = r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$"
_MARKED = r"^[+-]?\s*(€|\$|£|EUR|USD|GBP|CHF)?\s*[+-]?[\d.,' ]*\d[\d.,]*\s*(€|\$|£|EUR|USD|GBP|CHF)?$"
_DATE = r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T,].*)?$|^\d{8}$|^\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}|^[A-Za-z]{3,9} \d"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_YES = "('true', 'false', 't', 'f', 'yes', 'no', 'y', 'n', '1', '0', 'ja', 'nein', 'j', 'wahr', 'falsch')"
# Codes of article columns that are no articles; they matter where nearly all other codes hold digits.
_FEES = (
    "post", "dot", "c2", "m", "d", "s", "b", "adjust", "adjust2", "amazonfee", "bank charges", "cruk", "manual",
    "versand", "versandkosten", "porto", "shipping", "postage", "fee", "gebuehr", "gebühr", "rabatt", "discount",
    "gutschein", "voucher", "sample", "samples", "test", "test001", "test002", "fracht", "trinkgeld", "tip",
)  # fmt: skip
_FEW = 20  # different values that are listed
_SHOWN = 4


@dataclass(frozen=True)
class ColumnLook:
    """One column: its type in the file, example values, and shares (0–1) of its filled values in a sample."""

    name: str
    native: str
    examples: tuple[str, ...] = ()
    filled: float = 0.0  # of all rows
    distinct: int = 0
    per_value: float = 1.0  # rows per different value
    point: float = 0.0  # numbers with a decimal point
    comma: float = 0.0  # numbers with a decimal comma
    grouped_point: float = 0.0
    grouped_comma: float = 0.0
    has_comma: float = 0.0
    cents_comma: float = 0.0  # end in a comma and one or two digits, whatever follows
    has_point: float = 0.0
    whole: float = 0.0
    negative: float = 0.0
    zero: float = 0.0
    marked: float = 0.0  # numbers with a currency sign
    date: float = 0.0
    boolean: float = 0.0
    email: float = 0.0
    float_id: float = 0.0  # whole numbers written 13085.0
    lettered: float = 0.0  # one letter, then digits
    digits: float = 0.0  # digits alone
    letter: str = ""  # the most frequent such letter
    wordy: float = 0.0  # without any digit
    values: tuple[str, ...] = ()  # all values, most frequent first, where they are few
    fees: tuple[str, ...] = ()  # of all rows: codes that are fees where the column holds articles
    date_form: str = ""  # shown to people; empty: no dates
    date_choices: tuple[str, ...] = ()  # formats among which a person must choose

    @property
    def is_number(self) -> bool:
        """Whether nearly all values are numbers of one writing."""
        return max(self.point, self.comma, self.marked) >= 0.95

    @property
    def is_date(self) -> bool:
        """Whether nearly all values are points in time."""
        return bool(self.date_form or self.date_choices)


def look_at_column(con: DuckDBPyConnection, sample: str, whole: str, name: str, native: str) -> ColumnLook:
    """Look at one column of the table `sample`; dates are decided by all rows of the table `whole`."""
    facts = _shares(con, sample, name, native)
    facts["examples"] = tuple(_texts(con, sample, name, native, "min(row)", _SHOWN))
    if facts["distinct"] <= _FEW:
        facts["values"] = tuple(_texts(con, sample, name, native, "count(*) desc, value", _FEW))
    if native == "VARCHAR":
        facts["fees"] = _fees(con, whole, name)
    if native.startswith("TIMESTAMP") or native == "DATE":
        facts |= {"date": 1.0, "date_form": "a date of the file’s own"}
    elif native == "VARCHAR" and facts["date"] >= 0.9:
        facts |= _dates(con, whole, name)
    return ColumnLook(name, native, **facts)


def _shares(con: DuckDBPyConnection, sample: str, name: str, native: str) -> dict[str, Any]:
    """Counts and shares of a column in the sample."""
    text = text_sql(quoted(name), native)
    number = "try_cast(replace(replace(x, ',', ''), ' ', '') as double)"
    matching = {
        "point": _POINT, "comma": _COMMA, "grouped_point": _GROUPS_POINT, "grouped_comma": _GROUPS_COMMA,
        "marked": _MARKED, "date": _DATE, "email": _EMAIL, "float_id": r"^\d+\.0$", "lettered": r"^[A-Za-z]\d+$",
        "digits": r"^\d+$", "cents_comma": r",\d{1,2}\D*$",
    }  # fmt: skip
    tests = {key: f"regexp_matches(x, {sql_text(pattern)})" for key, pattern in matching.items()}
    tests |= {
        "has_comma": "contains(x, ',')",
        "has_point": "contains(x, '.')",
        "whole": r"regexp_matches(x, '^[+-]?\d+$')",
        "negative": "starts_with(x, '-')",
        "zero": f"{number} = 0",
        "boolean": f"lower(x) in {_YES}",
        "wordy": "not regexp_matches(x, '[0-9]')",
    }
    listed = ", ".join(f"coalesce(avg(({test})::int), 0) as {key}" for key, test in tests.items())
    (row,) = con.execute(f"""
        select count(x) / greatest(count(*), 1), count(distinct x), count(x) / greatest(count(distinct x), 1),
            coalesce(mode(left(x, 1)) filter ({tests["lettered"]}), ''), {listed}
        from (select {text} as x from {sample})
    """).fetchall()
    facts = dict(zip(("filled", "distinct", "per_value", "letter", *tests), row, strict=True))
    if is_number_type(native):  # digits of a typed number say nothing about how the file writes it
        facts |= {"point": 1.0, "comma": 0.0, "marked": 0.0, "date": 0.0, "float_id": 0.0}
    if native == "BOOLEAN":
        facts["boolean"] = 1.0
    return facts


def _texts(con: DuckDBPyConnection, sample: str, name: str, native: str, order: str, limit: int) -> list[str]:
    """Different values of a column as text, cut to a line."""
    found = con.execute(
        f"select left(value, 60) from (select {text_sql(quoted(name), native)} as value, {ROW} as row from {sample}) "
        f"where value is not null group by value order by {order} limit {limit}"
    ).fetchall()
    return [row[0] for row in found]


def _fees(con: DuckDBPyConnection, whole: str, name: str) -> tuple[str, ...]:
    """Known words for fees among all values of a column; they are too rare for a sample."""
    text, known = text_sql(quoted(name), "VARCHAR"), ", ".join(map(sql_text, _FEES))
    is_fee = f"length({quoted(name)}) < 16 and lower({text}) in ({known})"
    found = con.execute(f"select distinct {text} from {whole} where {is_fee} order by 1").fetchall()
    return tuple(row[0] for row in found)


def _dates(con: DuckDBPyConnection, whole: str, name: str) -> dict[str, Any]:
    """How a text column writes its dates; undecidable ones bring both readings, the day first."""

    def ask(sql: str) -> list[tuple]:
        return con.execute(sql).fetchall()

    column = text_sql(quoted(name), "VARCHAR")
    relation = f"(select {column} as c0 from {whole})"
    try:
        form = recognise(ask, relation, {"c0": name}, "")["c0"]
    except InputError:
        return {"date_choices": _readings(con, relation)}
    (counts,) = ask(
        f"select count(c0), count({timestamp_sql('c0', 'VARCHAR', form.formats)}) from (from {relation} limit 20000)"
    )
    is_read = counts[0] and counts[1] >= 0.9 * counts[0]
    return {"date_form": form.shown if is_read else "", "date": 1.0 if is_read else 0.0}


def _readings(con: DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    """The formats that fit dates whose day and month cannot be told apart, with the time of day most of them have."""
    found = con.execute(f"select c0 from {relation} where c0 is not null limit 200").fetchall()
    sign = next((s for s in "/.-" if s in found[0][0]), "/")
    year = "%Y" if len(found[0][0].replace(",", " ").split(" ")[0].split(sign)[-1]) == 4 else "%y"
    times = ("", " %H:%M", " %H:%M:%S", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
    listed = ", ".join(f"count(try_strptime(c0, {sql_text(f'%d{sign}%m{sign}{year}{time}')}))" for time in times)
    (hits,) = con.execute(f"select {listed} from (from {relation} limit 20000)").fetchall()
    time = times[max(range(len(times)), key=lambda nth: hits[nth])]
    return (f"%d{sign}%m{sign}{year}{time}", f"%m{sign}%d{sign}{year}{time}")
