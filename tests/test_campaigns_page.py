"""The campaigns page without a browser: the plan under any limits, and what it says where there is nothing yet."""

import re

import pytest

from pages.components import campaign_parts, plan_words
from pipelines import publish
from tests.test_pages import opened, said
from tests.warehouse_fixture import publish_warehouse


def tile(app, label: str) -> str:
    return next(one.value for one in app.metric if one.label == label).replace("\u00a0", " ")


def number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


def test_the_page_opens_with_the_published_plan(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch)
    with publish.open_current(shared_home, "warehouse") as con:
        contacted, left_alone = con.execute("select contacted, left_alone from plan_summary").fetchall()[0]
    assert number(tile(app, "Customers contacted")) == contacted
    assert "under the limits of the settings" in said(app)
    assert f"of {left_alone:,}" in said(app)


def test_a_smaller_budget_earns_less_and_the_address_says_so(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch)
    everything = number(tile(app, "Expected net"))
    app.number_input(key="limit_budget").set_value(40).run()
    assert 0 < number(tile(app, "Expected net")) < everything
    assert number(tile(app, "Budget used")) <= 40
    assert "A plan of your own" in said(app)
    linked = opened("campaigns", shared_home, monkeypatch, limit_budget="40")
    assert tile(linked, "Expected net") == tile(app, "Expected net")
    next(button for button in app.button if button.label == "Reset limits").click().run()
    assert number(tile(app, "Expected net")) == everything


def test_a_cap_on_a_channel_is_kept_and_named_where_it_displaces(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, limit_email="5", list="Contacted")
    rows = app.dataframe[-1].value
    assert (rows["channel"] == "E-mail").sum() <= 5
    limits = next(table.value for table in app.dataframe if "More of it" in table.value)
    assert "100 more e-mail contacts" in list(limits["More of it"].str.replace("\u00a0", " "))
    app = opened("campaigns", shared_home, monkeypatch, limit_email="5", list="Displaced")
    assert "E-mail contacts" in set(app.dataframe[-1].value["limit_name"])


def test_with_nothing_to_spend_the_page_says_what_to_do(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, limit_budget="0", limit_agent_hours="0", list="Contacted")
    assert not app.exception
    assert tile(app, "Customers contacted") == "0"
    assert "Nobody is contacted under these limits. Raise the budget" in said(app)
    assert "Raise a limit." in said(app)


def test_limits_are_not_blamed_for_what_consent_and_earnings_forbid():
    pays, nothing = [{"gain": 5.0}, {"gain": None}], [{"gain": 0.0}]
    assert "no consents" in plan_words.nobody(nothing, has_consents=False)
    assert plan_words.nobody(pays, has_consents=True) == "Raise a limit."
    assert plan_words.nobody(nothing, has_consents=True).startswith("No limit stands in the way")


@pytest.mark.parametrize("name", ["Left alone", "Displaced", "Contacted"])
def test_a_list_can_be_narrowed_and_shows_no_raw_names(shared_home, monkeypatch, name):
    app = opened("campaigns", shared_home, monkeypatch, list=name)
    table = app.dataframe[-1].value
    assert 0 < len(table) <= 50
    assert not table.astype(str).apply(lambda column: column.str.contains(r"_|\bnan\b|None")).any().any()
    choice = app.selectbox(key="narrow")
    choice.select_index(1).run()
    assert not app.exception
    assert 0 < len(app.dataframe[-1].value) <= len(table)


@pytest.mark.parametrize("part", campaign_parts.PARTS.values())
def test_a_warehouse_of_an_older_version_says_which_step_fills_the_page(tmp_path, monkeypatch, part):
    publish_warehouse(tmp_path, customers=40)
    app = opened("campaigns", tmp_path, monkeypatch, part=part)
    assert not app.exception
    assert "could not be drawn" not in said(app)
    assert "python -m pipelines score" in said(app)
