"""What each command does: a function of its options that returns a job, which runs in a home folder.

A job takes the home folder and a progress callable and returns an Outcome. Jobs that write hold the run lock.
Modules of a job are imported when it runs, so that `status` answers without loading the training libraries.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from pipelines import job_steps, journal
from pipelines.config import Settings, load_settings
from pipelines.console import Outcome
from pipelines.job_record import recorded
from pipelines.job_steps import Record, told
from pipelines.progress import Progress, Span, part
from pipelines.runs import logged_run

Job = Callable[[Path, Progress], Outcome]

# Which part of the time each step takes, about, for the bar of the whole.
_REFRESH: dict[str, Span] = {"ingest": (0.0, 0.1), "build": (0.1, 0.2), "train": (0.2, 0.65), "score": (0.65, 1.0)}


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
    return _writing("ingest", lambda *place: job_steps.ingest(source, mapping, *place))


def build() -> Job:
    """Compute features and labels of every snapshot."""
    return _writing("build", job_steps.build)


def train(trials: int | None, propose: bool = False, build_first: bool = False) -> Job:
    """Train, evaluate and register a model version; with `build_first` build what was built for other settings."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.compare import beside_champion
        from pipelines.lineage import features_fit

        built = []
        if build_first and not features_fit(home, settings):
            built = job_steps.build(home, settings, record, part(progress, (0.0, 0.2))).lines
            progress = part(progress, (0.2, 1.0))
        if not propose:
            trained = job_steps.train((trials, propose), home, settings, record, progress)
            return Outcome([*built, *trained.lines], trained.facts)
        trained = job_steps.train((trials, propose), home, settings, record, part(progress, (0.0, 0.9)))
        beside = beside_champion(home, settings, trained.facts["version"], part(progress, (0.9, 1.0)))
        return Outcome([*built, *trained.lines, *beside], trained.facts)

    return _writing("train", work)


def promote(version: str, note: str, by: str | None) -> Job:
    """Put a version to use, score and publish with it."""
    return _writing("promote", lambda *place: job_steps.promotion(version, (by, note), *place))


def rollback(note: str, by: str | None) -> Job:
    """Put the version that was in use before to use again."""
    return _writing("rollback", lambda *place: job_steps.promotion(None, (by, note), *place))


def score(as_of: date | None) -> Job:
    """Publish scores, reasons and marts."""
    return _writing("score", lambda *place: job_steps.score(as_of, *place))


def refresh(source: str | None, mapping: Path | None) -> Job:
    """Ingest if a source is given, build, train when due, score, publish.

    Where no model can be used the customers are published without a risk, and the lines say why.
    """

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.due import training_due

        place = {name: (home, settings, record, part(progress, span)) for name, span in _REFRESH.items()}
        parts = {"ingest": job_steps.ingest(source, mapping, *place["ingest"])} if source else {}
        parts["build"] = job_steps.build(*place["build"])
        due = training_due(home, settings)
        if due.is_due:
            parts["train"] = job_steps.train_if_enough(*place["train"])
        parts["score"] = job_steps.score(None, *place["score"])
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

        return told(make(home, settings, record["run_id"], progress))

    return _writing("labels", work)


def backtest(as_of: date, out: Path) -> Job:
    """Write the list as it would have been on a day."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.backtest import backtest_to

        report = backtest_to(out, home, settings, as_of, progress)
        return told(report)

    return _writing("backtest", work)


def compare(first: str, second: str) -> Job:
    """Compare two model versions."""

    def work(home: Path, settings: Settings, _record: Record, progress: Progress) -> Outcome:
        from pipelines.compare import compare as compare_versions

        return told(compare_versions(home, settings, first, second, progress))

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
            return told(export_rejects(home, out))
        return told(export_worklist(home, out) if campaign is None else export_campaign(home, campaign, out))

    return job


def enrol(by: str | None) -> Job:
    """Take newly eligible customers into running service initiatives."""

    def job(home: Path, _progress: Progress) -> Outcome:
        from pipelines.enrol import enrol as take_in

        return told(take_in(home, load_settings(home), by))

    return job


def report(out: Path) -> Job:
    """Write the overview as a page for paper and mail."""

    def job(home: Path, _progress: Progress) -> Outcome:
        from report import write_overview

        return told(write_overview(home, out))

    return job


def forget(customer_id: str) -> Job:
    """Erase a person from everything under home."""

    def work(home: Path, settings: Settings, record: Record, progress: Progress) -> Outcome:
        from pipelines.forget import forget_customer

        report = forget_customer(home, customer_id, settings, record["run_id"])
        return told(report)

    return _writing("forget", work)


def _writing(command: str, work: Callable[[Path, Settings, Record, Progress], Outcome]) -> Job:
    """Wrap work that writes under home into the run lock, the run log and the record that pages watch."""

    def job(home: Path, progress: Progress) -> Outcome:
        with recorded(home, command, progress) as run:
            if journal.exists(home):  # somebody killed a promotion
                _recover(home)
            settings = load_settings(home)
            with logged_run(home, command, settings, run.by) as record:
                run.begin()
                outcome = work(home, settings, record, run)
            run.end("done", "", outcome)
        return outcome

    return job


def _recover(home: Path) -> None:
    from pipelines.promotion import recover

    recover(home)
