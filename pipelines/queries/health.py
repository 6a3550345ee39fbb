"""Questions about the model's health: what was promised and came, what drifted, what broke, and when to train."""

import pandas as pd

from pipelines.queries.rows import Cursor, Record, frame, record, records


def has_model_health(cursor: Cursor) -> bool:
    """Whether the publication knows of its model's health: made by this version of the program."""
    found = cursor.execute(
        "select count(*) from duckdb_tables() where table_name in ('promise_runs', 'retrain_advice')"
    )
    return int(found.fetchall()[0][0]) == 2


def retrain_advice(cursor: Cursor) -> Record | None:
    """Whether training is due, why, by which rule and what to do; None where no model is in use."""
    return record(cursor, "select * from retrain_advice")


def promise_runs(cursor: Cursor) -> pd.DataFrame:
    """One row per kept promise and rehearsed month, oldest day first."""
    return frame(cursor, "select * from promise_runs order by as_of_date, kind, run_id")


def promise_tenths(cursor: Cursor) -> pd.DataFrame:
    """Tenths of risk of every matured promise and of the version's test month: promised and actual rates."""
    return frame(cursor, "select * from promise_tenths order by as_of_date, run_id, tenth")


def score_deciles(cursor: Cursor) -> pd.DataFrame:
    """Deciles of risk per day: as published (`run`), and by the model in use for past months (`model`)."""
    return frame(cursor, "select * from score_deciles order by as_of_date, kind")


def drift_groups(cursor: Cursor) -> list[str]:
    """Groups of features that drift was looked at for, most weight first."""
    rows = records(
        cursor,
        "select feature_group, sum(weight) as weight from drift_features"
        " where feature_group is not null group by feature_group order by weight desc",
    )
    return [row["feature_group"] for row in rows]


def drift_summary(cursor: Cursor) -> pd.DataFrame:
    """One row per feature on the newest day, what drifted first: behaviour, then breaks, then by PSI."""
    return frame(
        cursor,
        """
        select * from drift_features where as_of_date = (select max(as_of_date) from drift_features)
        order by
            case kind when 'behaviour' then 0 when 'data break' then 1 when 'usual' then 3 else 2 end, psi desc, feature
        """,
    )


def drift_months(cursor: Cursor, features: tuple[str, ...]) -> pd.DataFrame:
    """One row per month of some features."""
    return frame(
        cursor,
        "select * from drift_features where list_contains($features, feature) order by as_of_date",
        {"features": list(features)},
    )


def drift_bins(cursor: Cursor, feature: str) -> pd.DataFrame:
    """Rows per bin of one feature for every day, and without a day for the training rows."""
    return frame(
        cursor, "select * from drift_bins where feature = $feature order by as_of_date, bin", {"feature": feature}
    )


def data_breaks(cursor: Cursor) -> pd.DataFrame:
    """Breaks of the source, newest first."""
    return frame(cursor, "select * from data_breaks order by started_on desc, table_name, part")
