"""Making, launching and reading campaigns without a browser."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import duckdb
import pandas as pd
import pytest
from sqlalchemy import update

import workflow
from models.power import detectable_difference
from pages.components import campaign_words, result_figures, result_words
from pages.components.campaign_words import QUESTIONS
from pipelines import publish
from pipelines.campaign_export import read_campaign
from tests.test_pages import opened, said
from workflow import campaigns, schema, segments

NEW, RUNNING = "New campaign", "Running and finished"


@pytest.fixture
def database(home):
    opened = workflow.open_database(f"sqlite:///{home / 'workflow.db'}")
    yield opened
    opened.close()


def button(app, label: str):
    return next(one for one in app.button if one.label.replace("\u00a0", " ") == label)


def fill(app, name: str, prefix: str = "new"):
    """Answer everything a launch asks for."""
    app.text_input(key=f"{prefix}:name").set_value(name)
    for question in QUESTIONS:
        app.text_area(key=f"{prefix}:{question}").set_value(f"answer to {question}")
    return app.run()


def test_a_proposed_test_opens_a_campaign_of_its_action_half_of_it_left_alone(home, monkeypatch):
    with publish.open_current(home, "warehouse") as con:
        ((action,),) = con.execute("select action from customer_list group by 1 order by count(action) desc limit 1")\
            .fetchall()  # fmt: skip
    app = opened("campaigns", home, monkeypatch, part=NEW, test=action)
    assert not app.exception
    assert app.segmented_control(key="new:from").value == campaign_words.FILTER
    assert app.selectbox(key="new:action").value == action
    assert app.select_slider(key="new:share").value == 50
    app.select_slider(key="new:share").set_value(20).run()
    assert app.select_slider(key="new:share").value == 20, "asked once, not again"
    assert not opened("campaigns", home, monkeypatch, part=NEW, test="no such action").exception


def test_a_launch_waits_until_everything_is_answered(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, part=NEW)
    assert not app.exception
    assert "To launch it takes a name, the bond, who it is for" in said(app)
    app.text_input(key="new:name").set_value("Autumn").run()
    assert "a name" not in said(app)
    assert "with whom" in said(app)
    fill(app, "Autumn")
    assert "To launch it takes" not in said(app)
    app.date_input(key="new:stop_on").set_value(date(2020, 1, 1)).run()
    assert "To launch it takes a stop date after today." in said(app)


def test_the_power_follows_the_control_share(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, part=NEW)
    told = {}
    for percent in (10, 50):
        app.select_slider(key="new:share").set_value(percent).run()
        told[percent] = float(re.search(r"differences in retention of ([\d.]+) points", said(app)).group(1))
    assert told[50] < told[10]
    app.select_slider(key="new:share").set_value(0).run()
    assert "will not be known" in said(app)
    assert "your word that this campaign measures nothing" in said(app)
    app.checkbox(key="new:unmeasured").check().run()
    assert "measures nothing" not in said(app)


def test_suggestions_are_no_answers(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, part=NEW)
    for question in QUESTIONS:
        area = app.text_area(key=f"new:{question}")
        assert area.placeholder
        assert area.value == ""
        assert len(area.help) > 40


def test_a_filter_and_one_action_narrow_the_audience(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, part=NEW)
    app.segmented_control(key="new:from").set_value("filter").run()
    everybody = app.dataframe[0].value
    assert len(everybody) > 1
    app.selectbox(key="new:action").set_value("wake_up_email").run()
    assert list(app.dataframe[0].value["Action"]) == ["Remind without a discount"]
    app.multiselect(key="new:stages").select("at risk").run()
    assert not app.exception


def test_a_segment_is_asked_for_where_none_is_saved_and_taken_where_one_is(home, database, monkeypatch):
    app = opened("campaigns", home, monkeypatch, part=NEW)
    app.segmented_control(key="new:from").set_value("segment").run()
    assert not app.exception
    assert "No segment is saved yet" in said(app)
    assert "customers: the audience is empty" in said(app)
    segments.add(database, segments.Segment("Quiet ones", {"stages": ["at risk", "cooling"]}), "anna")
    app.run()
    assert app.selectbox(key="new:segment").options == ["Quiet ones"]
    assert "the audience is empty" not in said(app)


def test_a_draft_of_an_action_that_is_no_more_is_told(home, database, monkeypatch):
    gone = {"from": "plan", "limits": {"luck": 7}}
    campaigns.add(database, campaigns.Campaign("Old", audience=gone), "anna")
    app = opened("campaigns", home, monkeypatch, part=NEW, draft="Old")
    assert not app.exception
    assert "could not be drawn" not in said(app)


def test_a_draft_is_kept_and_found_again_by_its_link(home, database, monkeypatch):
    app = opened("campaigns", home, monkeypatch, part=NEW)
    app.text_input(key="new:name").set_value("Winter")
    app.text_area(key="new:bond").set_value("the people").run()
    button(app, "Save draft").click().run()
    assert not app.exception
    (draft,) = campaigns.listed(database)
    assert (draft.name, draft.status, draft.brief["bond"]) == ("Winter", "draft", "the people")
    again = opened("campaigns", home, monkeypatch, part=NEW, draft="Winter")
    assert again.text_input(key=f"{draft.campaign_id}:name").value == "Winter"
    assert again.text_area(key=f"{draft.campaign_id}:bond").value == "the people"


def test_of_two_people_who_edit_a_draft_the_second_is_told_and_loses_nothing(home, database, monkeypatch):
    brief = dict.fromkeys(QUESTIONS, "mine")
    draft = campaigns.add(database, campaigns.Campaign("Spring", brief=brief, audience={"from": "plan"}), "anna")
    app = opened("campaigns", home, monkeypatch, part=NEW, draft="Spring")
    campaigns.save(database, replace(draft, control_share=0.3), "ben")
    app.text_area(key=f"{draft.campaign_id}:bond").set_value("the price").run()
    button(app, "Save draft").click().run()
    assert "ben changed the control share" in said(app)
    assert campaigns.get(database, draft.campaign_id).brief["bond"] == "mine"
    assert app.text_area(key=f"{draft.campaign_id}:bond").value == "the price"
    button(app, "Save draft").click().run()
    assert campaigns.get(database, draft.campaign_id).brief["bond"] == "the price"


def test_a_launch_shows_what_happened_and_no_figure(home, database, monkeypatch):
    app = fill(opened("campaigns", home, monkeypatch, part=NEW), "Autumn calls")
    button(app, "Launch now").click().run()
    assert not app.exception
    (campaign,) = campaigns.listed(database)
    assert (campaign.status, campaign.stop_on) == ("running", database.clock().date() + timedelta(days=90))
    arms = campaigns.tally(database, campaign.campaign_id).arms
    text = said(app)
    assert app.title[0].value == "Did it work?"
    assert f"{arms['treated']:,} contacted, {arms['control']:,} held out" in text
    assert f"Running until {campaign.stop_on.day} " in text
    assert campaign.run_id in text
    listed = next(table.value for table in app.dataframe if "Campaign" in table.value)
    own = listed[listed["Campaign"] == "Autumn calls"].iloc[0]
    assert (own["State"], own["Retention"], own["Net"]) == ("Running", "–", "–")
    assert not re.search(r"\bp[- ]value|significan", text, re.IGNORECASE)


def test_answers_are_read_row_by_row_and_kept_once(home, database, monkeypatch):
    app = fill(opened("campaigns", home, monkeypatch, part=NEW), "Autumn calls")
    button(app, "Launch now").click().run()
    (campaign,) = campaigns.listed(database)
    treated, held = (
        [one.customer_id for one in campaigns.members(database, campaign.campaign_id) if one.arm == arm]
        for arm in ("treated", "control")
    )
    rows = [f"{treated[0]},accepted", f"{treated[1]},perhaps", f"{held[0]},accepted"]
    content = "\n".join(["customer_id,result", *rows]).encode()
    upload = app.file_uploader(key=f"answers:{campaign.campaign_id}")
    upload.upload("answers.csv", content, "text/csv").run()
    text = said(app)
    assert "2 answers can be kept" in text
    assert "1 row cannot be read" in text
    button(app, "Keep 2 answers").click().run()
    assert campaigns.tally(database, campaign.campaign_id).results == {"accepted": 1}
    text = said(app)
    assert "1 answer kept; 0 known before" in text
    assert "1 row of nobody this campaign contacted" in text
    upload = app.file_uploader(key=f"answers:{campaign.campaign_id}")
    upload.upload("answers.csv", b"colour\nred\n", "text/csv").run()
    assert "customer_id" in said(app)
    assert not app.exception


def test_calling_off_asks_and_leaves_no_result(home, database, monkeypatch):
    app = fill(opened("campaigns", home, monkeypatch, part=NEW), "Too soon")
    button(app, "Launch now").click().run()
    button(app, "Call it off").click().run()
    (campaign,) = campaigns.listed(database)
    assert campaign.is_called_off
    assert "Called off before its stop date" in said(app)


def test_a_sent_file_finishes_its_tasks_after_one_question(home, database, monkeypatch):
    app = fill(opened("campaigns", home, monkeypatch, part=NEW), "Autumn calls")
    button(app, "Launch now").click().run()
    (campaign,) = campaigns.listed(database)
    treated = campaigns.tally(database, campaign.campaign_id).arms["treated"]
    assert f"of {treated:,} open tasks" in said(app)
    sent = len(read_campaign(home, campaign.campaign_id).rows)
    assert 0 < sent < treated, "some may not be reached by file"
    button(app, "Mark them as done").click().run()
    assert campaigns.tally(database, campaign.campaign_id).tasks == {"done": sent, "open": treated - sent}
    assert f"{sent:,} done" in said(app)


def test_after_its_stop_date_a_campaign_waits_for_its_result_and_can_be_finished(home, database, monkeypatch):
    app = fill(opened("campaigns", home, monkeypatch, part=NEW), "Over by now")
    button(app, "Launch now").click().run()
    with database.engine.begin() as connection:
        connection.execute(
            update(schema.campaigns).values(stop_on=date(2026, 1, 31), launched_at=datetime(2025, 11, 1))
        )
    app = opened("campaigns", home, monkeypatch, part=RUNNING)
    assert "Waits for a result" in said(app)
    assert not [one for one in app.button if one.label == "Call it off"]
    button(app, "Finish it").click().run()
    (campaign,) = campaigns.listed(database)
    assert (campaign.status, campaign.is_called_off) == ("finished", False)
    assert campaigns.tally(database, campaign.campaign_id).tasks.keys() == {"dropped"}


EMPTY = (
    *(f"delete from {table}" for table in ("customer_plan", "plan_displaced", "plan_left_alone", "customer_actions")),
    "delete from plan_left_alone_reasons",
    "update plan_summary set contacted = 0, displaced = 0, left_alone = 0, expected_net = 0, bound = 0, cost = 0,"
    " agent_minutes = 0, scored = 0",
    "update plan_limits set used = 0, price = 0, gain = 0",
    *(f"delete from {table}" for table in ("campaign_results", "campaign_checks", "uplift_state")),
)


@pytest.mark.parametrize("part", ["Plan", NEW, RUNNING])
def test_a_shop_without_offers_and_contacts_gets_words_instead_of_figures(home, monkeypatch, part):
    with duckdb.connect(publish.current(home, "warehouse")) as con:
        for change in EMPTY:
            con.execute(change)
    app = opened("campaigns", home, monkeypatch, part=part)
    text = said(app)
    assert not app.exception
    assert "could not be drawn" not in text
    assert not re.search(r"\b(nan|NaT|None)\b", text.replace("None None", "").replace(" None ", " "))
    assert {"Plan": "Nobody is left alone", NEW: "Nobody may be contacted", RUNNING: "No campaign was launched yet"}[
        part
    ] in text


def test_measured_campaigns_of_the_shop_s_log_show_results_with_intervals(shared_home, monkeypatch):
    app = opened("campaigns", shared_home, monkeypatch, part=RUNNING)
    assert not app.exception
    with publish.open_current(shared_home, "warehouse") as con:
        measured, running = con.execute(
            "select count(distinct campaign_id) filter (state = 'measured' and campaign_id != ''),"
            " count(distinct campaign_id) filter (state = 'running') from campaign_results"
        ).fetchall()[0]
    tiles = {tile.label: tile.value for tile in app.metric}
    assert (tiles["Measured"], tiles["Running"]) == (str(measured), str(running))
    assert measured > 0 < running
    listed = app.dataframe[0].value
    assert listed["Campaign"].iloc[0] == "All campaigns together"
    assert set(listed["Source"].iloc[1:]) == {"From the shop’s log"}
    assert "By action" in said(app)
    assert (listed.loc[listed["State"] == "Running", ["Retention", "95 % interval", "Net"]] == "–").all(axis=None)
    assert (listed.loc[listed["State"] == "Measured", "95 % interval"] != "–").all()
    one = listed.loc[listed["State"] == "Measured", "Campaign"].iloc[-1]
    alone = opened("campaigns", shared_home, monkeypatch, part=RUNNING, campaign=f"{one} (shop’s log)")
    assert alone.selectbox(key="campaign").value == f"shop/{one}"
    assert "Sample ratio" in said(alone)


def test_before_its_stop_date_no_figure_of_a_campaign_is_shown_whatever_the_warehouse_says():
    today = date(2026, 11, 20)
    campaign = campaigns.Campaign(
        "C", status="running", stop_on=today, launched_at=pd.Timestamp("2026-08-01").to_pydatetime(), campaign_id="a"
    )
    columns = ["source", "campaign_id", "action", "metric", "unit", "difference", "low", "high", "treated_n",
               "control_n", "state", "name", "started_on", "stop_on"]  # fmt: skip
    row = ["workflow", "a", "", "retention", "share", 0.5, 0.4, 0.6, 10, 5, "measured", "C", today, today]
    results = pd.DataFrame([row], columns=columns)
    (running,) = result_figures.campaigns([campaign], results, today, {})
    assert (running["state"], running["rows"]) == (result_words.RUNNING, None)
    (over,) = result_figures.campaigns([campaign], results, today + timedelta(days=1), {})
    assert over["state"] == result_words.MEASURED
    called_off = replace(campaign, status="finished", closed_at=pd.Timestamp("2026-09-01").to_pydatetime())
    (ended,) = result_figures.campaigns([called_off], results, today + timedelta(days=1), {})
    assert (ended["state"], ended["rows"]) == (result_words.CALLED_OFF, None)


def test_what_can_be_told_is_what_the_power_says():
    told = campaign_words.what_can_be_told(1_240, 0.1, 0.6).replace("\u00a0", " ")
    least = detectable_difference(1_116, 124, 0.6)
    assert told == (
        "1,116 customers contacted, 124 held out. With 10 % control you can tell differences in retention of "
        f"{least * 100:.1f} points or more from chance."
    )
    assert "Too few" in campaign_words.what_can_be_told(3, 0.1, 0.6)
    assert "Too few" in campaign_words.what_can_be_told(20, 0.1, 0.99)
    assert "not be known" in campaign_words.what_can_be_told(1_240, 0.0, 0.6)
