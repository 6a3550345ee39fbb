"""Questions about what customers say and how they are served. The formulas stand in docs/experience.md.

Shares are 0 to 1 with the ends of their 95 % interval as low and high; NPS is −100 to 100, CES 1 to 7.
"""

from typing import Literal

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record

ScoreDimension = Literal["shop", "month", "channel", "topic"]
_NEEDED = {
    "experience_scores", "experience_service", "experience_detractors", "experience_loop", "experience_support",
    "experience_support_strata", "experience_notes",
}  # fmt: skip


def has_experience(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes these figures."""
    return set(column(cursor, "select table_name from duckdb_tables()")) >= _NEEDED


def experience_scores(cursor: Cursor, dimension: ScoreDimension = "shop") -> pd.DataFrame:
    """One row per group, kind (csat, nps, ces) and source (survey, ticket): value, interval, n, response rate."""
    return frame(
        cursor,
        "from experience_scores where dimension = $dimension order by month, kind, source, n desc, group_name",
        {"dimension": dimension},
    )


def experience_service(cursor: Cursor, dimension: ScoreDimension = "shop") -> pd.DataFrame:
    """One row per group, months oldest first, others by tickets: hours to reply and solution, reopened share."""
    return frame(
        cursor,
        "from experience_service where dimension = $dimension order by month, tickets desc, group_name",
        {"dimension": dimension},
    )


def experience_detractors(cursor: Cursor, limit: int = 200) -> pd.DataFrame:
    """One row per customer whose last NPS answer was 0 to 6, with name and value at risk: first who still waits."""
    return frame(
        cursor,
        """
        select detractors.*, list.name, list.churn_risk, list.expected_value, list.value_at_risk
        from experience_detractors as detractors
        left join customer_list as list using (customer_id)
        order by closed_at is not null, list.value_at_risk desc nulls last, answered_at, survey_id
        limit $limit
        """,
        {"limit": limit},
    )


def experience_waiting(cursor: Cursor) -> Record:
    """How many detractors there are, how many of them wait for a call back, and how many of these are overdue."""
    return (
        record(
            cursor,
            """
        select
            count(*) as detractors,
            count(*) filter (state = 'waiting') as waiting,
            count(*) filter (state = 'overdue') as overdue,
        from experience_detractors
        """,
        )
        or {}
    )


def experience_loop(cursor: Cursor, months: int = 13) -> pd.DataFrame:
    """One row per month of answers, oldest first: detractors, those due, closed within 48 hours, the share."""
    return frame(
        cursor,
        "select * from (select * from experience_loop order by month desc limit $months) order by month",
        {"months": months},
    )


def experience_support(cursor: Cursor) -> pd.DataFrame:
    """Two rows, crude before adjusted: churn with and without a ticket in the 90 days before; empty if too few."""
    return frame(cursor, "from experience_support order by part desc")


def experience_support_strata(cursor: Cursor, dimension: Literal["outcome", "wait"] = "outcome") -> pd.DataFrame:
    """One row per stratum in order: churn with interval, and the difference from customers alike without contact."""
    return frame(
        cursor,
        "from experience_support_strata where dimension = $dimension order by place",
        {"dimension": dimension},
    )


def experience_notes(cursor: Cursor) -> pd.DataFrame:
    """One row per part that cannot be shown (scores, service, detractors, support): the sentence why."""
    return frame(cursor, "from experience_notes order by part")
