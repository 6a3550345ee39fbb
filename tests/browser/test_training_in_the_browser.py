"""A training started from the page: seen by everybody, untouched by reloads and restarts, harmless when it dies."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines import background, job_files, publish, registry
from tests.browser.conftest import BAD, PHONE, opened, press, running, settled

pytestmark = pytest.mark.usefixtures("nothing_left_at_work")
LONG = "training?trials=50+trials"
AT_WORK = ".st-key-run_working"


SEARCHING = re.compile(r"^Searching for parameters: trial \d+ of 50")


def train(page: Page) -> None:
    press(page.locator(".st-key-train_now button:enabled").first)
    expect(page.locator(AT_WORK)).to_be_visible()


def good_state(home: Path) -> tuple[str, str]:
    """The published list and the model in use."""
    champion = registry.describe_champion(home)
    assert champion
    return str(publish.link(home, "warehouse").readlink()), champion["version"]


def test_two_browsers_see_one_training_that_outlives_reload_and_dashboard(browser: Browser, home: Path) -> None:
    before = good_state(home)
    with running(home) as server:
        anna, ben = opened(browser, server, "Anna", LONG), opened(browser, server, "Ben", "training")
        train(anna)
        # the second viewer sees it without a press, and cannot start another one
        expect(ben.locator(AT_WORK).get_by_text(re.compile("Training: Anna, started at"))).to_be_visible()
        expect(ben.locator(".st-key-train_now button").first).to_be_disabled()
        expect(ben.get_by_text(SEARCHING)).to_be_visible(timeout=90_000)
        # it goes on while pages are reloaded and closed, and pages answer meanwhile
        ben.reload()
        expect(ben.locator(AT_WORK)).to_be_visible()
        ben.get_by_role("link", name="Overview").click()
        expect(ben.locator("h1")).to_contain_text("Are we keeping")
        anna.close()
        ben.close()
        run = background.state(home)
        assert run
    with running(home) as server:  # the dashboard was killed and started anew
        ben = opened(browser, server, "Ben", "training")
        expect(ben.locator(AT_WORK).get_by_text(re.compile("best log loss so far"))).to_be_visible(timeout=90_000)
        now = background.state(home)
        assert now
        assert (now.job_id, now.is_running) == (run.job_id, True)
        ben.get_by_role("button", name="Cancel …").click()
        ben.locator(".st-key-run_cancel_now button").click()
        expect(ben.get_by_text(re.compile("that Anna started at .* was cancelled by Ben"))).to_be_visible()
        expect(ben.locator(".st-key-train_now button").first).to_be_enabled()
        ben.close()
    assert good_state(home) == before


def test_a_killed_training_leaves_champion_and_page_whole(browser: Browser, home: Path) -> None:
    before = good_state(home)
    with running(home) as server:
        page = opened(browser, server, "Anna", LONG)
        train(page)
        expect(page.get_by_text(SEARCHING)).to_be_visible(timeout=90_000)
        run = background.state(home)
        assert run
        record = job_files.jobs_folder(home) / run.job_id
        os.kill(job_files.read(record / "process.json")["process"], signal.SIGKILL)
        expect(page.get_by_text(re.compile("ended without a word"))).to_be_visible()
        expect(page.locator("h1")).to_contain_text("What can be learned")
        assert good_state(home) == before
        expect(page.locator(".st-key-train_now button").first).to_be_enabled()
        settled(page)
        assert not BAD.findall(page.inner_text("body"))
        page.set_viewport_size(PHONE)
        settled(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
        page.close()
    assert good_state(home) == before
