"""A filtered list as a file: only whom an action is suggested to and whom its channel may reach, without formulas."""

import io
from collections.abc import Sequence

import pandas as pd

from pipelines.errors import InputError
from pipelines.export import without_formulas
from pipelines.queries.rows import Cursor, frame
from pipelines.queries.worklist import ANYBODY, ListFilter, Marked, where_sql

KINDS = ("csv", "xlsx")
_MAY_LEAVE = """
    is_scored and action is not null and blocked_by is null and not is_held_out
    and coalesce(contactable_channels, 'unknown') != ''
    and (
        contactable_channels is null
        or list_contains(string_split(contactable_channels, ', '), channel)
        or action in (select action from actions where not needs_consent)
    )
    and customer_id not in (select unnest($left_alone))
"""


def list_rows(
    cursor: Cursor,
    chosen: ListFilter,
    marked: Marked = ANYBODY,
    only: Sequence[str] | None = None,
    left_alone: Sequence[str] = (),
) -> pd.DataFrame:
    """One row per customer of the filter (and among `only`, where given) who may be contacted, most net first.

    Nobody held out, without consent for the channel, waiting by a contact rule or among `left_alone` is in it,
    whatever the filter says.
    """
    where, values = where_sql(chosen, marked)
    picked = "" if only is None else "and customer_id in (select unnest($picked))"
    return frame(
        cursor,
        f"""
        select
            customer_id, name, action, action_title, channel, top_reason as reason, churn_risk, expected_value,
            expected_net, segment, lifecycle_stage, days_since_last_order, contactable_channels,
            run_info.as_of_date, run_info.run_id,
        from customer_list cross join run_info
        where {where} {picked} and {_MAY_LEAVE}
        order by expected_net desc, customer_id
        """,
        {**values, "left_alone": list(left_alone), **({} if only is None else {"picked": list(only)})},
    )


def list_file(rows: pd.DataFrame, kind: str) -> bytes:
    """The rows as the bytes of a CSV or XLSX file that no spreadsheet runs as formulas."""
    if kind not in KINDS:
        raise InputError(f"A list is written as {' or '.join(KINDS)}, not as {kind}.")
    safe = without_formulas(rows)
    if kind == "csv":
        return safe.to_csv(index=False).encode()
    out = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(out, engine="xlsxwriter", engine_kwargs=options) as writer:
        safe.to_excel(writer, sheet_name="Worklist", index=False)
        writer.sheets["Worklist"].freeze_panes(1, 1)
    return out.getvalue()
