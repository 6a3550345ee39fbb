"""A campaign from the plan to the mail tool's file, as somebody makes one: real server, real browser."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

import workflow
from pages.components.campaign_words import QUESTIONS
from tests.browser.conftest import BAD, PHONE, Server, press, running, settled
from workflow import campaigns

PEEKING = re.compile(r"\bp[- ]?value\b|significan", re.IGNORECASE)


@pytest.fixture
def own_server(home):
    """A dashboard on a home whose decisions no other test reads."""
    with running(home) as server:
        yield server


def go(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.url}/{address}")
    settled(page)


def answer(page: Page, label: str, text: str) -> None:
    settled(page)
    field = page.get_by_role("textbox", name=label, exact=True)
    field.fill(text)
    field.press("Tab")


def test_a_campaign_from_the_plan_to_the_file(page, own_server):
    go(page, own_server, "campaigns")
    contacted = page.get_by_test_id("stMetricValue").first
    before = contacted.inner_text()
    budget = page.get_by_role("spinbutton", name="Budget, €")
    budget.fill("60")
    budget.press("Enter")
    page.wait_for_url("**limit_budget=60**")
    expect(contacted).not_to_have_text(before)
    press(page.get_by_role("button", name="Make a campaign of this plan"))
    expect(page.get_by_text("A plan of your own: budget")).to_be_visible()
    settled(page)
    launch = page.get_by_role("button", name="Launch …")
    expect(launch).to_be_disabled()
    expect(page.get_by_text("To launch it takes a name, the bond")).to_be_visible()
    answer(page, "Name", "Sixty euros")
    for question, _ in list(QUESTIONS.values())[:-1]:
        answer(page, question, "an answer")
    expect(page.get_by_text("To launch it takes with whom.")).to_be_visible()
    settled(page)
    expect(launch).to_be_disabled()
    answer(page, "With whom?", "alone")
    expect(page.get_by_text("Ready to launch")).to_be_visible()
    press(launch)
    press(page.get_by_role("button", name="Launch now"))
    expect(page.locator("h1")).to_contain_text("Did it work?")
    expect(page.get_by_text(re.compile("^Running until"))).to_be_visible()
    settled(page)
    text = page.inner_text("body")
    assert not PEEKING.search(text)
    assert not BAD.findall(text)
    with page.expect_download() as download:
        press(page.get_by_role("button", name="CSV"))
    _holds_no_control(own_server, download.value.path())


def test_a_service_initiative_from_its_rule_to_the_teams_list(page, own_server):
    go(page, own_server, "campaigns?part=Service initiative&initiative=Tell about the late parcel first")
    expect(page.locator("h1")).to_contain_text("Would better service keep them?")
    expect(page.get_by_text("For customers whose parcel is late")).to_be_visible()
    expect(page.get_by_text("can be told from chance with about")).to_be_visible()
    answer(page, "Name", "Parcels")
    expect(page.get_by_text("To launch it takes who in service does it.")).to_be_visible()
    answer(page, "Who does it", "Parcel team")
    expect(page.get_by_text("Ready to launch")).to_be_visible()
    press(page.get_by_role("button", name="Launch …"))
    press(page.get_by_role("button", name="Launch now"))
    expect(page.locator("h1")).to_contain_text("Did it work?")
    expect(page.get_by_text("For the service team")).to_be_visible()
    expect(page.get_by_text(re.compile("^Running until"))).to_be_visible()
    settled(page)
    text = page.inner_text("body")
    assert not PEEKING.search(text)
    assert not BAD.findall(text)
    with page.expect_download() as download:
        press(page.get_by_role("button", name="CSV"))
    _holds_no_control(own_server, download.value.path())


def _holds_no_control(server: Server, path) -> None:
    """The file holds treated customers of the campaign and nobody else."""
    database = workflow.open_database(f"sqlite:///{server.home / 'workflow.db'}")
    (campaign,) = campaigns.listed(database)
    members = campaigns.members(database, campaign.campaign_id)
    database.close()
    with path.open(encoding="utf-8-sig", newline="") as file:
        exported = {row["customer_id"] for row in csv.DictReader(file)}
    assert exported
    assert exported <= {one.customer_id for one in members if one.arm == "treated"}
    assert any(one.arm == "control" for one in members)


@pytest.mark.parametrize("part", ["Plan", "New+campaign", "Running+and+finished"])
def test_every_part_is_clean_in_the_dark_and_fits_a_phone(browser, server, part):
    page = browser.new_page(viewport=PHONE, color_scheme="dark")
    go(page, server, f"campaigns?part={part}")
    page.wait_for_timeout(300)
    assert not BAD.findall(page.inner_text("body"))
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    page.close()


def test_a_row_of_a_list_opens_the_customer(page, server):
    go(page, server, "campaigns?list=Contacted")
    table = page.locator(".st-key-plan_table [data-testid=stDataFrame] canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 160, box["y"] + 15 + 30 * 2)
    page.wait_for_url("**/customer?customer_id=C*")
