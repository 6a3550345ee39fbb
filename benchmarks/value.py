"""How good expected values are on later outcomes: the value model beside Gamma-Gamma and the customer's own past year.

    python -m benchmarks.value --data FOLDER

Features and models are made from what was known before the day; the promise covers exactly the days that were seen
afterwards, for customers who stayed. FOLDER as for benchmarks.accuracy; the sample shop is made on the spot.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import duckdb
import pandas as pd
import typer

from benchmarks.accuracy import EVERYONE, PAGE, ROOT, pipelines, place_data
from benchmarks.page import machine, write_section
from benchmarks.rows import TITLES
from models.params import Params
from models.value_figures import GAMMA_GAMMA, MODEL, OWN_PAST, judge
from models.value_fit import candidates, fit_value
from pipelines import publish
from pipelines.build import build_into, facts_into
from pipelines.config import Settings, load_settings
from pipelines.train import training_frame
from pipelines.value_rows import known_now, known_then, outcomes_by, terms_of

SAMPLE = "sample"
SAMPLE_CUSTOMERS = 20_000
_TITLES = TITLES | {SAMPLE: "Sample shop"}
_WORSE = {"spearman": 0.005, "top_tenth_share": 0.005, "ratio_of_sums": 0.02}  # differences below are no loss
_NAMES = {"spearman": "rank correlation", "top_tenth_share": "share in the highest tenth", "ratio_of_sums": "sum"}


@dataclass(frozen=True)
class ValueRow:
    """One measurement: who stays is seen over `horizon_days`, the margin promised and seen over `value_days`."""

    data: str
    as_of: date
    horizon_days: int
    value_days: int

    @property
    def name(self) -> str:
        """The row in words."""
        return f"{_TITLES[self.data]}, {self.as_of}, {self.value_days} days"


ROWS = (
    ValueRow("cdnow", date(1997, 7, 1), 60, 365),
    ValueRow("cdnow", date(1998, 1, 1), 90, 181),
    ValueRow("complete_journey", date(2017, 7, 2), 30, 183),
    ValueRow("complete_journey", date(2017, 9, 2), 30, 120),
    ValueRow("online_retail_ii_2010", date(2010, 6, 1), 60, 182),
    ValueRow("online_retail_ii_2010", date(2010, 9, 2), 60, 90),
    ValueRow(SAMPLE, date(2024, 11, 1), 90, 365),
    ValueRow(SAMPLE, date(2025, 11, 1), 90, 365),
)


@dataclass(frozen=True)
class ValueResult:
    """The figures of models.value_figures.judge, and which model the pipeline would have used."""

    row: ValueRow
    used: str
    figures: dict[str, Any]


@contextmanager
def _database(home: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "scratch.duckdb")) as con:
        publish.configure(con, home, settings)
        publish.attach(con, publish.require(home, "source"), "source")
        yield con


def run(row: ValueRow, home: Path) -> ValueResult:
    """Fit on what was known before the day, judge on what came, on an ingested home."""
    settings = _settings(row, home)
    terms, params = terms_of(settings), Params(threads=os.cpu_count() or 1)
    with _database(home, settings) as con:
        build_into(con, "source", settings, row.as_of)
        frame = training_frame(con, "main", params.max_rows)
        known = known_now(con, "main", frame)
        _, chosen = fit_value(known, terms, params, known_then(con, "main", frame, terms))
        models = candidates(known, terms, params)
        rows = con.execute("select * from customer_features where as_of_date = ?", [row.as_of]).df()
    with _database(home, settings) as con:
        facts_into(con, "source", settings)
        rows = outcomes_by(con, "main", _stayed(con, rows, row), row.as_of + timedelta(days=row.value_days), terms)
    return ValueResult(row, chosen["used"], judge(rows, {name: model.predict(rows) for name, model in models.items()}))


def _settings(row: ValueRow, home: Path) -> Settings:
    base = load_settings(home)
    everyone = int(EVERYONE) if row.data != SAMPLE else base.churn.active_days
    churn = base.churn.model_copy(update={"horizon_days": row.horizon_days, "active_days": everyone})
    economics = base.economics.model_copy(update={"value_horizon_days": row.value_days})
    return base.model_copy(update={"churn": churn, "economics": economics})


def _stayed(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, row: ValueRow) -> pd.DataFrame:
    """Rows of customers with an order within the horizon."""
    found = con.execute(
        "select distinct customer_id from order_facts where ordered_on >= ? and ordered_on < ?",
        [row.as_of, row.as_of + timedelta(days=row.horizon_days)],
    ).fetchall()
    return rows[rows["customer_id"].isin({customer for (customer,) in found})].reset_index(drop=True)


def run_all(rows: Sequence[ValueRow], folder: Path | None, scratch: Path) -> list[ValueResult]:
    """Measure every row whose data are there, each data set loaded once."""
    results: list[ValueResult] = []
    for data in dict.fromkeys(row.data for row in rows):
        home = _ingested(data, folder, scratch)
        if home is None:
            typer.echo(f"{_TITLES[data]}: not there, left out", err=True)
            continue
        for row in rows:
            if row.data == data:
                results.append(run(row, home))
                typer.echo(f"{row.name}: measured", err=True)
    return results


def _ingested(data: str, folder: Path | None, scratch: Path) -> Path | None:
    home, target = scratch / data, scratch / f"{data}_source"
    if data == SAMPLE:
        pipelines("sample", "--customers", str(SAMPLE_CUSTOMERS), "--seed", "2", "--to", str(target))
        pipelines("ingest", str(target), "--home", str(home))
        return home
    source = place_data(data, folder, target)
    if source is None:
        return None
    pipelines("ingest", str(source), "--mapping", str(ROOT / f"docs/mappings/{data}.toml"), "--home", str(home))
    return home


_INTRODUCTION = """## Value

Margin promised to customers who then stayed, against what they brought in the days after: promised ÷ seen (95 %
interval), Spearman's rank correlation, and the share of all margin that the tenth with the highest promises brought.
*Own past* is the customer's margin of the last year; *Gamma-Gamma* the expected worth of an order times MBG/NBD's
expected number of orders of one who stays. All was fitted on what was known before the day. In bold what the pipeline
would have used, decided on earlier outcomes alone.
"""


def value_section(results: Sequence[ValueResult]) -> str:
    """The section on expected values as Markdown."""
    return "\n".join(
        [
            _INTRODUCTION,
            "| data, day, days seen | stayed | own past | Gamma-Gamma | value model |",
            "|---|---|---|---|---|",
            *(_line(result) for result in results),
            "",
            losses(results),
            "",
            "Online Retail II 2010 holds one year: no Christmas was known before the one that the promises fall into.",
            "",
            f"{machine()}.",
        ]
    )


def _line(result: ValueResult) -> str:
    cells = []
    for name in (OWN_PAST, GAMMA_GAMMA, MODEL):
        found = result.figures["models"][name]
        ratio = found["ratio_of_sums"]
        told = f"{ratio['value']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f}), {found['spearman']['value']:.3f}, "
        told += f"{found['top_tenth_share']['value']:.1%}"
        cells.append(f"**{told}**" if name == result.used else told)
    return f"| {result.row.name} | {result.figures['n']:,} | {' | '.join(cells)} |"


def losses(results: Sequence[ValueResult]) -> str:
    """Where what the pipeline would have used is worse than one of the three others, beyond what rounding hides."""
    told = []
    for result in results:
        found = {
            name: {key: value["value"] for key, value in row.items()} for name, row in result.figures["models"].items()
        }
        for key, least in _WORSE.items():
            scores = {name: -abs(row[key] - 1) if key == "ratio_of_sums" else row[key] for name, row in found.items()}
            by = max(scores.values()) - scores[result.used]
            if by > least:
                told.append(f"{_NAMES[key]} on {result.row.name} by {by:.3f}")
    return (
        f"**Where we lose** to one of the three: {'; '.join(told)}."
        if told
        else "None of the three is better on any row."
    )


def main(
    data: Annotated[Path | None, typer.Option(help="Folder as for benchmarks.accuracy.")] = None,
    page: Annotated[Path, typer.Option(help="Page to write the table to, when every row was measured.")] = PAGE,
) -> None:
    """Measure, show the table, and write it to the page when nothing is missing."""
    with tempfile.TemporaryDirectory() as scratch:
        results = run_all(ROWS, data.resolve() if data else None, Path(scratch))
    section = value_section(results)
    typer.echo(section)
    if len(results) == len(ROWS):
        write_section(page, "value", section)
    else:
        typer.echo(f"{page.name} stays as it was: not every data set was there.", err=True)


if __name__ == "__main__":
    typer.run(main)
