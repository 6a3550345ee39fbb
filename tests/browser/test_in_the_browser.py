"""The pages as people see them: real server, real browser, light and dark, desk and phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from pages.components import words, worklist_table
from tests.browser.conftest import BAD, DESK, PHONE, Server, press, settled
from tests.warehouse_fixture import publish_warehouse


def go(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.url}/{address}")
    settled(page)


def head_of(column: str) -> int:
    """Where a column's head can be clicked while the list is sorted as it starts: from the table's left side."""
    table = worklist_table
    hidden = {*table.WITHOUT_A_MODEL, *table.WHEN_SORTED, *table.OF_CONTRACTS, "place"}
    shown = {name: width for name, (width, _) in table.COLUMNS.items() if name not in hidden}
    shown |= {name: width for name, width in table.EMPTY_WIDTHS.items() if name in shown}
    shown["top_reason"] += table.TABLE_WIDTH - sum(shown.values())
    before = list(shown)[: list(shown).index(column)]
    return table.BOXES + sum(shown[name] for name in before) + 30


def test_a_deep_link_works_as_the_very_first_visit(page, fresh_server):
    publish_warehouse(fresh_server.home, customers=300)
    go(page, fresh_server, "customer?customer_id=C0000016")
    names = ["Worklist", "Customer", "Campaigns", "Overview", "Segments", "Experience", "Training", "Model health",
             "Data health"]  # fmt: skip
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_text(names)
    expect(page.get_by_test_id("stMetricValue")).to_have_count(5)
    assert page.url.endswith("/customer?customer_id=C0000016")
    assert "Page not found" not in page.inner_text("body")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pages_are_clean_and_load_nothing_from_elsewhere(browser, server, addresses, mode):
    page = browser.new_page(viewport=DESK, color_scheme=mode)
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((server.url, "data:", "blob:", "ws:")) else elsewhere.append(r.url),
    )
    for address in ("", *addresses):
        go(page, server, address)
        text = page.inner_text("body")
        assert not BAD.findall(text), address
        assert page.evaluate("document.fonts.check('14px \"IBM Plex Sans\"')")
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (mode == "light")
    assert not elsewhere
    page.close()


def test_turning_the_lights_off_turns_the_charts_too(page, server):
    go(page, server, "overview")
    word = page.locator("[data-testid=stVegaLiteChart] svg .mark-text text").first
    fill = "element => getComputedStyle(element).fill"
    assert word.evaluate(fill) == "rgb(27, 42, 51)"
    page.get_by_test_id("stMainMenu").click()
    page.get_by_text("dark_mode").click()
    expect(page.locator(".stApp")).to_have_css("background-color", "rgb(17, 24, 29)")
    expect(word).to_have_css("fill", "rgb(228, 235, 239)")


def test_the_first_screen_holds_the_page(page, server, addresses):
    for address in addresses:
        go(page, server, address)
        page.wait_for_timeout(500)
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        assert height <= 930, (address, height)


def test_a_phone_never_scrolls_sideways_and_cuts_no_tile(browser, server, addresses):
    page = browser.new_page(viewport=PHONE)
    for address in addresses:
        go(page, server, address)
        page.wait_for_timeout(300)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth"), address
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        notes = page.locator('[data-testid="stMetricDeltaDescription"]')
        assert notes.evaluate_all("all => all.every(note => note.scrollWidth <= note.clientWidth)"), address
    page.close()


def test_filters_live_in_the_address_and_survive_a_reload_and_a_detour(page, server):
    go(page, server, "worklist")
    everybody = page.get_by_test_id("stMetricValue").first.inner_text()
    press(page.get_by_role("button", name="More filters"))
    press(page.get_by_label("Lifecycle stage"))
    press(page.get_by_role("option", name="At risk"))
    page.wait_for_url("**/worklist?stage=At+risk")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stMetricValue").first).not_to_have_text(everybody)
    some = page.get_by_test_id("stMetricValue").first.inner_text()
    page.reload()
    settled(page)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(some)
    press(page.get_by_role("link", name="Overview"))
    expect(page.locator("h1")).to_contain_text("Are we keeping")
    press(page.get_by_role("link", name="Worklist"))
    page.wait_for_url("**/worklist?stage=At+risk")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(some)
    press(page.get_by_role("button", name="Reset filters"))
    page.wait_for_url("**/worklist")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(everybody)


def test_a_head_sorts_the_list_and_a_row_opens_the_customer(page, server):
    go(page, server, "worklist")
    table = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(table["x"] + head_of("churn_risk"), table["y"] + 15)
    page.wait_for_url("**sort=Churn+risk**")
    settled(page)
    # sorted by risk, the places are shown first and take their width from the reasons
    page.mouse.click(table["x"] + head_of("churn_risk"), table["y"] + 15)
    page.wait_for_url("**order=lowest+first**")
    settled(page)
    page.mouse.click(table["x"] + worklist_table.BOXES + 60, table["y"] + 15 + 30 * 2)
    page.wait_for_url("**/customer?customer_id=C*")
    settled(page)
    expect(page.get_by_test_id("stMetricValue").first).to_contain_text("%")
    page.go_back()
    page.wait_for_url("**/worklist?**sort=Churn+risk**")


def test_page_buttons_turn_the_page_in_the_database(page, server):
    go(page, server, "worklist")
    expect(page.get_by_text(re.compile(r"^1–50 of"))).to_be_visible()
    press(page.get_by_label("Page 2", exact=True))
    page.wait_for_url("**page=2**")
    expect(page.get_by_text(re.compile(r"^51–100 of"))).to_be_visible()


def test_names_and_dollars_are_shown_as_they_are(page, fresh_server):
    name = "*Ann* $x$ [b](http://c.example) :smile: <b>&Co_1_</b>"
    rename = f"update customer_list set name = '{name}' where customer_id = 'C0000016'"
    publish_warehouse(fresh_server.home, customers=60, changes=(rename, "update run_info set currency = 'USD'"))
    go(page, fresh_server, "customer?customer_id=C0000016")
    assert page.locator("h1").inner_text().replace(words.JOINER, "") == name
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_contain_text("$")
    assert page.locator(".katex").count() == 0


def test_an_empty_home_fills_and_a_new_publication_appears(page, fresh_server):
    go(page, fresh_server, "worklist?stage=At+risk")
    expect(page.get_by_text("There is no list yet")).to_be_visible()
    assert not BAD.findall(page.inner_text("body"))
    publish_warehouse(fresh_server.home, customers=300)
    page.reload()
    settled(page)
    expect(page.get_by_text(re.compile("scored of 300"))).to_be_visible()
    publish_warehouse(fresh_server.home, customers=400, run_id="20261122T022000-bbbb")
    press(page.get_by_text("All customers"))
    expect(page.get_by_text(re.compile("scored of 400"))).to_be_visible()
