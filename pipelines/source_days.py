"""Rows per day of every source table, and of the parts of it that can stop on their own: kinds of rows, columns."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from models.breaks import MISSING, STOPPED, Break, breaks_of
from pipelines.quoting import quoted
from pipelines.warehouse import tables

MOMENTS = {
    "orders": "ordered_at", "customers": "signed_up_at", "consents": "changed_at", "support_tickets": "opened_at",
    "surveys": "answered_at", "touchpoints": "occurred_at", "contacts": "contacted_at", "subscriptions": "started_at",
}  # fmt: skip
# Filled in for most rows and soon after the row itself, so that nothing for weeks means nobody writes it any more.
_COLUMNS = {
    "orders": ("delivered_at", "promised_at", "shipping_fee", "channel"),
    "support_tickets": ("first_replied_at", "solved_at", "satisfaction", "topic"),
}
_KINDS = {"surveys": "kind", "touchpoints": "kind"}
_LINES = "order_lines"
_MANY_LINES = 2_000_000  # beyond, days are counted on a fixed part of the orders
_ODD = 1 / 16


@dataclass(frozen=True)
class SourceBreak:
    """A break of a table, or of a part of it (`column` or the kind of row as `part`)."""

    table: str
    part: str
    found: Break

    @property
    def what(self) -> str:
        """What broke, in words: `support tickets`, `support tickets, first reply`."""
        name, part = (text.removesuffix("_at").replace("_", " ") for text in (self.table, self.part))
        return f"{name}, {part}" if part else name

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        if self.found.kind == MISSING:
            usual, seen = (f"{share:.0%}" for share in (self.found.usual, self.found.seen))
            return f"{self._name}: of {usual} of the customers something was known, of {seen} {self._since}"
        usual, seen = (f"{rate:,.1f}" for rate in (self.found.usual, self.found.seen))
        told = "nothing came" if self.found.kind == STOPPED else f"{seen} rows a day came"
        return f"{self._name}: {told} {self._since}, {usual} a day before"

    @property
    def _name(self) -> str:
        return self.what[0].upper() + self.what[1:]

    @property
    def _since(self) -> str:
        start, end = self.found.started_on, self.found.ended_on
        if end is None:
            return f"since {start:%-d %b %Y}"
        return f"from {start:%-d %b %Y} to {end - timedelta(days=1):%-d %b %Y}"


def source_breaks(con: duckdb.DuckDBPyConnection, alias: str) -> list[SourceBreak]:
    """Breaks of every dated table of the attached store `alias`, by day; what stopped as a whole hides its parts."""
    series = {name: days for name in MOMENTS if (days := _days_of(con, alias, name)) is not None}
    end = _last_day({name: days.index.max().date() for name, days in series.items()})
    if f"{alias}.{_LINES}" in tables(con) and "orders" in series:
        series[_LINES] = _line_days(con, alias)
    found: list[SourceBreak] = []
    for name, days in series.items():
        whole = [SourceBreak(name, "", each) for each in _breaks(days["rows"], end)]
        parts = [
            SourceBreak(name, str(column), each)
            for column in days.columns.drop("rows")
            for each in _breaks(days[column], end)
            if each.kind == STOPPED and not any(_meet(each, other.found) for other in whole)
        ]
        found += whole + parts
    return sorted(found, key=lambda one: (one.found.started_on, one.table, one.part))


def _last_day(ends: dict[str, date]) -> date:
    """The last day that anything is known of: that of orders or, if orders stopped, the second newest of all.

    Not the newest, so that one stray row moves nothing.
    """
    return max(ends.get("orders", date.min), *sorted(ends.values())[-2:-1], date.min)


def _days_of(con: duckdb.DuckDBPyConnection, alias: str, name: str) -> pd.DataFrame | None:
    """Rows per day of a table, in column `rows`, and of its parts; None where the table is not there or empty."""
    table, moment = f"{alias}.{name}", MOMENTS[name]
    if table not in tables(con):
        return None
    filled = "".join(f", count({column}) as {column}" for column in _COLUMNS.get(name, ()))
    frame = con.execute(
        f"select cast({moment} as date) as day, count(*) as rows{filled} from {table}"
        f" where {moment} is not null group by day order by day"
    ).df()
    if frame.empty:
        return None
    frame = frame.set_index(pd.to_datetime(frame.pop("day")))
    if name in _KINDS:
        kinds = con.execute(
            f"select cast({moment} as date) as day, {quoted(_KINDS[name])} as kind, count(*) as rows from {table}"
            f" where {moment} is not null group by all"
        ).df()
        frame = frame.join(kinds.assign(day=pd.to_datetime(kinds["day"])).pivot(index="day", columns="kind")["rows"])
    return frame


def _line_days(con: duckdb.DuckDBPyConnection, alias: str) -> pd.DataFrame:
    """Lines per day of their orders, of a fixed part of the orders where there are many."""
    rows = con.execute(f"select count(*) from {alias}.{_LINES}").fetchall()[0][0]
    part = f"where hash(order_id) % 64 < {64 * _ODD}" if rows > _MANY_LINES else ""
    frame = con.execute(
        f"""
        select cast(orders.ordered_at as date) as day, count(*) as rows
        from (select order_id from {alias}.{_LINES} {part}) as lines
        join (select order_id, ordered_at from {alias}.orders {part}) as orders using (order_id)
        where orders.ordered_at is not null group by day order by day
        """
    ).df()
    return frame.set_index(pd.to_datetime(frame.pop("day")))


def _breaks(counts: pd.Series, end: date) -> list[Break]:
    """Breaks of one series up to a day; days without a row count as none."""
    counts = counts[counts.index <= pd.Timestamp(end)].dropna()
    if counts.empty:
        return []
    first = counts.index.min().date()
    days = pd.date_range(first, end, freq="D")
    return breaks_of(first, counts.reindex(days, fill_value=0).to_numpy(dtype=np.int64))


def _meet(one: Break, other: Break) -> bool:
    """Whether two breaks share a day, or one follows the other within a week."""
    far, week = date.max - timedelta(days=8), timedelta(days=7)
    return one.started_on <= (other.ended_on or far) + week and other.started_on <= (one.ended_on or far) + week
