"""Recognising how a column writes its points in time, so that no day is ever read as a month."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipelines.conversions import timestamp_sql
from pipelines.errors import InputError
from pipelines.quoting import sql_text

Query = Callable[[str], list[tuple]]

_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
_OTHERS = (
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y.%m.%d",
    "%d-%b-%Y",
    "%d-%b-%y",
)
_PARTS = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})(?:[ T,].*)?$"
SAMPLE = 20_000


@dataclass(frozen=True)
class Recognised:
    """The formats of a column (none means ISO 8601) and how to name them to a user."""

    formats: tuple[str, ...] = ()
    shown: str = "2024-12-31 or 2024-12-31 23:59:59"


def declared(form: str) -> Recognised:
    """A format that the mapping names; one without offset and with one is the mapping's business."""
    return Recognised((form,), form)


def with_times(date_format: str) -> Recognised:
    """A date format with every usual way to add the time of day."""
    return Recognised(tuple(date_format + time for time in _TIMES), f"{date_format} with or without a time")


def recognise(query: Query, relation: str, columns: Mapping[str, str], place: str) -> dict[str, Recognised]:
    """Find the format of each text column in `relation`: column → Recognised. `columns` are column → name to show.

    A column whose first values are all ISO 8601 is taken as such. Otherwise all its values are looked at, because
    the first thousand days of a sorted file may all be 12 or less. Raises InputError where day and month cannot be
    told apart; `place` names file and section.
    """
    found = {column: _first_look(query, relation, column) for column in columns}
    doubtful = [column for column, form in found.items() if form is None]
    orders = {name: _all_values(query, relation, name, f"{place}: {columns[name]}") for name in doubtful}
    known = {order for order in orders.values() if order is not None and "?" not in order}
    for column in doubtful:
        order = orders[column]
        if order is None:
            found[column] = _other(query, relation, column)
        else:
            found[column] = with_times(_settle(order, known, f"{place}: {columns[column]}"))
    return {column: form or Recognised() for column, form in found.items()}


def _first_look(query: Query, relation: str, column: str) -> Recognised | None:
    """ISO 8601 when every one of the first values is; None when it must be looked at more closely."""
    sample = f"select {column} as x from {relation} where {column} is not null limit {SAMPLE}"
    total, iso = query(f"select count(*), {_count_sql(Recognised())} from ({sample})")[0]
    return Recognised() if total == iso else None


def _all_values(query: Query, relation: str, column: str, place: str) -> str | None:
    """The order of day, month and year that most values of the form 31.12.2024 have.

    Returns a format whose undecided parts are `?1` and `?2`, or None when another form is more frequent.
    """
    sql = f"""
        select part.sign, length(part.year), count(*), max(try_cast(part.one as int)), max(try_cast(part.two as int))
        from (
            select regexp_extract({column}, {sql_text(_PARTS)}, ['one', 'sign', 'two', 'year']) as part
            from {relation}
            where {column} is not null
        )
        group by all
        order by 3 desc, 1, 2
    """
    groups = query(sql)
    if not groups or not groups[0][0]:
        return None
    sign, digits, _, one, two = groups[0]
    year = "%Y" if digits == 4 else "%y"
    if one > 12 and two > 12:
        raise InputError(
            f"{place} holds dates with the day first (such as 31{sign}12) and others with the month first "
            f"(12{sign}31). Neither can be trusted. Make them one form, or say which is meant: {_advice(sign, year)}"
        )
    if two > 12:
        return f"%m{sign}%d{sign}{year}"
    return f"%d{sign}%m{sign}{year}" if one > 12 or sign == "." else f"?1{sign}?2{sign}{year}"


def _settle(order: str, known: set[str], place: str) -> str:
    """Decide an undecided order by the other columns of the table, which one program will have written."""
    if "?" not in order:
        return order
    sign, year = order[2], order[-2:]
    choices = {f"%d{sign}%m{sign}{year}", f"%m{sign}%d{sign}{year}"} & known
    if len(choices) == 1:
        return choices.pop()
    raise InputError(
        f"{place} has no date that shows whether the day or the month comes first (all are 12 or less). "
        f"Say it: {_advice(sign, year)}"
    )


def _advice(sign: str, year: str) -> str:
    """The line to write into the mapping."""
    return f'timestamp_format = "%d{sign}%m{sign}{year}" (or "%m{sign}%d{sign}{year}") in the mapping file.'


def _other(query: Query, relation: str, column: str) -> Recognised | None:
    """The rarer format that most of the first values have, or ISO 8601 when none fits more of them."""
    candidates = [Recognised(), *(with_times(form) for form in _OTHERS)]
    counts = ", ".join(_count_sql(form) for form in candidates)
    sample = f"select {column} as x from {relation} where {column} is not null limit {SAMPLE}"
    hits = query(f"select {counts} from ({sample})")[0]
    best = max(range(len(candidates)), key=lambda index: (hits[index], -index))
    return candidates[best]


def _count_sql(form: Recognised) -> str:
    """SQL that counts the values of a form in x."""
    return f"count({timestamp_sql('x', 'VARCHAR', form.formats)})"
