"""Questions of the overview: one sentence, retention ahead with its band, top risks and top experiments."""

from typing import Literal

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record

Measure = Literal["month", "horizon"]
_NEEDED = {"retention_forecast", "overview_sentence", "overview_risks", "overview_experiments"}


def has_overview(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes these tables."""
    return set(column(cursor, "select table_name from duckdb_tables()")) >= _NEEDED


def retention_forecast(cursor: Cursor, measure: Measure = "month") -> pd.DataFrame:
    """One row per month, oldest first: expected, low, high (shares), and actual where the month is over.

    Measure `month` is the retention rate of kpi_months, `horizon` the share of customers who stayed over the horizon.
    """
    return frame(
        cursor,
        """
        select told.* from retention_forecast as told
        inner join run_info on told.as_of_date <= run_info.as_of_date
        where measure = $measure order by month
        """,
        {"measure": measure},
    )


def overview_sentence(cursor: Cursor) -> Record:
    """The sentence, its clauses as JSON in `parts`, and a note on what is missing."""
    return record(cursor, "from overview_sentence") or {}


def overview_risks(cursor: Cursor) -> pd.DataFrame:
    """Up to three rows, gravest first."""
    return frame(cursor, "from overview_risks order by rank")


def overview_experiments(cursor: Cursor) -> pd.DataFrame:
    """Up to three rows, most telling first."""
    return frame(cursor, "from overview_experiments order by rank")
