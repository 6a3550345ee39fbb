"""How fast features are built: the pipeline beside other ways to the same numbers, and a whole refresh.

    python -m benchmarks.speed --size 10000 --size 100000 --size 1000000

Every contender starts from the same loaded tables and leaves the same features of 12 monthly snapshots on disk. They
take turns, each in a process of its own; the bench stops where a value differs from the pipeline's.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from benchmarks.accuracy import PAGE, ROOT, pipelines
from benchmarks.page import write_section
from benchmarks.speed_page import Figures, Refresh, Timing, speed_section
from benchmarks.speed_source import Shop, differences, make_shop

SIZES = [10_000, 100_000, 1_000_000]
OURS = "pipeline"
SLOW = {"joins": 100_000, "pandas": 100_000}  # the largest shop that a contender is measured on
CONTENDERS = (OURS, "joins", "pandas", "polars")
ROUNDS = {10_000: 3, 100_000: 3}  # larger shops once
REFRESHED = 100_000


@dataclass(frozen=True)
class Run:
    """One run of one contender: seconds, CPU seconds, those of them for facts, and peak memory."""

    wall: float
    cpu: float
    facts_cpu: float
    gibibytes: float


def contenders_for(customers: int) -> tuple[str, ...]:
    """Who is measured on a shop of this size; the slow ones are left out where they would take all day."""
    return tuple(name for name in CONTENDERS if customers <= SLOW.get(name, customers))


def run(name: str, shop: Shop, out: Path) -> Run:
    """Run a contender in its own process; raises CalledProcessError after showing what it said."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    command = [sys.executable, "-m", "benchmarks.contenders", name, str(shop.source), str(out)]
    done = subprocess.run(  # noqa: S603
        [*command, *map(str, shop.dates)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        typer.echo(done.stdout + done.stderr, err=True)
        done.check_returncode()
    return Run(**json.loads(done.stdout))


def measure(shop: Shop, folder: Path, rounds: int) -> Figures:
    """Let the contenders take turns and hold each one's values to ours; raises ValueError where they differ."""
    names = contenders_for(shop.customers)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            runs[name].append(run(name, shop, folder / name))
            typer.echo(f"{shop.customers:,} customers, {name}: {runs[name][-1]}", err=True)
            if turn == 0 and name != OURS:
                found = differences(folder / OURS, folder / name, shop.dates)
                if found:
                    raise ValueError(f"{name} has other values than the pipeline: " + "; ".join(found))
        for name in names[1:]:
            shutil.rmtree(folder / name)
    timings = tuple(_timing(name, runs[name]) for name in names)
    return Figures(shop.customers, shop.orders, shop.lines, rounds, timings)


def _timing(name: str, runs: Iterable[Run]) -> Timing:
    """Medians over the rounds; the highest peak of memory."""
    found = list(runs)
    wall, cpu, facts = (median(getattr(one, part) for one in found) for part in ("wall", "cpu", "facts_cpu"))
    return Timing(name, wall, cpu, facts, max(one.gibibytes for one in found))


def refresh(shop: Shop, home: Path) -> Refresh:
    """Time each step of a refresh of the whole sample shop, every table, as users run it."""
    steps = {}
    for step in (["ingest", str(shop.sample)], ["build"], ["train"], ["score"]):
        wall, cpu = time.perf_counter(), _children_cpu()
        pipelines(*step, "--home", str(home))
        steps[step[0]] = time.perf_counter() - wall, _children_cpu() - cpu
    return Refresh(shop.customers, steps)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_all(sizes: Sequence[int], scratch: Path) -> tuple[list[Figures], Refresh | None]:
    """Measure every size, each in a folder that is gone afterwards."""
    figures, refreshed = [], None
    for customers in sizes:
        folder = scratch / str(customers)
        folder.mkdir()
        shop = make_shop(customers, folder)
        figures.append(measure(shop, folder, ROUNDS.get(customers, 1)))
        if customers == REFRESHED:
            refreshed = refresh(shop, folder / "refreshed")
        shutil.rmtree(folder)
    return figures, refreshed


def together(figures: Sequence[Figures], refreshed: Refresh | None, kept: Path) -> tuple[list[Figures], Refresh | None]:
    """Add what was measured to the sizes kept in a file, by size, and keep all."""
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"figures": [], "refreshed": None}
    found = {one["customers"]: Figures(**one | {"timings": _timings(one)}) for one in before["figures"]}
    found |= {one.customers: one for one in figures}
    if refreshed is None and before["refreshed"]:
        refreshed = Refresh(**before["refreshed"])
    every = [found[size] for size in sorted(found)]
    facts = {"figures": list(map(asdict, every)), "refreshed": asdict(refreshed) if refreshed else None}
    kept.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return every, refreshed


def _timings(one: dict[str, Any]) -> tuple[Timing, ...]:
    return tuple(Timing(**timing) for timing in one["timings"])


def main(
    size: Annotated[list[int] | None, typer.Option(help="Customers of a sample shop; may be given again.")] = None,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
    keep: Annotated[Path | None, typer.Option(help="File that keeps each size, to measure them one by one.")] = None,
) -> None:
    """Measure, show the section, and write it to the page."""
    with tempfile.TemporaryDirectory() as scratch:
        figures, refreshed = run_all(size or SIZES, Path(scratch))
    if keep:
        figures, refreshed = together(figures, refreshed, keep)
    told = speed_section(figures, refreshed)
    typer.echo(told)
    write_section(page, "speed", told)


if __name__ == "__main__":
    typer.run(main)
