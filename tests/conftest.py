"""Shared fixtures: one sample shop that went through the whole pipeline, made once for all workers."""

import fcntl
import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import workflow
from tests.campaign_cases import Clock
from tests.postgres_server import postgres_server

ROOT = Path(__file__).parent.parent
CUSTOMERS = 1_500

for variable in [name for name in os.environ if name.startswith("STAMMKUNDE_")]:
    del os.environ[variable]  # a developer's own settings must not colour the tests

# The same examples in every run and on every machine; `pytest --hypothesis-profile=default` looks for new ones.
hypothesis_settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("repeatable")

Cli = Callable[..., subprocess.CompletedProcess[str]]


def run_cli(*arguments: object, env: dict[str, str] | None = None, check: bool = True):
    """Run `python -m pipelines` as a user would, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def cli() -> Cli:
    """The command line; `check=False` lets a command fail."""
    return run_cli


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample shop ingested, built, trained and scored. Read it; use `home` to change it."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    home = base / "shared_home"
    with (base / "shared_home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "warehouse.duckdb").exists():
            shutil.rmtree(home, ignore_errors=True)
            run_cli("sample", "--customers", CUSTOMERS, "--seed", 1, "--to", home / "sample")
            done = run_cli("refresh", home / "sample", "--home", home, "--json")
            (home / "refresh.json").write_text(done.stdout, encoding="utf-8")
    return home


@pytest.fixture(autouse=True, scope="module")
def pages_let_go() -> Iterator[None]:
    """Pages keep a connection that may open no other file, and DuckDB shares it with whoever opens the same one."""
    yield
    if "streamlit" in sys.modules:
        sys.modules["streamlit"].cache_resource.clear()
        gc.collect()


@pytest.fixture(scope="session")
def refresh_facts(shared_home: Path) -> dict:
    """What the refresh of the shared home reported as JSON."""
    return json.loads((shared_home / "refresh.json").read_text(encoding="utf-8"))


@pytest.fixture
def home(shared_home: Path, tmp_path: Path) -> Path:
    """A copy of the shared home that a test may change, without decisions that a page looked for meanwhile."""
    copy = tmp_path / "home"
    shutil.copytree(shared_home, copy, symlinks=True, ignore=shutil.ignore_patterns("workflow.db*"))
    return copy


@pytest.fixture
def scratch(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database with scores and sources at hand, as a publication finds it."""
    from pipelines import publish
    from pipelines.warehouse import expose, set_variables

    with duckdb.connect() as con:
        for stage in ("source", "features", "warehouse"):
            publish.attach(con, publish.require(shared_home, stage), stage)
        expose(con, "source")
        expose(con, "features")
        for table in ("customer_scores", "customer_cadence", "customer_recommendations"):
            con.execute(f"create table {table} as from warehouse.{table}")
        (told,) = con.execute("select as_of_date, horizon_days, data_through from warehouse.run_info").fetchall()
        day, horizon, through = told
        set_variables(con, as_of_date=day, horizon_days=horizon, data_through=through, has_consents=True)
        yield con


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(workflow_url: str, clock: Clock) -> Iterator[workflow.Database]:
    """An empty workflow database of either kind, whose clock stands still until it is set."""
    opened = workflow.open_database(workflow_url, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the workflow database; whoever uses it empties it first."""
    with postgres_server("geheim-7/x") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def workflow_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty workflow database, on each of the two kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'workflow.db'}"
    url = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return url
