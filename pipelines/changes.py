"""Why each risk changed since the last publication: time passed, behaviour, model. Written when scores are.

Table risk_changes has one row per customer who is scored now and was scored then, by customer_id; its three parts add
up to `risk - previous_risk`. They are empty where they cannot be known, never guessed; risk_change_info says why. How
the parts are computed says `models/change.py`.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd

from models.bundle import Bundle
from models.change import compared, rescored
from models.wording import symbol_of, words_from
from pipelines.config import Settings
from pipelines.frames import feature_columns, floats_sql
from pipelines.known_then import AS_IF, as_if_nothing
from pipelines.previous_run import ALIAS, Previous, previous_of, write_info
from pipelines.progress import Progress, silent
from pipelines.quoting import quoted
from pipelines.snapshots import snapshot_into
from pipelines.warehouse import expose

BATCH_ROWS = 50_000
COLUMNS = (
    "customer_id varchar, previous_as_of date, previous_risk double, time_part double, behaviour_part double, "
    "model_part double, risk double, feature varchar, told_now varchar, told_else varchar"
)


def changes_into(
    con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, as_of: date, model: Bundle | None,
    progress: Progress = silent,
) -> int:  # fmt: skip
    """Write risk_changes and risk_change_info into `con` from its customer_scores and the publication in use.

    Reads the attached stores `source` and `features`. Returns the number of customers compared.
    """
    con.execute(f"create or replace table risk_changes ({COLUMNS})")
    found = previous_of(con, home, settings, as_of, model)
    if isinstance(found, Previous) and model is not None:
        progress("changes", 0.0)
        with con.cursor() as cursor:
            compare_into(cursor, settings, as_of, found, model)
    write_info(con, settings, found)
    return int(con.execute("select count(*) from risk_changes").fetchall()[0][0])


def compare_into(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, previous: Previous, model: Bundle
) -> None:
    """Fill risk_changes from customer_scores here and in the attached store `previous`.

    `con` is a cursor of its own, for its names must not meddle with others'. Stores `source` and `features` are
    attached.
    """
    home_of = quoted(con.execute("select current_database()").fetchall()[0][0])
    con.execute("attach ':memory:' as known")
    con.execute("use known")
    con.execute(
        f"create table compared as select customer_id, was.churn_risk as previous_risk, scores.churn_risk as risk"
        f" from {home_of}.customer_scores as scores inner join {ALIAS}.customer_scores as was using (customer_id)"
    )
    con.execute("create table real_risks (customer_id varchar, real double)")
    con.execute(
        "create table else_risks (customer_id varchar, otherwise double, feature varchar, told_now varchar,"
        " told_else varchar)"
    )
    con.execute("create table touched_customers (customer_id varchar)")
    if previous.model is not None:
        table = _features_of(con, settings, as_of)
        if previous.version != model.version:
            _score_again(con, table, as_of, previous.model)
        if previous.as_of < as_of:
            con.execute("drop table touched_customers")
            as_if_nothing(con, "source", settings, previous.as_of, as_of)
            _score_otherwise(con, table, as_of, previous.model, settings)
    _write(con, home_of, previous, as_of, is_same=previous.version == model.version)
    con.execute(f"use {home_of}")
    con.execute("detach known")


def _features_of(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> str:
    """The stored features if they hold the day, else ones computed for it."""
    stored = "features.customer_features"
    if con.execute(f"select 1 from {stored} where as_of_date = ? limit 1", [as_of]).fetchall():
        return stored
    with con.cursor() as other:
        other.execute("attach ':memory:' as present")
        other.execute("use present")
        expose(other, "features")
        snapshot_into(other, settings, as_of, "features_of_the_day")
    return "present.features_of_the_day"


def _score_again(con: duckdb.DuckDBPyConnection, table: str, as_of: date, old: Bundle) -> None:
    """Fill real_risks: the previous model on what is known now, for everybody who is compared."""
    for frame in _batches(con, table, as_of, "compared"):
        risk, _ = rescored(old.churn, frame)
        _append(con, "real_risks", pd.DataFrame({"customer_id": frame["customer_id"], "real": risk}))


def _score_otherwise(con: duckdb.DuckDBPyConnection, table: str, as_of: date, old: Bundle, settings: Settings) -> None:
    """Fill else_risks: the previous model as if nothing had happened, for whom something did."""
    con.execute(
        f"create table both_known as select customer_id from compared semi join {AS_IF} using (customer_id)"
        f" semi join (select customer_id from {table} where as_of_date = ?) using (customer_id)",
        [as_of],
    )
    words = words_from(con.execute("select * from features.feature_words").df())
    symbol = symbol_of(settings.economics.currency)
    tables = (f"known.{AS_IF}", table)
    for otherwise, real in zip(*(_batches(con, name, as_of, "both_known") for name in tables), strict=True):
        found = compared(old.churn, otherwise, real, words, symbol)
        rows = {"customer_id": real["customer_id"], "otherwise": found.as_if, "feature": found.feature,
                "told_now": found.told_now, "told_else": found.told_else}  # fmt: skip
        _append(con, "else_risks", pd.DataFrame(rows))


def _batches(con: duckdb.DuckDBPyConnection, table: str, as_of: date, who: str) -> Iterator[pd.DataFrame]:
    """Feature rows of some customers by customer_id, `BATCH_ROWS` at a time, read by a cursor of its own."""
    columns = floats_sql(feature_columns(con, table), "rows")
    ids = [row[0] for row in con.execute(f"select customer_id from known.{who} order by customer_id").fetchall()]
    edges = [*ids[::BATCH_ROWS], None]
    del ids
    with con.cursor() as reading:
        for first, end in pairwise(edges):
            beyond = "and rows.customer_id < $end" if end is not None else ""
            values = {"day": as_of, "first": first} | ({"end": end} if end is not None else {})
            yield reading.execute(
                f"select rows.customer_id, as_of_date, {columns} from {table} as rows"
                f" semi join known.{who} as who on rows.customer_id = who.customer_id"
                f" where as_of_date = $day and rows.customer_id >= $first {beyond} order by rows.customer_id",
                values,
            ).df()


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Append rows by the names of their columns."""
    con.register("rows_to_append", rows)
    con.execute(f"insert into {table} by name select * from rows_to_append")
    con.unregister("rows_to_append")


def _write(con: duckdb.DuckDBPyConnection, home_of: str, previous: Previous, as_of: date, is_same: bool) -> None:
    """Put the risks together: who was not re-scored on either side has the same features on both.

    With the same model the risk published now is the re-scored one; on the same day no time has passed.
    """
    con.execute(
        f"""
        insert into {home_of}.risk_changes by name
        with scored as (
            select
                compared.*,
                {"risk" if is_same else "real_risks.real"} as real,
                case
                    when $same_day then previous_risk
                    when touched.customer_id is not null then else_risks.otherwise
                    else {"risk" if is_same else "real_risks.real"}
                end as otherwise,
                feature, told_now, told_else,
            from compared
            left join real_risks using (customer_id)
            left join touched_customers as touched using (customer_id)
            left join else_risks using (customer_id)
        )
        select
            customer_id, $day as previous_as_of, previous_risk, risk, feature, told_now, told_else,
            case when $can then otherwise - previous_risk end as time_part,
            case when $can then real - otherwise end as behaviour_part,
            case when $can and otherwise is not null then risk - real end as model_part,
        from scored order by customer_id
        """,
        {"same_day": previous.as_of == as_of, "day": previous.as_of, "can": previous.model is not None},
    )
