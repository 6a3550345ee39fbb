"""How much of what can be known the churn risk finds, and whether it keeps its word in every month.

    python -m benchmarks.planted

Writes a sample shop, runs `ingest` and `backtest` as users do for twelve months in a row, and holds each list against
the shop's planted truth: the ranking against what the true formulas infer from what can be seen
(`pipelines/sample/observer.py`) and against all that is true (`pipelines/sample/oracle.py`), the promise against what
came.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from sklearn.metrics import roc_auc_score

from benchmarks.accuracy import PAGE, pipelines
from benchmarks.page import machine, write_section
from pipelines.sample.observer import inferred_chances
from pipelines.sample.oracle import churn_chances

HORIZON_DAYS = 90
DAYS = tuple(date(2025 + month // 12, month % 12 + 1, 3) for month in range(8, 20))  # the newest whose outcome is known
BEHIND, GAP = 0.01, 0.02  # how far the ranking may lie behind, and a month's promise off


@dataclass(frozen=True)
class Month:
    """One day's list: how many, the churn that came, three AUCs, and how far promises were off.

    `gap`: mean risk − churn rate; `tenths`: mean distance of risk and churn rate over ten equal groups by risk.
    """

    as_of: date
    n: int
    churn_rate: float
    auc: float
    auc_inferred: float
    auc_true: float
    gap: float
    tenths: float

    @property
    def behind(self) -> float:
        """How far the ranking lies behind what can be known."""
        return self.auc_inferred - self.auc


def judge(scored: pd.DataFrame, shop: Path, as_of: date) -> Month:
    """Hold a list (customer_id, churn_risk, churned) against the truth of the shop it was made from."""
    risk, churned = scored["churn_risk"].to_numpy(dtype=float), scored["churned"].to_numpy(dtype=float)
    inferred, true = (
        float(roc_auc_score(churned, scored["customer_id"].map(chances(shop, as_of, HORIZON_DAYS))))
        for chances in (inferred_chances, churn_chances)
    )
    return Month(
        as_of=as_of,
        n=len(scored),
        churn_rate=float(churned.mean()),
        auc=float(roc_auc_score(churned, risk)),
        auc_inferred=inferred,
        auc_true=true,
        gap=float(risk.mean() - churned.mean()),
        tenths=tenths_error(risk, churned),
    )


def tenths_error(risk: np.ndarray, churned: np.ndarray) -> float:
    """Mean distance of mean risk and churn rate over ten equal groups by risk.

    Not 0 even for perfect promises: with n customers chance alone makes about √(2 · 0.2 · 10 / (π · n)) of it.
    """
    groups = np.array_split(np.argsort(risk, kind="stable"), 10)
    return float(np.mean([abs(risk[rows].mean() - churned[rows].mean()) for rows in groups]))


def planted_section(months: Sequence[Month], customers: int) -> str:
    """The section as Markdown."""
    lines = [
        "## Planted truth",
        "",
        f"A [sample shop](sample-shop.md) of {customers:,} customers, whose truth is known. `backtest` on twelve days,",
        f"{HORIZON_DAYS} days ahead. *Can be known*: the AUC of the shop's own formulas with all their coefficients,",
        "each customer's traits inferred from orders and what happened to them. *True*: the same with every hidden",
        "trait known, which no model reaches. *Tenths*: mean distance of promise and outcome over ten groups by risk.",
        "",
        "| day | customers | churn | ROC AUC | can be known | true | promised − actual | tenths |",
        "|---|---|---|---|---|---|---|---|",
        *map(_line, months),
        "",
        _verdict(months),
        "",
        f"{machine()}.",
    ]
    return "\n".join(lines)


def _line(month: Month) -> str:
    return (
        f"| {month.as_of} | {month.n:,} | {month.churn_rate:.3f} | **{month.auc:.3f}** | {month.auc_inferred:.3f} "
        f"| {month.auc_true:.3f} | {month.gap:+.3f} | {month.tenths:.3f} |"
    )


def _verdict(months: Sequence[Month]) -> str:
    """What the months say together, and where the aims are missed."""
    behind = [month.behind for month in months]
    off = [f"{month.as_of:%B %Y} ({month.gap:+.3f})" for month in months if abs(month.gap) >= GAP]
    low = [f"{month.as_of:%B %Y} ({month.behind:.3f})" for month in months if month.behind > BEHIND]
    return (
        f"The ranking lies {np.mean(behind):.4f} behind what can be known on average, {max(behind):.4f} at most"
        f"{f', more than {BEHIND} in {_listed(low)}' if low else ''}. Promises are off by "
        f"{np.mean([abs(month.gap) for month in months]):.3f} on average, "
        f"{f'{GAP} or more in {_listed(off)}' if off else f'under {GAP} in every month'}."
    )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def measure(customers: int, seed: int, days: Sequence[date], scratch: Path) -> list[Month]:
    """Write the shop, and backtest each day on it."""
    shop, home, out = scratch / "shop", scratch / "home", scratch / "list.parquet"
    pipelines("sample", "--customers", str(customers), "--seed", str(seed), "--to", str(shop))
    pipelines("ingest", str(shop), "--home", str(home))
    months = []
    for as_of in days:
        pipelines("backtest", "--as-of", str(as_of), "--out", str(out), "--home", str(home))
        months.append(judge(pd.read_parquet(out), shop, as_of))
        typer.echo(_line(months[-1]), err=True)
    return months


def main(
    customers: Annotated[int, typer.Option(help="Customers of the sample shop.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the sample shop.")] = 3,
    days: Annotated[int, typer.Option(help="How many of the twelve days, newest first; fewer leave the page.")] = 12,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Measure, show the section, and write it to the page when every day was measured."""
    with tempfile.TemporaryDirectory() as scratch:
        months = measure(customers, seed, DAYS[-days:], Path(scratch))
    section = planted_section(months, customers)
    typer.echo(section)
    if len(months) == len(DAYS):
        write_section(page, "planted", section)


if __name__ == "__main__":
    typer.run(main)
