"""Which rows belong to a table, how they belong together, and how amounts come about: told from the values."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from pipelines.column_look import ColumnLook
from pipelines.conversions import Signs, number_sql, text_sql
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW
from pipelines.suggest_columns import Match, writes_comma
from pipelines.upload_draft import Filter
from pipelines.upload_look import HEAD_ROWS

_SAME = 0.01  # relative difference up to which two amounts are the same
Matches = dict[str, Match]


@dataclass(frozen=True)
class Sample:
    """The sample of one relation: a connection's table and how it writes numbers."""

    con: DuckDBPyConnection
    table: str
    signs: Signs

    def head(self, select: str) -> tuple:
        """One row of figures over the first rows, which lie together as in the file."""
        found: tuple = self.con.execute(f"select {select} from {self.table} where {ROW} <= {HEAD_ROWS}").fetchall()[0]
        return found

    def number(self, look: ColumnLook) -> str:
        """A column's number."""
        return number_sql(quoted(look.name), look.native, self.signs)

    def text(self, look: ColumnLook) -> str:
        """A column's text."""
        return text_sql(quoted(look.name), look.native)


def signs_of(looks: list[ColumnLook]) -> Signs:
    """How a table's numbers are written: the decimal comma when a column needs it and none forbids it."""
    texts = [look for look in looks if look.native == "VARCHAR" and look.is_number]
    commas = [look for look in texts if writes_comma(look)]
    points = [look for look in texts if look.has_point and look.point >= 0.95 and not writes_comma(look)]
    if commas and len(commas) >= len([look for look in points if look.comma < 0.95]):
        return Signs(",", ".")
    return Signs(".", "," if any(look.grouped_point for look in points) else "")


def rows_per_key(sample: Sample, keys: list[Match]) -> float:
    """Rows per different key among the first rows."""
    key = ", ".join(sample.text(match.look) for match in keys)
    where = f"filter ({sample.text(keys[0].look)} is not null)"
    rows, different = sample.head(f"count(*) {where}, count(distinct ({key})) {where}")
    return rows / different if different else 1.0


def is_product(sample: Sample, total: ColumnLook, quantity: ColumnLook, price: ColumnLook) -> bool:
    """Whether an amount is the quantity times the price in nearly every row."""
    amount, product = sample.number(total), f"({sample.number(quantity)}) * ({sample.number(price)})"
    (share,) = sample.head(f"avg((abs({amount} - {product}) <= {_SAME} * abs({product}) + 0.01)::int)")
    return (share or 0.0) >= 0.9


def is_repeated(sample: Sample, total: ColumnLook, order: ColumnLook) -> bool:
    """Whether an amount is the order's, repeated on each of its rows, and so must not be summed."""
    found = sample.con.execute(f"""
        select avg((lowest = highest)::int), count(*)
        from (
            select min({sample.number(total)}) as lowest, max({sample.number(total)}) as highest
            from {sample.table}
            where {ROW} <= {HEAD_ROWS}
            group by {sample.text(order)}
            having count(*) > 1
        )
    """).fetchall()[0]
    return bool(found[1] >= 20 and found[0] >= 0.98)


def forward_reading(sample: Sample, look: ColumnLook) -> str | None:
    """Of two readings of a date the one in which the file runs in order of time, where the other does not."""
    steps = [_steps(sample, look, form) for form in look.date_choices]
    back = [min(before, after) for before, after in steps]  # newest first is an order as well
    best = back.index(min(back))
    is_plain = back[1 - best] >= 3 and back[1 - best] > 3 * back[best] + 0.02 * sum(steps[1 - best])
    return look.date_choices[best] if is_plain else None


def _steps(sample: Sample, look: ColumnLook, form: str) -> tuple[int, int]:
    """Changes of the day from row to row, back and forth in time."""
    day = f"try_strptime({sample.text(look)}, {sql_text(form)})::date"
    found: tuple[int, int] = sample.con.execute(f"""
        select count(*) filter (day < before), count(*) filter (day > before)
        from (
            select {day} as day, lag({day}) over (order by {ROW}) as before
            from {sample.table}
            where {ROW} <= {HEAD_ROWS}
        )
    """).fetchall()[0]
    return found


def filters(sample: Sample, found: Matches) -> tuple[Filter, ...]:
    """Conditions that the rows of purchases must meet, each only where the sample holds rows that do not."""
    listed: list[Filter | None] = [
        _with_customer(found.get("customer_id")),
        _not_cancelled(found.get("order_id")),
        _positive(sample, found.get("quantity"), "quantity", "Leave out rows without a positive quantity"),
        _positive(sample, found.get("unit_price"), "unit_price", "Leave out rows without a positive price"),
        _articles(found.get("product_id")),
    ]
    return tuple(entry for entry in listed if entry)


def _with_customer(match: Match | None) -> Filter | None:
    if match is None or match.look.filled >= 1:
        return None
    words = f"Leave out rows without customer ({1 - match.look.filled:.0%} of them)"
    return Filter(key="customer", words=words, sql=f"{quoted(match.look.name)} is not null")


def _not_cancelled(match: Match | None) -> Filter | None:
    """Numbers with a letter before them among plain numbers: credit notes and cancellations."""
    if match is None or not (0 < match.look.lettered < 0.3 and match.look.digits > 0.65 and match.look.letter):
        return None
    letter = match.look.letter
    words = f"Leave out cancellations: numbers that begin with {letter} ({match.look.lettered:.1%} of rows)"
    return Filter(key="cancelled", words=words, sql=f"{quoted(match.look.name)} not like {sql_text(letter + '%')}")


def _positive(sample: Sample, match: Match | None, key: str, words: str) -> Filter | None:
    if match is None:
        return None
    (share,) = sample.con.execute(
        f"select avg(({sample.number(match.look)} <= 0)::int) from {sample.table}"
    ).fetchall()[0]
    if not share:
        return None
    return Filter(key=key, words=f"{words} ({share:.1%})", sql=f"{quoted(match.look.name)} > 0")


def not_negative(sample: Sample, look: ColumnLook) -> Filter | None:
    """A condition for amounts below zero: refunds have a column of their own in the contract."""
    (share,) = sample.con.execute(f"select avg(({sample.number(look)} < 0)::int) from {sample.table}").fetchall()[0]
    if not share:
        return None
    words = f"Leave out rows with a negative amount: refunds and corrections ({share:.1%})"
    return Filter(key="amount", words=words, sql=f"{quoted(look.name)} >= 0")


def _articles(match: Match | None) -> Filter | None:
    """Codes such as POST or BANK CHARGES among codes with digits: fees, not goods."""
    if match is None or not match.look.fees or match.look.wordy > 0.2:
        return None
    codes = match.look.fees
    shown = ", ".join(codes[:4]) + (f" and {len(codes) - 4} more" if len(codes) > 4 else "")
    listed = ", ".join(map(sql_text, codes))
    return Filter(
        key="articles", words=f"Leave out postage, fees and corrections ({shown})",
        sql=f"{quoted(match.look.name)} not in ({listed})",
    )  # fmt: skip
