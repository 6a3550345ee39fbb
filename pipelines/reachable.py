"""The one gate of every file that leaves the house: who may be in it now, and why everybody else is not.

Now means the newest published source for consents, unsubscribes and the shop's own control arms, the workflow database
as it is this moment for control arms and objections, and the memory of forgotten people. What the last scoring
believed about them is not asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from pipelines import publish
from pipelines.config import Settings
from pipelines.decisions_made import decisions_into, read_decisions
from pipelines.forget import forgotten_sql
from pipelines.warehouse import expose, run_folder, set_variables, tables

COLUMNS = ("customer_id", "action", "channel")


@contextmanager
def newest_state(home: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory: the source's tables by name, the warehouse as `warehouse`, and what holds people back.

    Raises InputError where a step is missing or the workflow database does not answer.
    """
    source, warehouse = publish.require(home, "source"), publish.require(home, "warehouse")
    decisions = read_decisions(home, settings)
    with duckdb.connect() as con:
        publish.configure(con, home, settings)
        publish.attach(con, source, "source")
        publish.attach(con, warehouse, "warehouse")
        expose(con, "source")
        decisions_into(con, decisions)
        _set_variables(con, settings)
        run_folder(con, "standing", "temp table")
        yield con


def export_reasons(
    con: duckdb.DuckDBPyConnection, home: Path, candidates: pd.DataFrame, contacted_since: datetime | None = None
) -> pd.DataFrame:
    """Why each candidate must not be in a file: customer_id and reason, which is empty for those who may.

    `candidates` has one row per customer with action and channel, both empty for who has none. Whoever was contacted at
    or after `contacted_since` waits, because the contact policy has not counted that contact yet.
    """
    set_variables(con, contacted_since=contacted_since)
    con.register("candidate_rows", candidates[list(COLUMNS)].astype(object))
    con.execute(
        "create or replace temp table candidates as select cast(candidate_rows.customer_id as varchar) as customer_id, "
        "cast(candidate_rows.action as varchar) as action, "
        "coalesce(cast(candidate_rows.channel as varchar), actions.channel) as channel, "
        "coalesce(actions.needs_consent, candidate_rows.action is not null) as needs_consent "
        "from candidate_rows left join warehouse.actions on candidate_rows.action = actions.action"
    )
    con.unregister("candidate_rows")
    is_forgotten = forgotten_sql(home) or "false"
    con.execute(
        f"create or replace temp table forgotten_customers as select customer_id from candidates where {is_forgotten}"
    )
    run_folder(con, "exports", "temp table")
    return con.execute("select customer_id, reason from export_reasons order by customer_id").df()


def scored_at(con: duckdb.DuckDBPyConnection) -> datetime:
    """Since when contacts are unknown to the published scores."""
    known = "warehouse.decisions_read" in tables(con)
    query = "select read_at from warehouse.decisions_read" if known else "select finished_at from warehouse.run_info"
    moment: datetime = con.execute(query).fetchall()[0][0]
    return moment


def _set_variables(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """What the files of `standing` and `exports` read with getvariable."""
    as_of = con.execute("select as_of_date from warehouse.run_info").fetchall()[0][0]
    through = con.execute("select max(ordered_at) from orders").fetchall()[0][0]
    consents = con.execute("select bool_or(is_present) from ingest_report where table_name = 'consents'").fetchall()[0][
        0
    ]
    set_variables(
        con,
        as_of_date=as_of,
        data_through=through,
        horizon_days=settings.churn.horizon_days,
        has_consents=bool(consents),
        allows_unknown_consent=settings.contacts.unknown_consent == "allow",
    )
