"""Service initiatives at `score`: who could come in, what happens without one, and what those launched changed."""

import json
import math
from datetime import date
from typing import Any

import duckdb

from models.initiatives import WINDOWS
from pipelines.config import Settings
from pipelines.initiative_results import initiative_results_into
from pipelines.progress import Progress, silent
from pipelines.warehouse import run_folder, set_variables, tables

_TABLES = {
    "initiative_bases": "trigger varchar, window_days integer, outcome varchar, customers bigint, n bigint, "
    "value double, new_per_week double",
    "initiative_results": "campaign_id varchar, name varchar, initiative varchar, outcome varchar, role varchar, "
    "unit varchar, window_days integer, treated_n bigint, control_n bigint, treated double, control double, "
    "difference double, low double, high double, verdict varchar, state varchar, started_on date, enrol_until date, "
    "stop_on date",
    "initiative_checks": "campaign_id varchar, check_name varchar, value double, is_ok boolean, words varchar",
}
_DESIGN = {
    "campaign_id": "varchar", "initiative": "varchar", "outcome": "varchar", "window_days": "integer",
    "most_cost": "double", "enrol_until": "date",
}  # fmt: skip
_WEEKS = 13


def initiatives_into(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, progress: Progress = silent
) -> None:
    """Write initiative_customers, initiative_bases, initiative_results and initiative_checks into `con`.

    Facts and contract tables are read by their bare names, as are customer_cadence, proactive_service and the
    decided_* tables; the variables of `_set_variables` in `marts` must be set. docs/initiatives.md has the rules.
    """
    progress("initiatives", 0.0)
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    set_variables(
        con,
        slow_reply_hours=settings.contacts.slow_reply_hours,
        ticket_cost=settings.economics.ticket_cost,
        knows_tickets="ticket_facts" in tables(con),
    )
    run_folder(con, "initiative_marts")
    designs = _designs_into(con)
    con.execute("create or replace temp table initiative_windows (window_days integer)")
    con.executemany("insert into initiative_windows values (?)", [[days] for days in WINDOWS])
    built = run_folder(con, "initiative_parts", "temp table").built
    _bases_into(con)
    initiative_results_into(con, designs, settings, as_of)
    for name in (*reversed(built), "initiative_windows", "initiative_designs"):
        con.execute(f"drop table temp.{name}")


def _designs_into(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Temporary table initiative_designs, one row per launched initiative; returned with what was known of its launch.

    Nothing is there where decisions were not read.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in _DESIGN.items())
    con.execute(f"create or replace temp table initiative_designs ({columns})")
    if "decided_initiatives" not in tables(con):
        return []
    found = []
    for campaign_id, text, name, stop_on, share, closed_at in con.execute(
        "select campaign_id, design, name, cast(stop_on as date), control_share, cast(closed_at as timestamp)"
        " from decided_initiatives inner join decided_campaigns using (campaign_id)"
        " where launched_at < getvariable('as_of_date') order by launched_at desc, campaign_id"
    ).fetchall():
        design = {"most_cost": math.nan, "enrol_until": None} | json.loads(text) | {"campaign_id": campaign_id}
        con.execute(
            f"insert into initiative_designs values ({', '.join('?' * len(_DESIGN))})", [design[key] for key in _DESIGN]
        )
        found.append(design | {"name": name, "stop_on": stop_on, "control_share": share, "closed_at": closed_at})
    return found


def _bases_into(con: duckdb.DuckDBPyConnection) -> None:
    """Table initiative_bases: what happened to customers alike without an initiative, and how many come per week."""
    con.execute(
        f"""
        insert into initiative_bases
        with coming as (
            select trigger, count(distinct customer_id) / {_WEEKS}.0 as new_per_week from initiative_moments
            where found_at >= getvariable('as_of_date') - {7 * _WEEKS}
            group by trigger
        )
        select key, window_days, outcome, if(outcome = 'churn', settled, customers), n, mean, coalesce(new_per_week, 0)
        from initiative_arms left join coming on key = trigger
        where kind = 'base' order by key, window_days, outcome
        """
    )
