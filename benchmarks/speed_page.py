"""The section on speed: tables from timings, held against what was promised, and where we lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.page import machine

TITLES = {
    "pipeline": "**Stammkunde**",
    "joins": "DuckDB, joins per snapshot",
    "pandas": "pandas",
    "polars": "polars, lazy",
}
# The most that our time may be of theirs: (customers, contender) → share of both wall and CPU time.
PROMISED = {(100_000, "joins"): 0.3, (100_000, "pandas"): 0.45, (100_000, "polars"): 1.3, (1_000_000, "polars"): 0.8}
GROWTH = 12  # times the seconds at 100,000 customers for a million
GIBIBYTES = 6
REFRESH_SECONDS = 240
_TEXT = """## Speed of the features

Features of 12 monthly snapshots on the sample shop (`make bench-speed`): the 59 that orders, order lines and products
give, the same in every contender, equal to float tolerance (checked in the run). All start from the loaded tables and
end with every snapshot on disk: ours in a DuckDB file, the others as Parquet. Facts (one narrow row per order, return
and first purchase) are built once and counted; polars and pandas build the same facts themselves, *joins per snapshot*
builds none and joins and aggregates the source tables for every snapshot anew. Each run has a process of its own,
contenders take turns, figures are medians; seconds are without the start of Python. Labels are not counted. Seconds
far above half the CPU seconds mean that other work ran on the machine; CPU seconds are the steadier figure. """


@dataclass(frozen=True)
class Timing:
    """What one contender took: seconds, CPU seconds, CPU seconds of these for facts, and peak memory."""

    contender: str
    wall: float
    cpu: float
    facts_cpu: float
    gibibytes: float


@dataclass(frozen=True)
class Figures:
    """All contenders on one shop, ours first."""

    customers: int
    orders: int
    lines: int
    rounds: int
    timings: tuple[Timing, ...]


@dataclass(frozen=True)
class Refresh:
    """Seconds and CPU seconds of each step of a whole refresh."""

    customers: int
    steps: Mapping[str, tuple[float, float]]


def speed_section(figures: Sequence[Figures], refreshed: Refresh | None) -> str:
    """The section as Markdown."""
    lines = [
        *_TEXT.strip().splitlines(),
        "",
        "| customers | contender | seconds | CPU seconds | of these facts | GiB | ours ÷ theirs | in CPU |",
        "|---|---|---|---|---|---|---|---|",
        *(line for found in figures for line in _lines(found)),
        "",
        *_left_out(figures),
        *_verdict(figures, refreshed),
        "",
    ]
    if refreshed:
        lines += [*_refresh_lines(refreshed), ""]
    return "\n".join([*lines, f"{machine()}."])


def _lines(found: Figures) -> list[str]:
    ours, *others = found.timings
    shares = ["| |", *(f"{ours.wall / one.wall:.2f} | {ours.cpu / one.cpu:.2f} |" for one in others)]
    return [
        f"| {found.customers:,} | {TITLES[one.contender]} | {one.wall:.1f} | {one.cpu:.1f} | {_facts(one)} "
        f"| {one.gibibytes:.1f} | {share}"
        for one, share in zip(found.timings, shares, strict=True)
    ]


def _facts(timing: Timing) -> str:
    return f"{timing.facts_cpu:.1f}" if timing.facts_cpu else "–"


def _left_out(figures: Sequence[Figures]) -> list[str]:
    """What each size is, and who was not measured on it."""
    told = []
    for found in figures:
        absent = [name for key, name in TITLES.items() if key not in {one.contender for one in found.timings}]
        note = f"; left out, because slow: {', '.join(absent)}" if absent else ""
        rounds = f"{found.rounds} rounds" if found.rounds > 1 else "one round"
        told.append(f"{found.customers:,} customers: {found.orders:,} orders, {found.lines:,} lines, {rounds}{note}.")
    return [*told, ""]


def misses(figures: Sequence[Figures], refreshed: Refresh | None) -> list[str]:
    """Every target that was measured and not reached, in words."""
    told = []
    for found in figures:
        ours = found.timings[0]
        for other in found.timings[1:]:
            promised = PROMISED.get((found.customers, other.contender))
            for part, share in (("seconds", ours.wall / other.wall), ("CPU seconds", ours.cpu / other.cpu)):
                if promised and share > promised:
                    title = TITLES[other.contender]
                    told.append(f"{share:.2f} × {title} in {part} at {found.customers:,} customers (wanted {promised})")
        if ours.gibibytes > GIBIBYTES:
            told.append(f"{ours.gibibytes:.1f} GiB at {found.customers:,} customers (wanted {GIBIBYTES})")
    growth = growth_of(figures)
    if growth and growth > GROWTH:
        told.append(f"ten times the customers take {growth:.1f} times the CPU seconds (wanted {GROWTH})")
    if refreshed and (seconds := sum(wall for wall, _ in refreshed.steps.values())) > REFRESH_SECONDS:
        told.append(f"a refresh of {refreshed.customers:,} customers takes {seconds:.0f} s (wanted {REFRESH_SECONDS})")
    return told


def growth_of(figures: Sequence[Figures]) -> float | None:
    """Our CPU seconds at a million customers over those at 100,000; None unless both were measured."""
    cpu = {found.customers: found.timings[0].cpu for found in figures}
    return cpu[1_000_000] / cpu[100_000] if {100_000, 1_000_000} <= set(cpu) else None


def slower(figures: Sequence[Figures]) -> list[str]:
    """Where another way to the same features took less time than ours."""
    return [
        f"{TITLES[other.contender]} at {found.customers:,} customers "
        f"({found.timings[0].wall / other.wall:.2f} in seconds, {found.timings[0].cpu / other.cpu:.2f} in CPU seconds)"
        for found in figures
        for other in found.timings[1:]
        if found.timings[0].wall > other.wall or found.timings[0].cpu > other.cpu
    ]


def _verdict(figures: Sequence[Figures], refreshed: Refresh | None) -> list[str]:
    """Growth, the sentence that says where we lose, and targets that were not reached."""
    growth = growth_of(figures)
    lost, missed = slower(figures), misses(figures, refreshed)
    return [
        *(
            [f"Ten times the customers, 100,000 to a million, take {growth:.1f} times the CPU seconds."]
            if growth
            else []
        ),
        f"**Where we lose**: {'; '.join(lost)}." if lost else "Nobody was faster on any size.",
        f"Not reached: {'; '.join(missed)}." if missed else "Every target that was measured is reached.",
    ]


def _refresh_lines(refreshed: Refresh) -> list[str]:
    total = [sum(parts) for parts in zip(*refreshed.steps.values(), strict=True)]
    rows = [*refreshed.steps.items(), ("together", tuple(total))]
    return [
        f"A whole first refresh of {refreshed.customers:,} customers, every table of the sample shop, labels included:",
        "",
        "| step | seconds | CPU seconds |",
        "|---|---|---|",
        *(f"| {name} | {wall:.0f} | {cpu:.0f} |" for name, (wall, cpu) in rows),
    ]
