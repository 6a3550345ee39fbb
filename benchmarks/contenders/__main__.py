"""Runs one contender in a process of its own, so that its peak memory is its own, and prints what it took as JSON.

python -m benchmarks.contenders NAME SOURCE OUT DATE [DATE …]
"""

import importlib
import json
import resource
import sys
import time
from datetime import date
from pathlib import Path

import typer

from benchmarks.contenders.job import Job


def main(name: str, source: Path, out: Path, dates: list[str]) -> None:
    """Run `benchmarks/contenders/with_<name>.py`; seconds are without the interpreter's start and imports."""
    contender = importlib.import_module(f"benchmarks.contenders.with_{name}")
    job = Job(source, out, tuple(map(date.fromisoformat, dates)))
    wall, cpu = time.perf_counter(), time.process_time()
    facts = contender.run(job)
    taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "facts_cpu": facts}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes on Linux, bytes on a Mac
    typer.echo(json.dumps(taken | {"gibibytes": peak / 2 ** (30 if sys.platform == "darwin" else 20)}))


if __name__ == "__main__":
    typer.run(main)
