"""The part "Versions" in a browser: a row chooses, a slider reckons anew, every part is drawn on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from pages.components import version_words as own
from pipelines import registry
from tests.browser.conftest import BAD, PHONE, press, running, settled


@pytest.fixture
def two_versions(home):
    """The sample shop with a second version, which is the first once more."""
    registry.register(home, registry.champion(home), "again", "# The card of the second")
    return home


def test_a_row_chooses_a_version_and_its_terms_are_reckoned_anew(page: Page, two_versions):
    with running(two_versions) as server:
        page.goto(f"{server.url}/training?part=Versions&show=Money")
        expect(page.get_by_text(re.compile(r"^Version 2\."))).to_be_visible()
        settled(page)
        press(page.get_by_test_id("stDataFrame").first, position={"x": 40, "y": 82})  # the second row
        page.wait_for_url("**version=1**")
        expect(page.get_by_test_id("stMetricValue")).to_have_count(5)
        settled(page)
        before = page.get_by_test_id("stMetricValue").first.inner_text()
        page.get_by_role("slider", name="Incentive").press("ArrowRight")
        page.wait_for_url("**incentive=10.5**")
        expect(page.get_by_test_id("stMetricValue").first).not_to_have_text(before)

        page.set_viewport_size(PHONE)
        for part in own.PARTS.values():
            page.goto(f"{server.url}/training?part=Versions&version=1&show={part.replace(' ', '+')}")
            expect(page.get_by_role("radio", name=part, exact=True)).to_be_checked()
            settled(page)
            text = page.inner_text("body")
            assert not BAD.findall(text), part
            assert "could not be drawn" not in text, part
            wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
            assert wide <= PHONE["width"], f"{part} scrolls sideways"
