"""The journey in a browser: a click on a square leads to its customers, and nothing is cut on a phone."""

import re

from playwright.sync_api import Page, expect

from pages.components import journey_charts as charts
from pages.components import journey_words as own
from pipelines import publish, queries
from tests.browser.conftest import BAD, PHONE, Server, press, settled


def go(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/experience?experience=Journey")
    settled(page)


def test_a_click_on_a_square_leads_to_its_customers_on_the_worklist(page, server):
    with publish.open_current(server.home, "warehouse") as con:
        listed, cells = queries.journey_listed(con), queries.journey_cells(con)
    code = max((one for one in listed if one.startswith("on time|")), key=listed.__getitem__)
    place = list(charts.frame(cells, own.CHURN, "")["code"]).index(code)
    go(page, server)
    squares = page.locator("[data-testid=stVegaLiteChart] svg g.mark-rect").last  # those that are clicked lie on top
    press(squares.locator("path").nth(place))
    expect(page.get_by_text(f"{listed[code]:,} on the list were there")).to_be_visible()
    expect(page).to_have_url(re.compile("moment=Delivered"))
    press(page.get_by_role("button", name="Open in the worklist"))
    expect(page).to_have_url(re.compile(r"/worklist\?.*journey=Delivered"))
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{listed[code]:,}")


def test_a_dark_phone_scrolls_nothing_sideways(browser, server):
    page = browser.new_page(viewport=PHONE, color_scheme="dark")
    go(page, server)
    expect(page.get_by_test_id("stVegaLiteChart").last).to_be_visible()
    assert not BAD.findall(page.inner_text("body"))
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    page.close()
