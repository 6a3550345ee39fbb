"""Questions about what is suggested to whom: action by segment, the plan, and the rows that one press works on."""

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record, records
from pipelines.queries.worklist import ANYBODY, ListFilter, Marked, where_sql


def waiting(cursor: Cursor) -> dict[str, int]:
    """How many of those looked at wait by which rule, most first; empty where an older version made the list."""
    if not _says_who_waits(cursor):
        return {}
    found = cursor.execute(
        "select blocked_by, count(*) from customer_list where is_eligible and blocked_by is not null "
        "group by blocked_by order by count(*) desc, blocked_by"
    )
    return dict(found.fetchall())


def _says_who_waits(cursor: Cursor) -> bool:
    """Whether the list has the columns of suggestions; one made by an older version has not."""
    named = "table_name = 'customer_list' and column_name = 'action_title'"
    return bool(cursor.execute(f"select 1 from duckdb_columns() where {named}").fetchall())


def suggestion_titles(cursor: Cursor) -> dict[str, str]:
    """The actions suggested to anybody in the catalogue's order: id → title.

    Empty where nothing is suggested to anybody, or where an older version made the list.
    """
    if not _says_who_waits(cursor):
        return {}
    found = cursor.execute(
        "select action, title from actions where action in (select action from customer_list) order by place"
    )
    return dict(found.fetchall())


def persona_names(cursor: Cursor) -> dict[str, str]:
    """Personas that customers can be filtered by, most value at risk first: id → name; empty where there are none."""
    if not has_tables(cursor, "personas", "customer_personas"):
        return {}
    return dict(cursor.execute("select persona_id, name from personas order by rowid").fetchall())


def proactive_states(cursor: Cursor) -> dict[str, int]:
    """Troubles found before a ticket exists, with the customers on the list who have them, most first.

    Empty where there is none, or where an older version made the list.
    """
    if not has_tables(cursor, "proactive_service"):
        return {}
    found = cursor.execute(
        "select state, count(*) from proactive_service inner join customer_list using (customer_id) "
        "where is_eligible group by state order by count(*) desc, state"
    )
    return dict(found.fetchall())


def knows_troubles(cursor: Cursor) -> bool:
    """Whether the scores were made by a version that looks for trouble without a ticket."""
    return has_tables(cursor, "proactive_service")


def customer_troubles(cursor: Cursor, customer_id: str) -> list[Record]:
    """What went wrong for a customer who has not written about it, newest first; empty from an older version's list."""
    if not has_tables(cursor, "proactive_service"):
        return []
    return records(
        cursor,
        "from proactive_service where customer_id = $customer_id order by found_on desc, state",
        {"customer_id": customer_id},
    )


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


def planned_totals(cursor: Cursor, chosen: ListFilter, marked: Marked = ANYBODY) -> Record:
    """How many customers of the filtered list the plan holds (`planned`), and what it earns with them."""
    where, values = where_sql(chosen, marked)
    found = record(
        cursor,
        f"""
        select count(*) as planned, coalesce(sum(expected_net), 0) as planned_net,
        from customer_list where {where} and is_planned
        """,
        values,
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
