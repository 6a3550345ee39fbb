"""What each command does: a function of its options that returns a job, which runs in a home folder.

A job takes the home folder and a progress callable and returns an Outcome. Jobs that write hold the run lock.
Modules of a job are imported when it runs, so that `status` answers without loading the training libraries.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from pipelines import journal
from pipelines.config import Settings, load_settings
from pipelines.console import Outcome
from pipelines.job_record import recorded
from pipelines.progress import Progress, Span, by_step, part
from pipelines.runs import logged_run

Job = Callable[[Path, Progress], Outcome]
Record = dict[str, Any]

# Which part of the time each step takes, about, for the bar of the whole.
_REFRESH: dict[str, Span] = {"ingest": (0.0, 0.1), "build": (0.1, 0.2), "train": (0.2, 0.65), "score": (0.65, 1.0)}
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


def _told(report: Report) -> Outcome:
    return Outcome(report.lines(), report.to_dict())


def sample(customers: int, seed: int, to: Path, file_format: str) -> Job:
    """Write a sample shop's source folder."""

    def job(_home: Path, progress: Progress) -> Outcome:
        from pipelines.sample import write_sample

        rows = write_sample(customers, seed, to, file_format, progress)
        lines = [
            f"Wrote a sample shop to {to}:",
            *(f"  {table:<16} {count:>12,} rows" for table, count in rows.items()),
        ]
        return Outcome(lines, {"to": str(to), "rows": rows})

    return job


def ingest(source: str, mapping: Path | None) -> Job:
    """Check and load a source."""
    return _writing("ingest", lambda *place: _ingest(source, mapping, *place))


def build() -> Job:
    """Compute features and labels of every snapshot."""
    return _writing("build", _build)


def train(trials: int | None, propose: bool = False, build_first: bool = False) -> Job:
    """Train, evaluate and register a model version; with `build_first` build what was built for other settings."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.compare import beside_champion
        from pipelines.lineage import features_fit

        built = []
        if build_first and not features_fit(home, settings):
            built = _build(home, settings, record, part(progress, (0.0, 0.2))).lines
            progress = part(progress, (0.2, 1.0))
        if not propose:
            trained = _train((trials, propose), home, settings, record, progress)
            return Outcome([*built, *trained.lines], trained.facts)
        trained = _train((trials, propose), home, settings, record, part(progress, (0.0, 0.9)))
        beside = beside_champion(home, settings, trained.facts["version"], part(progress, (0.9, 1.0)))
        return Outcome([*built, *trained.lines, *beside], trained.facts)

    return _writing("train", work)


def promote(version: str, note: str, by: str | None) -> Job:
    """Put a version to use, score and publish with it."""
    return _writing("promote", lambda *place: _promotion(version, (by, note), *place))


def rollback(note: str, by: str | None) -> Job:
    """Put the version that was in use before to use again."""
    return _writing("rollback", lambda *place: _promotion(None, (by, note), *place))


def score(as_of: date | None) -> Job:
    """Publish scores, reasons and marts."""
    return _writing("score", lambda *place: _score(as_of, *place))


def refresh(source: str | None, mapping: Path | None) -> Job:
    """Ingest if a source is given, build, train when due, score, publish.

    Where no model can be used the customers are published without a risk, and the lines say why.
    """

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.due import training_due

        place = {name: (home, settings, record, part(progress, span)) for name, span in _REFRESH.items()}
        parts = {"ingest": _ingest(source, mapping, *place["ingest"])} if source else {}
        parts["build"] = _build(*place["build"])
        due = training_due(home, settings)
        if due.is_due:
            parts["train"] = _train_if_enough(*place["train"])
        parts["score"] = _score(None, *place["score"])
        lines = [line for part in parts.values() for line in part.lines]
        if not due.is_due:
            lines.insert(-len(parts["score"].lines), f"Training is not due: {due.reason}")
        facts = {"training_due": due.is_due, "training_reason": due.reason}
        return Outcome(lines, facts | {name: part.facts for name, part in parts.items()})

    return _writing("refresh", work)


def labels() -> Job:
    """Work out every definition of churn of the label lab."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.label_lab import make

        return _told(make(home, settings, record["run_id"], progress))

    return _writing("labels", work)


def backtest(as_of: date, out: Path) -> Job:
    """Write the list as it would have been on a day."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.backtest import backtest_to

        report = backtest_to(out, home, settings, as_of, progress)
        return _told(report)

    return _writing("backtest", work)


def compare(first: str, second: str) -> Job:
    """Compare two model versions."""

    def work(home: Path, settings: Settings, _record: Record, progress: Progress) -> Outcome:
        from pipelines.compare import compare as compare_versions

        return _told(compare_versions(home, settings, first, second, progress))

    return _writing("compare", work)


def status() -> Job:
    """Say how fresh everything is."""

    def job(home: Path, _progress: Progress) -> Outcome:
        from pipelines.status import describe, gather

        facts = gather(home, load_settings(home))
        return Outcome(describe(facts), facts)

    return job


def export(what: str, out: Path, campaign: str | None) -> Job:
    """Write the actionable list, a campaign's contacts, or the rejected rows to a file."""

    def job(home: Path, _progress: Progress) -> Outcome:
        from pipelines.campaign_export import export_campaign
        from pipelines.errors import InputError
        from pipelines.export import export_worklist
        from pipelines.rejects_file import export_rejects

        if (what == "campaign") != (campaign is not None):
            raise InputError("Name a campaign with `export campaign --campaign NAME`; nothing else takes one.")
        if what == "rejects":
            return _told(export_rejects(home, out))
        return _told(export_worklist(home, out) if campaign is None else export_campaign(home, campaign, out))

    return job


def forget(customer_id: str) -> Job:
    """Erase a person from everything under home."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.forget import forget_customer

        report = forget_customer(home, customer_id, settings, record["run_id"])
        return _told(report)

    return _writing("forget", work)


def _writing(command: str, work: Callable[[Path, Settings, Record, Progress], Outcome]) -> Job:
    """Wrap work that writes under home into the run lock, the run log and the record that pages watch."""

    def job(home: Path, progress: Progress) -> Outcome:
        with recorded(home, command, progress) as told:
            if journal.exists(home):  # somebody killed a promotion
                _recover(home)
            settings = load_settings(home)
            with logged_run(home, command, settings, told.by) as record:
                told.begin()
                outcome = work(home, settings, record, told)
            told.end("done", "", outcome)
        return outcome

    return job


def _recover(home: Path) -> None:
    from pipelines.promotion import recover

    recover(home)


def _ingest(
    source: str, mapping: Path | None, home: Path, settings: Settings, record: Record, progress: Progress
) -> Outcome:
    from pipelines.ingest import ingest as load

    report = load(home, source, settings, record["run_id"], mapping=mapping, progress=progress)
    record["data_hash"] = report.data_hash
    return _told(report)


def _build(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
    from pipelines.build import build as build_features

    report = build_features(home, settings, record["run_id"], progress=progress)
    return _told(report)


def _promotion(
    version: str | None, said: tuple[str | None, str], home: Path, _: Settings, record: Record, progress: Progress
) -> Outcome:
    """Promote a version, or with none go back to the one before; `said` is by whom and why."""
    from pipelines.promotion import Decision, promote, roll_back

    decision = Decision(said[0] or record["by"], said[1])
    place = decision, record["run_id"], progress
    report = promote(home, version, *place) if version else roll_back(home, *place)
    record["model_version"] = report.version
    return _told(report)


def _train(
    asked: tuple[int | None, bool], home: Path, settings: Settings, record: Record, progress: Progress
) -> Outcome:
    """Train; `asked` is the number of trials and whether the version is only proposed."""
    from pipelines.train import train as train_model

    report = train_model(home, settings, record["run_id"], asked[0], progress, propose=asked[1])
    record["model_version"] = report.version
    return _told(report)


def _train_if_enough(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
    """Train, or say that there is too little to learn from: a young shop's customers are published all the same."""
    from pipelines.verdict import TooLittleError

    try:
        return _train((None, False), home, settings, record, progress)
    except TooLittleError as error:
        facts = {"version": None, "promoted": False, "reason": error.note, "advice": error.advice}
        return Outcome([], facts)  # the publication says the same


def _score(as_of: date | None, home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
    from pipelines.marts import publish_scores
    from pipelines.promises import look_after

    steps = by_step(progress, _SCORE, _MARTS)
    report = publish_scores(home, settings, record["run_id"], as_of, steps)
    look_after(home)
    return _told(report)
