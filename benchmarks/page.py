"""The page of benchmark figures: tables from results, with machine, versions and date, and where we lose."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.rows import REFERENCES, Row
from models.evaluate import Estimate

VERSIONS = ("xgboost", "xgboost-cpu", "scikit-learn", "scipy", "numpy", "pandas", "duckdb", "polars", "shap")
_HEAD = """# Benchmarks

Measured by `make bench` (`bench-accuracy` and `bench-speed`), not written by hand.
"""


@dataclass(frozen=True)
class Result:
    """What the pipeline reached in one row: every metric of `models.evaluate` with its interval, and the seconds."""

    row: Row
    n: int
    churn_rate: float
    figures: Mapping[str, Estimate]
    seconds: float


def write_section(page: Path, name: str, text: str) -> None:
    """Put a section between its marks on the page, in place of the one that stands there, and leave the others."""
    before = page.read_text(encoding="utf-8") if page.exists() else _HEAD
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    marked = f"{start}\n{text.strip()}\n{end}"
    found = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    after = found.sub(lambda _: marked, before) if found.search(before) else f"{before.rstrip()}\n\n{marked}\n"
    page.write_text(after, encoding="utf-8")


def accuracy_section(results: Sequence[Result]) -> str:
    """The section on accuracy as Markdown; rows without references stand only in the table of our own figures."""
    compared = [result for result in results if result.row.references]
    lines = [
        "## Accuracy",
        "",
        "ROC AUC / log loss of the churn risk that `backtest` gives, one configuration for all, beside reference",
        "models on the same customers, described in [benchmarks/rows.py](../benchmarks/rows.py). Eligible is every",
        "customer with an order before the day.",
        "",
        "| data, day, horizon | churn | " + " | ".join(map(_title, REFERENCES)) + " | Stammkunde |",
        "|---|---|" + "---|" * (len(REFERENCES) + 1),
        *map(_compared_line, compared),
        "",
        *([_verdict(compared), ""] if compared else []),
        "Ours with 95 % intervals (resampled customers); the calibration gap is mean risk − churn rate.",
        "",
        *own_table(results),
        "",
        f"{machine()}.",
    ]
    return "\n".join(lines)


def own_table(results: Sequence[Result]) -> list[str]:
    """Our own figures as the lines of a Markdown table."""
    return [
        "| data, day, horizon | customers | ROC AUC | log loss | calibration gap | seconds |",
        "|---|---|---|---|---|---|",
        *map(_own_line, results),
    ]


def _title(name: str) -> str:
    return {"bg_nbd": "BG/NBD"}.get(name, name)


def _compared_line(result: Result) -> str:
    others = [f"{auc:.3f} / {loss:.3f}" for auc, loss in (result.row.references[name] for name in REFERENCES)]
    ours = f"**{result.figures['roc_auc'].value:.3f} / {result.figures['log_loss'].value:.3f}**"
    return f"| {result.row.name} | {result.churn_rate:.3f} | {' | '.join(others)} | {ours} |"


def _own_line(result: Result) -> str:
    told = [_with_interval(result.figures[name]) for name in ("roc_auc", "log_loss", "calibration_gap")]
    return f"| {result.row.name} | {result.n:,} | {' | '.join(told)} | {result.seconds:.0f} |"


def _with_interval(figure: Estimate) -> str:
    return f"{figure.value:.4f} ({figure.low:.4f} to {figure.high:.4f})"


def behind(result: Result, metric: str) -> float:
    """By how much the row's best reference is better than ours; negative where ours is the best."""
    ours, best = result.figures[metric].value, result.row.best(metric)
    return best - ours if metric == "roc_auc" else ours - best


def _verdict(results: Sequence[Result]) -> str:
    """What the rows say together, and the sentence that says where we lose."""
    auc, loss = ([behind(result, metric) for result in results] for metric in ("roc_auc", "log_loss"))
    blend = [result.row.references["blend"] for result in results]
    figures = [(result.figures["roc_auc"].value, result.figures["log_loss"].value) for result in results]
    ranked = sum(ours[0] > theirs[0] for ours, theirs in zip(figures, blend, strict=True))
    promised = sum(ours[1] < theirs[1] for ours, theirs in zip(figures, blend, strict=True))
    gap = max(abs(result.figures["calibration_gap"].value) for result in results)
    return (
        f"Against the best figure of each row: AUC {-sum(auc) / len(auc):+.4f}, log loss {sum(loss) / len(loss):+.4f} "
        f"on average. Better than the blend in AUC on {ranked} and in log loss on {promised} of {len(results)} rows. "
        f"Largest calibration gap {gap:.3f}. {losses(results)}"
    )


def losses(results: Sequence[Result]) -> str:
    """Where any reference is better, beyond the third decimal in which references are known."""
    told = []
    for result in results:
        for metric, words in (("roc_auc", "AUC"), ("log_loss", "log loss")):
            by = behind(result, metric)
            if by > 0.0005:
                told.append(f"{words} on {result.row.name} by {by:.4f}")
    return (
        f"**Where we lose** to the best reference: {'; '.join(told)}." if told else "No reference is better on any row."
    )


def machine() -> str:
    """Machine, system, versions and day."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0
    told = ", ".join(f"{name} {number}" for name, number in _installed().items())
    return (
        f"Measured on {datetime.now(UTC):%d %b %Y} on {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}, {told}"
    )


def _installed() -> dict[str, str]:
    found = {}
    for name in VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
