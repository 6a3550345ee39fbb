"""Questions about the journey map: touchpoint × lifecycle stage. The formulas stand in docs/journey.md.

Shares are 0 to 1 with the ends of their 95 % interval as low and high. A cell goes by `touchpoint|stage`.
"""

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record

_NEEDED = {"journey_cells", "journey_stages", "journey_customers", "journey_info"}


def has_journey(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes the journey."""
    return set(column(cursor, "select table_name from duckdb_tables()")) >= _NEEDED


def journey_info(cursor: Cursor) -> Record:
    """The days the map looks at, the horizon, and what it lacks."""
    return record(cursor, "from journey_info") or {}


def journey_stages(cursor: Cursor) -> pd.DataFrame:
    """One row per lifecycle stage: churn of everybody at the stage on a day of each month, with n customers."""
    return frame(cursor, "from journey_stages order by stage_place")


def journey_cells(cursor: Cursor) -> pd.DataFrame:
    """One row per touchpoint and stage that occurs: volume, rating, drop-off, churn after it beside customers alike."""
    return frame(cursor, "from journey_cells order by touchpoint_place, stage_place")


def journey_customers(cursor: Cursor, cell: str, limit: int = 100) -> pd.DataFrame:
    """Customers on the list who were in a cell in the newest horizon: most value at risk first, nobody held out."""
    return frame(
        cursor,
        """
        select list.customer_id, list.name, here.happened_on, here.times, list.churn_risk, list.expected_value,
            list.value_at_risk, list.top_reason
        from journey_customers as here
        join customer_list as list using (customer_id)
        where here.cell = $cell and list.is_eligible and not coalesce(list.is_held_out, false)
        order by list.value_at_risk desc nulls last, here.happened_on desc, list.customer_id
        limit $limit
        """,
        {"cell": cell, "limit": limit},
    )


def journey_listed(cursor: Cursor) -> dict[str, int]:
    """Customers on the list per cell of the newest horizon, without those held out.

    Empty where an older version made the list.
    """
    if not has_journey(cursor):
        return {}
    return dict(
        cursor.execute(
            "select cell, count(*) from journey_customers join customer_list using (customer_id)"
            " where is_eligible and not coalesce(is_held_out, false) group by cell order by cell"
        ).fetchall()
    )
