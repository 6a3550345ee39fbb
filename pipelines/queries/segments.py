"""Questions about groups of customers: value and risk, RFM, lifecycle, personas, moves between days, loyalty."""

from datetime import date
from typing import Literal

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record, records

Dimension = Literal["segment", "lifecycle_stage"]
_NEEDED = ("value_edges", "value_risk_map", "segment_groups", "rfm_grid", "segment_moves", "loyalty_profile",
           "personas", "persona_state", "customer_personas")  # fmt: skip


def has_segments(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes groups."""
    return set(_NEEDED) <= set(column(cursor, "select table_name from duckdb_tables()"))


def value_edges(cursor: Cursor) -> list[Record]:
    """The classes of expected value from low to high: value_class, value_from, value_to (None above the last)."""
    return records(cursor, "from value_edges order by value_class")


def value_risk_map(cursor: Cursor) -> pd.DataFrame:
    """One row per class of expected value and risk band: customers, value at risk, what acting would earn."""
    return frame(cursor, "from value_risk_map")


def segment_groups(cursor: Cursor, dimension: Dimension) -> pd.DataFrame:
    """One row per group of a dimension, most value at risk first: size, rhythm, money, risk, last outcome."""
    return frame(cursor, "from segment_groups where dimension = $dimension", {"dimension": dimension})


def rfm_grid(cursor: Cursor) -> pd.DataFrame:
    """One row per square of recency and mean of frequency and money (fifths, 5 is best): its group and customers."""
    return frame(cursor, "from rfm_grid")


def move_days(cursor: Cursor) -> list[date]:
    """The days whose groups can be compared, newest first."""
    found = records(
        cursor, "select from_on as day from segment_moves union select to_on from segment_moves order by 1 desc"
    )
    return [row["day"] for row in found]


def moves(cursor: Cursor, dimension: Dimension, from_on: date, to_on: date) -> pd.DataFrame:
    """One row per pair of groups between two days: customers and, up to the newest day, their value at risk now."""
    return frame(
        cursor,
        """
        select from_group, to_group, customers, value_at_risk
        from segment_moves where dimension = $dimension and from_on = $from_on and to_on = $to_on
        order by customers desc, from_group, to_group
        """,
        {"dimension": dimension, "from_on": from_on, "to_on": to_on},
    )


def loyalty_profile(cursor: Cursor) -> pd.DataFrame:
    """One row per RFM group (the whole shop under an empty name) and kind of bond: score 0 to 100 and evidence."""
    return frame(cursor, "from loyalty_profile")


def personas(cursor: Cursor) -> pd.DataFrame:
    """One row per persona, most value at risk first: name, rule and how good it is, money, reason, channel, play."""
    return frame(cursor, "from personas")


def persona_state(cursor: Cursor) -> Record:
    """Whether there are personas, else the sentence why not; how many, and how well they part the customers."""
    return record(cursor, "from persona_state") or {}


def persona_reason_groups(cursor: Cursor) -> pd.DataFrame:
    """One row per persona and group of features: what it adds to the log-odds, beside the whole shop's mean."""
    return frame(cursor, "from persona_reason_groups")


def bond_actions(cursor: Cursor) -> dict[str, list[str]]:
    """Titles of the catalogue's actions by the kind of bond they strengthen."""
    found: dict[str, list[str]] = {}
    for row in records(cursor, "select bond, title from actions order by place"):
        found.setdefault(row["bond"], []).append(row["title"])
    return found
