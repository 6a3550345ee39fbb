"""What the page of segments shows: value × risk map, groups, moves between days, loyalty profile, personas."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from models.loyalty import SHOP, profile
from pipelines.config import Settings
from pipelines.persona_tables import personas_into
from pipelines.progress import Progress, silent
from pipelines.segment_moves import moves_into
from pipelines.warehouse import run_folder


def segments_into(
    con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, as_of: date, progress: Progress = silent
) -> None:
    """Write the tables of segments into `con`, after the scores and the list are there.

    Facts and contract tables are read by their bare names, the variables of `marts` must be set.
    """
    progress("segments", 0.0)
    moves_into(con, settings, as_of)
    run_folder(con, "segment_marts")
    loyalty_into(con)
    progress("personas", 0.5)
    personas_into(con, home, settings)


def loyalty_into(con: duckdb.DuckDBPyConnection) -> None:
    """Write table loyalty_profile: one row per RFM group (the whole shop under an empty name) and kind of bond."""
    built = run_folder(con, "loyalty", "temp table").built
    parts = [con.execute(f"select * from {name}").df() for name in built if name.endswith("_parts")]
    sizes = con.execute("select segment, count(*) as customers from loyal_members group by segment order by 1").df()
    found = profile(
        pd.concat(parts) if parts else pd.DataFrame(columns=["segment", "part", "hits", "n"]),
        sizes.set_index("segment")["customers"] if len(sizes) else pd.Series({SHOP: 0}),
    )
    con.register("profile_rows", found)
    con.execute(
        "create or replace table loyalty_profile as select cast(segment as varchar) as segment, bond,"
        " cast(score as double) as score, cast(customers as bigint) as customers, evidence, missing from profile_rows"
    )
    con.unregister("profile_rows")
    for name in built:
        con.execute(f"drop table temp.{name}")
