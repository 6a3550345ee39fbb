"""Immutable stores, swapped atomically: a crash at any moment leaves the last good state readable.

A stage (`source`, `features`, `warehouse`) is one DuckDB file per run under `home/store`, and a symbolic link
`home/<stage>.duckdb` that names the newest good one. A run builds `<stage>_<run>.duckdb.tmp`, closes it, makes sure
that no write-ahead log is left, syncs, renames, and replaces the link. Readers resolve the link on each rerun and
reopen when it changed.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import duckdb

from pipelines.config import Settings
from pipelines.errors import BusyError, InputError
from pipelines.quoting import sql_text

STAGES = ("source", "features", "warehouse")
_COMPUTABLE = {"features"}  # the largest files, and no page ever looks back at them
ENOUGH_MEMORY = 4_500_000_000  # bytes
_NEXT_STEP = {"source": "ingest SOURCE", "features": "build", "warehouse": "score"}


def new_run_id() -> str:
    """A name for a run that sorts by time: UTC seconds and four random hex digits."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def store_folder(home: Path) -> Path:
    """Where the published files of every stage lie."""
    return home / "store"


def link(home: Path, stage: str) -> Path:
    """The symbolic link that names the current file of a stage."""
    return home / f"{stage}.duckdb"


def current(home: Path, stage: str) -> Path | None:
    """The file a stage's link points to, or None when nothing was published yet."""
    path = link(home, stage)
    return path.resolve() if path.exists() else None


def require(home: Path, stage: str) -> Path:
    """The current file of a stage; raises InputError that names the command to run first."""
    path = current(home, stage)
    if path is None:
        raise InputError(
            f"{link(home, stage)} does not exist yet. "
            f"Run `python -m pipelines {_NEXT_STEP[stage]} --home {home}` first."
        )
    return path


def configure(con: duckdb.DuckDBPyConnection, home: Path, settings: Settings | None = None) -> None:
    """Set UTC, a temporary folder under home, no downloads, how numbers are packed, and the engine's limits."""
    con.execute("set timezone = 'UTC'")
    con.execute("set autoinstall_known_extensions = false")
    con.execute(f"set temp_directory = {sql_text(str(home / 'tmp'))}")
    con.execute("set preserve_insertion_order = true")
    # Without trying every other way to pack a number first: builds take less time, files are a little larger.
    con.execute("set force_compression = 'alp'")
    if settings and settings.engine.threads:
        con.execute(f"set threads = {settings.engine.threads}")
    if settings:
        con.execute(f"set memory_limit = {sql_text(settings.engine.memory_limit or _enough_memory())}")


def _enough_memory() -> str:
    """What a million customers need beside Python, or DuckDB's own 80 % on a smaller machine.

    DuckDB keeps what it read as long as there is room, so without a limit it takes far more than it needs.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else ENOUGH_MEMORY
    return f"{min(ENOUGH_MEMORY, machine * 8 // 10) // 10**6}MB"


def open_current(home: Path, stage: str) -> duckdb.DuckDBPyConnection:
    """Open the current file of a stage read-only; raises InputError when there is none."""
    con = duckdb.connect(str(require(home, stage)), read_only=True)
    con.execute("set timezone = 'UTC'")
    return con


def attach(con: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """Attach another store read-only under `alias`."""
    con.execute(f"attach {sql_text(str(path))} as {alias} (read_only)")


@contextmanager
def new_store(
    home: Path, stage: str, run_id: str, settings: Settings | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a new file of `stage`; publish it when the block ends well, drop it otherwise."""
    final = store_folder(home) / f"{stage}_{run_id}.duckdb"
    unfinished = final.with_suffix(".duckdb.tmp")
    final.parent.mkdir(parents=True, exist_ok=True)
    con = None
    try:
        con = duckdb.connect(str(unfinished))
        configure(con, home, settings)
        yield con
        for alias in _attached(con):
            con.execute(f"detach {alias}")
        con.execute("checkpoint")
    except BaseException:
        if con is not None:
            con.close()
        _remove(unfinished)
        raise
    con.close()
    _publish(home, stage, unfinished, final)
    prune(home, stage, 1 if stage in _COMPUTABLE else (settings or Settings()).runs.keep)


def _attached(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Aliases of the databases attached beside the main one."""
    rows = con.execute(
        "select database_name from duckdb_databases() where not internal and database_name != current_database()"
    ).fetchall()
    return [row[0] for row in rows]


def _publish(home: Path, stage: str, unfinished: Path, final: Path) -> None:
    """Rename a closed, complete file and point the stage's link at it."""
    if Path(f"{unfinished}.wal").exists():
        raise RuntimeError(f"{unfinished} still has a write-ahead log; it was not published.")
    _sync(unfinished)
    unfinished.rename(final)
    point_to(home, stage, final)


def point_to(home: Path, stage: str, final: Path) -> None:
    """Make a complete file of a stage the current one, a newer or, to take back a publication, the one before."""
    replacement = link(home, stage).with_suffix(".duckdb.new")
    replacement.unlink(missing_ok=True)
    replacement.symlink_to(os.path.relpath(final, home))
    replacement.replace(link(home, stage))
    _sync(home)


def _sync(path: Path) -> None:
    """Force a file's or folder's content to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Remove a store file with its write-ahead log."""
    path.unlink(missing_ok=True)
    Path(f"{path}.wal").unlink(missing_ok=True)


def prune(home: Path, stage: str, keep: int) -> None:
    """Remove all but the newest `keep` files of a stage; the one in use stays in any case."""
    in_use = current(home, stage)
    files = sorted(store_folder(home).glob(f"{stage}_*.duckdb"), reverse=True)
    for path in files[keep:]:
        if path.resolve() != in_use:
            _remove(path)


def discard_unfinished(home: Path) -> list[str]:
    """Remove what a killed run left half-written; call only while holding the run lock. Returns the names."""
    leftovers = [*store_folder(home).glob("*.tmp"), *store_folder(home).glob("*.tmp.wal"), *home.glob("*.duckdb.new")]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return [path.name for path in leftovers]


@contextmanager
def run_lock(home: Path, command: str, by: str = "") -> Iterator[None]:
    """Let one run at a time write under `home`; raises BusyError naming the other run and who started it.

    The operating system releases the lock when a process dies, so a killed run never blocks the next one.
    """
    with _lock_file(home) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(_holder(handle.name)) from error
        handle.truncate(0)
        since = f"{datetime.now(UTC):%H:%M} UTC"
        handle.write(json.dumps({"command": command, "process": os.getpid(), "since": since, "by": by}))
        handle.flush()
        discard_unfinished(home)
        yield


def require_idle(home: Path) -> None:
    """Raise BusyError, naming the other run, while one writes under `home`."""
    if (home / ".lock").exists():
        with _lock_file(home) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(_holder(handle.name)) from error


def _lock_file(home: Path) -> TextIO:
    """Open the lock of a home folder, made if need be; raises InputError when nothing can be written there."""
    if "?" in str(home.resolve()):
        raise InputError(f"--home {home}: DuckDB keeps no files in a folder with a question mark in its name.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        return (home / ".lock").open("a+", encoding="utf-8")
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"--home {home}: {error.filename} is a file. Name a folder.") from error
    except PermissionError as error:
        raise InputError(f"--home {home} is not yours to write to. Name another folder or change its owner.") from error


def _holder(path: str) -> str:
    """Say who holds the lock, as far as the lock file tells."""
    try:
        other = json.loads(Path(path).read_text(encoding="utf-8"))
        by = f", started by {other['by']}" if other.get("by") else ""
        who = f"`{other['command']}` (process {other['process']}, since {other['since']}{by})"
    except (ValueError, KeyError):
        who = "another command"
    return f"{who} is writing to {Path(path).parent}. Wait until it is done, then run this command again."
