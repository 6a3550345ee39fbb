"""What a command shows: plain lines, a progress bar on a terminal, or one JSON object; and how each error ends it."""

import errno
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.errors import BusyError, InputError
from pipelines.progress import Progress as Report
from pipelines.progress import silent

BAD_INPUT, FAILED = 2, 1
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_DISK_WORDS = ("no space left", "disk full", "file too large", "disk quota")
_UNHARMED = "What was published before is unharmed."


@dataclass
class Outcome:
    """What a command did: plain lines for people and the same as JSON-able facts."""

    lines: list[str]
    facts: dict[str, Any] = field(default_factory=dict)


def show(outcome: Outcome, as_json: bool) -> None:
    """Print the lines, or the facts as one JSON object; a reader that stopped reading is no error of ours."""
    lines = [json.dumps(outcome.facts, default=str)] if as_json else outcome.lines
    try:
        for line in lines:
            typer.echo(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress_bar(as_json: bool) -> Iterator[Report]:
    """Yield a progress callable that draws on a terminal and is silent elsewhere."""
    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield silent
        return
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def report(step: str, done: float) -> None:
            bar.update(task, description=step, completed=done)

        yield report


@contextmanager
def explained_errors(home: Path, as_json: bool) -> Iterator[None]:
    """Turn every error into one message and the exit code of the contract: 2 for bad input, 1 for anything else."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        yield
    except (KeyboardInterrupt, duckdb.InterruptException):
        _end(f"Stopped. {_UNHARMED}", FAILED, as_json)
    except typer.Exit:
        raise
    except Exception as error:
        _end(*explained(error, home), as_json)


def explained(error: Exception, home: Path) -> tuple[str, int]:
    """The message and the exit code of an error."""
    if isinstance(error, InputError):
        return str(error), BAD_INPUT
    if isinstance(error, BusyError):
        return str(error), FAILED
    if isinstance(error, (PermissionError, IsADirectoryError)):
        place = error.filename2 or error.filename
        return f"{place}: {error.strerror}. Name a place that may be written to. {_UNHARMED}", BAD_INPUT
    return _explain(error, home), FAILED


def _stop(*_: object) -> NoReturn:
    """Treat a polite end of the process like Ctrl-C."""
    raise KeyboardInterrupt


def _explain(error: Exception, home: Path) -> str:
    """One message for an error that is not the input's fault; the details go to a file under home."""
    text = str(error)
    is_full = isinstance(error, OSError) and error.errno in _FULL_DISK
    if is_full or any(words in text.lower() for words in _FULL_DISK_WORDS):
        return (
            f"The disk that holds {home} is full. {_UNHARMED} Free some space or name another --home, then run again."
        )
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)):
        return (
            f"Memory ran out. {_UNHARMED} Set engine.memory_limit in {home / 'settings.toml'} or use a larger machine."
        )
    return (
        f"Unexpected error: {text.splitlines()[0] if text else type(error).__name__}. {_UNHARMED}{_keep_details(home)}"
    )


def _keep_details(home: Path) -> str:
    """Write the traceback under home and say where; say nothing when even that fails."""
    path = home / "last_error.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return ""
    return f" The details are in {path}."


def _end(message: str, code: int, as_json: bool) -> NoReturn:
    """Print a message and leave with an exit code."""
    print_error(message, code, as_json)
    raise typer.Exit(code)


def print_error(message: str, code: int, as_json: bool) -> None:
    """Print what went wrong to the error stream and, if asked for, as one JSON object."""
    if as_json:
        typer.echo(json.dumps({"error": message, "exit_code": code}))
    sys.stdout.flush()
    typer.echo(message, err=True)
