"""Questions about what is suggested to whom: action by segment, the plan, and the rows that one press works on."""

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record
from pipelines.queries.worklist import ANYBODY, ListFilter, Marked, where_sql


def has_suggestions(cursor: Cursor) -> bool:
    """Whether the list says what is suggested to whom; one made by an older version does not."""
    named = "table_name = 'customer_list' and column_name = 'action_title'"
    return bool(cursor.execute(f"select 1 from duckdb_columns() where {named}").fetchall())


def action_map(cursor: Cursor, chosen: ListFilter, marked: Marked = ANYBODY) -> pd.DataFrame:
    """One row per segment and suggested action of the filtered list: customers and expected net."""
    where, values = where_sql(chosen, marked)
    return frame(
        cursor,
        f"""
        select segment, action, count(*) as customers, sum(expected_net) as expected_net,
        from customer_list where {where} and action is not null and segment is not null
        group by segment, action order by segment, action
        """,
        values,
    )


def plan_totals(cursor: Cursor) -> Record:
    """The published plan: customers, net, cost and agent hours with what is allowed of both (None without a limit).

    Empty where no plan was published.
    """
    if not has_tables(cursor, "plan_summary", "plan_limits"):
        return {}
    found = record(
        cursor,
        """
        select contacted, expected_net, cost, agent_minutes / 60.0 as agent_hours,
            (select any_value(allowed) from plan_limits where limit_name = 'budget') as budget,
            (select any_value(allowed) from plan_limits where limit_name = 'agent_hours') as allowed_hours,
        from plan_summary
        """,
    )
    return found or {}


def suggested(
    cursor: Cursor, chosen: ListFilter, marked: Marked = ANYBODY, limit: int = 5_000
) -> list[tuple[str, str | None]]:
    """Customers of the filtered list with the suggested action (None without one), most expected net first."""
    where, values = where_sql(chosen, marked)
    rows = cursor.execute(
        f"select customer_id, action from customer_list where {where} "
        "order by expected_net desc nulls last, rowid limit $limit",
        {**values, "limit": limit},
    )
    return [(customer, action) for customer, action in rows.fetchall()]


def has_tables(cursor: Cursor, *names: str) -> bool:
    """Whether the warehouse holds all of these tables; one made by an older version may not."""
    found = cursor.execute("select table_name from duckdb_tables() where list_contains($names, table_name)",
                           {"names": list(names)})  # fmt: skip
    return len(found.fetchall()) == len(set(names))
