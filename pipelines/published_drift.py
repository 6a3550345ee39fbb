"""What the last publication found out about drift, so that scoring the same data again does not look again."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from models.breaks import Break
from pipelines import publish
from pipelines.queries.rows import records
from pipelines.source_days import SourceBreak
from pipelines.warehouse import tables

Found = tuple[date, pd.DataFrame, pd.DataFrame, pd.DataFrame, list[SourceBreak]]


def published_drift(home: Path, key: str) -> Found | None:
    """Newest day, features, bins, deciles and breaks of the published warehouse; None unless they have this key."""
    if publish.current(home, "warehouse") is None:
        return None
    with publish.open_current(home, "warehouse") as con:
        if "retrain_advice" not in tables(con):
            return None
        advice = records(con, "select * from retrain_advice")
        if not advice or advice[0].get("drift_key") != key:
            return None
        breaks = [SourceBreak(row["table_name"], row["part"], _break(row)) for row in records(con, "from data_breaks")]
        return (
            advice[0]["newest_day"],
            _dated(con, "select * from drift_features"),
            _dated(con, "select * from drift_bins"),
            _dated(con, "select * exclude (kind, run_id, model_version) from score_deciles where kind = 'model'"),
            breaks[::-1],
        )


def _break(row: dict[str, object]) -> Break:
    return Break(*(row[name] for name in ("kind", "started_on", "ended_on", "usual", "seen")))  # type: ignore[arg-type]


def _dated(con: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    """A frame whose days are dates, as they were before they were kept."""
    frame = con.execute(query).df()
    days = [None if pd.isna(day) else day.date() for day in frame["as_of_date"]]
    return frame.assign(as_of_date=pd.Series(days, index=frame.index, dtype=object))
