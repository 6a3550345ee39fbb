"""What it costs to say why each risk changed since the last run.

    python -m benchmarks.changes HOME --days 7

HOME has been through `refresh`; nothing in it changes. The risks of the earlier day are made here, by the model in use;
CPU seconds are those of comparing alone, once with the same model and once as if it were another.
"""

import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from models.bundle import Bundle
from pipelines import publish, registry
from pipelines.changes import COLUMNS, compare_into
from pipelines.config import load_settings
from pipelines.frames import feature_columns, floats_sql
from pipelines.previous_run import ALIAS, Previous
from pipelines.snapshots import snapshot_into
from pipelines.warehouse import expose

BATCH_ROWS = 100_000


def main(home: Path, days: Annotated[int, typer.Option(help="days between the two runs")] = 7) -> None:
    """Print what comparing takes, and how many customers are compared."""
    settings, model = load_settings(home), registry.champion(home)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/scratch.duckdb") as con:
        publish.configure(con, home, settings)
        for stage in ("source", "features"):
            publish.attach(con, publish.require(home, stage), stage)
        newest = con.execute("select max(as_of_date) from features.snapshots").fetchall()[0][0]
        earlier = newest - timedelta(days=days)
        con.execute(f"attach ':memory:' as {ALIAS}")
        con.execute("attach ':memory:' as earlier")
        with con.cursor() as other:
            other.execute("use earlier")
            expose(other, "features")
            snapshot_into(other, settings, earlier, "features_then")
        _scores_into(con, "earlier.features_then", earlier, model, f"{ALIAS}.customer_scores")
        _scores_into(con, "features.customer_features", newest, model, "customer_scores")
        for name, new in (("the same model", model), ("another model", replace(model, version="another"))):
            con.execute(f"create or replace table risk_changes ({COLUMNS})")
            started, began = time.process_time(), time.monotonic()
            with con.cursor() as cursor:
                compare_into(cursor, settings, newest, Previous("run", earlier, str(model.version), model), new)
            spent, passed = time.process_time() - started, time.monotonic() - began
            rows, moved = con.execute("select count(*), count(feature) from risk_changes").fetchall()[0]
            typer.echo(
                f"{days} days, {name}: {spent:.1f} CPU s, {passed:.1f} s, {rows:,} customers, {moved:,} told why"
            )


def _scores_into(con: duckdb.DuckDBPyConnection, table: str, day: date, model: Bundle, into: str) -> None:
    """The risks of one day."""
    columns = floats_sql(feature_columns(con, table), "rows")
    con.execute(f"create table {into} (customer_id varchar, churn_risk double)")
    query = f"select customer_id, as_of_date, {columns} from {table} as rows where as_of_date = ? order by customer_id"
    with con.cursor() as reading:
        for batch in reading.sql(query, params=[day]).to_arrow_reader(BATCH_ROWS):
            frame = batch.to_pandas()
            con.register("scored", frame[["customer_id"]].assign(churn_risk=model.churn.churn_risk(frame)))
            con.execute(f"insert into {into} select * from scored")
            con.unregister("scored")


if __name__ == "__main__":
    typer.run(main)
