"""The customer page as people use it: log what came of a contact, be told who was faster, move an input."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines import publish
from tests.browser.conftest import DESK, Server, press, running, settled
from workflow import case, open_database, tasks
from workflow.tasks import Task


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('decided') / 'workflow.db'}"


@pytest.fixture(scope="module")
def server(shared_home, url) -> Iterator[Server]:
    """A dashboard whose decisions are kept apart from the shared home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAMMKUNDE_WORKFLOW__URL", url)
        with running(shared_home) as server:
            yield server


@pytest.fixture(scope="module")
def customer(shared_home) -> tuple[str, str]:
    """A customer with a suggested action whose risk moves with an input that the shop can change."""
    with publish.open_current(shared_home, "warehouse") as con:
        (found,) = con.execute(
            "select customer_id, action from customer_list where action is not null and orders > 5 and not is_held_out"
            " and churn_risk between 0.3 and 0.8 order by expected_net desc limit 1"
        ).fetchall()
    return found


@pytest.fixture
def visit(browser: Browser, server: Server):
    """Open the section of a customer in a browser of its own."""
    opened: list[Page] = []

    def go(address: str) -> Page:
        page = browser.new_page(viewport=DESK)
        page.set_default_timeout(15_000)
        opened.append(page)
        page.goto(f"{server.url}/customer?{address}")
        settled(page)
        return page

    yield go
    for page in opened:
        page.close()


def log(page: Page, outcome: str, note: str) -> None:
    press(page.get_by_role("button", name=outcome, exact=True).or_(page.get_by_role("radio", name=outcome, exact=True)))
    page.get_by_label("Note").first.fill(note)
    press(page.get_by_role("button", name="Log it"))
    settled(page)


def test_of_two_who_answer_the_same_task_the_second_is_told(visit, url, customer):
    name, action = customer
    database = open_database(url)
    tasks.add(database, [Task(name, action, owner="Ben")], "Ben")
    address = f"customer_id={name}&section=Contacts+and+answers"
    first, second = visit(address), visit(address)
    log(first, "Accepted", "will order tomorrow")
    answers = first.get_by_test_id("stTable").filter(has_text="will order tomorrow")
    expect(answers).to_contain_text("Accepted")
    expect(answers).to_contain_text(re.compile(r"\w+"))
    expect(first.get_by_text("No open task")).to_be_visible()
    log(second, "Refused", "not interested")
    expect(
        second.get_by_text(re.compile("Somebody was faster.*changed the status from “open” to “done”"))
    ).to_be_visible()
    found = case.about(database, name)
    assert [one.result for one in found.outcomes] == ["accepted"]
    assert found.who[found.outcomes[0].outcome_id]
    database.close()


def test_a_moved_input_moves_the_risk_and_stands_in_the_address(visit, customer):
    page = visit(f"customer_id={customer[0]}&section=What+if")
    expect(page.get_by_text(re.compile(r"^The risk is \d+\s%$"))).to_be_visible()
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("End" if slider.get_attribute("aria-valuenow") != slider.get_attribute("aria-valuemax") else "Home")
    told = page.get_by_text(re.compile(r"^The risk would (be|stay at)"))
    expect(told).to_be_visible(timeout=20_000)  # the first one on a server reads the model
    page.wait_for_url(re.compile(r"if_\w+="))
    expect(page.get_by_text(re.compile("not proven"))).to_be_visible()
    again = visit(page.url.split("customer?")[1])
    expect(again.get_by_text(re.compile(r"^The risk would (be|stay at)"))).to_have_text(told.inner_text())


def test_sections_follow_the_address_and_the_back_button(visit, customer):
    page = visit(f"customer_id={customer[0]}")
    expect(page.get_by_text("What happened so far")).to_be_visible()
    press(page.get_by_text("What the risk is made of", exact=True))
    page.wait_for_url("**section=What+the+risk+is+made+of**")
    expect(page.get_by_text(re.compile(r"^What the \d+\s% is made of$"))).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_text(re.compile(r"^What the \d+\s% is made of$"))).to_be_visible()
