"""The journey on the page of experience, without a browser: measures, squares, and the way to the worklist."""

from dataclasses import replace

import pandas as pd
import pytest

from pages.components import journey_charts as charts
from pages.components import journey_words as own
from pipelines import publish, queries
from pipelines.queries import ListFilter, ListOrder
from tests.test_pages import RAW, opened, said
from tests.warehouse_fixture import publish_warehouse

JOURNEY = "Journey"


@pytest.fixture
def page(shared_home, tmp_path, monkeypatch):
    """Open the journey on the sample shop, with decisions of its own."""
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", f"sqlite:///{tmp_path / 'workflow.db'}")
    return lambda name="experience", **address: opened(name, shared_home, monkeypatch, **address)


@pytest.fixture(scope="module")
def warehouse(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


@pytest.fixture(scope="module")
def busiest(warehouse) -> tuple[str, int]:
    """The square in which most customers of the list were lately, and how many."""
    listed = queries.journey_listed(warehouse)
    return max(listed.items(), key=lambda item: item[1])


@pytest.mark.parametrize("measure", own.MEASURES)
def test_every_measure_is_an_address_and_says_what_it_found(page, measure):
    app = page(experience=JOURNEY, measure=measure)
    text = said(app)
    assert not app.exception
    assert "could not be drawn" not in text
    assert not RAW.findall(text)
    assert app.segmented_control(key="measure").value == measure


def test_a_square_in_the_address_says_what_followed_it(page, warehouse, busiest):
    code, listed = busiest
    name = own.cell_names([code])[code]
    app = page(experience=JOURNEY, moment=name)
    cells = queries.journey_cells(warehouse)
    row = cells[cells["touchpoint"] + "|" + cells["stage"] == code].iloc[0]
    assert app.selectbox(key="moment").value == code
    assert f"of {row['followed']:,} customers placed no order in the 90 days after it" in said(app)
    assert f"{listed:,} on the list were there in the last 90 days" in said(app)
    assert f"of {row['drop_n']:,} not heard of within 30" in said(app)


def test_the_title_never_denies_what_a_square_says():
    cells = pd.DataFrame({"is_worst": [False, False], "low": [0.02, -0.1]})
    assert own.title(own.CHURN, cells, {}).startswith("No touchpoint of the shop’s own stands out")
    assert own.title(own.CHURN, cells.iloc[1:], {}).startswith("No touchpoint is surely followed by more churn")


def test_a_shop_without_ratings_is_not_told_that_they_are_few():
    cells = pd.DataFrame({"rating": [None], "rating_n": [0], "stage": ["active"], "title": ["Order"]})
    assert own.title(own.RATING, cells, {}) == "Nobody has rated a ticket or answered a survey yet"
    assert own.title(own.RATING, cells.assign(rating=0.5, rating_n=3), {}).startswith("Too few customers to tell")


def test_an_address_that_is_none_shows_the_first_square(page):
    app = page(experience=JOURNEY, moment="Nowhere · Never")
    assert not app.exception
    assert app.selectbox(key="moment").value


def test_the_worklist_holds_the_customers_of_the_square(page, warehouse, busiest):
    code, listed = busiest
    chosen = ListFilter(journeys=(code,))
    assert queries.list_summary(warehouse, chosen)["customers"] == listed > 20
    rows = set(queries.list_page(warehouse, chosen, ListOrder(), size=500)["customer_id"])
    first = queries.journey_customers(warehouse, code, 7)
    assert set(first["customer_id"]) <= rows
    app = page("worklist", journey=own.cell_names([code])[code], show="All customers")
    assert app.multiselect(key="journey").value == [code]
    assert app.metric[0].value == f"{listed:,}"
    assert queries.loosening(warehouse, chosen)["journeys"] > listed


def test_nobody_held_out_is_named(warehouse, busiest):
    code, listed = busiest
    whole = queries.list_summary(warehouse, replace(ListFilter(journeys=(code,)), hide_held_out=False))["customers"]
    held_out = warehouse.execute(
        "select count(*) from journey_customers join customer_list using (customer_id) where cell = ? and is_held_out"
        " and is_eligible",
        [code],
    ).fetchone()[0]
    assert whole - held_out == listed


def test_an_older_list_says_which_command_fills_the_part(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, 300, changes=("drop table journey_info",))
    with publish.open_current(tmp_path, "warehouse") as con:
        assert not queries.has_journey(con)
        assert queries.journey_listed(con) == {}
    monkeypatch.setenv("STAMMKUNDE_HOME", str(tmp_path))
    app = opened("worklist", tmp_path, monkeypatch, journey="Visit · New")
    assert not app.exception


def test_the_table_behind_the_map_says_what_the_squares_say(warehouse):
    cells = queries.journey_cells(warehouse)
    table = charts.table(cells)
    assert len(table) == len(cells)
    assert not table.isna().any().any()
    shown = charts.frame(cells, own.CHURN, "order|active")
    assert set(shown["main"]) <= {share.split(" of ")[0] for share in table[own.CHURN]}
    assert shown["is_chosen"].sum() == 1
    assert (shown["tone"] == "worse").sum() == ((cells["low"] > 0) & (cells["followed"] >= own.FEW)).sum()
    assert set(shown.loc[shown["is_worst"], "tone"]) <= {"worse"}


def test_the_worst_square_is_named_where_its_name_fits(warehouse):
    shown = charts.frame(queries.journey_cells(warehouse), own.CHURN, "order|active")
    crowded = pd.concat(shown.assign(**{charts.STAGE: name}) for name in own.STAGE_NAMES.values())
    few = shown[shown[charts.STAGE].isin(list(own.STAGE_NAMES.values())[:4])]
    assert "'  worst'" in charts.journey_map(few, own.CHURN).to_json()
    assert "'  worst'" not in charts.journey_map(crowded, own.CHURN).to_json()


def test_words_of_a_square_follow_its_interval():
    row = {"churn": 0.3, "followed": 100, "churn_low": 0.22, "churn_high": 0.4, "alike": 0.2, "difference": 0.1}
    run = {"eligibility": "active", "horizon_days": 90}
    assert own.verdict(row | {"low": 0.01, "high": 0.2}, run).endswith("That is 10 points (1 to 20) worse.")
    assert own.verdict(row | {"difference": -0.1, "low": -0.2, "high": -0.01}, run).endswith("(1 to 20) better.")
    assert own.verdict(row | {"low": -0.01, "high": 0.2}, run).endswith("no sure difference: −1 to +20 points.")
    few = row | {"followed": 10, "low": 0.01, "high": 0.2}
    assert own.verdict(few, run).endswith("They are too few to tell whether that differs.")
    assert own.verdict({"churn": float("nan")}, run).startswith("Nobody there could leave")
    cells = pd.DataFrame([row | {"stage": "active", "title": "Delivered late", "is_worst": False, "low": -0.01}])
    assert own.title(own.CHURN, cells, run).startswith("No touchpoint is surely")
    breaks = own.title(own.CHURN, cells.assign(is_worst=True), run).replace("\u00a0", " ")
    assert breaks == "It breaks for active customers at “Delivered late”: 30 % stop buying, 20 % of those alike"
