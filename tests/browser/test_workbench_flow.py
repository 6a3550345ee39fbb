"""The analyst's whole way: another label, a training, a comparison, a promotion, another list, and all the way back."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from pages.components import words
from pipelines import publish, registry, settings_file
from pipelines.config import load_settings
from tests.browser.conftest import BAD, PHONE, Server, press, running, settled

WHY, NOTE, BACK = "Most come back within two months", "Two months fit our campaigns", "The old list served us better"
SLOW = 240_000  # a run on a busy machine


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


def press_key(page: Page, key: str) -> None:
    """Press a button by its key, once it can be pressed."""
    press(page.locator(f".st-key-{key} button:enabled").first)


def say_why(page: Page, label: str, text: str, key: str) -> None:
    """Give the reason a dialog asks for, then press its button."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(label)).to_be_visible()
    settled(page)
    dialog.get_by_label(label).fill(text)
    dialog.get_by_label(label).press("Control+Enter")
    press(dialog.locator(f".st-key-{key} button").first)
    expect(dialog).to_have_count(0)


def predicts(days: int) -> Callable[[Page], None]:
    """Waits until the head of the page speaks of a horizon."""
    found = re.compile(f"Predicts: no order within {days}{words.GAP}days")
    return lambda page: expect(page.get_by_text(found).first).to_be_visible(timeout=SLOW)


def open_part(page: Page, name: str) -> None:
    press(page.get_by_role("radio", name=name, exact=True))


def choose_another_label(page: Page, server: Server) -> None:
    """Work the definitions out, choose sixty days for a reason; the published list stays."""
    before = published_list(server.home)
    page.goto(f"{server.url}/training?part=Label+lab&days=60")
    predicts(90)(page)
    expect(page.get_by_text("No definition has been worked out yet")).to_be_visible()
    press_key(page, "lab_start")
    expect(page.get_by_role("row", name=f"Active,{words.GAP}60{words.GAP}days")).to_be_visible(timeout=SLOW)
    press_key(page, "lab_choose")
    say_why(page, "Why", WHY, "lab_change")
    expect(page.get_by_role("cell", name=WHY)).to_be_visible()
    assert load_settings(server.home).churn.horizon_days == 60
    (line,) = settings_file.history(server.home)
    assert (line.before, line.after, line.why) == (90, 60, WHY)
    assert published_list(server.home) == before


def see_what_another_chose(page: Page, server: Server) -> None:
    """Everybody is told, on a phone too."""
    page.goto(f"{server.url}/training?part=Label+lab")
    expect(page.get_by_text("The published list still answers")).to_be_visible()
    expect(page.get_by_role("cell", name=WHY)).to_be_visible()
    assert not BAD.findall(page.inner_text("body"))
    page.close()


def train_and_compare(page: Page, server: Server) -> None:
    """A model for the new label changes nothing yet; it stands beside the one in use, with both lists."""
    before = published_list(server.home)
    press_key(page, "lab_train")
    expect(page.locator(".st-key-run_working")).to_be_visible()
    page.goto(f"{server.url}/training")  # a run outlives the page that started it
    expect(page.get_by_text(re.compile("Version 2 waits to be promoted"))).to_be_visible(timeout=SLOW)
    assert (published_list(server.home), champion(server.home)) == (before, "1")
    press_key(page, "to_versions")
    page.wait_for_url("**part=Versions**")
    open_part(page, "Who would be contacted")
    expect(page.get_by_text("Who join and who leave").first).to_be_visible()  # the proposal brought a comparison


def switch(page: Page, note: str, days: int, done: str) -> None:
    """Put a version to use, or go back, with a note: the head then speaks of the version's own horizon."""
    press_key(page, "promote_open")
    say_why(page, "Note", note, "promote_now")
    predicts(days)(page)
    expect(page.get_by_text(re.compile(f"^The {done} that .* is done"))).to_be_visible(timeout=SLOW)


def test_from_another_label_to_another_list_and_all_the_way_back(
    page: Page, browser: Browser, home: Path, nothing_left_at_work: None
) -> None:
    before = published_list(home)
    with running(home) as server:
        choose_another_label(page, server)
        see_what_another_chose(browser.new_page(viewport=PHONE), server)
        train_and_compare(page, server)

        switch(page, NOTE, 60, "promotion")
        assert champion(home) == "2"
        assert published_list(home) != before
        press(page.get_by_role("link", name="Worklist"))
        expect(page.locator("h1")).to_contain_text("Whom should we contact")
        predicts(60)(page)

        page.goto(f"{server.url}/training?part=Versions&version=2")
        switch(page, BACK, 90, "roll back")
        assert champion(home) == "1"
        assert load_settings(home).churn.horizon_days == 90
        assert published_list(home) == before
        settled(page)
        assert not BAD.findall(page.inner_text("body"))
