"""Scoring as a step: risk, expected value and reasons of every eligible customer on one day, in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.churn import FeatureMismatchError
from models.explain import reasons
from models.lifecycle import Thresholds, lifecycle_stage
from models.segments import rfm, risk_band
from models.wording import FeatureWords, symbol_of, words_from
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.expected_value import expected_value
from pipelines.frames import feature_columns, floats_sql
from pipelines.group_log_odds import GroupLogOdds
from pipelines.progress import Progress, silent
from pipelines.quoting import quoted
from pipelines.snapshots import snapshot_into

BATCH_ROWS = 50_000
_SCRATCH = "features_to_score"
_CADENCE = "customer_cadence"
_SINGLE, _RECENCY = "one_time_words", "days_since_last_order"
_RISKS = "customer_risks"
_RISK_COLUMNS = (
    "customer_id varchar, as_of_date date, churn_risk double, risk_band varchar, expected_value double, "
    "model_version varchar"
)
NO_ORDERS = "No orders"  # segment and stage of customers with a contract who never bought

_TABLES = {
    "customer_segments": "customer_id varchar, segment varchar, lifecycle_stage varchar, r integer, f integer, "
    "m integer",
    "customer_scores": "customer_id varchar, as_of_date date, churn_risk double, risk_band varchar, "
    "expected_value double, segment varchar, lifecycle_stage varchar, action varchar, expected_net double, "
    "model_version varchar",
    "customer_reasons": "customer_id varchar, as_of_date date, rank integer, feature varchar, value double, "
    "contribution double, reason varchar",
    "customer_log_odds": "customer_id varchar, as_of_date date, base_log_odds double, other_log_odds double, "
    "log_odds double, churn_risk double",
}


@dataclass(frozen=True)
class Scored:
    """The result for one batch, one frame per table."""

    scores: pd.DataFrame
    reasons: pd.DataFrame
    log_odds: pd.DataFrame
    contributions: np.ndarray


def score_into(
    con: duckdb.DuckDBPyConnection,
    features_alias: str,
    settings: Settings,
    as_of: date,
    model: Bundle,
    progress: Progress = silent,
) -> int:
    """Write customer_scores, _reasons, _log_odds and _segments into `con`; returns the number of customers scored.

    Features come from the attached store `features_alias`, or are computed from its facts for a day it does not hold
    (they must be readable by their bare names). Segments and stages need table `customer_cadence` in `con`; without it
    they stay empty. Table `one_time_words`, where it exists, has the words for the recency of customers with one order.
    Raises InputError when the model's features are not there.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    table = _feature_table(con, features_alias, settings, as_of)
    _write_segments(con, settings, table, as_of)
    words = words_from(con.execute(f"select * from {features_alias}.feature_words").df())
    total = con.execute(f"select count(*) from {table} where as_of_date = ?", [as_of]).fetchall()[0][0]
    typical = _typical(con, table, as_of)
    con.execute(f"create or replace temp table {_RISKS} ({_RISK_COLUMNS})")
    groups, done = GroupLogOdds(con, features_alias), 0
    for frame in _batches(con, table, as_of):
        batch = _score(frame, model, words, settings, typical)
        _insert(con, batch)
        groups.add(batch.scores["customer_id"], model.churn.features, batch.contributions)
        done += len(frame)
        progress("score", done / total)
    _write_scores(con)
    con.execute(f"drop table if exists {_SCRATCH}")
    return done


def unscored_into(con: duckdb.DuckDBPyConnection, features_alias: str, settings: Settings, as_of: date) -> int:
    """What `score_into` writes where no model can be used: segments and stages, and no score, reason or log-odds.

    Temporary table `eligible_customers` says who would be scored; returns their number.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    table = _feature_table(con, features_alias, settings, as_of)
    _write_segments(con, settings, table, as_of)
    con.execute(
        f"create or replace temp table eligible_customers as select customer_id from {table} where as_of_date = ?",
        [as_of],
    )
    con.execute(f"drop table if exists {_SCRATCH}")
    return int(con.execute("select count(*) from eligible_customers").fetchall()[0][0])


def _exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(con.execute("select 1 from duckdb_tables() where table_name = ?", [table]).fetchall())


def _feature_table(con: duckdb.DuckDBPyConnection, alias: str, settings: Settings, as_of: date) -> str:
    """The stored table if it holds the day, else one computed for it."""
    stored = f"{alias}.customer_features"
    if con.execute(f"select 1 from {stored} where as_of_date = ? limit 1", [as_of]).fetchall():
        return stored
    con.execute(f"drop table if exists {_SCRATCH}")
    snapshot_into(con, settings, as_of, table=_SCRATCH)
    return f"main.{_SCRATCH}"


def _batches(con: duckdb.DuckDBPyConnection, table: str, as_of: date) -> Iterator[pd.DataFrame]:
    """Rows of the day by customer_id, at most `BATCH_ROWS` at a time.

    A cursor of its own reads: a connection that writes in between would lose its place.
    """
    columns = floats_sql(feature_columns(con, table), "rows")
    joined = f"left join {_SINGLE} as single using (customer_id)" if _exists(con, _SINGLE) else ""
    query = (
        f"select customer_id, as_of_date, {'single.reason' if joined else 'null'} as {_SINGLE}, {columns} "
        f"from {table} as rows {joined} where as_of_date = ? order by customer_id"
    )
    with con.cursor() as reading:
        for batch in reading.sql(query, params=[as_of]).to_arrow_reader(BATCH_ROWS):
            yield batch.to_pandas()


def _typical(con: duckdb.DuckDBPyConnection, table: str, as_of: date) -> dict[str, float]:
    """The median of each feature on the day; without those that are unknown or, like the season, the same for all.

    A customer alone has no typical to be compared with: not a number.
    """
    names = feature_columns(con, table)
    median = (
        "case when count(*) = 1 then cast('nan' as double)"
        " when count({0}) < count(*) or min({0}) < max({0}) then median({0}) end"
    )
    medians = ", ".join(median.format(quoted(name)) for name in names)
    row = con.execute(f"select {medians} from {table} where as_of_date = ?", [as_of]).fetchall()[0]
    return {name: float(value) for name, value in zip(names, row, strict=True) if value is not None}


def _score(
    frame: pd.DataFrame,
    model: Bundle,
    words: dict[str, FeatureWords],
    settings: Settings,
    typical: dict[str, float],
) -> Scored:
    """Everything about one batch."""
    try:
        contributions, base = model.churn.contributions(frame)
        value = expected_value(model, frame, settings)
    except FeatureMismatchError as error:
        raise InputError(f"{error}. Run `python -m pipelines train` on the present features, then score.") from error
    log_odds = base + contributions.sum(axis=1)
    risk = model.churn.calibrator.risk(log_odds)
    keys = frame[["customer_id", "as_of_date"]]
    symbol = symbol_of(settings.economics.currency)
    told = _with_single_orders(reasons(frame, model.churn.features, contributions, words, symbol, typical), frame)
    in_reasons = np.bincount(told["row"], weights=told["contribution"], minlength=len(frame))
    scores = keys.assign(
        churn_risk=risk,
        risk_band=risk_band(risk, settings.risk.bands),
        expected_value=value,
        model_version=model.version,
    )
    sums = keys.assign(
        base_log_odds=base, other_log_odds=log_odds - base - in_reasons, log_odds=log_odds, churn_risk=risk
    )
    rows = pd.concat([keys.iloc[told["row"]].reset_index(drop=True), told.drop(columns="row")], axis=1)
    return Scored(scores, rows, sums, contributions)


def _with_single_orders(told: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The words of a single order in place of a recency that has no rhythm to be compared with."""
    here = np.flatnonzero(told["feature"] == _RECENCY)
    own = frame[_SINGLE].to_numpy(dtype=object)[told["row"].to_numpy()[here]]
    is_single = pd.notna(own)
    text = told["reason"].to_numpy(dtype=object, copy=True)
    text[here[is_single]] = own[is_single]
    return told.assign(reason=text)


def _insert(con: duckdb.DuckDBPyConnection, batch: Scored) -> None:
    """Append one batch, sorted by customer and rank."""
    for name, frame in (("scores", batch.scores), ("reasons", batch.reasons), ("log_odds", batch.log_odds)):
        con.register(f"scored_{name}", frame)
    con.execute(f"insert into {_RISKS} by name select * from scored_scores")
    con.execute("insert into customer_reasons by name select * from scored_reasons")
    con.execute("insert into customer_log_odds by name select * from scored_log_odds")
    for name in ("scores", "reasons", "log_odds"):
        con.unregister(f"scored_{name}")


def _write_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Fill customer_scores from all batches at once: a join per batch would read every segment each time."""
    con.execute(
        f"""
        insert into customer_scores
        select customer_id, as_of_date, churn_risk, risk_band, expected_value, segment, lifecycle_stage,
            null as action, null as expected_net, model_version
        from {_RISKS}
        left join customer_segments using (customer_id)
        order by customer_id
        """
    )
    con.execute(f"drop table {_RISKS}")


def _write_segments(con: duckdb.DuckDBPyConnection, settings: Settings, table: str, as_of: date) -> None:
    """Fill customer_segments: one row per customer with an order before the day or, by a contract alone, in `table`."""
    if not _exists(con, _CADENCE):
        return
    cadence = con.execute(f"select * from {_CADENCE} order by customer_id").df()
    thresholds = Thresholds(**settings.lifecycle.model_dump())
    named = rfm(cadence).assign(
        customer_id=cadence["customer_id"], lifecycle_stage=lifecycle_stage(cadence, thresholds)
    )
    con.register("named_segments", named)
    con.execute("insert into customer_segments by name select * from named_segments")
    con.unregister("named_segments")
    con.execute(
        f"insert into customer_segments by name select customer_id, '{NO_ORDERS}' as segment, "
        f"lower('{NO_ORDERS}') as lifecycle_stage from {table} anti join {_CADENCE} using (customer_id) "
        "where as_of_date = ?",
        [as_of],
    )
