"""A run's own side of its record: progress, log and end, for whoever watches from a page or another terminal."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines import job_files, runs
from pipelines.console import Outcome, explained
from pipelines.progress import Progress
from pipelines.time_left import Mark, seconds_left

STOPPED = "Stopped. What was published before is unharmed."
_PRIVATE = {"forget"}  # what such a run says may name a person
_EVERY_SECONDS = 0.25
_KINDNESS = 5  # a run that a page started leaves the processor to pages first


class Record:
    """What a run tells while it works; a progress callable. Nothing is told where its files cannot be written."""

    def __init__(self, home: Path, command: str, shown: Progress) -> None:
        """Of a command; `shown` is told every step as well. A page's record is there, a terminal's begins later."""
        self.home, self.command, self._shown = home, command, shown
        given = os.environ.pop(job_files.ENV, "")
        self.folder: Path | None = Path(given) if given else None
        self.by = job_files.read(self.folder / "job.json").get("by", "") if self.folder else job_files.account()
        self._alive = -1
        self._started, self._told = time.monotonic(), 0.0
        self._share, self._step = 0.0, ""
        self._marks: list[Mark] = []
        self._before: list[Mark] = []
        if self.folder:
            os.nice(_KINDNESS)
            self._first()

    def begin(self) -> None:
        """Start the record of a run in a terminal, once it holds the run lock."""
        if self.folder is None:
            with suppress(OSError):
                self.folder, self._alive = job_files.new_folder(self.home, [self.command], self.by, "terminal")
                self._first()

    def __call__(self, step: str, done: float) -> None:
        """Tell a step and the share of the whole that is done; raises KeyboardInterrupt when somebody cancelled."""
        self._shown(step, done)
        if self.folder is None:
            return
        now, is_new = time.monotonic(), step != self._step
        if not is_new and now - self._told < _EVERY_SECONDS:
            return
        self._told, self._step, self._share = now, step, max(self._share, min(done, 1.0))
        self._marks.append((round(self._share, 4), round(now - self._started, 2)))
        with suppress(OSError):
            self._write(step)
            if is_new:
                self._log(str(step))
        if (self.folder / "cancel.json").exists():
            raise KeyboardInterrupt

    def end(self, phase: str, message: str, outcome: Outcome | None = None) -> None:
        """Tell how it ended: `done`, `failed` or `cancelled`."""
        if self.folder is None:
            return
        self._marks.append((1.0, round(time.monotonic() - self._started, 2)))
        if self.command in _PRIVATE:
            message = ""
        told = {"phase": phase, "message": message, "at": runs.utc_now().isoformat(), "marks": _thinned(self._marks)}
        with suppress(OSError):
            if message and phase != "done":
                self._log(message)
            facts = json.loads(json.dumps(outcome.facts, default=str)) if outcome else {}
            lines = outcome.lines if outcome else []
            job_files.write(self.folder / "end.json", {**told, "facts": facts, "lines": lines})
        if self._alive >= 0:
            os.close(self._alive)
        self.folder = None

    def _first(self) -> None:
        """Say which process this is, and read how the last run of the same words went."""
        if self.folder is None:
            return
        with suppress(OSError):
            job_files.note_process(self.folder, os.getpid())
        self._before = _last_marks(self.home, self.folder)

    def _write(self, step: str) -> None:
        if self.folder is None:
            return
        left = seconds_left(self._share, time.monotonic() - self._started, self._before)
        told = {
            "step": str(step),
            "share": self._share,
            "detail": getattr(step, "detail", {}),
            "seconds_left": left,
            "at": runs.utc_now().isoformat(),
        }
        job_files.write(self.folder / "progress.json", told)

    def _log(self, text: str) -> None:
        if self.folder is not None:
            with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
                log.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")


@contextmanager
def recorded(home: Path, command: str, progress: Progress) -> Iterator[Record]:
    """Keep the record of a run; the block calls `begin` when it holds the run lock, and `end` when it did its work."""
    record = Record(home, command, progress)
    try:
        yield record
    except (KeyboardInterrupt, duckdb.InterruptException):
        record.end("cancelled", STOPPED)
        raise
    except Exception as error:
        record.end("failed", explained(error, home)[0])
        raise
    finally:
        record.end("failed", "It ended without saying why.")  # no word, where one was said already


def _last_marks(home: Path, own: Path) -> list[Mark]:
    """The marks of the newest run that did the same to its end; none without one."""
    words = job_files.read(own / "job.json").get("command")
    for folder in job_files.folders(home):
        if folder != own and job_files.read(folder / "job.json").get("command") == words:
            end: dict[str, Any] = job_files.read(folder / "end.json")
            if end.get("phase") == "done" and end.get("marks"):
                return [(float(share), float(seconds)) for share, seconds in end["marks"]]
    return []


def _thinned(marks: list[Mark], most: int = 200) -> list[Mark]:
    """Some of the marks, evenly, the last one among them."""
    step = max(len(marks) // most, 1)
    return [*marks[:-1:step], marks[-1]]
