"""The page of segments without a browser: every tab, choosing, and what is saved for everybody."""

from dataclasses import replace
from datetime import date

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import workflow
from pages.components import segment_words as own
from pipelines import publish, queries
from pipelines.queries import ListFilter, filter_of
from tests.test_pages import RAW, opened, said
from tests.test_without_a_model import refreshed
from tests.warehouse_fixture import publish_warehouse
from workflow import segments


@pytest.fixture
def page(shared_home, tmp_path, monkeypatch):
    """Open the page on the sample shop, with decisions of its own."""
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", f"sqlite:///{tmp_path / 'workflow.db'}")
    return lambda **address: opened("segments", shared_home, monkeypatch, **address)


@pytest.fixture
def database(tmp_path):
    opened_database = workflow.open_database(f"sqlite:///{tmp_path / 'workflow.db'}")
    yield opened_database
    opened_database.close()


@pytest.fixture(scope="module")
def warehouse(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def count(app: AppTest) -> int:
    return int(app.metric[0].value.replace(",", ""))


@pytest.mark.parametrize("tab", own.TABS)
def test_every_tab_is_an_address_and_says_what_it_found(page, tab):
    app = page(tab=tab)
    text = said(app)
    assert not app.exception
    assert "could not be drawn" not in text
    assert not RAW.findall(text.replace("None None", ""))
    assert app.segmented_control(key="tab").value == tab


def test_the_address_chooses_and_the_tiles_count_whom(page, warehouse):
    app = page(risk="Very high", worth="Top fifth")
    edge = queries.value_edges(warehouse)[-1]
    chosen = ListFilter(bands=("very high",), expected_from=edge["value_from"], hide_held_out=False)
    expected = queries.list_summary(warehouse, chosen)
    assert count(app) == expected["customers"] > 0
    square = queries.value_risk_map(warehouse).query("value_class == 5 and risk_band == 'very high'").iloc[0]
    assert square["customers"] == expected["customers"]
    assert square["value_at_risk"] == pytest.approx(expected["value_at_risk"])
    assert square["expected_net"] == pytest.approx(expected["expected_net"])


def test_every_group_can_be_chosen_even_where_nobody_is_looked_at(page):
    app = page(tab=own.LOYALTY, rfm="Lost")
    assert app.multiselect(key="rfm").value == ["Lost"]
    assert "What binds Lost" in said(app)
    assert count(app) == 0


def test_what_is_chosen_is_saved_for_everybody_and_can_be_renamed_and_removed(page, database, warehouse):
    app = page(tab=own.SAVED, risk="High")
    assert "No segment is saved yet" in said(app)
    app.text_input(key="new_name").set_value("Worth a call").run()
    app.button(key="keep_segment").click().run()
    (kept,) = segments.listed(database)
    assert kept.name == "Worth a call"
    assert filter_of(kept.definition) == ListFilter(bands=("high",))
    text = said(app)
    customers = queries.list_summary(warehouse, filter_of(kept.definition))["customers"]
    assert f"**Worth a call** · {customers:,} customers" in text
    assert "high risk · by " in text
    app.text_input(key=f"name_{kept.segment_id}").set_value("Call first").run()
    assert [one.name for one in segments.listed(database)] == ["Call first"]
    app.button(key=f"remove_{kept.segment_id}").click().run()
    assert segments.listed(database) == []
    assert "No segment is saved yet" in said(app)


def test_a_taken_name_is_refused_in_a_sentence(page, database):
    segments.add(database, segments.Segment("Mine", {"bands": ["low"]}), "somebody else")
    app = page(risk="High")
    app.text_input(key="new_name").set_value("Mine").run()
    app.button(key="keep_segment").click().run()
    assert len(segments.listed(database)) == 1
    assert "already" in said(app)
    assert not app.exception


def test_who_renames_second_is_told_what_the_first_one_did(page, database):
    kept = segments.add(database, segments.Segment("Mine", {"bands": ["low"]}), "Ada")
    app = page(tab=own.SAVED)
    segments.save(database, replace(kept, name="Ours"), "Ada")
    app.text_input(key=f"name_{kept.segment_id}").set_value("Theirs").run()
    assert [one.name for one in segments.listed(database)] == ["Ours"]
    assert "Somebody was faster. Ada changed the name from Mine to Ours" in said(app)


def test_the_team_names_a_persona_and_takes_the_name_back(page, database, warehouse):
    first = queries.personas(warehouse).iloc[0]
    app = page(tab=own.WHO)
    app.text_input(key="persona_name").set_value("Sleeping giants").run()
    app.button(key="keep_name").click().run()
    assert "Sleeping giants" in said(app)
    (kept,) = segments.listed(database)
    assert kept.definition == {"personas": [first["persona_id"]]}
    chosen = page(who="Sleeping giants")
    assert count(chosen) == first["customers"]
    app.button(key="drop_name").click().run()
    assert segments.listed(database) == []
    assert first["name"] in said(app)


def test_two_days_can_be_compared_and_the_later_one_stays_later(page, warehouse):
    days = queries.move_days(warehouse)
    app = page(tab=own.MOVES)
    assert app.selectbox(key="from").value == days[1]
    app.selectbox(key="from").set_value(days[-1]).run()
    assert app.selectbox(key="to").value == days[0]
    app.selectbox(key="to").set_value(days[-2]).run()
    app.selectbox(key="from").set_value(days[1]).run()
    assert app.selectbox(key="to").value == days[0]
    assert not app.exception


def test_scores_of_an_older_version_ask_for_a_new_scoring(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=40)
    app = opened("segments", tmp_path, monkeypatch)
    assert "python -m pipelines score" in said(app)
    assert not app.exception


def test_orders_alone_and_too_few_give_every_tab_but_no_personas(tmp_path, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", f"sqlite:///{tmp_path / 'workflow.db'}")
    home, _ = refreshed(tmp_path, customers=40)
    for tab in own.TABS:
        text = said(opened("segments", home, monkeypatch, tab=tab))
        assert "could not be drawn" not in text, tab
        if tab == own.WHO:
            assert "nobody has a churn risk yet" in text
        if tab == own.MAP:
            assert own.NO_MAP in text
        if tab == own.MOVES:
            assert "Customers who slid" in text
            assert "value at risk now" not in text
        if tab == own.LOYALTY:
            assert "the data have no subscriptions" in text


def test_a_saved_segment_can_be_chosen_on_the_page_where_its_filters_say_the_same(page, database, warehouse):
    edge = queries.value_edges(warehouse)[1]
    worth = {"expected_from": edge["value_from"], "expected_to": edge["value_to"]}
    known = ListFilter(segments=("Loyal",), bands=("low", "medium"), **worth)
    kept = segments.add(database, segments.Segment("Known here", queries.definition_of(known)), "Anna")
    other = segments.add(database, segments.Segment("Not here", {"segments": ["Loyal"], "min_value": 20.0}), "Anna")
    app = page(tab=own.SAVED)
    assert app.button(key=f"choose_{other.segment_id}").disabled
    app.button(key=f"choose_{kept.segment_id}").click().run()
    assert count(app) == queries.list_summary(warehouse, replace(known, hide_held_out=False))["customers"] > 0
    assert app.multiselect(key="risk").value == ["low", "medium"]


def test_the_lifecycle_is_compared_with_a_year_before_not_with_the_oldest_day():
    newest = date(2026, 11, 1)
    days = [newest, date(2026, 10, 1), date(2025, 11, 3), date(2024, 11, 1)]
    assert own.year_before(days) == date(2025, 11, 3)
    assert own.year_before([newest]) is None


def test_a_day_on_which_few_had_ordered_yet_is_no_comparison():
    then = pd.DataFrame({"from_group": [own.NOT_YET, "active"], "customers": [60, 40]})
    assert not own.knew_most(then)
    assert own.knew_most(then.assign(customers=[50, 50]))
    assert own.knew_most(then.iloc[1:])


def test_the_advocates_are_chosen_by_one_press_and_a_group_tells_its_own_offers(page, warehouse):
    app = page(tab=own.EXPANSION)
    wanted = ListFilter(opportunities=("advocate",), hide_held_out=False)
    app.button(key="choose_advocates").click().run()
    assert count(app) == queries.list_summary(warehouse, wanted)["customers"] > 0
    assert app.multiselect(key="offer").value == ["advocate"]
    app = page(tab=own.EXPANSION, rfm="Loyal")
    actions = queries.expansion_actions(warehouse, "segment", "Loyal").query("kind != 'referral'")
    table = next(frame.value for frame in app.dataframe if "Exp. net" in frame.value)
    assert table["Fits"].tolist() == [f"{n:,}" for n in actions["fits"]]


def test_scores_of_an_older_version_say_which_command_brings_expansion(home, monkeypatch):
    with duckdb.connect(str(publish.current(home, "warehouse"))) as con:
        con.execute("drop table expansion_customers")
    app = opened("segments", home, monkeypatch, tab=own.EXPANSION)
    assert "python -m pipelines score" in said(app)
    assert not app.exception
    assert app.multiselect(key="offer").disabled
