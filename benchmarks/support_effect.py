"""Churn with and without support contact, held against what was planted in many sample shops."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.sample import write_sample
from pipelines.sample.coefficients import Coefficients
from tests.support_truth import DAYS, built, compared, planted_difference

HORIZON = 90
WAYS = ("crude", "without the topic", "adjusted")


def found(customers: int, seed: int) -> tuple[float, dict[str, dict[str, Any]]]:
    """The planted change of churn in one shop, and what the comparison says in each of `WAYS`."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample(customers, seed, Path(folder))
        planted = planted_difference(Path(folder), DAYS, HORIZON, Coefficients())
        with built(Path(folder)) as con:
            told, blind = compared(con, "product"), compared(con)
    return planted, {WAYS[0]: told["crude"], WAYS[1]: blind["adjusted"], WAYS[2]: told["adjusted"]}


def table(rows: list[tuple[float, dict[str, dict[str, Any]]]]) -> Iterator[str]:
    """One Markdown row per way: mean difference beside the planted mean, and how often its interval held it."""
    yield "| comparison | mean difference | planted | interval holds what was planted |"
    yield "|---|---|---|---|"
    planted = sum(truth for truth, _ in rows) / len(rows)
    for way in WAYS:
        mean = sum(ways[way]["difference"] for _, ways in rows) / len(rows)
        held = sum(ways[way]["low"] < truth < ways[way]["high"] for truth, ways in rows)
        yield f"| {way} | {mean * 100:+.2f} points | {planted * 100:+.2f} points | {held} of {len(rows)} |"


def main(
    seeds: Annotated[int, typer.Option(help="How many shops.")] = 16,
    customers: Annotated[int, typer.Option(help="Customers of each shop.")] = 20_000,
) -> None:
    """Write shops with seeds 1, 2, …, compare customers with and without contact, and print a table."""
    for line in table([found(customers, seed) for seed in range(1, seeds + 1)]):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
