"""The overview as an executive meets it: one screen, tables behind its charts, a way from a risk to its customers."""

import io

import pypdf
from playwright.sync_api import expect

from tests.browser.conftest import DESK, press, settled


def test_one_screen_says_what_is_kept_what_it_earned_and_what_is_next(page, server):
    page.goto(f"{server.url}/overview")
    settled(page)
    seen = [page.get_by_test_id("stMetric").nth(place) for place in range(5)]
    seen += [page.get_by_text("Top risks", exact=True), page.get_by_text("Help desk", exact=True)]
    seen += [page.get_by_test_id("stVegaLiteChart").nth(place) for place in range(5)]
    for place in seen:
        expect(place).to_be_visible()
        box = place.bounding_box()
        assert box["y"] + box["height"] <= DESK["height"]


def test_a_table_stands_behind_a_chart(page, server):
    page.goto(f"{server.url}/overview")
    settled(page)
    press(page.get_by_role("button", name="Table").nth(1))
    expect(page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame")).to_be_visible()


def test_the_first_risk_leads_to_where_it_can_be_looked_at(page, server):
    page.goto(f"{server.url}/overview")
    settled(page)
    press(page.locator(".st-key-overview_risk_0 a").first)  # the second is for touch alone
    expect(page.locator("h1")).not_to_contain_text("Are we keeping")
    settled(page)
    expect(page.get_by_test_id("stMetric").first).to_be_visible()


def test_it_prints_on_one_page(page, server):
    page.goto(f"{server.url}/overview")
    settled(page)
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == 1
    text = printed.pages[0].extract_text()
    assert "Top risks" in text
    assert "Help desk" in text
    assert "Table" not in text
