"""Bringing a database to the tables of this version: once, whoever comes first, in one transaction."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from workflow.errors import NewerDatabaseError

FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "workflow_version"
_LOCK_NUMBER = 5_783_411_902  # any number that is ours alone among a server's advisory locks


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to a revision under a lock, or leave everything as it was; raises NewerDatabaseError."""
    head = newest_revision()
    with _queue(engine):
        with engine.connect() as connection:
            present = revision_of(connection)
        if revision == "head" and present == head:
            return
        _refuse_newer(present, head)
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
                _refuse_newer(revision_of(connection), head)
            command.upgrade(_config(connection), revision)


def newest_revision() -> str:
    """The revision this version of the program is written for."""
    return str(_scripts().get_current_head())


def revision_of(connection: Connection) -> str | None:
    """The revision of a database, None for an empty one."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _scripts() -> ScriptDirectory:
    """The migrations of this version."""
    return ScriptDirectory(str(FOLDER))


def _refuse_newer(present: str | None, head: str) -> None:
    """Stop before a newer program's tables are touched."""
    known = {script.revision for script in _scripts().walk_revisions()}
    if present is not None and present not in known:
        raise NewerDatabaseError(
            f"The workflow database stands at revision {present}, this version of Stammkunde knows none after {head}. "
            "A newer version wrote it: update the program. Nothing was changed."
        )


def _config(connection: Connection) -> Config:
    """Alembic's configuration around an open transaction; the URL is not in it."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _queue(engine: Engine) -> Iterator[None]:
    """One opener of an SQLite file at a time, because the switch to a write-ahead log does not wait for others."""
    if engine.dialect.name != "sqlite":
        yield
        return
    file = Path(str(engine.url.database))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file.touch(mode=0o600)
        with engine.connect() as connection:
            connection.connection.cursor().execute("pragma journal_mode = wal")
        yield
