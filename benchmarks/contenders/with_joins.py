"""DuckDB without facts: every snapshot joins and aggregates the source tables anew, by the pipeline's own SQL.

Kind to the contender: it reads only what was known on the day, and what a query of one piece would compute several
times over is computed once per snapshot, in memory.
"""

import duckdb

from benchmarks.contenders.job import Job
from pipelines.build import facts_into
from pipelines.config import Settings
from pipelines.publish import attach, configure
from pipelines.snapshots import snapshot_into


def run(job: Job) -> float:
    """Write every snapshot; returns 0, because nothing is kept between them."""
    settings = Settings()
    with duckdb.connect() as con:
        configure(con, job.out)
        attach(con, job.source / "source.duckdb", "source")
        for as_of in job.dates:
            facts_into(con, "source", settings, as_of)
            snapshot_into(con, settings, as_of, "found")
            con.execute(f"copy found to '{job.out / str(as_of)}.parquet' (compression lz4)")
            con.execute("drop table found")
    return 0.0
