"""A real server and a real browser for the page tests; skipped with a notice where Chromium is not installed."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Position, ViewportSize, expect, sync_playwright

from pipelines import background, publish, queries
from pipelines.queries import ListFilter, ListOrder

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


expect.set_options(timeout=30_000)  # for all: machines that run tests may be busy
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
BAD = re.compile(
    r"Traceback|Exception|Error:|churn_risk|value_at_risk|lifecycle_stage|\bNaN\b|undefined|Page not found"
)


# What a half-drawn page brings on a busy machine; what a page says or does is never asked twice.
DRAWING = ["strict mode violation", "Timeout .* exceeded", "element was detached"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that met a half-drawn page is run once more, and the summary says so."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=DRAWING))


@dataclass(frozen=True)
class Server:
    """A running dashboard and the home it shows."""

    url: str
    home: Path


def chromium() -> str | None:
    """Where the system's Chromium lies."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("Chromium is not installed: the pages were not looked at in a browser.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page at a desk's width."""
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(30_000)
    yield page
    page.close()


@pytest.fixture
def nothing_left_at_work(home: Path) -> Iterator[None]:
    """A run is in no test's process group: where a test fails, its run would go on."""
    yield
    run = background.state(home)
    if run and run.is_running:
        background.cancel(home, run.job_id, "the test", at_once=True)


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """A dashboard on a home, on a port of its own, stopped at the end."""
    process = _start(home, port := _free_port())
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield Server(f"http://127.0.0.1:{port}", home)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def server(shared_home: Path) -> Iterator[Server]:
    """One dashboard on the sample shop that went through the whole pipeline."""
    with running(shared_home) as server:
        yield server


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard that nobody has visited yet, on an empty home."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def addresses(shared_home: Path) -> tuple[str, ...]:
    """Every page, the customer's with the most valuable customer of the shop."""
    with publish.open_current(shared_home, "warehouse") as con:
        (customer,) = queries.list_page(con, ListFilter(), ListOrder(), size=1)["customer_id"]
    return ("overview", "worklist", f"customer?customer_id={customer}", "training")


def _start(home: Path, port: int) -> subprocess.Popen:
    # Same prefix, same environment: the interpreter that runs the tests.
    return subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.fileWatcherType=none"],
        cwd=ROOT, env={**os.environ, "STAMMKUNDE_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "The dashboard ended right after its start."
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within 30 seconds.")


# A press reaches the server a moment after the address has changed, so one look at a quiet page may be too early.
CALM = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const calm = app?.dataset.testScriptState === 'notRunning' && document.querySelector('h1, h3')
        && !document.querySelector('[data-stale=true]');
    if (!calm) { window.calmSince = undefined; return false; }
    window.calmSince ??= performance.now();
    if (performance.now() - window.calmSince < 400) return false;
    window.calmSince = undefined;
    return true;
}"""


def settled(page: Page) -> None:
    """Wait until the server has run the page and the browser has drawn it, and neither starts again."""
    page.wait_for_function(CALM)


def press(target: Locator, position: Position | None = None) -> None:
    """Press once the page is drawn: until then old and new elements stand beside each other."""
    settled(target.page)
    target.click(position=position)


def opened(browser: Browser, server: Server, name: str, address: str) -> Page:
    """A page at a desk's width, as a person who gave their name sees it."""
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(30_000)
    page.goto(f"{server.url}/{address}")
    settled(page)
    press(page.locator(".st-key-name_tag button"))
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Deciding as {name}")).to_be_visible()
    page.keyboard.press("Escape")
    settled(page)
    return page
