"""How long the months of the whole shop take for a home that was scored, in CPU seconds.

    python -m benchmarks.kpis HOME

Nothing under HOME is changed: the tables are made in memory from what is published there.
"""

import time
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines import publish
from pipelines.config import load_settings
from pipelines.kpis import kpis_into
from pipelines.warehouse import expose, set_variables

_STAGES = ("source", "features", "warehouse")


def main(home: Annotated[Path, typer.Argument(help="a home that was scored")], threads: int = 1) -> None:
    """Make the tables once and say what it took."""
    settings = load_settings(home)
    with duckdb.connect(config={"threads": threads}) as con:
        for stage in _STAGES:
            publish.attach(con, publish.require(home, stage), stage)
        for stage in _STAGES[:2]:
            expose(con, stage)
        for name in ("customer_list", "customer_scores"):
            con.execute(f"create temp view {name} as select * from warehouse.{name}")
        (day,) = con.execute("select as_of_date from warehouse.run_info").fetchall()[0]
        churn = settings.churn
        set_variables(con, as_of_date=day, active_days=churn.active_days, eligibility=churn.eligibility)
        set_variables(con, horizon_days=churn.horizon_days)
        began = time.process_time()
        kpis_into(con, home, settings, day)
        seconds = time.process_time() - began
        customers, orders = con.execute(
            "select (select count(*) from customer_list), (select count(*) from order_facts)"
        ).fetchall()[0]
    typer.echo(f"{seconds:.1f} CPU seconds for {customers:,} customers and {orders:,} orders as of {day}.")


if __name__ == "__main__":
    typer.run(main)
