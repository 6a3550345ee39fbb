"""How often what came lies within the band of the forecast: sample shops of several seeds through the whole pipeline.

    python -m benchmarks.forecast --shops 10 --customers 1500

Each shop is loaded, trained and scored as a user would, in a scratch folder. Judged are the months and horizons that
were over: forecasts by models that knew nothing later, with bands made of what was known on their day.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import duckdb
import pandas as pd
import typer

from models.wilson import wilson
from pipelines import publish

ROOT = Path(__file__).parent.parent
MEASURES = {"month": "retention of a calendar month", "horizon": "share that stays over the horizon"}


def pipelines(*arguments: object) -> None:
    """Run a command as a user does; raises CalledProcessError."""
    command = [sys.executable, "-m", "pipelines", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603


def judged(home: Path) -> pd.DataFrame:
    """The forecasts of a scored home whose outcome is known."""
    path = publish.require(home, "warehouse")
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("from retention_forecast where kind = 'past'").df()


def lines(found: pd.DataFrame) -> list[str]:
    """Coverage per measure with its interval, the width of the bands, and the mean gap."""
    told = []
    for measure, words in MEASURES.items():
        rows = found[found["measure"] == measure]
        if rows.empty:
            continue
        inside = rows["is_within"].astype(float)
        low, high = wilson(inside.mean(), len(rows))
        gap, width = (rows["actual"] - rows["expected"]), (rows["high"] - rows["low"]) / 2
        told.append(
            f"{words}: {int(inside.sum())} of {len(rows)} within the 95 % band ({inside.mean():.0%}, {low:.0%} to "
            f"{high:.0%}); half a band is {width.mean() * 100:.2f} points, the mean gap {gap.mean() * 100:+.2f}, "
            f"the mean absolute gap {gap.abs().mean() * 100:.2f}."
        )
    return told


def main(
    shops: Annotated[int, typer.Option(help="how many, each of its own seed")] = 10,
    customers: Annotated[int, typer.Option(help="of each shop")] = 1_500,
    first_seed: Annotated[int, typer.Option(help="seeds count up from here")] = 101,
) -> None:
    """Make the shops one after the other and say how many forecasts came true."""
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(first_seed, first_seed + shops):
            shop = Path(scratch) / str(seed)
            pipelines("sample", "--customers", customers, "--seed", seed, "--to", shop / "source")
            pipelines("refresh", shop / "source", "--home", shop / "home")
            found.append(judged(shop / "home").assign(seed=seed))
            inside = found[-1].groupby("measure")["is_within"].agg(["sum", "count"])
            said = ", ".join(f"{name} {int(row['sum'])} of {row['count']}" for name, row in inside.iterrows())
            typer.echo(f"seed {seed}: {said}", err=True)
    typer.echo("\n".join(lines(pd.concat(found, ignore_index=True))))


if __name__ == "__main__":
    typer.run(main)
