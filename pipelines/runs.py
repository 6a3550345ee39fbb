"""The run log: one line per event in `home/runs.jsonl`, with hashes of data, settings and code. No personal data."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pipelines import publish
from pipelines.config import Settings

ROOT = Path(__file__).resolve().parent.parent
CODE_FOLDERS = ("models", "pipelines")
_INTERRUPTED = "Query interrupted"  # what DuckDB makes of Ctrl-C in the middle of a query
CODE_ENDINGS = {".py", ".sql", ".toml"}


def log_file(home: Path) -> Path:
    """Where the run log lies."""
    return home / "runs.jsonl"


@cache
def code_hash() -> str:
    """Twelve hex digits over every Python, SQL and word file that can change a score."""
    digest = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in CODE_ENDINGS:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def logged_run(home: Path, command: str, settings: Settings, by: str = "") -> Iterator[dict[str, Any]]:
    """Hold the run lock and log start and end; the yielded record takes what the run wants to add.

    The record has `run_id`, `command` and `by`, who started it, which is not logged. A run that was killed leaves a
    start without an end. Raises BusyError when another run is at work.
    """
    with publish.run_lock(home, command, by):
        record: dict[str, Any] = {"run_id": publish.new_run_id(), "command": command, "by": by}
        started = _now()
        _append(home, {**record, "event": "started", "at": started})
        outcome = "failed"
        try:
            yield record
            outcome = "done"
        except KeyboardInterrupt:
            outcome = "stopped"
            raise
        except RuntimeError as error:
            if str(error) != _INTERRUPTED:
                raise
            outcome = "stopped"
            raise KeyboardInterrupt from error
        finally:
            hashes = {"settings_hash": settings.hash, "code_hash": code_hash()}
            _append(home, {**record, "event": outcome, "started_at": started, "at": _now(), **hashes})


def last_events(home: Path, count: int = 20) -> list[dict[str, Any]]:
    """The newest events of the run log, newest first; a line torn by a crash is passed over."""
    if not log_file(home).exists():
        return []
    events = []
    for line in reversed(log_file(home).read_text(encoding="utf-8").splitlines()):
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
        if len(events) == count:
            break
    return events


def _append(home: Path, event: dict[str, Any]) -> None:
    """Write one event as one line, without who started it: the log names nobody."""
    with log_file(home).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({name: event[name] for name in event if name != "by"}, default=str) + "\n")


def utc_now() -> datetime:
    """This moment in UTC to the second, without a zone, as every timestamp in the stores is kept."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _now() -> str:
    """This moment as text for the log."""
    return utc_now().isoformat() + "Z"
