"""How fast the pages' questions are answered on a million customers, beside one reading of the whole list.

    python -m benchmarks.queries

The warehouse is drawn, not computed: it has the shape of a published one (a test holds the two together).
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import duckdb
import typer

from benchmarks.accuracy import PAGE
from benchmarks.page import machine, write_section
from pipelines import queries
from pipelines.queries import ListFilter, ListOrder
from tests.warehouse_fixture import publish_warehouse

CUSTOMERS, ROUNDS = 1_000_000, 5
WHOLE = "select count(columns(*)) from customer_list"  # every value of the list, read once


def questions(con: duckdb.DuckDBPyConnection) -> dict[str, Callable[[], object]]:
    """What the pages ask, by what it is for."""
    last = queries.list_summary(con, ListFilter())["customers"] // 50
    nobody = ListFilter(search="nobody", bands=("high",), segments=("Lost",))
    found = ListFilter(search="öztürk", bands=("high",))
    return {
        "worklist, first page": lambda: queries.list_page(con, ListFilter(), ListOrder()),
        "worklist, last page by name": lambda: queries.list_page(con, ListFilter(), ListOrder("name", False), last),
        "worklist, part of a name": lambda: queries.list_page(con, found, ListOrder("days_overdue")),
        "worklist, which filter hides all": lambda: queries.loosening(con, nobody),
        "customer, everything that happened": lambda: queries.customer_events(con, "C0000050"),
    }


def measure(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[float, float]]:
    """Milliseconds of each question and how many readings of the whole list that is: medians, all taking turns."""
    asked = questions(con) | {WHOLE: lambda: con.execute(WHOLE).fetchall()}
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS + 1):
        for name, ask in asked.items():
            started = time.perf_counter()
            ask()
            taken[name].append(time.perf_counter() - started)
    middle = {name: median(times[1:]) for name, times in taken.items()}  # the first round warms up
    whole = middle.pop(WHOLE)
    return {name: (1000 * seconds, seconds / whole) for name, seconds in middle.items()}


def section(found: dict[str, tuple[float, float]], customers: int) -> str:
    """The section as Markdown."""
    slowest = max(found, key=lambda name: found[name][0])
    lines = [
        "## Pages",
        "",
        f"What the pages ask of a warehouse of {customers:,} customers (`make bench-speed`), medians of {ROUNDS}",
        "rounds in which all take turns, and as a share of reading every value of the list once.",
        "",
        "| question | milliseconds | × one reading of the list |",
        "|---|---|---|",
        *[f"| {name} | {milliseconds:.0f} | {ratio:.2f} |" for name, (milliseconds, ratio) in found.items()],
        "",
        f"The slowest is *{slowest}*. {machine()}.",
    ]
    return "\n".join(lines)


def main(
    customers: Annotated[int, typer.Option(help="Customers of the drawn warehouse; fewer leave the page.")] = CUSTOMERS,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Measure, show the section, and write it when it was measured on a million customers."""
    with tempfile.TemporaryDirectory() as home:
        drawn = publish_warehouse(Path(home), customers=customers)
        with duckdb.connect(str(drawn), read_only=True) as con:
            text = section(measure(con), customers)
    typer.echo(text)
    if customers == CUSTOMERS:
        write_section(page, "pages", text)


if __name__ == "__main__":
    typer.run(main)
