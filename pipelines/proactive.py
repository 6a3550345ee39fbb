"""Trouble found before anybody writes: late parcels and repeat returns without a ticket since."""

import duckdb

from models.actions import SERVICE, Catalogue
from pipelines.config import Settings
from pipelines.warehouse import run_folder, set_variables

_SCRATCH = "service_actions"


def proactive_into(con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue) -> None:
    """Write table proactive_service into `con`: one row per customer and state, `late parcel` or `repeat returns`.

    Contract tables are read by their bare names, decided_contacts where it is there; variable as_of_date must be set.
    Empty where the columns of deliveries or returns are. docs/actions.md has the rules.
    """
    set_variables(con, service_days=settings.contacts.service_days)
    con.execute(f"create or replace temp table {_SCRATCH} (action varchar)")
    dealing = [[action.id] for action in catalogue.actions if action.kind == SERVICE]
    if dealing:
        con.executemany(f"insert into {_SCRATCH} values (?)", dealing)
    built = run_folder(con, "proactive", "temp table").built
    con.execute("create or replace table proactive_service as from temp.proactive_service")
    for name in (*built, _SCRATCH):
        con.execute(f"drop table temp.{name}")
