"""Questions about one customer's risk over time and under other inputs: why it changed, and what could be changed."""

from datetime import date

import pandas as pd

from pipelines.frames import feature_columns, floats_sql
from pipelines.queries.rows import Cursor, Record, frame, record
from pipelines.queries.suggestions import has_tables


def risk_change(cursor: Cursor, customer_id: str) -> Record | None:
    """How one customer's risk came from the last run to this one; None for who is new to the list or not compared."""
    if not has_tables(cursor, "risk_changes"):
        return None
    return record(cursor, "select * from risk_changes where customer_id = $id", {"id": customer_id})


def risk_change_info(cursor: Cursor) -> Record | None:
    """With which run the risks were compared, and what is missing in a sentence; None in an older warehouse."""
    if not has_tables(cursor, "risk_change_info"):
        return None
    return record(
        cursor,
        """
        select
            risk_change_info.* exclude (definition, computation), run_info.as_of_date as as_of,
            run_info.model_version as version,
        from risk_change_info cross join run_info
        """,
    )


def what_if_inputs(cursor: Cursor) -> pd.DataFrame:
    """One row per input of the model that the shop can change, with its usual range; empty without a model."""
    if not has_tables(cursor, "what_if_inputs"):
        return pd.DataFrame({"feature": [], "label": [], "unit": [], "low": [], "high": []})
    return frame(cursor, "select * from what_if_inputs order by place")


def happened_since(cursor: Cursor, customer_id: str, since: date) -> dict[str, int]:
    """How many things of each kind happened with one customer from a day on."""
    rows = cursor.execute(
        "select kind, count(*) from customer_events where customer_id = $id and occurred_at >= $since group by kind",
        {"id": customer_id, "since": since},
    )
    return dict(rows.fetchall())


def customer_inputs(features: Cursor, customer_id: str, as_of: date) -> pd.DataFrame:
    """Everything the model knew of one customer on a day, out of the feature store: one row, or none."""
    columns = floats_sql(feature_columns(features, "customer_features"), "rows")
    return frame(
        features,
        f"select customer_id, as_of_date, {columns} from customer_features as rows"
        " where as_of_date = $day and customer_id = $id",
        {"day": as_of, "id": customer_id},
    )
