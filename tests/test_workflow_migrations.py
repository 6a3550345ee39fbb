"""An older database is brought up to date with nothing lost; a newer one is left alone."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, select, text

from workflow import open_database, tasks
from workflow.database import engine_of
from workflow.errors import DatabaseUnreachableError, NewerDatabaseError
from workflow.migrate import FOLDER, VERSION_TABLE, migrate, newest_revision, revision_of
from workflow.schema import metadata

MOMENT = "2026-03-02 12:00:00"
FIRST = {
    "campaigns": "('k', 'Spring', 'running', '{\"bond\": \"ä\"}', '[1]', 0.5, '2026-06-01', 'r', :at, :at, 2)",
    "campaign_members": "('k', 'c1', 'treated', 'call', :at)",
    "tasks": "('t', 'c1', 'call', 'r', 'k', 'ben', 'open', '2026-03-09', null, 'say „hello“', :at, 7)",
    "contacts": "('o', 'c1', :at, 'call', 'treated', 'phone', 1.5, null, 'r', 't', 'k', 1)",
    "outcomes": "('u', 'c1', 'accepted', '', 't', 'o', :at, 1)",
    "segments": "('s', 'big', '{\"min\": 3}', :at, 1)",
    "audit_trail": "(1, :at, 'ben', 'task changed', 'task', 't', 7, 'c1', '{\"note\": \"\"}', '{\"note\": \"x\"}')",
}


@pytest.fixture
def engine(workflow_url):
    made = engine_of(workflow_url)
    yield made
    made.dispose()


def everything(engine) -> dict[str, list[dict]]:
    """All rows of all tables as they stand in the database."""
    found = MetaData()
    with engine.connect() as connection:
        found.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in found.tables.items()
            if name != VERSION_TABLE
        }


def test_the_first_revision_is_upgraded_with_nothing_lost(engine, workflow_url):
    migrate(engine, "0001")
    with engine.begin() as connection:
        for table, values in FIRST.items():
            literal = values.replace(":at", f"'{MOMENT}'")
            connection.exec_driver_sql(f"insert into {table} values {literal}".replace("%", "%%"))
    before = everything(engine)
    assert set(before) == set(FIRST)
    database = open_database(workflow_url)
    after = everything(engine)
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows
    (task,) = tasks.of_customer(database, "c1")
    assert (task.note, task.version, task.held_by) == ("say „hello“", 7, None)
    database.close()


def test_the_migrations_make_exactly_the_tables_of_the_code(engine):
    migrate(engine)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        assert revision_of(connection) == newest_revision()
        names = connection.execute(text(CHECKS[connection.dialect.name])).scalars().all()
    ours = {check.name for table in metadata.tables.values() for check in table.constraints if check.name}
    assert {name for name in ours if name.endswith(("_is_known", "_is_a_share"))} <= set(" ".join(names).split())


CHECKS = {
    "sqlite": "select replace(sql, '\"', ' ') from sqlite_master where type = 'table'",
    "postgresql": "select conname::text from pg_constraint where contype = 'c'",
}


def test_a_newer_database_is_refused_and_left_as_it_is(engine, workflow_url):
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    before = everything(engine)
    with pytest.raises(NewerDatabaseError, match=rf"revision 9999.*none after {newest_revision()}.*update the program"):
        open_database(workflow_url)
    assert everything(engine) == before


def test_a_migration_that_fails_leaves_the_old_tables(engine, workflow_url):
    migrate(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("create table settings_history (mine integer)"))
    before = everything(engine)
    with pytest.raises(Exception, match="settings_history"):
        open_database(workflow_url)
    assert everything(engine) == before
    with engine.connect() as connection:
        assert revision_of(connection) == "0001"


def test_revisions_form_one_line_and_never_drop_anything():
    files = sorted((FOLDER / "versions").glob("r*.py"))
    assert [path.name[1:5] for path in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert not [path for path in files if re.search(r"op\.drop_(table|column)", path.read_text(encoding="utf-8"))]


def test_the_file_belongs_to_its_owner(tmp_path):
    open_database(f"sqlite:///{tmp_path / 'a' / 'workflow.db'}").close()
    assert (tmp_path / "a" / "workflow.db").stat().st_mode & 0o077 == 0


def test_what_is_no_database_is_told_and_kept(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "letter").write_text("Dear customer, " * 100)
    for path, reason in [("folder", "unable to open"), ("letter", "not a database"), ("letter/x.db", "exists")]:
        with pytest.raises(DatabaseUnreachableError, match=rf"{path} does not answer: .*{reason}"):
            open_database(f"sqlite:///{tmp_path / path}")
    assert (tmp_path / "letter").read_text() == "Dear customer, " * 100
