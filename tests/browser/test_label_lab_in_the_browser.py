"""The label lab in a browser: worked out from the page, a definition chosen with a reason, seen by everybody."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from pages.components import words
from pipelines import settings_file
from pipelines.config import load_settings
from tests.browser.conftest import BAD, PHONE, running, settled

expect.set_options(timeout=15_000)
LAB = "training?part=Label+lab"
WHY = "Most come back within two months"


def opened(page: Page, address: str) -> None:
    page.set_default_timeout(15_000)
    page.goto(address)
    settled(page)


def test_a_definition_is_worked_out_chosen_with_a_reason_and_seen_by_everybody(
    page: Page, browser: Browser, home: Path
):
    with running(home) as server:
        opened(page, f"{server.url}/{LAB}&days=60")
        expect(page.get_by_text("No definition has been worked out yet")).to_be_visible()
        page.get_by_role("button", name="Work it out").click()
        row = page.get_by_role("row", name=f"Active,{words.GAP}60{words.GAP}days")
        expect(row).to_be_visible(timeout=120_000)
        settled(page)
        page.get_by_role("button", name="Make it ours").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Why")).to_be_visible()
        settled(page)
        dialog.get_by_label("Why").fill(WHY)
        dialog.get_by_label("Why").press("Control+Enter")
        settled(page)
        dialog.get_by_role("button", name="Change it").click()
        expect(page.get_by_role("cell", name=WHY)).to_be_visible()
        expect(page.get_by_role("button", name="Train a model for it")).to_be_enabled()
        assert load_settings(home).churn.horizon_days == 60
        (line,) = settings_file.history(home)
        assert (line.before, line.after, line.why) == (90, 60, WHY)

        other = browser.new_page(viewport=PHONE)
        opened(other, f"{server.url}/{LAB}")
        expect(other.get_by_text("The published list still answers")).to_be_visible()
        expect(other.get_by_role("cell", name=WHY)).to_be_visible()
        assert not BAD.search(other.locator("body").inner_text())
        other.close()
