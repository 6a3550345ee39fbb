"""Polars' lazy engine (streaming): the same facts once, then one query per snapshot, written as Parquet."""

import time

from benchmarks.contenders.job import Job
from benchmarks.contenders.polars_facts import first_purchases, order_facts, return_facts
from benchmarks.contenders.polars_snapshot import snapshot


def run(job: Job) -> float:
    """Write every snapshot; returns the CPU seconds that the facts took."""
    started = time.process_time()
    orders = order_facts(job.source).collect(engine="streaming").lazy()
    firsts = first_purchases(job.source, orders).collect(engine="streaming").lazy()
    returns = return_facts(job.source, orders).collect(engine="streaming").lazy()
    facts = time.process_time() - started
    for as_of in job.dates:
        found = snapshot(orders, firsts, returns, as_of).collect(engine="streaming")
        found.write_parquet(job.out / f"{as_of}.parquet", compression="lz4")
    return facts
