"""Two people share a worklist: what one decides is kept, the other is told, and it can be taken back."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, Server, opened, press, settled
from tests.browser.test_in_the_browser import head_of
from tests.warehouse_fixture import publish_warehouse

ADDRESS = "worklist?action=Call+and+put+it+right"


@pytest.fixture
def shop(fresh_server: Server) -> Server:
    """A shop whose decisions a test may make."""
    publish_warehouse(fresh_server.home, customers=300)
    return fresh_server


def tick(page: Page, *rows: int) -> None:
    """Select rows of the table, counted from 0."""
    for row in rows:
        table = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
        assert table is not None
        page.mouse.click(table["x"] + 16, table["y"] + 34 + 30 * row + 15)
    expect(page.get_by_text(f"Selected: {len(rows)}")).to_be_visible()
    settled(page)


def assign(page: Page, name: str) -> None:
    press(page.get_by_role("button", name="Assign"))
    page.get_by_label("To", exact=True).fill(name)
    page.keyboard.press("Enter")
    press(page.locator(".st-key-assign_now button:enabled"))
    expect(page.get_by_text(re.compile("assigned to")).first).to_be_visible()
    settled(page)


def listed(page: Page, server: Server, address: str) -> int:
    """How many customers a filter in the address finds."""
    page.goto(f"{server.url}/{address}")
    settled(page)
    return int(page.get_by_test_id("stMetricValue").first.inner_text())


def test_what_one_decides_is_kept_and_the_other_is_told(browser: Browser, shop: Server) -> None:
    anna, ben = opened(browser, shop, "Anna", ADDRESS), opened(browser, shop, "Ben", ADDRESS)
    tick(ben, 1)
    tick(anna, 0, 1)
    assign(anna, "Anna")
    # Ben still looks at nobody's customer; his press finds Anna's
    press(ben.locator(".st-key-approve button").first)
    expect(ben.get_by_text(re.compile("Somebody was faster.*Anna changed the owner", re.DOTALL))).to_be_visible()
    press(ben.get_by_role("button", name="Dismiss"))
    expect(ben.get_by_text("Somebody was faster")).to_have_count(0)
    # now he saw it, and may go on with it
    press(ben.locator(".st-key-approve button").first)
    expect(ben.locator(".st-key-undo button").first).to_be_visible()
    press(anna.locator(".st-key-undo button").first)
    expect(anna.get_by_text(re.compile("Ben changed the status from “open” to “approved”"))).to_be_visible()
    assert listed(anna, shop, "worklist?owner=Anna") == 1
    assert listed(anna, shop, "worklist?owner=Anna&status=Approved") == 1
    press(ben.locator(".st-key-undo button").first)
    settled(ben)
    assert listed(ben, shop, "worklist?owner=Anna&status=Open") == 1
    anna.close()
    ben.close()


def test_a_selection_survives_sorting_and_paging_and_a_view_opens_again(browser: Browser, shop: Server) -> None:
    page = opened(browser, shop, "Anna", "worklist")
    tick(page, 0, 2)
    press(page.get_by_label("Page 4", exact=True))
    expect(page.get_by_text("151–163 of 163")).to_be_visible()
    settled(page)
    table = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(table["x"] + 16, table["y"] + 34 + 15)
    expect(page.get_by_text("Selected: 3")).to_be_visible()
    page.mouse.click(table["x"] + head_of("expected_net"), table["y"] + 15)
    page.wait_for_url("**order=lowest+first**")
    expect(page.get_by_text("1–50 of 163")).to_be_visible()
    settled(page)
    expect(page.get_by_text("Selected: 3")).to_be_visible()
    # the customer opens, and the selection is there on return
    page.mouse.click(table["x"] + 90, table["y"] + 34 + 15)
    page.wait_for_url("**/customer?customer_id=C*")
    settled(page)
    page.go_back()
    page.wait_for_url("**order=lowest+first**")
    expect(page.get_by_text("Selected: 3")).to_be_visible()
    settled(page)
    press(page.get_by_role("button", name="Saved"))
    page.get_by_label("Keep this view as").fill("upside down")
    page.keyboard.press("Enter")
    press(page.locator(".st-key-view_keep button:enabled"))
    expect(page.locator(".st-key-view_open")).to_be_visible()
    page.goto(f"{shop.url}/worklist")
    settled(page)
    page.close()
    again = opened(browser, shop, "Anna", "worklist")
    press(again.get_by_role("button", name="Saved"))
    press(again.locator(".st-key-view_open button"))
    again.wait_for_url("**order=lowest+first**")
    again.close()


def test_a_file_of_the_list_is_made_when_it_is_asked_for(browser: Browser, server: Server) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"{server.url}/worklist")
    settled(page)
    press(page.get_by_text(re.compile("^All .* of this filter")))
    press(page.get_by_role("button", name="Export"))
    with page.expect_download() as waiting:
        press(page.get_by_role("button", name="CSV for mail tools"))
    lines = waiting.value.path().read_text().splitlines()
    assert lines[0].startswith("customer_id,name,action")
    assert len(lines) > 10  # with the line of names
    page.close()


def test_a_cell_of_the_map_filters_the_list(browser: Browser, shop: Server) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"{shop.url}/worklist")
    settled(page)
    press(page.get_by_text(re.compile("^Map of segments and actions")))
    page.wait_for_url("**map=true**")
    cell = page.locator("[data-testid=stVegaLiteChart] svg g.mark-rect").last.locator("path").first
    press(cell)
    page.wait_for_url(re.compile("segment=.*action=|action=.*segment="))
    expect(page.get_by_text(re.compile(r"^1–\d+ of [1-4]?\d$"))).to_be_visible()
    page.close()
