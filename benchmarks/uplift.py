"""Whether individual effects of a real e-mail can be told: the Qini coefficient on a public randomised test.

    python -m benchmarks.uplift --data FOLDER

FOLDER holds hillstrom_womens.parquet (K. Hillstrom's MineThatData test, arms "Womens E-Mail" and "No E-Mail"). Without
it nothing is measured and the page stays as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.accuracy import PAGE
from benchmarks.page import machine, write_section
from models.qini import Randomised, qini
from models.uplift import LEARNERS, Proof, choose, prove

FILE = "hillstrom_womens.parquet"
SPLITS = 10
NEEDED = 0.055
REFERENCES = {"reference: T-learner, logistic": 0.062, "reference: response model": 0.017}
_AFTER = ["segment", "visit", "conversion", "spend"]
Ranking = Callable[[np.ndarray, Randomised, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Figures:
    """Mean Qini of the half splits and its standard deviation by ranking, and what unlocking says of all customers."""

    n: int
    qini: Mapping[str, tuple[float, float]]
    proof: Proof


def read(folder: Path) -> tuple[np.ndarray, Randomised] | None:
    """What was known of each customer before the mail, and the draw with visits; None without the file."""
    path = folder / FILE
    if not path.exists():
        return None
    rows = pd.read_parquet(path)
    known = pd.get_dummies(rows.drop(columns=_AFTER), dtype=float).to_numpy()
    return known, Randomised.of((rows["segment"] == "Womens E-Mail").to_numpy(), rows["visit"].to_numpy(float))


def half_splits(known: np.ndarray, seen: Randomised, ranking: Ranking, splits: int = SPLITS) -> list[float]:
    """The Qini on the half that a ranking did not learn from; halves have the arms' shares, seeds 0, 1, …"""
    found = []
    for seed in range(splits):
        learn, hold = train_test_split(np.arange(len(seen)), test_size=0.5, random_state=seed, stratify=seen.treated)
        found.append(qini(ranking(known[learn], seen.where(learn), known[hold]), seen.where(hold)))
    return found


def response_model(known: np.ndarray, seen: Randomised, new: np.ndarray) -> np.ndarray:
    """Ranks by the chance of a visit in either arm: what is done where nobody asks what contact changed."""
    return _logistic(known, seen.outcome).predict_proba(new)[:, 1]


def t_learner(known: np.ndarray, seen: Randomised, new: np.ndarray) -> np.ndarray:
    """The reference's two logistic regressions."""
    treated, control = (_logistic(known[arm], seen.outcome[arm]) for arm in (seen.treated, ~seen.treated))
    return np.asarray(treated.predict_proba(new)[:, 1] - control.predict_proba(new)[:, 1])


def chosen(known: np.ndarray, seen: Randomised, new: np.ndarray) -> np.ndarray:
    """What the product does: the learner that ranks best within the half it may see."""
    return LEARNERS[choose(known, seen)](known, seen)(new).added


def _logistic(known: np.ndarray, outcome: np.ndarray) -> LogisticRegression:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(known, outcome > 0)


def measure(known: np.ndarray, seen: Randomised) -> Figures:
    """Every ranking on the same ten half splits."""
    rankings: dict[str, Ranking] = {
        "response model, logistic": response_model,
        "T-learner, plain logistic": t_learner,
        **{name: lambda a, s, b, learn=learn: learn(a, s)(b).added for name, learn in LEARNERS.items()},  # type: ignore[misc]
        "**Stammkunde** (chosen within the half)": chosen,
    }
    found = {name: half_splits(known, seen, ranking) for name, ranking in rankings.items()}
    told = {name: (float(np.mean(values)), float(np.std(values, ddof=1))) for name, values in found.items()}
    return Figures(len(seen), told, prove(known, seen))


def section(figures: Figures) -> str:
    """The section on uplift as Markdown."""
    proof = figures.proof
    verdict = "unlocked" if proof.is_unlocked else "locked"
    lines = [
        "## Uplift",
        "",
        f"Hillstrom's randomised e-mail test ({figures.n:,} customers, women's e-mail against none, outcome visit).",
        "Qini coefficient on the half not learned from, mean of ten half splits (arms stratified, seeds 0 to 9): area",
        "between the Qini curve and the random line over that of a ranking that knew every outcome; 0 is chance.",
        "",
        "| ranking | Qini | standard deviation of the splits |",
        "|---|---|---|",
        *(f"| {name} | {mean:.3f} | {spread:.3f} |" for name, (mean, spread) in figures.qini.items()),
        *(f"| {name} | {value:.3f} | |" for name, value in REFERENCES.items()),
        "",
        f"Two held-out halves, resampled customers: Qini {proof.qini.value:.3f} ({proof.qini.low:.3f} to",
        f"{proof.qini.high:.3f}), lead over ranking by risk {proof.lead.value:.3f} ({proof.lead.low:.3f} to",
        f"{proof.lead.high:.3f}): **{verdict}**. {_losses(figures)}",
        "",
        f"{machine()}.",
    ]
    return "\n".join(lines)


def _losses(figures: Figures) -> str:
    """Where the product's own choice is behind."""
    *others, ours = figures.qini.items()
    better = [name for name, (mean, _) in others if mean > ours[1][0] + 0.0005]
    return f"**Where we lose**: {'; '.join(better)} ranks better." if better else "No other ranking is better."


def main(
    data: Annotated[Path | None, typer.Option(help=f"Folder with {FILE}.")] = None,
    page: Annotated[Path, typer.Option(help="Page to write the table to.")] = PAGE,
) -> None:
    """Measure, show the table, and write it to the page."""
    found = read(data) if data else None
    if found is None:
        typer.echo(f"{FILE} is not there: uplift is not measured and {page.name} stays as it was.", err=True)
        return
    text = section(measure(*found))
    typer.echo(text)
    write_section(page, "uplift", text)


if __name__ == "__main__":
    typer.run(main)
