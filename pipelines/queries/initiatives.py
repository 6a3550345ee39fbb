"""Questions about service initiatives: who could come in, what happens without one, what those launched changed."""

import pandas as pd

from pipelines.queries.rows import Cursor, column, frame

_NEEDED = {"initiative_customers", "initiative_bases", "initiative_results", "initiative_checks"}


def has_initiatives(cursor: Cursor) -> bool:
    """Whether the scores were published by a version that also publishes these figures."""
    return set(column(cursor, "select table_name from duckdb_tables()")) >= _NEEDED


def initiative_sizes(cursor: Cursor) -> dict[str, int]:
    """How many customers meet each trigger at the last scoring."""
    rows = cursor.execute("select trigger, count(*) from initiative_customers group by trigger").fetchall()
    return {str(trigger): int(customers) for trigger, customers in rows}


def initiative_bases(cursor: Cursor) -> pd.DataFrame:
    """One row per trigger, window and outcome: what happened to customers alike without an initiative, and the inflow.

    `value` is the mean over `n` of `customers`; `new_per_week` how many meet the trigger anew in a week.
    """
    return frame(cursor, "from initiative_bases order by trigger, window_days, outcome")


def initiative_results(cursor: Cursor) -> pd.DataFrame:
    """One row per launched initiative and outcome, the primary one first; figures only once they may be read."""
    return frame(
        cursor, "from initiative_results order by started_on desc, campaign_id, role = 'primary' desc, outcome"
    )


def initiative_checks(cursor: Cursor) -> pd.DataFrame:
    """One row per launched initiative and check with its verdict in words; what is not in order first."""
    return frame(cursor, "from initiative_checks order by campaign_id, is_ok, check_name")
