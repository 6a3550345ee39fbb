"""Everybody can use the pages: axe-core on every page and part, light and dark; every chart has a text and a table."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.components import (
    access,
    campaign_parts,
    customer_view,
    data_health_parts,
    experience_words,
    model_health_words,
    segment_words,
    training_parts,
    version_words,
)
from tests.browser.conftest import DESK, Server, settled

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# What Streamlit draws and no option of ours reaches, each with what is wrong there.
STREAMLITS = {
    "[data-testid=stSidebarNavItems]": "its list of pages puts a division between the list and its entries",
    "[data-testid=stMetricChart]": "its sparkline has groups without a name; the tile says value and change in words",
}
SERIOUS = ("serious", "critical")
# The parts of each page by the name they have in the address; a part added there is walked without being named here.
PARTS = {
    "customer": ("section", customer_view.SECTIONS.values()),
    "campaigns": ("part", campaign_parts.PARTS.values()),
    "segments": ("tab", segment_words.TABS),
    "experience": ("experience", experience_words.PARTS.values()),
    "model_health": ("health", model_health_words.PARTS.values()),
    "data_health": ("show_data", data_health_parts.PARTS.values()),
    "training": ("part", training_parts.PARTS.values()),
}
VERSIONS = [{"part": "Versions", "show": name} for name in version_words.PARTS.values()]
PAGES = [name for group in access.PAGES.values() for name, _ in group]
# Drawn: no placeholder waits for its chart any more, and every chart holds its picture.
DRAWN = """() => !document.querySelector('[data-testid=stMain] [data-testid=stSkeleton]')
    && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(chart => chart.querySelector('svg'))"""
DARK = "getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(17, 24, 29)'"
FOUND = """async ([left, options]) => (await axe.run({exclude: left}, options)).violations.map(rule =>
    ({id: rule.id, impact: rule.impact, help: rule.help, where: rule.nodes.map(node => node.html.slice(0, 200))}))"""
# A chart's table lies in its card, beside it in the row or right below: at hand, or behind a door that says so.
CHARTS = """() => {
    const isDoor = door => !door.closest('[data-testid=stElementToolbar]') && /table/i.test(door.innerText);
    const holds = place => !!place && (!!place.querySelector('table, [data-testid=stDataFrame]')
        || [...place.querySelectorAll('button, summary')].some(isDoor));
    const isCard = place => getComputedStyle(place).borderTopWidth !== '0px';
    return [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(chart => {
        const blocks = [];
        for (let place = chart.parentElement; place.dataset.testid !== 'stMain'; place = place.parentElement)
            if (/Block$/.test(place.dataset.testid || '')) blocks.push(place);
        const card = blocks.find(isCard) || blocks[0];
        const row = card.closest('[data-testid=stHorizontalBlock]');
        const below = (row || card).parentElement.nextElementSibling;
        return {text: chart.getAttribute('aria-label'), hasTable: [card, row, below].some(holds)};
    });
}"""


# Remembers what the Tab key reaches, and of it what shows no mark of its own when it does.
WATCH = """() => {
    window.reached = new Set();
    window.unmarked = [];
    document.addEventListener('focusin', ({target}) => {
        window.reached.add(target);
        if (target.matches('a, button, summary, canvas') && getComputedStyle(target).outlineStyle === 'none')
            window.unmarked.push(target.outerHTML.slice(0, 200));
    });
}"""
ROUND = """() => { const is = document.activeElement; window.first ??= is === document.body ? undefined : is;
    window.steps = (window.steps || 0) + 1;
    return window.steps > 1 && (is === document.body || is === window.first); }"""
# Of a choice of one the Tab key reaches a part, arrow keys the others.
UNREACHED = """() => [...document.querySelectorAll('[data-testid=stMain] :is(a, button, input, summary)')]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0)
    .filter(e => !e.closest('[data-testid=stElementToolbar]'))
    .filter(e => !window.reached.has(e))
    .filter(e => ![...window.reached].some(other => e.closest('[role=radiogroup]')?.contains(other)))
    .map(e => e.outerHTML.slice(0, 200))"""
ON_PAPER = """() => [...document.querySelectorAll('[data-testid=stSidebar], [data-testid=stMain] :is(button, input)')]
    .filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def walker(browser: Browser) -> Iterator[Page]:
    """One page for the whole walk."""
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(30_000)
    yield page
    page.close()


def every_part(name: str, customer: str) -> list[str]:
    """Every part of a page."""
    key, labels = PARTS.get(name, ("", ()))
    states = [{key: label} for label in labels] or [{}]
    states = (
        [state for state in states if state != {"part": VERSIONS[0]["part"]}] + VERSIONS
        if name == "training"
        else states
    )
    states += [{"map": "true"}] if name == "worklist" else []
    given = {"customer_id": customer} if name == "customer" else {}
    return [f"{name}?{urlencode(given | state)}" for state in states] + ([name] if given else [])


def serious(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds that keeps people out, in our own content."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    options |= {"runOnly": rules} if rules else {}
    found = page.evaluate(FOUND, [[[place] for place in STREAMLITS], options])
    return [f"{one['id']}: {one['help']} {one['where']}" for one in found if one["impact"] in SERIOUS]


def told(page: Page) -> list[str]:
    """Charts without a text, and those without a table."""
    charts = page.evaluate(CHARTS)
    silent = [chart for chart in charts if chart["text"] in (None, "", "Vega visualization")]
    bare = [f"a chart without a table: {chart['text']}" for chart in charts if not chart["hasTable"]]
    return ["a chart without a text"] * len(silent) + bare


def by_keys(page: Page) -> list[str]:
    """What the Tab key does not reach, and what shows no mark when it does."""
    page.evaluate(WATCH)
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate(ROUND):
            break
    unreached = [f"not reached by Tab: {one}" for one in page.evaluate(UNREACHED)]
    return unreached + [f"no mark of the focus: {one}" for one in page.evaluate("window.unmarked")]


def on_paper(page: Page) -> list[str]:
    """What can be pressed and would be printed all the same."""
    page.emulate_media(media="print")
    printed = page.evaluate(ON_PAPER)
    page.emulate_media(media="screen")
    return [f"printed: {one}" for one in printed]


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out(name: str, walker: Page, server: Server, addresses: tuple[str, ...]) -> None:
    wrong = []
    customer = next(one for one in addresses if one.startswith("customer")).split("=")[1]
    for place, address in enumerate(every_part(name, customer)):
        walker.emulate_media(color_scheme="light")
        walker.goto(f"{server.url}/{address}")
        settled(walker)
        walker.wait_for_function(DRAWN)
        walker.add_style_tag(content="* { transition: none !important; animation: none !important }")
        walker.evaluate(AXE)
        found = serious(walker) + told(walker) + on_paper(walker)
        walker.emulate_media(color_scheme="dark")
        walker.wait_for_function(DARK)
        found += [f"dark: {one}" for one in serious(walker, ["color-contrast"])]
        found += by_keys(walker) if place == 0 else []
        wrong += [f"{address}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)


def test_a_list_is_walked_by_keys_and_opens_nobody_unasked(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/worklist")
    settled(page)
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    second = page.locator("[id^=glide-cell-1-1]").first
    settled(page)
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    settled(page)
    assert "/worklist" in page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/customer?customer_id=C*")
