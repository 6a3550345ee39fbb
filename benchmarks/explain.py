"""How long exact contributions take: our tables against shap and XGBoost's own, on the same trees and rows.

    python -m benchmarks.explain

Every contender explains 100 trees of depth 4 grown on random numbers, and the model in use of a sample shop. Contenders
take turns; what is slow is measured on fewer rows and scaled up, which the table says.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import pandas as pd
import shap
import typer
import xgboost as xgb

from benchmarks.accuracy import PAGE, pipelines
from benchmarks.page import machine, write_section
from models.churn import ChurnModel, matrix, numbers
from models.explain import reasons
from models.prior import Prior
from models.treeshap import TreeShap
from models.wording import FeatureWords, words_from
from pipelines import publish, registry
from pipelines.frames import KEYS
from pipelines.score import BATCH_ROWS

ROWS, SLOW_ROWS, ROUNDS = 1_000_000, 20_000, 3
CUSTOMERS = 5_000
OURS, IN_WORDS, SHAP, XGBOOST = (
    "Stammkunde",
    "Stammkunde, with five reasons in words",
    "shap",
    "XGBoost's pred_contribs",
)


@dataclass(frozen=True)
class Case:
    """A model with trees, rows to explain, and what its reasons are told with."""

    name: str
    model: ChurnModel
    frame: pd.DataFrame
    words: Mapping[str, FeatureWords]

    @property
    def trees(self) -> list[tuple[float, xgb.Booster]]:
        """The model's trees with their weight; raises BadParameter where it has none."""
        if not self.model.boosters:
            raise typer.BadParameter(f"{self.name}: without trees there is nothing to compare")
        return self.model.boosters


@dataclass(frozen=True)
class Timing:
    """Median seconds per million rows of one contender, and the rows that it was measured on."""

    contender: str
    rows: int
    wall: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """A case's timings, and the largest difference of our contributions from shap's, in log-odds."""

    case: str
    timings: tuple[Timing, ...]
    difference: float


def random_case(rows: int, trees: int = 100, depth: int = 4, features: int = 60) -> Case:
    """Trees that had something to learn from every feature; one value in ten is missing."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(rows, features)).astype(np.float32)
    values[rng.random(values.shape, dtype=np.float32) < 0.1] = np.nan
    frame = pd.DataFrame(values, columns=[f"number {column}" for column in range(features)])
    learned = frame.head(50_000)
    known = learned.fillna(0.0).to_numpy()
    target = known @ rng.normal(size=features) + known[:, 0] * known[:, 1] + rng.normal(size=len(known)) > 0
    names = tuple(frame.columns)
    parameters = {"objective": "binary:logistic", "base_score": 0.5, "max_depth": depth, "eta": 0.05, "max_bin": 128}
    booster = xgb.train(parameters, matrix(learned, names, label=target), trees)
    return Case(f"{trees} trees of depth {depth}", ChurnModel(names, Prior((), (), (), 0.0), booster), frame, {})


def shop_case(rows: int, home: Path) -> Case:
    """The model in use of a home, on its customers at every snapshot, repeated until there are enough."""
    model = registry.champion(home).churn
    with publish.open_current(home, "features") as con:
        words = words_from(con.execute("from feature_words").df())
        frame = con.execute("from customer_features").df().drop(columns=list(KEYS)).astype(np.float32)
    frame = frame.iloc[np.arange(rows) % len(frame)].reset_index(drop=True)
    trees = sum(trees.num_boosted_rounds() for _, trees in model.boosters)
    return Case(f"sample shop's model: {trees} trees, {len(model.features)} features", model, frame, words)


def contenders(case: Case, slow_rows: int) -> dict[str, tuple[Callable[[], object], int]]:
    """What is measured, by name: the work, and the number of rows that it explains."""
    few = case.frame.head(slow_rows)
    features, trees = case.model.features, case.trees
    typical = {str(name): float(value) for name, value in case.frame[list(features)].median().items()}

    def contributions(model: ChurnModel) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
        for start in range(0, len(case.frame), BATCH_ROWS):
            batch = case.frame.iloc[start : start + BATCH_ROWS]
            yield batch, model.contributions(batch)[0]

    def in_words() -> None:
        for batch, found in contributions(replace(case.model)):
            reasons(batch, features, found, case.words, "€", typical)

    return {  # `replace` makes a model that has no tables yet, so that making them is measured too
        OURS: (lambda: [found.shape for _, found in contributions(replace(case.model))], len(case.frame)),
        IN_WORDS: (in_words, len(case.frame)),
        SHAP: (lambda: [shap.TreeExplainer(one).shap_values(matrix(few, features)) for _, one in trees], len(few)),
        XGBOOST: (lambda: [one.predict(matrix(few, features), pred_contribs=True) for _, one in trees], len(few)),
    }


def measure(case: Case, slow_rows: int = SLOW_ROWS, rounds: int = ROUNDS) -> Measured:
    """Let the contenders take turns, and compare our contributions with shap's."""
    asked = contenders(case, slow_rows)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, (work, _) in asked.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    timings = tuple(
        Timing(name, rows, *(1e6 / rows * median(taken) for taken in zip(*seconds[name], strict=True)))
        for name, (_, rows) in asked.items()
    )
    return Measured(case.name, timings, difference_from_shap(case, slow_rows))


def difference_from_shap(case: Case, rows: int) -> float:
    """Largest difference of a contribution of the trees from shap's, in log-odds, on the first rows."""
    frame, features = case.frame.head(rows), case.model.features
    return max(
        float(np.abs(TreeShap.of(one).values(numbers(frame, features)) - theirs).max())
        for one in (trees for _, trees in case.trees)
        for theirs in [shap.TreeExplainer(one).shap_values(matrix(frame, features))]
    )


def section(results: Sequence[Measured]) -> str:
    """The section on contributions as Markdown."""
    lines = [
        "## Contributions",
        "",
        "What each feature adds to a customer's log-odds, exactly (`make bench-speed`). Seconds per million rows,",
        f"medians of {ROUNDS} rounds in which all take turns; what was measured on fewer rows is scaled up. Seconds",
        "depend on what else the machine does, CPU seconds (of all cores together) hardly.",
        "",
        "| trees | contender | rows measured | seconds | CPU seconds | × ours | CPU × ours |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        ours = result.timings[0]
        lines += [
            f"| {result.case} | {timing.contender} | {timing.rows:,} | {timing.wall:.1f} | {timing.cpu:.1f} "
            f"| {timing.wall / ours.wall:.1f} | {timing.cpu / ours.cpu:.1f} |"
            for timing in result.timings
        ]
    worst = max(result.difference for result in results)
    return "\n".join([*lines, "", f"Largest difference from shap: {worst:.0e} log-odds.", "", f"{machine()}."])


def main(
    home: Annotated[Path | None, typer.Option(help="A home with a model; without it a sample shop is made.")] = None,
    rows: Annotated[int, typer.Option(help="Rows that our own contributions are measured on.")] = ROWS,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Measure, show the section, and write it to the page."""
    results = [measure(random_case(rows))]
    with tempfile.TemporaryDirectory() as scratch:
        if home is None:
            home = Path(scratch) / "home"
            pipelines("sample", "--customers", str(CUSTOMERS), "--seed", "1", "--to", f"{scratch}/sample")
            pipelines("refresh", f"{scratch}/sample", "--home", str(home))
        results.append(measure(shop_case(rows, home)))
    told = section(results)
    typer.echo(told)
    write_section(page, "contributions", told)


if __name__ == "__main__":
    typer.run(main)
