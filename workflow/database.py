"""Opening the database of decisions: SQLite by default, PostgreSQL by URL, the same functions on both."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from workflow.errors import DatabaseUnreachableError, WorkflowError
from workflow.migrate import migrate, revision_of
from workflow.schema import to_json

WAIT_SECONDS = 30
_SQLITE = "sqlite:///"
_POSTGRESQL = {"postgresql", "postgres", "postgresql+psycopg"}


def utc_now() -> datetime:
    """This moment in UTC, without an offset, as every table keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Change:
    """One transaction that writes: its connection, who it is for, and the one moment that all its rows carry."""

    connection: Connection
    by: str
    at: datetime


@dataclass(frozen=True)
class Database:
    """An open, migrated database of decisions. One per process and URL: it may be shared by threads."""

    engine: Engine
    clock: Callable[[], datetime] = utc_now

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; on SQLite it sees one state, on PostgreSQL each statement sees the newest."""
        with _told(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, by: str) -> Iterator[Change]:
        """A transaction that is written whole or not at all; `by` is who answers for it."""
        if not by.strip():
            raise WorkflowError("Say who decides this: a change without a name is not kept.")
        with (
            _told(self.engine),
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield Change(connection, by, self.clock())

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str, clock: Callable[[], datetime] = utc_now) -> Database:
    """Open `sqlite:///path` or `postgresql://…`, made or brought up to date first.

    Raises DatabaseUnreachableError, or NewerDatabaseError where a newer version of the program wrote it.
    """
    engine = engine_of(url)
    try:
        with _told(engine):
            migrate(engine)
    except OSError as error:
        raise _unreachable(engine, str(error.strerror)) from None
    except BaseException:
        engine.dispose()
        raise
    return Database(engine, clock)


def open_existing(url: str, clock: Callable[[], datetime] = utc_now) -> Database | None:
    """Open a database that was used before; None, with nothing made, where no decision was ever kept.

    Raises as `open_database`: one that does not answer is never mistaken for an empty one.
    """
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return None
    engine = engine_of(url)
    try:
        with _told(engine), engine.connect() as connection:
            was_used = revision_of(connection) is not None
    finally:
        engine.dispose()
    return open_database(url, clock) if was_used else None


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL, None for a server."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def engine_of(url: str) -> Engine:
    """An engine that neither logs values nor shows its password; nothing is connected yet."""
    parsed = _parse(url)
    options: dict[str, Any] = {"hide_parameters": True, "json_serializer": to_json}
    if parsed.drivername == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": WAIT_SECONDS}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": WAIT_SECONDS}, **options)


def _parse(url: str) -> URL:
    """The URL in SQLAlchemy's form; messages name only its scheme, because the rest may hold a password."""
    file = sqlite_file(url)
    if file is not None and str(file) not in ("", ".", ":memory:"):
        return URL.create("sqlite", database=str(file))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = URL.create("unknown")
    if parsed.drivername not in _POSTGRESQL:
        raise DatabaseUnreachableError(
            "The workflow database's URL must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. "
            "Correct workflow.url in the settings or $STAMMKUNDE_WORKFLOW__URL."
        )
    return parsed.set(drivername="postgresql+psycopg")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """References hold, erased content is overwritten, and SQLAlchemy begins transactions itself."""
    connection.isolation_level = None
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its place in the queue at once: taking it half-way would fail instead of waiting."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Errors of the driver become ours, in its own words but without statement, values and password."""
    try:
        yield
    except sqlite3.Error as error:  # from what goes to the driver directly
        raise _unreachable(engine, str(error)) from None
    except OperationalError as error:
        raise _unreachable(engine, _cause(error, engine.url)) from None
    except DBAPIError as error:
        raise WorkflowError(
            f"The workflow database {_public(engine.url)} refused this: {_cause(error, engine.url)}."
        ) from None


def _unreachable(engine: Engine, cause: str) -> DatabaseUnreachableError:
    """The error for a database that cannot be used, with its cause and the next step."""
    return DatabaseUnreachableError(
        f"The workflow database {_public(engine.url)} does not answer: {cause}. "
        "Check that it runs and may be written, then try again."
    )


def _public(url: URL) -> str:
    """Where the database is, without user, password and options."""
    return str(url.database) if url.drivername == "sqlite" else f"{url.database} on {url.host}:{url.port or 5432}"


def _cause(error: DBAPIError, url: URL) -> str:
    """The driver's first line, with the password blotted out should it stand there."""
    lines = str(error.orig).strip().splitlines() or ["no reason given"]
    secrets = [str(url.password)] if url.password else []
    secrets += [str(value) for name, value in url.query.items() if "pass" in name.lower()]
    return re.sub("|".join(map(re.escape, secrets)) or r"(?!)", "***", lines[0]).rstrip(".")
