"""How long people wait for worklist and plan on a million customers: the server's share, and what a browser shows.

    python -m benchmarks.felt

The warehouse is drawn, its plan is made by the product. The server's share is one run of the page without a browser;
felt is from the click, or the address, until the answer stands in a real browser.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Annotated
from unittest.mock import patch

import duckdb
import typer
from playwright.sync_api import Page, expect, sync_playwright
from streamlit.testing.v1 import AppTest

from benchmarks.accuracy import PAGE
from benchmarks.page import machine, write_section
from models.actions import Catalogue
from pages.components.plan_words import LISTS
from pipelines.catalogue import load_catalogue
from pipelines.config import Settings
from pipelines.published_plan import plan_into
from tests.browser.conftest import FLAGS, ROOT, Server, chromium, running, settled
from tests.warehouse_fixture import publish_warehouse

CUSTOMERS, ROUNDS = 1_000_000, 5
PATIENCE = 60_000  # milliseconds
BUDGETS = (2_000, 3_000, 4_000, 5_000, 6_000, 7_000)
OFFERS = """
create or replace table customer_actions as
select
    list.customer_id, actions.action, actions.channel,
    round(list.value_at_risk * (0.05 + (hash(list.customer_id, actions.place) % 100) / 400.0) - actions.contact_cost, 2)
        as expected_net,
    actions.contact_cost as cost, actions.agent_minutes, 0.3 as acceptance, 'assumed' as acceptance_source,
    0.1 as break_even_risk, null::date as deferred_until,
    if(hash(list.customer_id) % 4 = 0, 'no consent', null) as blocked_by,
from customer_list as list, actions
where list.is_scored and hash(list.customer_id, actions.place, 7) % 5 = 0
order by list.customer_id, actions.place
"""


def publish(home: Path, customers: int) -> None:
    """A drawn warehouse with three offers per customer and the plan under the default limits."""
    drawn = publish_warehouse(home, customers=customers)
    with duckdb.connect(str(drawn)) as con:
        _write_actions(con, load_catalogue(home))
        con.execute("create or replace table customer_scores as select * from customer_list where is_scored")
        con.execute(OFFERS)
        plan_into(con, Settings())


def _write_actions(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """The table of actions as a score publishes it, as far as the pages ask for it."""
    con.execute(
        "create or replace table actions (place integer, action varchar, title varchar, kind varchar, bond varchar,"
        " channel varchar, contact_cost double, agent_minutes double)"
    )
    rows = [
        [place, one.id, one.title, one.kind, one.bond, one.channel, one.contact_cost, one.agent_minutes]
        for place, one in enumerate(catalogue.actions)
    ]
    con.executemany("insert into actions values (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def server_side(home: Path) -> dict[str, list[float]]:
    """Seconds of one run of a page's code, the first of a fresh server and then again."""
    logging.disable(logging.WARNING)  # Streamlit warns of every page that runs without a browser
    taken: dict[str, list[float]] = {"worklist": [], "plan": []}
    with patch.dict("os.environ", {"STAMMKUNDE_HOME": str(home)}):
        for _ in range(ROUNDS + 1):
            for name, page in (("worklist", "worklist"), ("plan", "campaigns")):
                app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE / 1_000)
                started = time.perf_counter()
                app.switch_page(f"pages/{page}.py").run()
                taken[name].append(time.perf_counter() - started)
                if app.exception:
                    raise RuntimeError(f"{page} could not be drawn: {app.exception[0].value}")
    return taken


def felt(server: Server) -> dict[str, list[float]]:
    """Seconds from click or address to the answer in a browser, a fresh tab for each round."""
    taken: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for turn in range(ROUNDS + 1):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            for name, seconds in _walk(page, server, turn):
                taken.setdefault(name, []).append(seconds)
            page.close()
        browser.close()
    return taken


def _walk(page: Page, server: Server, turn: int) -> Iterator[tuple[str, float]]:
    """One walk through worklist and plan, each step timed; the page may rest in between."""

    def step(name: str, do: Callable[[], object], until: Callable[[], object]) -> tuple[str, float]:
        started = time.perf_counter()
        do()
        until()
        seconds = time.perf_counter() - started
        settled(page)
        return name, seconds

    def rows(first: int) -> Callable[[], object]:
        return page.get_by_text(f"{first}–{first + 49} of").first.wait_for

    yield step("worklist opens", lambda: page.goto(f"{server.url}/worklist"), rows(1))
    yield step("worklist, next page", lambda: page.get_by_label("Page 2", exact=True).click(), rows(51))
    filtered = f"{server.url}/worklist?stage=At+risk"
    yield step("worklist opens with a filter", lambda: page.goto(filtered), rows(1))
    yield step("plan opens", lambda: page.goto(f"{server.url}/campaigns"), rows(1))
    yield step("plan, next page of a list", lambda: page.get_by_label("Page 2", exact=True).click(), rows(51))
    displaced = page.get_by_role("radio", name=LISTS["displaced"])
    yield step("plan, another list", displaced.click, rows(1))
    contacted = page.get_by_test_id("stMetricValue").first
    before = contacted.inner_text()

    def new_budget() -> None:
        field = page.get_by_role("spinbutton", name="Budget, €")
        field.fill(str(BUDGETS[turn]))
        field.press("Enter")

    yield step("plan anew under another budget", new_budget, lambda: expect(contacted).not_to_have_text(before))


def section(server: dict[str, list[float]], browser: dict[str, list[float]], customers: int) -> str:
    """The section as Markdown."""
    lines = [
        "## Waiting",
        "",
        f"Worklist and plan of a shop with {customers:,} customers (`make bench-speed`): the first time on a fresh",
        f"server, and the median of {ROUNDS} more. The server's share is one run of the page's code; felt is from",
        "click or address until the answer stands in Chromium. A plan made anew is another one each time.",
        "",
        "| | first, s | then, s |",
        "|---|---|---|",
        *[_line(f"{name}, server's share", seconds) for name, seconds in server.items()],
        *[_line(f"{name}, felt", seconds) for name, seconds in browser.items()],
        "",
        f"{machine()}.",
    ]
    return "\n".join(lines)


def _line(name: str, seconds: list[float]) -> str:
    return f"| {name} | {seconds[0]:.2f} | {median(seconds[1:]):.2f} |"


@contextmanager
def dashboard(customers: int) -> Iterator[Server]:
    """A dashboard on a drawn shop."""
    with tempfile.TemporaryDirectory() as folder:
        publish(Path(folder), customers)
        with running(Path(folder)) as server:
            yield server


def main(
    customers: Annotated[int, typer.Option(help="Customers of the drawn shop; fewer leave the page.")] = CUSTOMERS,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Measure, show the section, and write it when it was measured on a million customers."""
    if chromium() is None:
        typer.echo("Chromium is not installed: nothing is felt without a browser.", err=True)
        return
    with dashboard(customers) as server:
        text = section(server_side(server.home), felt(server), customers)
    typer.echo(text)
    if customers == CUSTOMERS:
        write_section(page, "felt", text)


if __name__ == "__main__":
    typer.run(main)
