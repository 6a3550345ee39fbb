"""From which group to which: everybody's segment and stage on earlier days, counted, and what came of each group."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from models.lifecycle import Thresholds
from models.past_states import Orders, states_on
from pipelines.config import Settings

DIMENSIONS = ("segment", "lifecycle_stage")
NOT_YET = "No order yet"
MONTHS_BACK = (*range(1, 13), 15, 18, 21, 24)  # every month of a year, every quarter of the one before
_NEAR_DAYS = 12  # a day with a known outcome stands in for an offered one this near
_EPOCH = date(1970, 1, 1)
_TABLES = {
    "segment_moves": "dimension varchar, from_on date, to_on date, from_group varchar, to_group varchar, "
    "customers bigint, value_at_risk double",
    "segment_outcomes": "dimension varchar, as_of_date date, until date, group_name varchar, customers bigint, "
    "churned bigint",
}


@dataclass(frozen=True)
class States:
    """The group of every customer number on each day, by its place in `names`; place 0 has no order yet."""

    dimension: str
    names: list[str]
    place: dict[date, np.ndarray]

    def counted(self, start: date, end: date, worth: np.ndarray | None) -> pd.DataFrame:
        """One row per pair of groups that occurs: customers, and what they are worth where it is known."""
        size = len(self.names)
        pair = self.place[start] * size + self.place[end]
        count = np.bincount(pair, minlength=size * size)
        count[0] = 0  # who had not ordered on either day
        money = None if worth is None else np.bincount(pair, weights=worth, minlength=size * size)
        at = np.flatnonzero(count)
        names = np.array(self.names, dtype=object)
        return pd.DataFrame(
            {
                "dimension": self.dimension,
                "from_on": start,
                "to_on": end,
                "from_group": names[at // size],
                "to_group": names[at % size],
                "customers": count[at],
                "value_at_risk": np.full(len(at), np.nan) if money is None else money[at],
            }
        )


def moves_into(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> list[date]:
    """Write tables segment_moves and segment_outcomes; returns the days that can be compared, oldest first.

    Reads order_facts, snapshots, churn_labels and customer_numbers by their bare names, and customer_segments and
    customer_scores in `con`. The states of `as_of` are the published ones, so that counts agree with every page.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    present = _present(con)
    orders = _orders(con, as_of)
    known = _known_outcome(con, settings, as_of)
    days = [day for day in _days(as_of, known) if len(orders.day) and orders.day.min() < _number(day)]
    past = {day: states_on(orders, _number(day), Thresholds(**settings.lifecycle.model_dump())) for day in days}
    for dimension in DIMENSIONS:
        states = _states(dimension, past, present, as_of)
        _append(con, "segment_moves", _moves(states, present))
        if known in days:
            horizon = timedelta(days=settings.churn.horizon_days)
            _append(con, "segment_outcomes", _outcomes(states, _labels(con, known), known, known + horizon))
    return [*days, as_of]


def _present(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per customer of the present day: number, groups, value at risk; who never ordered is numbered last."""
    return con.execute(
        """
        select
            coalesce(
                known.customer_number,
                (select coalesce(max(customer_number), 0) from customer_numbers)
                    + row_number() over (partition by known.customer_number is null order by customer_id)
            ) as customer,
            present.segment,
            present.lifecycle_stage,
            coalesce(scores.churn_risk * scores.expected_value, 0) as value_at_risk,
        from customer_segments as present
        left join customer_numbers as known using (customer_id)
        left join customer_scores as scores using (customer_id)
        """
    ).df()


def _orders(con: duckdb.DuckDBPyConnection, as_of: date) -> Orders:
    """Every order before the day."""
    found = con.execute(
        "select customer_number as customer, date_diff('day', date '1970-01-01', ordered_on) as day, revenue"
        " from order_facts where ordered_on < ?",
        [as_of],
    ).fetchnumpy()
    return Orders.of(*(np.asarray(found[name]) for name in ("customer", "day", "revenue")))


def _known_outcome(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> date | None:
    """The newest snapshot whose horizon was over on the day."""
    over = as_of - timedelta(days=settings.churn.horizon_days)
    found: date | None = con.execute(
        "select max(as_of_date) from snapshots where is_labelled and as_of_date <= ?", [over]
    ).fetchall()[0][0]
    return found


def _days(as_of: date, known: date | None) -> list[date]:
    """The days offered beside `as_of`, oldest first."""
    wanted = [(pd.Timestamp(as_of) - pd.DateOffset(months=months)).date() for months in MONTHS_BACK]
    if known is None:
        return sorted(wanted)
    return sorted({*(day for day in wanted if abs((day - known).days) > _NEAR_DAYS), known})


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _states(dimension: str, past: dict[date, pd.DataFrame], present: pd.DataFrame, as_of: date) -> States:
    """The states of all days over one list of names."""
    frames = {**past, as_of: present}
    names = [NOT_YET, *sorted({name for frame in frames.values() for name in frame[dimension].unique()})]
    size = int(present["customer"].max()) + 1 if len(present) else 1
    place = {day: np.zeros(size, dtype=np.int64) for day in frames}
    for day, frame in frames.items():
        place[day][frame["customer"].to_numpy(dtype=np.int64)] = pd.Index(names).get_indexer(frame[dimension])
    return States(dimension, names, place)


def _moves(states: States, present: pd.DataFrame) -> pd.DataFrame:
    """Counts for every two days, the earlier first; what is at stake is known for the newest alone."""
    days = sorted(states.place)
    worth = np.zeros(len(states.place[days[-1]]))
    worth[present["customer"].to_numpy(dtype=np.int64)] = present["value_at_risk"]
    pairs = [(start, end) for at, start in enumerate(days) for end in days[at + 1 :]]
    parts = [states.counted(start, end, worth if end == days[-1] else None) for start, end in pairs]
    return pd.concat(parts) if parts else pd.DataFrame()


def _labels(con: duckdb.DuckDBPyConnection, day: date) -> pd.DataFrame:
    """One row per customer looked at on a past day: number, and whether they churned."""
    return con.execute(
        "select customer_number as customer, churned from churn_labels join customer_numbers using (customer_id)"
        " where as_of_date = ? and churned is not null",
        [day],
    ).df()


def _outcomes(states: States, labels: pd.DataFrame, day: date, until: date) -> pd.DataFrame:
    """What came of each group of a past day: how many were looked at, and how many of them churned."""
    customer = labels["customer"].to_numpy(dtype=np.int64)
    is_here = customer < len(states.place[day])
    group = states.place[day][customer[is_here]]
    names = np.array(states.names, dtype=object)
    told = pd.DataFrame({"group_name": names[group], "churned": labels["churned"].to_numpy(dtype=bool)[is_here]})
    counted = told.groupby("group_name")["churned"].agg(customers="size", churned="sum").reset_index()
    return counted.assign(dimension=states.dimension, as_of_date=day, until=until)


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Append rows by the names of their columns."""
    if len(rows):
        con.register("moved_rows", rows)
        con.execute(f"insert into {table} by name select * from moved_rows")
        con.unregister("moved_rows")
