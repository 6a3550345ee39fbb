"""Model health as part of a publication: promises, drift, data breaks and the advice whether to train again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from models.bundle import Bundle
from pipelines.config import Settings
from pipelines.drift import Drift, drift_of
from pipelines.due import Due, Evidence, training_due
from pipelines.feature_sources import feature_sources
from pipelines.promise_outcomes import needs_past, promises_into
from pipelines.promises import Promise
from pipelines.row_tables import write_rows

_BREAKS = (
    "table_name varchar, part varchar, kind varchar, started_on date, ended_on date, usual double, seen double, "
    "is_current boolean, features bigint, sentence varchar"
)
_ADVICE = (
    "is_due boolean, rule varchar, reason varchar, advice varchar, model_version varchar, model_data_as_of date, "
    "age_days integer, limit_days integer, newest_day date, moved_weight double, drift_key varchar"
)
_FEATURES = (
    "feature varchar, label varchar, feature_group varchar, unit varchar, as_of_date date, psi double, step double, "
    "usual_step double, missing_share double, kind varchar, weight double"
)
_BINS = "feature varchar, as_of_date date, bin integer, low double, high double, rows bigint, is_missing boolean"


def health_into(
    con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, model: Bundle | None, run: tuple[str, date]
) -> None:
    """Write all tables of model health into `con`; `run` is the run's name and the day it scores.

    Without a model there is nothing to watch: the tables are empty, but for promises made before.
    """
    run_id, day = run
    drift = drift_of(home, settings, model, needs_past(home)) if model else None
    promises_into(con, home, settings, model, drift, _present(settings, model, run_id, day, drift))
    _drift_into(con, drift)
    _breaks_into(con, drift)
    due = training_due(home, settings, Evidence(home, settings, model, (con, drift)) if model and drift else None)
    write_rows(con, "retrain_advice", _ADVICE, [_advice(due, settings, model, drift)] if model else [])


def _present(settings: Settings, model: Bundle | None, run_id: str, day: date, drift: Drift | None) -> Promise | None:
    """The promise that this run makes; scores of an earlier day than the newest are none."""
    if model is None or drift is None or day != drift.newest:
        return None
    return Promise(run_id, day, str(model.version), settings.churn.horizon_days, settings.churn.eligibility)


def _drift_into(con: duckdb.DuckDBPyConnection, drift: Drift | None) -> None:
    """Tables drift_features (feature × day) and drift_bins (feature × day × bin, no day: the training rows)."""
    for name, columns in (("drift_features", _FEATURES), ("drift_bins", _BINS)):
        con.execute(f"create or replace table {name} ({columns})")
        if drift is not None:
            con.register("found", drift.features if name == "drift_features" else drift.bins)
            con.execute(f"insert into {name} by name select * from found")
            con.unregister("found")


def _breaks_into(con: duckdb.DuckDBPyConnection, drift: Drift | None) -> None:
    """Table data_breaks: one row per break of a source, newest first, with how many features look at it."""
    sources = feature_sources()
    rows = [
        {
            "table_name": each.table, "part": each.part, "kind": each.found.kind, "started_on": each.found.started_on,
            "ended_on": each.found.ended_on, "usual": each.found.usual, "seen": each.found.seen,
            "is_current": each.found.ended_on is None, "sentence": each.sentence,
            "features": sum(each.table in tables for tables in sources.values()),
        }
        for each in (drift.breaks if drift else [])
    ]  # fmt: skip
    write_rows(con, "data_breaks", _BREAKS, rows[::-1])


def _advice(due: Due, settings: Settings, model: Bundle | None, drift: Drift | None) -> dict[str, Any]:
    """What the page and `status` say about training."""
    learned = date.fromisoformat(model.facts["data_as_of"]) if model else None
    newest = drift.newest if drift else None
    age = newest - learned if newest and learned else timedelta()
    return {
        "is_due": due.is_due, "rule": due.rule, "reason": due.reason, "advice": due.advice,
        "model_version": model.version if model else None, "model_data_as_of": learned, "age_days": age.days,
        "limit_days": settings.model.retrain_after_days, "newest_day": newest,
        "moved_weight": drift.moved_weight if drift else None, "drift_key": drift.key if drift else None,
    }  # fmt: skip
