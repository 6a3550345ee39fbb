"""Service initiatives without a browser: choosing, launching, taking in who comes later, and the team's file."""

import json
import re
from datetime import date, datetime, timedelta

import duckdb
import pytest
from sqlalchemy import update

import workflow
from pages.components import campaign_parts
from pipelines import publish
from pipelines.campaign_export import read_campaign
from pipelines.config import load_settings
from pipelines.enrol import enrol
from tests.test_campaign_launch_page import button
from tests.test_pages import opened, said
from workflow import availability, campaigns, schema

SERVICE, RUNNING = (campaign_parts.PARTS[part] for part in (campaign_parts.SERVICE, campaign_parts.RUNNING))
NOTICE = "Tell about the late parcel first"


@pytest.fixture
def database(home):
    opened = workflow.open_database(f"sqlite:///{home / 'workflow.db'}")
    yield opened
    opened.close()


def eligible(home, trigger: str = "late parcel") -> set[str]:
    with publish.open_current(home, "warehouse") as con:
        rows = con.execute(
            "select customer_id from initiative_customers left join customer_list using (customer_id)"
            " where trigger = ? and not coalesce(is_held_out, false) and customer_id not in"
            " (select customer_id from latest_consents where channel = 'email' and not granted)",
            [trigger],
        ).fetchall()
    return {customer for (customer,) in rows}


def launched(app):
    """Launch what is open under a name."""
    app.text_input(key="delay_notice:service_name").set_value("Notice")
    app.text_input(key="delay_notice:team").set_value("Parcel team").run()
    button(app, "Launch now").click().run()
    assert not app.exception
    return app


def test_the_form_says_who_comes_in_and_what_can_be_told(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, part=SERVICE, initiative=NOTICE)
    assert not app.exception
    assert "To launch it takes a name and who in service does it." in said(app)
    proposed = opened("campaigns", shared_home, monkeypatch, part=SERVICE, test="delay_notice")
    assert proposed.selectbox(key="initiative").value == "delay_notice"
    assert f"{len(eligible(shared_home)):,} customers at the launch" in said(app)

    def told() -> float:
        return float(re.search(r"a rise from \d+ % by ([\d.]+) points", said(app)).group(1))

    half = told()
    app.select_slider(key="delay_notice:service_share").set_value(20).run()
    assert told() > half, "uneven arms tell less"
    app.select_slider(key="delay_notice:service_share").set_value(50)
    app.date_input(key="delay_notice:until").set_value(date.today() + timedelta(days=700)).run()
    assert told() < half, "who comes in for longer tells more"
    app.selectbox(key="delay_notice:outcome").select("churn").run()
    assert "Churn: a fall from" in said(app)
    assert "Starting point" in said(app)
    assert not app.exception


def test_a_rule_that_the_data_cannot_tell_names_what_it_needs(home, monkeypatch):
    with duckdb.connect(home / "warehouse.duckdb") as con:
        for table in ("initiative_bases", "initiative_customers"):
            con.execute(f"delete from {table} where trigger = 'late parcel'")
    app = opened("campaigns", home, monkeypatch, part=SERVICE, initiative=NOTICE)
    assert not app.exception
    assert "It needs promised_at and delivered_at of orders: data/README.md." in said(app)


def test_a_launch_gives_the_team_a_list_without_the_others(home, database, monkeypatch):
    app = launched(opened("campaigns", home, monkeypatch, part=SERVICE, initiative=NOTICE))
    (campaign,) = campaigns.listed(database)
    today = database.clock().date()
    assert (campaign.status, campaign.is_service, campaign.stop_on) == ("running", True, today + timedelta(days=88))
    found = {one.customer_id: one.arm for one in campaigns.members(database, campaign.campaign_id)}
    treated = {customer for customer, arm in found.items() if arm == "treated"}
    assert set(found) == eligible(home)
    text = said(app)
    assert app.title[0].value == "Did it work?"
    assert f"{len(treated):,} treated, {len(found) - len(treated):,} served as usual" in text
    assert "No result is shown before" in text
    assert "Nobody new meets the rule" in text
    rows = read_campaign(home, campaign.campaign_id).rows
    assert set(rows["customer_id"]) == treated, "consent is not asked: it is their own parcel"
    with publish.open_current(home, "warehouse") as con:
        consenting = "select customer_id from latest_consents where channel = 'email' and granted"
        assert set(found) - {customer for (customer,) in con.execute(consenting).fetchall()}  # chance says which arm
    assert set(rows["arm"]) == {"treated"}
    assert rows["order_id"].notna().all()
    assert set(rows["action_title"]) == {NOTICE}
    with database.read() as connection:
        assert availability.held_out(connection, today) == set()


def test_who_meets_the_rule_later_comes_in_by_page_and_by_command(home, database, monkeypatch):
    app = opened("campaigns", home, monkeypatch, part=SERVICE, initiative=NOTICE)
    launched(app)
    (campaign,) = campaigns.listed(database)
    everybody = eligible(home)
    with database.engine.begin() as connection:
        for table in (schema.contacts, schema.tasks, schema.campaign_members):
            connection.execute(table.delete())
    app = opened("campaigns", home, monkeypatch, part=RUNNING)
    button(app, f"Take in {len(everybody):,} customers").click().run()
    assert not app.exception
    assert {one.customer_id for one in campaigns.members(database, campaign.campaign_id)} == everybody
    found = enrol(home, load_settings(home), by="night").initiatives["Notice"]
    assert (found.customers, found.left_out) == (0, {availability.IN_IT: len(everybody)})


def test_after_its_stop_date_an_initiative_waits_and_then_tells_what_its_own_table_says(home, database, monkeypatch):
    launched(opened("campaigns", home, monkeypatch, part=SERVICE, initiative=NOTICE))
    (campaign,) = campaigns.listed(database)
    with database.engine.begin() as connection:
        past = {"launched_at": datetime(2025, 11, 1), "stop_on": date(2026, 1, 31)}
        audience = campaign.audience | {"enrol_until": "2025-12-01"}
        connection.execute(update(schema.campaigns).values(audience=json.loads(json.dumps(audience)), **past))
    app = opened("campaigns", home, monkeypatch, part=RUNNING)
    assert not app.exception
    assert "Waits for a result" in said(app)
    assert "Take in" not in " ".join(one.label for one in app.button)


def test_an_older_warehouse_says_which_command_helps(home, monkeypatch):
    publish_without(home)
    app = opened("campaigns", home, monkeypatch, part=SERVICE)
    assert not app.exception
    assert "python -m pipelines score" in said(app)


def publish_without(home) -> None:
    """The warehouse as an older version published it."""
    import duckdb

    path = publish.require(home, "warehouse").resolve()
    with duckdb.connect(str(path)) as con:
        for name in ("customers", "bases", "results", "checks"):
            con.execute(f"drop table initiative_{name}")
