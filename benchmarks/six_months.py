"""Six months of deciding on a shop whose truth is known: does the program learn what works, and does that earn more?

    python -m benchmarks.six_months

Every month the shop's data up to that day go through `refresh`, the published plan is launched with a random control
group, the sample shop's planted effects answer, and once a campaign's horizon is over its outcome teaches the next
plans. What a plan would really earn is told by the truth (`pipelines/sample/worth.py`), which the program never sees.
"""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import pandas as pd
import typer

from benchmarks import one_month
from benchmarks.accuracy import PAGE
from benchmarks.page import write_section
from benchmarks.play import Game
from benchmarks.rivals import PLAN, contenders
from benchmarks.six_months_page import Month, section
from pipelines.plan import default_limits
from pipelines.sample.worth import Standing

MONTHS = tuple(date(2026, month, 1) for month in range(5, 11))
SEEDS = (1, 2, 3)


def play(customers: int, seed: int, scratch: Path, months: Sequence[date] = MONTHS) -> list[Month]:
    """Play a shop month by month; the program's plan is what happens, the other contenders are only reckoned."""
    game = Game(customers, seed, scratch)
    game.begin()
    found = []
    for day in months:
        game.refresh(day)
        truth = game.truth(day)
        with game.warehouse() as con:
            chosen = contenders(con, default_limits(game.settings), truth)
            beliefs = _beliefs(con, truth)
        money = {name: float(truth.earned(who)["net"].sum()) for name, who in chosen.items()}
        found.append(Month(day, money, {name: len(who) for name, who in chosen.items()}, beliefs))
        if day != months[-1]:
            game.launch(day, chosen[PLAN])
    return found


def _beliefs(con: duckdb.DuckDBPyConnection, truth: Standing) -> pd.DataFrame:
    """What is believed of each action on a day, and what is true of the customers whom it fits that day."""
    known = con.execute("from action_acceptances where segment = ''").df().set_index("action")
    fitting = con.execute(
        "select customer_id, offers.action, churn_risk from customer_actions as offers "
        "inner join customer_scores using (customer_id)"
    ).df()
    felt = truth.earned(fitting[["customer_id", "action"]]).assign(risk=fitting["churn_risk"])
    left, there = felt[felt["had_left"]].groupby("action"), felt[~felt["had_left"]].groupby("action")
    kept = left["effect"].sum().abs() / felt.groupby("action")["risk"].sum()
    return known[["mean", "low", "high", "harm", "treated_n", "control_n"]].assign(
        true_acceptance=kept, true_harm=there["effect"].mean()
    )


def main(
    customers: Annotated[int, typer.Option(help="Customers of each shop.")] = 8_000,
    seed: Annotated[list[int] | None, typer.Option(help="Seed of a shop; may be given again.")] = None,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Play, measure, show the section, and write it to the page."""
    plays = []
    for one in seed or SEEDS:
        with tempfile.TemporaryDirectory() as scratch:
            plays.append(play(customers, one, Path(scratch)))
        for month in plays[-1]:
            typer.echo(f"seed {one}, {month.day}: {month.money}", err=True)
    told = section(plays, customers, list(one_month.campaigns(range(40), 3_000)))
    typer.echo(told)
    write_section(page, "six months", told)


if __name__ == "__main__":
    typer.run(main)
