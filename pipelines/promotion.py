"""Putting a version to use, and taking that back: everything changes together or nothing does.

A version is scored and published while it is in use for this process alone; the alias that names the version in use
moves last, in the transaction that writes who did it and why. Before anything changes a journal says how things stood.
What stops half-way is undone from it: at once where the process lives, else by the next command that writes. A
publication that was complete by then is finished instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import workflow
from models.bundle import Bundle
from models.gate import blocks
from pipelines import lineage, publish, registry, settings_file, succession
from pipelines.build import build
from pipelines.config import Settings, load_settings, workflow_url
from pipelines.errors import InputError
from pipelines.frames import feature_columns
from pipelines.journal import Journal
from pipelines.marts import publish_scores
from pipelines.progress import Progress, part, silent
from pipelines.promotion_words import PROMOTED, RECORD, ROLLED_BACK
from pipelines.verdict import unusable
from workflow import WorkflowError, audit, settings_history
from workflow.audit import Event

_BUILT = 0.6  # of the time, where the features must be built anew


@dataclass(frozen=True)
class Decision:
    """Who decides, and why."""

    by: str
    note: str

    def __post_init__(self) -> None:
        """Raise InputError without a name or a reason."""
        if not self.by.strip() or not self.note.strip():
            raise InputError("Say why with --note: a version is put to use by somebody, for a reason.")


@dataclass(frozen=True)
class PromotionReport:
    """What was put to use in place of what, which settings came back with it, and what was published."""

    what: str
    version: str
    before: str | None
    settings: dict[str, Any]
    rebuilt: bool
    published: dict[str, Any]
    lines_: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report in plain lines."""
        return list(self.lines_)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return {name: value for name, value in asdict(self).items() if name != "lines_"}


def promote(home: Path, version: str, decision: Decision, run_id: str, progress: Progress = silent) -> PromotionReport:
    """Put a registered version to use: its churn definition, its features, its scores, published.

    Raises InputError, with everything as it was, where the gate blocks it, it found no signal, it is in use already, or
    the present data or economics cannot serve it.
    """
    current = registry.order_until_now(home)[-1:]
    if version not in registry.versions(home):
        raise InputError(f"Model version {version} does not exist. There are: {_listed(home)}.")
    if [version] == current:
        raise InputError(f"Model version {version} is in use already.")
    bundle = registry.load(home, version)
    _require_passed(bundle, version)
    return _switch(home, (PROMOTED, version), decision, run_id, progress)


def roll_back(home: Path, decision: Decision, run_id: str, progress: Progress = silent) -> PromotionReport:
    """Put the version to use again that was in use before; raises InputError where there was none."""
    before = succession.in_use_before(home)
    if before is None:
        raise InputError("No version was in use before the present one: there is nothing to go back to.")
    return _switch(home, (ROLLED_BACK, before), decision, run_id, progress)


def recover(home: Path) -> None:
    """Finish or undo what a killed promotion left half-done; takes the run lock for it."""
    with publish.run_lock(home, "promote"):
        journal = Journal.read(home)
        if journal is None:
            return
        if journal.is_published(home):
            _commit(home, journal)
        else:
            _take_back(home, journal)
        journal.close(home)


def _listed(home: Path) -> str:
    return ", ".join(registry.versions(home)) or "none"


def _require_passed(bundle: Bundle, version: str) -> None:
    """Raise InputError where the gate blocks a version or its training found no signal."""
    stopped = blocks(bundle.facts.get("gate"))
    if stopped:
        raise InputError(
            f"The gate keeps model version {version} from being used. " + " ".join(row["words"] for row in stopped)
        )
    if not bundle.facts.get("has_signal", True):
        raise InputError(f"Model version {version} found no usable signal: its risks would be noise.")


def _switch(home: Path, asked: tuple[str, str], decision: Decision, run_id: str, progress: Progress) -> PromotionReport:
    """Everything from the journal to the new version in use; `asked` is what is done, and with which version."""
    what, version = asked
    bundle = registry.load(home, version)
    current = next(iter(registry.order_until_now(home)[-1:]), None)
    settings = load_settings(home)
    _require_economics(bundle, settings)
    _require_history(home, settings)
    changes = _label_changes(bundle, settings)
    journal = Journal.open(home, (what, version, current), (decision.by, decision.note), run_id, changes)
    with _all_or_nothing(home, journal):
        if changes:
            settings_file.change(home, changes, decision.by, f"{what}, version {version}: {decision.note}")
            journal.note_settings(home)
            settings = load_settings(home)
        rebuilt = _build_if_needed(home, settings, run_id, progress)
        _require_usable(home, bundle, settings)
        progress("score", _BUILT if rebuilt else 0.0)
        with registry.in_use_here(version):
            report = publish_scores(home, settings, run_id, None, part(progress, (_BUILT if rebuilt else 0.0, 1.0)))
        _commit(home, journal)
    journal.close(home)
    told = _told(what, version, current, changes)
    lines = (*told, *report.lines())
    return PromotionReport(what, version, current, changes, rebuilt, report.to_dict(), lines)


@contextmanager
def _all_or_nothing(home: Path, journal: Journal) -> Iterator[None]:
    """Undo everything where the block does not end well."""
    try:
        yield
    except BaseException:
        _take_back(home, journal)
        journal.close(home)
        raise


def _take_back(home: Path, journal: Journal) -> None:
    """Everything as it was, and a line in the settings' history where that took a setting back."""
    moved = journal.undo(home)
    if not moved:
        return
    with suppress(WorkflowError):  # the settings themselves are back
        database = workflow.open_database(workflow_url(home, load_settings(home)))
        try:
            why = f"version {journal.version} was not put to use after all"
            settings_history.change(database, moved, journal.by, why, lambda: None)
        finally:
            database.close()


def _commit(home: Path, journal: Journal) -> None:
    """Write who did it and why, and move the alias, in one transaction; what was done already is not done again."""
    try:
        database = workflow.open_database(workflow_url(home, load_settings(home)))
        try:
            known = {(entry.after or {}).get("run_id") for entry in audit.history(database, RECORD, journal.version)}
            with database.write(journal.by) as change:
                if journal.run_id not in known:
                    audit.write(change, [_event(journal)])
                if registry.order_until_now(home)[-1:] != [journal.version]:
                    _move(home, journal)
        finally:
            database.close()
    except WorkflowError as error:
        raise InputError(f"{error} The version in use stays.") from None


def _event(journal: Journal) -> Event:
    """The line of the audit trail."""
    values = {"version": journal.version, "note": journal.note, "run_id": journal.run_id}
    return Event(journal.what, RECORD, journal.version, int(journal.version), {"version": journal.before}, values)


def _move(home: Path, journal: Journal) -> None:
    """The version becomes the one in use."""
    if journal.what == ROLLED_BACK:
        succession.step_back(home, journal.version)
    else:
        registry.promote(home, journal.version)


def _require_history(home: Path, settings: Settings) -> None:
    """Raise InputError where the workflow database, which keeps who decided, does not answer."""
    try:
        workflow.open_database(workflow_url(home, settings)).close()
    except WorkflowError as error:
        raise InputError(f"{error} The version in use stays.") from None


def _require_economics(bundle: Bundle, settings: Settings) -> None:
    known, present = bundle.facts.get("value_terms"), lineage.value_terms_of(settings)
    if known and known != present:
        differing = [name for name in present if known.get(name) != present[name]]
        changed = ", ".join(f"{name} was {known.get(name)}, is {present[name]}" for name in differing)
        raise InputError(
            f"Model version {bundle.version} values customers by other economics ({changed}). Train a new version, or "
            "set these back in the settings first."
        )


def _label_changes(bundle: Bundle, settings: Settings) -> dict[str, Any]:
    """The settings of the churn definition that must change for the version's own to hold."""
    present = settings.churn.model_dump()
    return {f"churn.{key}": value for key, value in bundle.facts["label"].items() if present[key] != value}


def _build_if_needed(home: Path, settings: Settings, run_id: str, progress: Progress) -> bool:
    """Build the features where they answer another question, or come from other data, than the present ones."""
    if lineage.features_fit(home, settings):
        return False
    build(home, settings, run_id, progress=part(progress, (0.0, _BUILT)))
    return True


def _require_usable(home: Path, bundle: Bundle, settings: Settings) -> None:
    with publish.open_current(home, "features") as con:
        lost = unusable(bundle, lineage.asked(settings), feature_columns(con, "main.customer_features"))
    if lost:
        raise InputError(f"Model version {bundle.version} cannot be used: {lost}. The version in use stays.")


def _told(what: str, version: str, before: str | None, changes: dict[str, Any]) -> list[str]:
    instead = f" in place of version {before}" if before else ""
    first = f"Version {version} is in use now{instead}." if what == PROMOTED else f"Back to version {version}{instead}."
    if not changes:
        return [first]
    listed = ", ".join(f"{key} = {value}" for key, value in changes.items())
    return [first, f"Its churn definition came back with it: {listed}."]
