"""The pages without a browser: what they say with data, without data, and after a new publication."""

import logging
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import access
from pipelines import publish, queries
from pipelines.queries import ListFilter, ListOrder
from tests.warehouse_fixture import publish_warehouse

ROOT = Path(__file__).resolve().parents[1]
PAGES = [name for group in access.PAGES.values() for name, _ in group]
TILES = {"worklist": 4, "training": 0}
RAW = re.compile(r"\b(churn_risk|value_at_risk|expected_value|lifecycle_stage|customer_id|risk_band|nan|NaT|None)\b")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A drawn shop, whose customers are known by their numbers."""
    home = tmp_path_factory.mktemp("drawn")
    publish_warehouse(home, customers=600)
    return home


@pytest.fixture(scope="module")
def customer(shared_home):
    """The customer of the sample shop with most at risk."""
    with publish.open_current(shared_home, "warehouse") as con:
        return queries.list_page(con, ListFilter(), ListOrder(), size=1)["customer_id"].iloc[0]


def opened(name: str, home: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("STAMMKUNDE_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for key, value in address.items():
        app.query_params[key] = value
    return app.switch_page(f"pages/{name}.py").run()


def said(app: AppTest) -> str:
    """Everything a visitor reads: titles, text, tiles and their help."""
    texts = [element.value for kind in (app.title, app.markdown, app.caption, app.code) for element in kind]
    tiles = [f"{tile.label} {tile.value} {tile.delta} {tile.help}" for tile in app.metric]
    return "\n".join(texts + tiles).replace("\u00a0", " ").replace("\\", "")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_is_predicted_for_whom_and_when(name, shared_home, customer, monkeypatch):
    app = opened(name, shared_home, monkeypatch)
    assert not app.exception
    head = app.caption[0].value.replace("\u00a0", " ")
    date, version = r"\d{1,2} [A-Z][a-z]{2} 20\d\d", r"v\d+"
    assert re.match(
        rf"Predicts: no order within 90 days · as of {date} · model {version} · [\d,]+ customers scored", head
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_raw_names_or_missing_values(name, shared_home, customer, monkeypatch):
    found = said(opened(name, shared_home, monkeypatch, **({"customer_id": customer} if name == "customer" else {})))
    assert not RAW.findall(found.replace("None None", ""))
    assert "could not be drawn" not in found


@pytest.mark.parametrize("name", PAGES)
def test_without_data_each_page_names_the_commands(name, tmp_path, monkeypatch):
    app = opened(name, tmp_path, monkeypatch)
    assert not app.exception
    assert app.title
    assert "python -m pipelines refresh" in said(app)
    assert "python -m pipelines sample" in said(app)


@pytest.mark.parametrize("name", PAGES)
def test_every_tile_explains_itself(name, shared_home, customer, monkeypatch):
    app = opened(name, shared_home, monkeypatch, **({"customer_id": customer} if name == "customer" else {}))
    assert len(app.metric) == TILES.get(name, 5)
    for tile in app.metric:
        assert len(tile.help) > 40
        assert re.search(r"20\d\d", tile.help), tile.label


NOBODY_SCORED = (
    "update customer_list set is_scored = false, is_eligible = false, churn_risk = null, risk_band = null,"
    " expected_value = null, value_at_risk = null, top_reason = null, risk_rank = null, risk_ties = null,"
    " value_rank = null, value_ties = null, action = null, action_title = null, channel = null, expected_net = null,"
    " blocked_by = null, deferred_until = null, is_planned = false",
    "delete from customer_reasons",
    "delete from customer_log_odds",
    "update run_info set scored_customers = 0, eligible_customers = 0",
)
NO_MODEL = (
    *NOBODY_SCORED,
    "update customer_list set is_eligible = days_since_last_order <= 365",
    "update run_info set model_version = null, model_kind = null, trained_at = null,"
    " model_state = 'no usable signal', model_note = 'No usable signal: nothing told. Judged on 40 customers.',"
    " model_advice = 'Load more and run refresh.', eligible_customers = (select count(*) from customer_list"
    " where is_eligible)",
)
CONTRACTS = ("update run_info set eligibility = 'subscribed'",)
ORDERS_ALONE = (
    "update customer_list set name = null, country = null, contactable_channels = null, open_tickets = null",
    "delete from customer_events where kind != 'order'",
    "update kpi_months set is_running = true",
    "update snapshot_health set churn_rate = null",
)
NO_RHYTHM = (
    "update customer_list set typical_gap_days = null, days_overdue = null, orders = 1, order_days = 1",
    "delete from second_orders",
    "delete from kpi_months where month < (select max(month) from kpi_months)",
    "update run_info set currency = 'CHF', trained_at = null",
)


KINDS = {"nobody": NOBODY_SCORED, "orders": ORDERS_ALONE, "no rhythm": NO_RHYTHM, "no model": NO_MODEL,
         "contracts": CONTRACTS}  # fmt: skip


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", PAGES)
def test_shops_of_every_kind_get_a_page(name, changes, tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=40, changes=changes)
    for address in ({}, {"customer_id": "C0000016"}) if name == "customer" else ({},):
        app = opened(name, tmp_path, monkeypatch, **address)
        assert not app.exception
        text = said(app)
        assert "could not be drawn" not in text
        assert not re.search(r"\b(nan|NaT|None %)\b", text)


@pytest.fixture(scope="module")
def no_model(tmp_path_factory):
    """A drawn shop for which no model can be used."""
    home = tmp_path_factory.mktemp("no_model")
    publish_warehouse(home, customers=200, changes=NO_MODEL)
    return home


@pytest.mark.parametrize("name", PAGES)
def test_without_a_model_every_page_says_so_why_and_what_to_do(name, no_model, monkeypatch):
    text = said(opened(name, no_model, monkeypatch, **({"customer_id": "C0000016"} if name == "customer" else {})))
    for told in (
        "No churn risk: no usable signal",
        "**No usable signal: nothing told.**",
        "Load more and run refresh.",
    ):
        assert told in text
    assert "None" not in text.replace("None None", "").replace(" None ", " ")


def test_without_a_model_the_list_ranks_nobody_by_risk(no_model, monkeypatch):
    app = opened("worklist", no_model, monkeypatch, sort="Value at risk")
    with publish.open_current(no_model, "warehouse") as con:
        ids = con.execute(
            "select customer_id from customer_list where is_eligible and not is_held_out"
            " order by revenue_12m desc, customer_id limit 50"
        ).fetchall()
        names = dict(con.execute("select customer_id, coalesce(name, customer_id) from customer_list").fetchall())
    assert app.session_state["sort"] == "revenue_12m"
    assert list(app.dataframe[0].value["name"]) == [names[customer] for (customer,) in ids]
    assert "no ranking by risk" in said(app)


def test_equal_risks_share_a_place(tmp_path, monkeypatch):
    tie = (
        "update customer_list set churn_risk = 0.5, risk_rank = 12, risk_ties = 2"
        " where customer_id in ('C0000016', 'C0000018', 'C0000020')"
    )
    publish_warehouse(tmp_path, customers=60, changes=(tie,))
    app = opened("worklist", tmp_path, monkeypatch, sort="Churn risk")
    places = list(app.dataframe[0].value["place"])
    assert 0 < places.count("=12") <= 3
    assert all(place.lstrip("=").isdigit() for place in places)
    customer = opened("customer", tmp_path, monkeypatch, customer_id="C0000016")
    assert "shares place 12 with 2 others" in customer.metric[0].proto.delta_description.replace("\u00a0", " ")


def test_a_simple_model_is_named_where_the_version_stands(tmp_path, monkeypatch):
    note = "Simple model: trees did not predict better on later data."
    publish_warehouse(tmp_path, customers=60, changes=(f"update run_info set model_note = '{note}'",))
    for name in PAGES:
        assert opened(name, tmp_path, monkeypatch).caption[1].value == note


def test_contracts_are_counted_where_contracts_are_predicted(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=60, changes=CONTRACTS)
    text = said(opened("overview", tmp_path, monkeypatch))
    assert "Customers with a running contract at the start of the month" in text
    assert "those with a running contract" in text
    assert "stopped buying" not in text


def test_the_list_shows_the_customers_of_the_filter_in_the_address(drawn, monkeypatch):
    app = opened("worklist", drawn, monkeypatch, stage="At risk")
    table = app.dataframe[0].value
    assert set(table["lifecycle_stage"]) == {"At risk"}
    assert app.multiselect(key="stage").value == ["at risk"]


def test_a_new_filter_starts_at_the_first_page(drawn, monkeypatch):
    app = opened("worklist", drawn, monkeypatch, page="3")
    assert app.session_state["page"] == 3
    app.multiselect(key="band").select("low").run()
    assert app.session_state["page"] == 1


def test_an_empty_list_names_the_filter_to_loosen_and_reset_brings_it_back(drawn, monkeypatch):
    app = opened("worklist", drawn, monkeypatch)
    everybody = app.metric[0].value
    app.text_input(key="search").set_value("no such customer").run()
    assert "Without the search" in said(app)
    assert not app.dataframe
    next(button for button in app.button if button.label == "Reset filters").click().run()
    assert app.metric[0].value == everybody


def test_held_out_customers_are_hidden_until_asked_for(drawn, monkeypatch):
    app = opened("worklist", drawn, monkeypatch, show="All customers")
    hidden = int(app.metric[0].value.replace(",", ""))
    app.toggle(key="held_out").set_value(True).run()
    assert int(app.metric[0].value.replace(",", "")) > hidden


def test_an_unscored_customer_is_told_why_and_gets_no_reasons(drawn, monkeypatch):
    app = opened("customer", drawn, monkeypatch, customer_id="C0000017")
    text = said(app)
    assert "Not scored: no order for" in text
    assert "reasons" not in text


def test_an_unknown_customer_ends_in_a_hint(drawn, monkeypatch):
    app = opened("customer", drawn, monkeypatch, customer_id="nobody")
    assert "No customer has “nobody”" in said(app)
    assert not app.exception


def test_the_next_rerun_sees_a_new_publication(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=300, run_id="20261121T022000-aaaa")
    app = opened("worklist", tmp_path, monkeypatch)
    assert "of 300" in said(app)
    publish_warehouse(tmp_path, customers=400, run_id="20261122T022000-bbbb")
    assert "of 400" in said(app.run())


def test_an_unexpected_error_is_logged_and_told_in_one_sentence(tmp_path, monkeypatch, caplog):
    with publish.new_store(tmp_path, "warehouse", "20261121T022000-aaaa") as con:
        con.execute("create table run_info as select 90 as horizon_days")
    with caplog.at_level(logging.ERROR, logger="stammkunde"):
        app = opened("overview", tmp_path, monkeypatch)
    assert not app.exception
    assert "could not be drawn" in said(app)
    assert "Error" not in said(app)
    assert "Traceback" in caplog.text


def test_pages_stay_short_and_without_logic():
    for name in PAGES:
        source = (ROOT / "pages" / f"{name}.py").read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 80
        assert "access.enter()" in source
        assert not re.search(r"^\s*(def|class|for|while|try)\b", source, re.MULTILINE)
        assert not re.search(r"\bselect\b.*\bfrom\b", source, re.IGNORECASE)


def test_every_page_in_the_list_is_a_file_and_every_file_is_in_the_list():
    assert {path.stem for path in (ROOT / "pages").glob("*.py")} == set(PAGES)
