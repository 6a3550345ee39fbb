"""The page of segments in a browser: clicks choose, every tab fits the first screen, nothing is cut on a phone."""

import re
from dataclasses import replace
from urllib.parse import quote_plus

from playwright.sync_api import Locator, Page, Position, expect

from pages.components import segment_words as own
from pipelines import publish, queries
from tests.browser.conftest import BAD, PHONE, Server, press, settled


def go(page: Page, server: Server, tab: str) -> None:
    page.goto(f"{server.url}/segments?tab={quote_plus(tab)}")
    settled(page)


CORNER: Position = {"x": 6, "y": 5}  # of a square: its words lie above its middle


def marked(page: Page, place: int) -> Locator:
    """One square of the page's first chart, by its place among the rows behind it."""
    squares = page.get_by_test_id("stVegaLiteChart").first.locator("svg g.mark-rect").last
    return squares.locator("path").nth(place)


def first_tile(page: Page):
    return page.get_by_test_id("stMetricValue").first


def test_a_click_on_the_map_chooses_its_customers_and_a_second_one_everybody(page, server):
    with publish.open_current(server.home, "warehouse") as con:
        square = queries.value_risk_map(con).query("risk_band == 'high'").sort_values("customers").iloc[-1]
    go(page, server, own.MAP)
    everybody = first_tile(page).inner_text()
    press(marked(page, (int(square["value_class"]) - 1) * len(own.BANDS) + own.BANDS.index("high")), CORNER)
    page.wait_for_url("**risk=High**")
    expect(first_tile(page)).to_have_text(f"{square['customers']:,}")
    assert "worth=" in page.url
    page.reload()
    settled(page)
    expect(first_tile(page)).to_have_text(f"{square['customers']:,}")
    press(page.get_by_role("button", name="Choose everybody"))
    expect(first_tile(page)).to_have_text(everybody)
    assert "risk=" not in page.url


def test_a_row_of_the_groups_leads_to_the_same_customers_on_the_worklist(page, server):
    go(page, server, own.RFM)
    table = page.locator(".st-key-rfm_table canvas").first.bounding_box()
    page.mouse.click(table["x"] + 60, table["y"] + 15 + 30 * 2)
    page.wait_for_url("**rfm=Loyal**")
    with publish.open_current(server.home, "warehouse") as con:
        wanted = queries.ListFilter(segments=("Loyal",))
        listed = queries.list_summary(con, wanted)["customers"]
    press(page.get_by_role("button", name="Open in the worklist"))
    page.wait_for_url("**/worklist?segment=Loyal**")
    settled(page)
    expect(first_tile(page)).to_have_text(f"{listed:,}")


def test_a_square_of_expansion_leads_to_the_same_customers_on_the_worklist(page, server):
    chosen = queries.ListFilter(segments=("Champions",), opportunities=("cross-sell",))
    with publish.open_current(server.home, "warehouse") as con:
        everybody = queries.list_summary(con, replace(chosen, hide_held_out=False))["customers"]
        listed = queries.list_summary(con, chosen)["customers"]
        squares = list(queries.expansion_potential(con, "segment")[["group_name", "kind"]].itertuples(False, None))
    go(page, server, own.EXPANSION)
    press(marked(page, squares.index(("Champions", "cross-sell"))), CORNER)
    page.wait_for_url(re.compile("offer=Bought"))
    expect(first_tile(page)).to_have_text(f"{everybody:,}")
    press(page.get_by_role("button", name="Open in the worklist"))
    page.wait_for_url(re.compile("/worklist.*opportunity=Bought"))
    settled(page)
    expect(first_tile(page)).to_have_text(f"{listed:,}")


def test_every_tab_is_clean_and_fits_the_first_screen(page, server):
    for tab in own.TABS:
        go(page, server, tab)
        assert not BAD.findall(page.inner_text("body")), tab
        if tab != own.SAVED:
            expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 930, tab


def test_a_dark_phone_scrolls_no_tab_sideways(browser, server):
    page = browser.new_page(viewport=PHONE, color_scheme="dark")
    for tab in own.TABS:
        go(page, server, tab)
        assert not BAD.findall(page.inner_text("body")), tab
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth"), tab
    page.close()
