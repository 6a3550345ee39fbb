"""What a run tells about itself: small files under `home/jobs/<job>`, written whole or not at all.

| file | written by | holds |
|---|---|---|
| job.json | whoever starts the run | command, by, place (`page` or `terminal`), started_at |
| process.json | starter and run | process id and its birth, so that no other process is taken for it |
| progress.json | the run, while it works | step, share of the whole, figures, seconds left, when each step began |
| cancel.json | whoever cancels | by, at |
| end.json | the run, at its end | phase, message, facts, lines |
| log.txt | the run | what it printed, and one line per step |
| alive | locked as long as the run lives | nothing; the operating system lets go of it when a process dies |
"""

import fcntl
import getpass
import json
import os
import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines import publish, runs

ENV = "STAMMKUNDE_JOB"  # names the folder to a run that a page started
KEEP = 30  # runs; older ones are removed
_LOCK = "alive"


def jobs_folder(home: Path) -> Path:
    """Where every run has its folder."""
    return home / "jobs"


def folders(home: Path) -> list[Path]:
    """The folders of all runs, newest first."""
    return sorted((path.parent for path in jobs_folder(home).glob("*/job.json")), reverse=True)


def new_folder(home: Path, command: list[str], by: str, place: str) -> tuple[Path, int]:
    """Make a run's folder and lock it; returns it with the open file whose lock says that the run is alive.

    Older folders of runs that ended are removed. Raises OSError where nothing can be written.
    """
    _prune(home)
    now = runs.utc_now()
    folder = jobs_folder(home) / f"{datetime.now().astimezone().timestamp():.6f}-{publish.new_run_id()[-4:]}"
    folder.mkdir(parents=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    write(folder / "job.json", {"command": command, "by": by, "place": place, "started_at": now.isoformat()})
    return folder, handle


def is_alive(folder: Path) -> bool:
    """Whether the run of a folder still lives."""
    try:
        with (folder / _LOCK).open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def write(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file at once: readers see the old one or the new one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(content, default=str), encoding="utf-8")
    unfinished.replace(path)


def read(path: Path) -> dict[str, Any]:
    """A JSON file's content; empty where it is not there or not readable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def erase(home: Path, words: Collection[str]) -> None:
    """Remove the records of ended runs that hold one of these words anywhere: a person's ids."""
    for folder in folders(home):
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.iterdir() if path.is_file()]
        if any(word in text for word in words for text in texts) and not is_alive(folder):
            shutil.rmtree(folder, ignore_errors=True)


def note_process(folder: Path, process: int) -> None:
    """Keep which process works on a run."""
    write(folder / "process.json", {"process": process, "born": birth(process)})


def birth(process: int) -> str:
    """When a process was born, as the system counts; empty where the system does not tell or it is gone."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return f"{boot}:{told.rpartition(')')[2].split()[19]}"


def account() -> str:
    """The name of the account that this process runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "somebody"


def _prune(home: Path) -> None:
    """Remove the oldest runs that have ended."""
    for folder in folders(home)[KEEP - 1 :]:
        if not is_alive(folder):
            shutil.rmtree(folder, ignore_errors=True)
