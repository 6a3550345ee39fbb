"""Ours: the pipeline's own facts and snapshots, into a DuckDB file as a build makes it."""

import time

import duckdb

from benchmarks.contenders.job import Job
from pipelines.build import facts_into
from pipelines.config import Settings
from pipelines.publish import attach, configure
from pipelines.snapshots import snapshots_of


def run(job: Job) -> float:
    """Write every snapshot; returns the CPU seconds that the facts took."""
    started = time.process_time()
    settings = Settings()
    with duckdb.connect(str(job.out / "features.duckdb")) as con:
        configure(con, job.out, settings)
        attach(con, job.source / "source.duckdb", "source")
        con.begin()
        facts_into(con, "source", settings)
        facts = time.process_time() - started
        with snapshots_of(con, settings, job.dates[-1]) as snapshots:
            for as_of, following in zip(job.dates, (*job.dates[1:], None), strict=True):
                snapshots.into(as_of, following=following)
        con.commit()
        con.execute("detach source")
        con.execute("checkpoint")
    return facts
