"""The steps of the jobs: each does one part of a command and hands back what it brought, in words and as facts.

Modules of a step are imported when it runs, so that `status` answers without loading the training libraries.
"""

from datetime import date
from pathlib import Path
from typing import Any, Protocol

from pipelines.config import Settings
from pipelines.console import Outcome
from pipelines.progress import Progress, Span, by_step

Record = dict[str, Any]

# Which part of the time each step of a scoring takes, about, for the bar of the whole.
_SCORE: dict[str, Span] = {
    "customers": (0.0, 0.2), "score": (0.2, 0.4), "changes": (0.4, 0.45), "recommendations": (0.45, 0.75),
    "actions": (0.75, 0.8), "plan": (0.8, 0.85), "segments": (0.9, 0.95), "personas": (0.95, 1.0),
}  # fmt: skip
_MARTS: Span = (0.85, 0.9)


class Report(Protocol):
    """What every step hands back: the same in plain lines and as JSON-able facts."""

    def lines(self) -> list[str]:
        """The report in plain lines."""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""


def told(report: Report) -> Outcome:
    """A report as what a command shows."""
    return Outcome(report.lines(), report.to_dict())


def ingest(
    source: str, mapping: Path | None, home: Path, settings: Settings, record: Record, progress: Progress
) -> Outcome:
    """Check and load a source."""
    from pipelines.ingest import ingest as load

    report = load(home, source, settings, record["run_id"], mapping=mapping, progress=progress)
    record["data_hash"] = report.data_hash
    return told(report)


def build(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
    """Compute features and labels of every snapshot."""
    from pipelines.build import build as build_features

    report = build_features(home, settings, record["run_id"], progress=progress)
    return told(report)


def promotion(
    version: str | None, said: tuple[str | None, str], home: Path, _: Settings, record: Record, progress: Progress
) -> Outcome:
    """Promote a version, or with none go back to the one before; `said` is by whom and why."""
    from pipelines.promotion import Decision, promote, roll_back

    decision = Decision(said[0] or record["by"], said[1])
    place = decision, record["run_id"], progress
    report = promote(home, version, *place) if version else roll_back(home, *place)
    record["model_version"] = report.version
    return told(report)


def train(
    asked: tuple[int | None, bool], home: Path, settings: Settings, record: Record, progress: Progress
) -> Outcome:
    """Train; `asked` is the number of trials and whether the version is only proposed."""
    from pipelines.train import train as train_model

    report = train_model(home, settings, record["run_id"], asked[0], progress, propose=asked[1])
    record["model_version"] = report.version
    return told(report)


def train_if_enough(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
    """Train, or say that there is too little to learn from: a young shop's customers are published all the same."""
    from pipelines.verdict import TooLittleError

    try:
        return train((None, False), home, settings, record, progress)
    except TooLittleError as error:
        facts = {"version": None, "promoted": False, "reason": error.note, "advice": error.advice}
        return Outcome([], facts)  # the publication says the same


def score(as_of: date | None, home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
    """Publish scores, reasons and marts, and keep what was promised."""
    from pipelines.marts import publish_scores
    from pipelines.promises import look_after

    steps = by_step(progress, _SCORE, _MARTS)
    report = publish_scores(home, settings, record["run_id"], as_of, steps)
    look_after(home)
    return told(report)
