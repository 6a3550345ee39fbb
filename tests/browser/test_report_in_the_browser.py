"""The overview leaves the house: its report is drawn by the running dashboard and saved by the browser."""

import re
from io import BytesIO

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import Server, press, settled


def test_the_overview_is_saved_as_a_page_and_as_a_picture(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/overview")
    settled(page)
    expect(page.get_by_test_id("stMetricValue").first).to_be_visible()
    figure = page.get_by_test_id("stMetricValue").first.inner_text()

    with page.expect_download() as saving:
        press(page.get_by_role("button", name="PDF", exact=True))
    assert saving.value.suggested_filename == "overview.pdf"
    (sheet,) = PdfReader(BytesIO(saving.value.path().read_bytes())).pages
    assert plain(figure) in plain(sheet.extract_text())

    with page.expect_download() as saving:
        press(page.get_by_role("button", name="PNG", exact=True))
    assert saving.value.path().read_bytes().startswith(b"\x89PNG")


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)
