"""The file for a mail tool: addresses of the newest source, titles, a manifest, and nobody who was forgotten."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import workflow
from pipelines import jobs, publish
from pipelines.audience import audience
from pipelines.campaign_export import campaign_file, campaign_manifest, export_campaign
from pipelines.config import load_settings, workflow_url
from pipelines.errors import InputError
from pipelines.forget import forget_customer
from pipelines.progress import silent
from workflow import campaigns, contacts, tasks
from workflow.campaigns import Brief, Campaign
from workflow.launch import launch
from workflow.schema import metadata

BRIEF = dataclasses.asdict(Brief("economic", "at risk", "letter", "voucher", "once", "sales"))
COLUMNS = ["campaign", "run_id", "contact_id", "customer_id", "name", "email", "action_title", "channel", "arm"]


@pytest.fixture
def database(home):
    opened = workflow.open_database(workflow_url(home, load_settings(home)))
    yield opened
    opened.close()


@pytest.fixture
def launched(home, database) -> Campaign:
    """A campaign over the published plan."""
    with publish.open_current(home, "warehouse") as con:
        chosen = audience(con, {"from": "plan"})
    stop = database.clock().date() + timedelta(days=90)
    draft = campaigns.add(database, Campaign("Spring", BRIEF, {"from": "plan"}, 0.2, stop), by="anna")
    return launch(database, draft, chosen, "run-7", by="anna")


def people_of(home: Path) -> dict[str, tuple[str, str]]:
    with publish.open_current(home, "source") as con:
        return {row[0]: row[1:] for row in con.execute("select customer_id, name, email from customers").fetchall()}


def test_both_kinds_of_file_hold_the_same_and_agree_with_source_and_log(home, database, launched):
    report = export_campaign(home, "Spring", home / "spring.csv")
    sent = pd.read_csv(home / "spring.csv", dtype=str, keep_default_na=False)
    assert list(sent.columns) == COLUMNS
    assert len(sent) == report.rows > 50
    assert set(sent["arm"]) == {"treated"}
    assert set(sent["run_id"]) == {"run-7"}
    people = people_of(home)
    log = {one.contact_id: one for one in contacts.between(database, datetime(2000, 1, 1), datetime(2100, 1, 1))}
    for row in sent.itertuples():
        assert (row.name, row.email) == tuple(told or "" for told in people[row.customer_id])
        contact = log[row.contact_id]
        assert (contact.customer_id, contact.channel, contact.arm) == (row.customer_id, row.channel, "treated")
    export_campaign(home, launched.campaign_id, home / "spring.xlsx")
    sheets = pd.read_excel(home / "spring.xlsx", sheet_name=None, dtype=str, engine="calamine", na_filter=False)
    pd.testing.assert_frame_equal(sheets["Contacts"], sent, check_dtype=False)
    manifest = pd.read_csv(home / "spring_manifest.csv", dtype=str)
    assert sheets["Manifest"].to_numpy().tolist() == manifest.to_numpy().tolist()
    assert campaign_file(home, launched.campaign_id, ".csv") == (home / "spring.csv").read_bytes()


def test_the_manifest_counts_the_arms_and_names_nobody(home, database, launched):
    told = dict(campaign_manifest(home, launched.campaign_id).to_numpy().tolist())
    arms = campaigns.tally(database, launched.campaign_id).arms
    assert (int(told["treated"]), int(told["control, in no file"])) == (arms["treated"], arms["control"])
    left = sum(int(count) for what, count in told.items() if what.startswith("treated but left out"))
    assert int(told["contacts in this file"]) + left == arms["treated"]
    assert len(told["fingerprint of the arms"]) == 64
    members = campaigns.members(database, launched.campaign_id)
    assert not [one.customer_id for one in members if one.customer_id in str(told)]


def test_a_file_written_again_contacts_nobody_twice(home, database, launched):
    first, second, *_ = tasks.still_open(database)
    tasks.save(database, dataclasses.replace(first, status="done"), by="ben")
    later = database.clock().date() + timedelta(days=9)
    tasks.save(database, dataclasses.replace(second, snoozed_until=later), by="ben")
    report = export_campaign(home, "Spring", home / "spring.csv")
    sent = set(pd.read_csv(home / "spring.csv", dtype=str)["customer_id"])
    assert not sent & {first.customer_id, second.customer_id}
    assert report.left_out["settled"] >= 1
    campaigns.mark_sent(database, launched.campaign_id, sent, by="anna")
    assert export_campaign(home, "Spring", home / "spring.csv").rows == 0


def test_what_does_not_run_is_not_exported(home, database, launched):
    draft = campaigns.add(database, Campaign("Draft"), by="anna")
    with pytest.raises(InputError, match="'Draft' is draft: only a running campaign is exported"):
        export_campaign(home, draft.campaign_id, home / "x.csv")
    campaigns.close(database, launched, by="anna")
    with pytest.raises(InputError, match="'Spring' is finished"):
        jobs.export("campaign", home / "x.csv", "Spring")(home, silent)
    with pytest.raises(InputError, match="--campaign NAME"):
        jobs.export("campaign", home / "x.csv", None)(home, silent)
    assert not (home / "x.csv").exists()


def test_before_any_decision_there_is_nothing_to_export(home, tmp_path):
    with pytest.raises(InputError, match="No campaign was launched yet"):
        export_campaign(home, "Spring", tmp_path / "x.csv")
    assert not (home / "workflow.db").exists()


def test_a_forgotten_member_stands_nowhere_and_the_rest_stays(home, database, launched):
    for ending in ("csv", "xlsx"):
        export_campaign(home, "Spring", home / f"spring.{ending}")
    sent = pd.read_csv(home / "spring.csv", dtype=str)
    person, *others = sent["customer_id"]
    report = forget_customer(home, person, load_settings(home), "run-8")
    assert report.unread_files == []
    for kept in (
        pd.read_csv(home / "spring.csv", dtype=str),
        pd.read_excel(home / "spring.xlsx", dtype=str, engine="calamine"),
    ):
        assert list(kept["customer_id"]) == others
    assert len(pd.read_excel(home / "spring.xlsx", sheet_name="Manifest", engine="calamine")) == len(
        pd.read_csv(home / "spring_manifest.csv")
    )
    with database.read() as connection:
        rows = [str(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    assert not [row for row in rows if person in row]
    assert sum(campaigns.tally(database, launched.campaign_id).arms.values()) > len(others)
    after = export_campaign(home, "Spring", home / "again.csv")
    assert after.rows == len(others)
