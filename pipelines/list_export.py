"""A filtered list as a file: only whom an action is suggested to and who passes the one gate at this moment."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.export import as_bytes
from pipelines.queries.rows import Cursor, frame
from pipelines.queries.worklist import ANYBODY, ListFilter, Marked, where_sql
from pipelines.reachable import export_reasons, newest_state, scored_at

KINDS = ("csv", "xlsx")


def list_rows(
    cursor: Cursor, chosen: ListFilter, marked: Marked = ANYBODY, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row per customer of the filter with a suggested action (and among `only`, where given), most net first."""
    where, values = where_sql(chosen, marked)
    picked = "" if only is None else "and customer_id in (select unnest($picked))"
    return frame(
        cursor,
        f"""
        select
            customer_id, name, action, action_title, channel, expected_net, top_reason as reason, churn_risk,
            expected_value, value_at_risk, segment, lifecycle_stage, days_since_last_order, contactable_channels,
            run_info.as_of_date, run_info.run_id,
        from customer_list cross join run_info
        where {where} {picked} and is_scored and action is not null and blocked_by is null
        order by expected_net desc, customer_id
        """,
        {**values, **({} if only is None else {"picked": list(only)})},
    )


def list_file(home: Path, settings: Settings, rows: pd.DataFrame, kind: str) -> bytes:
    """Those of the rows who may be contacted at this moment, as a CSV or XLSX file without formulas.

    The gate is that of every export (`pipelines.reachable`): consents, objections, control arms and contacts as they
    are now, not as they were when the list was scored. Raises InputError where it cannot be asked.
    """
    if kind not in KINDS:
        raise InputError(f"A list is written as {' or '.join(KINDS)}, not as {kind}.")
    with newest_state(home, settings) as con:
        told = export_reasons(con, home, rows, scored_at(con)).set_index("customer_id")["reason"]
    allowed = rows[rows["customer_id"].map(told).isna()]
    return as_bytes({"Worklist": allowed}, f".{kind}")
