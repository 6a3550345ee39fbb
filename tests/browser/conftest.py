"""A real server and a real browser for the page tests; skipped with a notice where Chromium is not installed."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.warehouse_fixture import publish_warehouse

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running dashboard and the home it shows."""

    url: str
    home: Path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed: the pages were not looked at in a browser.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def serve():
    """Start dashboards on homes; each is stopped when the test is over."""
    started: list[subprocess.Popen] = []

    def start(home: Path) -> Server:
        started.append(process := _start(home, port := _free_port()))
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
        return Server(f"http://127.0.0.1:{port}", home)

    yield start
    for process in started:
        _stop(process)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One dashboard on a drawn shop of 2,000 customers, shared by the tests of a module."""
    home = tmp_path_factory.mktemp("home")
    publish_warehouse(home)
    process = _start(home, port := _free_port())
    _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
    yield Server(f"http://127.0.0.1:{port}", home)
    _stop(process)


def _start(home: Path, port: int) -> subprocess.Popen:
    # Same prefix, same environment: the interpreter that runs the tests.
    return subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.fileWatcherType=none"],
        cwd=ROOT, env={**os.environ, "STAMMKUNDE_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _stop(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()


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


def settled(page: Page) -> None:
    """Wait until the server has run the page and the browser has drawn it."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_selector("h1, h3")
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')")
