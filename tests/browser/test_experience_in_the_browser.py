"""The experience page in a browser: a part is an address, and a call that is logged ends a customer's wait."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import BAD, PHONE, press, running, settled
from tests.warehouse_fixture import publish_warehouse


def test_a_call_is_logged_from_the_address_of_the_list(browser: Browser, tmp_path: Path):
    publish_warehouse(tmp_path, customers=400)
    with running(tmp_path) as server:
        page = browser.new_page(viewport=PHONE)
        page.set_default_timeout(30_000)
        page.goto(f"{server.url}/experience")
        settled(page)
        expect(page.get_by_text(re.compile("CSAT was .* in Oct"))).to_be_visible()
        press(page.get_by_text("Call back", exact=True))
        expect(page.get_by_text("9 customers wait for a call back")).to_be_visible()
        expect(page).to_have_url(re.compile("experience=Call"))
        outcome = page.get_by_role("radio", name="Reached", exact=True)
        press(outcome)
        expect(outcome).to_be_checked()
        press(page.get_by_role("button", name="Log the call"))
        expect(page.get_by_text("8 customers wait for a call back")).to_be_visible()
        settled(page)
        assert not BAD.search(page.locator("body").inner_text())
        page.close()
