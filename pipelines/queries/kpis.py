"""Questions about the shop as a whole, month by month: customers kept, revenue kept, cohorts, steps, value.

The formulas stand in docs/kpis.md. A month still running (`is_running`) has counts to date and no rate.
"""

from typing import Literal

import pandas as pd

from pipelines.queries.rows import Cursor, column, frame

Dimension = Literal["shop", "segment", "lifecycle_stage"]
_NEEDED = {"kpi_months", "kpi_bridge", "kpi_cohorts", "kpi_steps", "kpi_values", "kpi_value_at_risk"}


def has_kpis(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes these figures."""
    return set(column(cursor, "select table_name from duckdb_tables()")) >= _NEEDED


def kpi_months(cursor: Cursor, months: int = 25) -> pd.DataFrame:
    """One row per month, oldest first, the newest `months` of them: customers, rates (shares), money."""
    return frame(
        cursor,
        "select * from (select * from kpi_months order by month desc limit $months) order by month",
        {"months": months},
    )


def kpi_bridge(cursor: Cursor, months: int = 13) -> pd.DataFrame:
    """One row per month, oldest first: start + expansion − contraction − churned + won_back + new = end."""
    return frame(
        cursor,
        "select * from (select * from kpi_bridge order by month desc limit $months) order by month",
        {"months": months},
    )


def kpi_cohorts(cursor: Cursor, cohorts: int = 12) -> pd.DataFrame:
    """One row per month of the first order, the newest `cohorts` of them, and month since: retained, share, revenue."""
    return frame(
        cursor,
        """
        select * from kpi_cohorts
        where cohort in (select distinct cohort from kpi_cohorts order by cohort desc limit $cohorts)
        order by cohort, month
        """,
        {"cohorts": cohorts},
    )


def kpi_steps(cursor: Cursor) -> pd.DataFrame:
    """One row per period (latest, before) and step 1 to 3; empty in a shop too young or small for the question."""
    return frame(cursor, "from kpi_steps order by period desc, step")


def kpi_values(cursor: Cursor, dimension: Dimension = "shop") -> pd.DataFrame:
    """One row per group of a dimension, most value at risk first: what its customers earned and are expected to."""
    return frame(
        cursor,
        "from kpi_values where dimension = $dimension order by value_at_risk desc nulls last, group_name",
        {"dimension": dimension},
    )


def kpi_value_at_risk(cursor: Cursor) -> pd.DataFrame:
    """One row per day that a run scored by the definition of now, oldest first: expected to leave, value at risk."""
    return frame(
        cursor,
        """
        select past.*
        from kpi_value_at_risk as past
        inner join run_info as now
            on past.horizon_days = now.horizon_days and past.eligibility = now.eligibility
            and past.as_of_date <= now.as_of_date
        order by past.as_of_date
        """,
    )
