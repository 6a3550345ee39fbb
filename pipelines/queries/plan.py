"""Questions about a plan: the published one, or, on a cursor that holds another in temporary tables, that one."""

from typing import Any

import pandas as pd

from pipelines.queries.rows import Cursor, Record, column, frame, record, records

MAX_PAGE_SIZE = 500
# Each list of a plan: what it selects beside the customer, and its order.
_LISTS = {
    "left alone": ("plan_left_alone", "rows.reason, rows.rule, rows.action, rows.cost_avoided, rows.loss_avoided, "
                   "rows.net_forgone", "rows.net_forgone + rows.loss_avoided desc, rows.customer_id"),
    "displaced": ("plan_displaced", "rows.wanted, rows.given, rows.limit_name, rows.net_given_up",
                  "rows.net_given_up desc, rows.customer_id"),
    "contacted": ("customer_plan", "rows.action, rows.channel, rows.expected_net, rows.cost, rows.agent_minutes",
                  "rows.expected_net desc, rows.customer_id"),
}  # fmt: skip
_NARROWED = {
    "reason": "rows.reason = $reason",
    "rule": "rows.rule = $rule",
    "limit_name": "rows.limit_name = $limit_name",
    "action": "rows.action = $action",
}


def has_plan(cursor: Cursor) -> bool:
    """Whether the warehouse holds a plan; one published by an older version does not."""
    found = column(cursor, "select table_name from duckdb_tables() where table_name = 'plan_summary'")
    return bool(found)


def plan_summary(cursor: Cursor) -> Record:
    """What the plan is in one row: customers contacted, displaced and left alone, money, minutes, and the proof."""
    return record(cursor, "from plan_summary") or {}


def plan_limits(cursor: Cursor) -> list[Record]:
    """One record per limit that is one: allowed, used, price of the next unit, and what a step of more would earn."""
    return records(cursor, "from plan_limits order by rowid")


def plan_channels(cursor: Cursor) -> list[str]:
    """Channels of the catalogue's actions that fit somebody, for caps."""
    return column(cursor, "select distinct channel from customer_actions where channel is not null order by 1")


def action_titles(cursor: Cursor) -> dict[str, str]:
    """The title of each action of the catalogue, in its order."""
    return dict(cursor.execute("select action, title from actions order by place").fetchall())


def catalogue(cursor: Cursor) -> dict[str, Record]:
    """The actions that were published with the scores, by id, in their order: title, kind, bond, channel, costs."""
    return {row["action"]: row for row in records(cursor, "from actions order by place")}


def decisions_read_at(cursor: Cursor) -> Any:
    """When decisions were read for these scores: they know nothing of what was decided later."""
    tables = column(cursor, "select table_name from duckdb_tables()")
    source = "decisions_read" if "decisions_read" in tables else "(select finished_at as read_at from run_info)"
    return (record(cursor, f"select read_at from {source}") or {}).get("read_at")


def plan_actions(cursor: Cursor) -> pd.DataFrame:
    """One row per action of the plan, most expected net first: customers, net, cost and minutes, title and bond."""
    return frame(
        cursor,
        """
        select
            planned.action, any_value(actions.title) as title, any_value(actions.bond) as bond,
            any_value(planned.channel) as channel, count(*) as customers, sum(planned.expected_net) as expected_net,
            sum(planned.cost) as cost, sum(planned.agent_minutes) as agent_minutes,
        from customer_plan as planned left join actions on planned.action = actions.action
        group by planned.action order by expected_net desc, planned.action
        """,
    )


def plan_displaced_by(cursor: Cursor) -> pd.DataFrame:
    """One row per limit that displaced somebody: customers, of these given another action, and the net given up."""
    return frame(
        cursor,
        """
        select
            limit_name, count(*) as customers, count(given) as given_another, sum(net_given_up) as net_given_up,
        from plan_displaced group by limit_name order by net_given_up desc
        """,
    )


def left_alone_reasons(cursor: Cursor) -> pd.DataFrame:
    """One row per reason and rule for leaving customers alone: how many, and the money that it saves or forgoes."""
    return frame(cursor, "from plan_left_alone_reasons order by rowid")


def plan_list_size(cursor: Cursor, name: str, narrowed: Record) -> int:
    """How many rows a list of the plan has, narrowed to one reason, rule, limit or action where given."""
    table, where = _LISTS[name][0], _where(narrowed)
    return int(cursor.execute(f"select count(*) from {table} as rows where {where}", narrowed or None).fetchall()[0][0])


def plan_list(cursor: Cursor, name: str, narrowed: Record, page: int = 1, size: int = 50) -> pd.DataFrame:
    """One page (from 1) of a list of the plan, `left alone`, `displaced` or `contacted`, most money first."""
    table, selected, order = _LISTS[name]
    size = min(max(size, 1), MAX_PAGE_SIZE)
    return frame(
        cursor,
        f"""
        with rows as (
            select * from {table} as rows where {_where(narrowed)} order by {order} limit $size offset $start
        )
        select rows.customer_id, customers.name, customers.churn_risk, customers.expected_value, {selected},
        from rows left join customer_list as customers on rows.customer_id = customers.customer_id
        order by {order}
        """,
        {**narrowed, "size": size, "start": (max(page, 1) - 1) * size},
    )


def _where(narrowed: Record) -> str:
    return " and ".join(_NARROWED[name] for name in narrowed) or "true"
