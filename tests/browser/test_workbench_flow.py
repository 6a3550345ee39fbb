"""The analyst's whole way: another label, a training, a comparison, a promotion, another list, and all the way back."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.components import words
from pipelines import background, publish, registry, settings_file
from pipelines.config import load_settings
from tests.browser.conftest import BAD, PHONE, running, settled

WHY, NOTE, BACK = "Most come back within two months", "Two months fit our campaigns", "The old list served us better"
SLOW = 240_000  # a run on a busy machine


@pytest.fixture(autouse=True)
def nothing_left_at_work(home: Path) -> Iterator[None]:
    """A run is in no test's process group: where a test fails, its run would go on."""
    yield
    run = background.state(home)
    if run and run.is_running:
        background.cancel(home, run.job_id, "the test", at_once=True)


def published_list(home: Path) -> list[tuple]:
    """Everybody's risk, value and suggested action, as the list has them."""
    with publish.open_current(home, "warehouse") as con:
        return con.execute(
            "select customer_id, is_scored, round(churn_risk, 9), round(expected_value, 6), action, channel,"
            " round(expected_net, 6) from customer_list order by customer_id"
        ).fetchall()


def champion(home: Path) -> str:
    found = registry.describe_champion(home)
    assert found
    return found["version"]


def press(page: Page, key: str) -> None:
    """Press a button by its key, once it can be pressed and the page is quiet."""
    settled(page)
    page.locator(f".st-key-{key} button:enabled").first.click()


def say_why(page: Page, label: str, text: str, key: str) -> None:
    """Give the reason a dialog asks for, then press its button."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(label)).to_be_visible()
    settled(page)
    dialog.get_by_label(label).fill(text)
    dialog.get_by_label(label).press("Control+Enter")
    settled(page)
    dialog.locator(f".st-key-{key} button").first.click()
    expect(dialog).to_have_count(0)


def predicts(days: int) -> Callable[[Page], None]:
    """Waits until the head of the page speaks of a horizon."""
    found = re.compile(f"Predicts: no order within {days}{words.GAP}days")
    return lambda page: expect(page.get_by_text(found).first).to_be_visible(timeout=SLOW)


def open_part(page: Page, name: str) -> None:
    settled(page)
    page.get_by_role("radio", name=name, exact=True).click()


def test_from_another_label_to_another_list_and_all_the_way_back(page: Page, browser: Browser, home: Path) -> None:
    page.set_default_timeout(30_000)
    before = published_list(home)
    with running(home) as server:
        # another label, for a reason
        page.goto(f"{server.url}/training?part=Label+lab&days=60")
        predicts(90)(page)
        expect(page.get_by_text("No definition has been worked out yet")).to_be_visible()
        press(page, "lab_start")
        expect(page.get_by_role("row", name=f"Active,{words.GAP}60{words.GAP}days")).to_be_visible(timeout=SLOW)
        press(page, "lab_choose")
        say_why(page, "Why", WHY, "lab_change")
        expect(page.get_by_role("cell", name=WHY)).to_be_visible()
        assert load_settings(home).churn.horizon_days == 60
        (line,) = settings_file.history(home)
        assert (line.before, line.after, line.why) == (90, 60, WHY)
        assert published_list(home) == before

        # which everybody is told
        other = browser.new_page(viewport=PHONE)
        other.goto(f"{server.url}/training?part=Label+lab")
        expect(other.get_by_text("The published list still answers")).to_be_visible()
        expect(other.get_by_role("cell", name=WHY)).to_be_visible()
        assert not BAD.findall(other.inner_text("body"))
        other.close()

        # a model for it, which changes nothing yet
        press(page, "lab_train")
        expect(page.locator(".st-key-run_working")).to_be_visible()
        expect(page.get_by_text(re.compile("Version 2 waits to be promoted"))).to_be_visible(timeout=SLOW)
        assert (published_list(home), champion(home)) == (before, "1")

        # beside the model in use
        press(page, "to_versions")
        page.wait_for_url("**part=Versions**")
        open_part(page, "Who would be contacted")
        expect(page.get_by_text("Who join and who leave").first).to_be_visible()  # the proposal brought a comparison

        # in use, with a note; the list answers the new question
        press(page, "promote_open")
        say_why(page, "Note", NOTE, "promote_now")
        predicts(60)(page)
        expect(page.get_by_text(re.compile("^The promotion that .* is done"))).to_be_visible(timeout=SLOW)
        assert champion(home) == "2"
        changed = published_list(home)
        assert changed != before
        page.get_by_role("link", name="Worklist").click()
        expect(page.locator("h1")).to_contain_text("Whom should we contact")
        predicts(60)(page)

        # and back: model, label and list as before
        page.goto(f"{server.url}/training?part=Versions&version=2")
        press(page, "promote_open")
        say_why(page, "Note", BACK, "promote_now")
        predicts(90)(page)
        expect(page.get_by_text(re.compile("^The roll back that .* is done"))).to_be_visible(timeout=SLOW)
        assert champion(home) == "1"
        assert load_settings(home).churn.horizon_days == 90
        assert published_list(home) == before
        settled(page)
        assert not BAD.findall(page.inner_text("body"))
