"""Runs that a page starts: a process of its own that no reload, closed tab or restart of the dashboard can touch.

The dashboard only writes who asked for what, starts `python -m pipelines COMMAND` in a session of its own, and reads
the small files in which every run, also one in a terminal, tells how far it is (`pipelines.job_files`).
"""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

from pipelines import job_files, page_commands, publish, runs
from pipelines.errors import BusyError, InputError

RUNNING, DONE, FAILED, CANCELLED, KILLED = "running", "done", "failed", "cancelled", "killed"
_UNHARMED = "The model in use and what was published before are unharmed."
_KILLED = f"It ended without a word: it was killed, or the machine was switched off. {_UNHARMED}"
_LOG_BYTES = 16_000


@dataclass(frozen=True)
class RunState:
    """How a run stands: who asked for what and when, how far it is, and, once it ended, what came of it.

    Times are UTC without a zone. `share` runs from 0 to 1 over the whole run, `detail` has figures of the step (trial,
    trials, best, best_trial), `facts` what the command reports as JSON, `lines` the same in words.
    """

    job_id: str
    command: tuple[str, ...]
    by: str
    place: str
    started_at: datetime
    phase: str
    step: str = ""
    share: float = 0.0
    detail: dict[str, float] = field(default_factory=dict)
    seconds_left: float | None = None
    ended_at: datetime | None = None
    message: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    cancelled_by: str = ""
    cancel_asked_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether it still works."""
        return self.phase == RUNNING

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command[0] if self.command else ""


def start(home: Path, command: Sequence[str], by: str) -> RunState:
    """Start a command in a process of its own and return how it stands; `command` as typed, without `--home`.

    Raises InputError for anything but the commands of `pipelines.page_commands`, and BusyError, which names who
    started what and when, while another run works under this home, wherever it was started.
    """
    if not by:
        raise InputError("Nobody is signed in. Sign in, then start the run.")
    arguments = page_commands.checked(home, command)
    try:
        with _one_start_at_a_time(home):
            _require_idle(home)
            folder, alive = job_files.new_folder(home, list(command), by, "page")
            try:
                _spawn(folder, alive, arguments)
            finally:
                os.close(alive)  # the process has its own
    except OSError as error:
        raise InputError(f"{home} cannot be written to ({error.strerror}): nothing was started.") from error
    return _read(folder)


def state(home: Path) -> RunState | None:
    """The run at work, else the newest one; None where there never was one."""
    newest = None
    for folder in job_files.folders(home):
        found = _read(folder)
        if found.is_running:
            return found
        newest = newest or found
    return newest


def last(home: Path, *commands: str, phase: str = "") -> RunState | None:
    """The newest run of one of these commands, of a phase if one is named; None without one."""
    for folder in job_files.folders(home):
        words = job_files.read(folder / "job.json").get("command") or [""]
        if words[0] in commands:
            found = _read(folder)
            if phase in {"", found.phase}:
                return found
    return None


def cancel(home: Path, job_id: str, by: str, at_once: bool = False) -> None:
    """Ask a run to stop, politely or, `at_once`, without giving it the time to say so; nothing where it has ended.

    Nobody without a name can. Either way the last good state stays: a run publishes at its very end.
    """
    folder = job_files.jobs_folder(home) / Path(job_id).name
    if not by or not (folder / "job.json").exists() or not job_files.is_alive(folder):
        return
    if not (folder / "cancel.json").exists():
        job_files.write(folder / "cancel.json", {"by": by, "at": runs.utc_now().isoformat()})
    known = job_files.read(folder / "process.json")
    process, born = known.get("process"), known.get("born")
    if isinstance(process, int) and process > 1 and born == job_files.birth(process):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL if at_once else signal.SIGTERM)


def busy_words(run: RunState) -> str:
    """Who started which run, where and when, as a sentence."""
    where = " in a terminal" if run.place == "terminal" else ""
    return f"{run.by} started {page_commands.title(run.name)}{where} at {run.started_at:%H:%M} UTC"


@contextmanager
def _one_start_at_a_time(home: Path) -> Iterator[None]:
    """Of two who press at the same moment the second sees what the first has started."""
    job_files.jobs_folder(home).mkdir(parents=True, exist_ok=True)
    with (job_files.jobs_folder(home) / ".start").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _require_idle(home: Path) -> None:
    """Raise BusyError while a run works under this home."""
    current = state(home)
    if current and current.is_running:
        raise BusyError(f"{busy_words(current)}. One run at a time: wait until it is done, or cancel it.")
    publish.require_idle(home)


def _spawn(folder: Path, alive: int, arguments: list[str]) -> None:
    """Start the process: no shell, a session of its own, its words into the log, its life in the lock it inherits."""
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is one of a fixed list, its arguments are checked
            [sys.executable, "-m", "pipelines", *arguments],
            cwd=runs.ROOT,
            env={**os.environ, job_files.ENV: str(folder.resolve()), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(alive,),
        )
    with suppress(OSError):  # the process notes it as well
        job_files.note_process(folder, process.pid)
    Thread(target=process.wait, daemon=True).start()  # or it would stay in the process table when it ends


def _read(folder: Path) -> RunState:
    """How a run stands by its files."""
    is_alive = job_files.is_alive(folder)  # first: what it says at its end is written before it dies
    job, told = job_files.read(folder / "job.json"), job_files.read(folder / "progress.json")
    end, cancelled = job_files.read(folder / "end.json"), job_files.read(folder / "cancel.json")
    phase = end.get("phase") or (RUNNING if is_alive else CANCELLED if cancelled else KILLED)
    by_default = {CANCELLED: _UNHARMED, KILLED: _KILLED}.get(phase, "")
    return RunState(
        job_id=folder.name,
        command=tuple(job.get("command", [])),
        by=job.get("by", ""),
        place=job.get("place", ""),
        started_at=_time(job.get("started_at")) or datetime.min,
        phase=phase,
        step=told.get("step", ""),
        share=1.0 if phase == DONE else told.get("share", 0.0),
        detail=told.get("detail", {}),
        seconds_left=_left(told) if phase == RUNNING else None,
        ended_at=_time(end.get("at")),
        message=by_default if phase == CANCELLED else end.get("message") or by_default,
        facts=end.get("facts", {}),
        lines=tuple(end.get("lines", [])),
        log=_tail(folder / "log.txt"),
        cancelled_by=cancelled.get("by", ""),
        cancel_asked_at=_time(cancelled.get("at")),
    )


def _left(told: dict[str, Any]) -> float | None:
    """Seconds left by now, from what the run reckoned when it last told something."""
    left, at = told.get("seconds_left"), _time(told.get("at"))
    if left is None or at is None:
        return None
    return max(left - (runs.utc_now() - at).total_seconds(), 0.0)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _tail(path: Path) -> tuple[str, ...]:
    """The last lines of a log."""
    try:
        with path.open("rb") as log:
            log.seek(max(path.stat().st_size - _LOG_BYTES, 0))
            return tuple(log.read().decode("utf-8", errors="replace").splitlines()[-200:])
    except OSError:
        return ()
