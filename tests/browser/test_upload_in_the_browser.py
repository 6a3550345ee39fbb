"""Somebody drops a German export on an empty home, checks it, loads it, and sees the list, without editing a file."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import BAD, PHONE, Server, press, settled
from tests.upload_cases import german_shop

ADDRESS = "/data_health?show_data=New+upload"
PATIENCE = 30_000  # milliseconds until files are looked at and tried, on a slow machine
LOADED = 120_000  # milliseconds that a load may take on a slow machine


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files as a browser does, with whatever type it thinks they have."""
    kinds = {"csv": "text/csv"}
    page.locator("input[type=file]").first.set_input_files(
        [
            {"name": name, "mimeType": kinds.get(name[-3:], "application/octet-stream"), "buffer": content}
            for name, content in files
        ]
    )


def test_a_dropped_export_becomes_a_list(page: Page, fresh_server: Server):
    content, _ = german_shop(300)
    page.goto(fresh_server.url + ADDRESS)
    expect(page.get_by_role("heading", name="What would your files bring?")).to_be_visible(timeout=PATIENCE)
    settled(page)
    drop(page, ("program.csv", b"MZ\x90\x00\x00\x00"), ("Bestellungen.csv", content))
    expect(page.get_by_text("4 tables can be loaded.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("program.csv is a Windows program.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("combobox", name=re.compile("Customer number"))).to_have_value(re.compile("Kundennummer"))
    expect(page).to_have_url(re.compile("upload=[0-9a-f]{16}"))
    settled(page)

    together = page.get_by_text("Put rows with the same order number together")
    press(together)
    expect(page.get_by_text("1 table cannot be loaded yet: Orders.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("This table cannot be loaded yet.")).to_be_visible(timeout=PATIENCE)
    settled(page)
    page.reload()  # choices are kept, and a table of the address is opened
    expect(page.get_by_text("1 table cannot be loaded yet: Orders.")).to_be_visible(timeout=PATIENCE)
    settled(page)
    press(together)
    expect(page.get_by_text("4 tables can be loaded.")).to_be_visible(timeout=PATIENCE)
    settled(page)

    with page.expect_download() as saving:
        press(page.get_by_role("button", name="Save mapping.toml"))
    assert "[orders.expressions]" in saving.value.path().read_text(encoding="utf-8")
    press(page.get_by_role("button", name="Load and publish"))
    expect(page.get_by_text("Loaded and published.")).to_be_visible(timeout=LOADED)
    assert not BAD.search(page.locator("body").inner_text())
    assert (fresh_server.home / "warehouse.duckdb").exists()

    press(page.get_by_role("link", name="Open the worklist"))
    expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("What would"))
    settled(page)
    assert not BAD.search(page.locator("body").inner_text())

    again_on_a_phone(page, fresh_server)


def again_on_a_phone(page: Page, server: Server) -> None:
    """The same once there is a list: pages then share one database process with everything they preview."""
    page.set_viewport_size(PHONE)
    page.goto(server.url + ADDRESS)
    expect(page.get_by_text("Drop files:")).to_be_visible(timeout=PATIENCE)
    settled(page)
    drop(page, ("Bestellungen neu.csv", german_shop(40)[0]))
    expect(page.get_by_text("4 tables can be loaded.")).to_be_visible(timeout=PATIENCE)
    settled(page)
    press(page.get_by_role("button", name="Close"))
    expect(page.get_by_text("not loaded yet")).to_be_visible(timeout=PATIENCE)
    settled(page)
    press(page.get_by_role("button", name="Open", exact=True).first)
    expect(page.get_by_text("4 tables can be loaded.")).to_be_visible(timeout=PATIENCE)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(page.get_by_role("button", name="Discard"))
    expect(page.get_by_text("not loaded yet")).to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_text("Drop files:")).to_be_visible(timeout=PATIENCE)
    assert len(list((server.home / "uploads").iterdir())) == 1
