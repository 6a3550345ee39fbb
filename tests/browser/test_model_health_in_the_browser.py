"""Model health in a browser: the verdict, the heat map with a feature closer, and an address that opens it again."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import BAD, PHONE, Server, press, settled


def test_the_verdict_comes_first_and_an_address_opens_a_feature(page: Page, browser: Browser, server: Server):
    page.goto(f"{server.url}/model_health")
    settled(page)
    expect(page.get_by_text("No promise is over yet; in rehearsal")).to_be_visible()
    expect(page.get_by_text("Every promise")).to_be_visible()
    press(page.get_by_text("Drift", exact=True))
    expect(page.get_by_text("PSI against the training rows")).to_be_visible()
    settled(page)
    assert "health=Drift" in page.url
    address = f"{page.url}&drift_feature=Days+since+last+order"

    other = browser.new_page(viewport=PHONE)
    other.goto(address)
    settled(other)
    expect(other.get_by_text("Days since last order: ")).to_be_visible()
    assert not BAD.search(other.locator("body").inner_text())
    other.close()
