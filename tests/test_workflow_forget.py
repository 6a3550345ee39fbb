"""A forgotten person stands nowhere in the workflow database, and everybody else stays as they were."""

import json
import sqlite3
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr
from sqlalchemy import select

import workflow
from pipelines.config import Settings, Workflow, load_settings
from pipelines.config import workflow_url as url_of
from pipelines.errors import InputError
from pipelines.forget import forget_customer
from workflow import audit, campaigns, contacts, open_database, outcomes, segments, settings_history, tasks
from workflow.campaigns import Brief, Campaign
from workflow.contacts import Contact
from workflow.launch import launch
from workflow.outcomes import Outcome
from workflow.schema import metadata
from workflow.segments import Segment, View
from workflow.tasks import Task

ODD = 'Zoë "Q\\7" %_x'
BRIEF = asdict(Brief("economic", "at risk", "letter", "voucher", "once", "sales"))


def fill(url: str, person: str, other: str = "other-1") -> None:
    """Write about a person wherever words can stand, and edit and finish some of it, so that old copies exist."""
    database = open_database(url)
    for customer in (person, other):
        (task,) = tasks.add(database, [Task(customer, "call", note=f"{customer} is friendly")], by="anna")
        tasks.save(database, replace(task, note=f"ask {customer}, again", owner="ben"), by="ben")
        (contact,) = contacts.add(database, [Contact(customer, "call", task_id=task.task_id)], by="anna")
        outcomes.add(database, [Outcome(customer, "accepted", "", task.task_id, contact.contact_id)], by="anna")
    (task,) = tasks.add(database, [Task("friend", "call", note=f"knows {person}; {person}2 is somebody else")], by="a")
    draft = campaigns.add(
        database, Campaign(f"For {person}", BRIEF, {"of": [person]}, stop_on=date(2027, 1, 1)), by="a"
    )
    launch(database, draft, pd.DataFrame({"customer_id": [person, other], "action": "mail"}), "run", by="anna")
    segment = segments.add(database, Segment("some", {"not": {person: [person, other]}}), by="anna")
    segments.remove(database, segment, by="anna")
    segments.add(database, Segment("others", {"not": [person]}), by="anna")
    segments.add(database, View("anna", "customer", "mine", {"customer": person}), by="anna")
    settings_history.record(database, {"features.excluded": [person]}, by="anna")
    database.close()


def said(url: str) -> str:
    """Every value of every row as text; JSON as it is read, so that no escape hides a name."""
    database = open_database(url)
    with database.read() as connection:
        rows = [str(tuple(row)) for table in metadata.tables.values() for row in connection.execute(select(table))]
        values = [
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            for table in metadata.tables.values()
            for row in connection.execute(select(table))
            for value in row
        ]
    database.close()
    return "\n".join([*rows, *values])


@pytest.mark.parametrize("person", ["C-4711", "12346"])
def test_a_forgotten_person_stands_nowhere(workflow_url, person):
    fill(workflow_url, person)
    assert said(workflow_url).count(person) > 20
    assert workflow.forget(workflow_url, person, by="dpo") > 10
    assert person not in said(workflow_url).replace(f"{person}2", "")
    assert f"{person}2 is somebody else" in said(workflow_url)
    assert workflow.forget(workflow_url, person) == 0


def test_an_id_with_every_odd_sign_is_found(workflow_url):
    fill(workflow_url, ODD)
    assert workflow.forget(workflow_url, ODD) > 10
    told = [line for line in said(workflow_url).splitlines() if "Zoë" in line]
    assert told
    assert all("knows (erased" in line and "2 is somebody else" in line for line in told)


def test_everybody_else_and_the_trail_stay(workflow_url):
    fill(workflow_url, "C-4711")
    database = open_database(workflow_url)
    before = audit.latest(database)
    (campaign,) = campaigns.listed(database)
    kept = (tasks.of_customer(database, "other-1"), contacts.of_customer(database, "other-1"))
    workflow.forget(workflow_url, "C-4711", by="dpo")
    assert (tasks.of_customer(database, "other-1"), contacts.of_customer(database, "other-1")) == kept
    assert [member.customer_id for member in campaigns.members(database, campaign.campaign_id)] == ["other-1"]
    told, *after = audit.latest(database, 1000)
    assert (told.who, told.what) == ("dpo", "person erased")
    assert [(line.at, line.who, line.what) for line in after] == [(line.at, line.who, line.what) for line in before]
    others = [line for line in before if line.customer_id == "other-1"]
    assert [line for line in after if line.customer_id == "other-1"] == others
    assert all(
        line.before is None and line.after is None
        for line in after
        if line.record == "outcome" and not line.customer_id
    )
    database.close()


def test_the_file_does_not_hold_the_id_any_more(tmp_path):
    url = f"sqlite:///{tmp_path / 'workflow.db'}"
    reader = open_database(url)  # a dashboard that stays open
    fill(url, "C-4711x")
    tasks.of_customer(reader, "C-4711x")
    assert b"C-4711x" in content(tmp_path)
    workflow.forget(url, "C-4711x")
    assert b"C-4711x" not in content(tmp_path).replace(b"C-4711x2", b"")
    assert b"other-1" in content(tmp_path)
    reader.close()


def test_somebody_who_reads_meanwhile_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr("workflow.database.WAIT_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path / 'workflow.db'}"
    fill(url, "C-4711x")
    with sqlite3.connect(tmp_path / "workflow.db") as reader:
        reader.execute("begin")
        reader.execute("select count(*) from tasks").fetchall()
        with pytest.raises(workflow.WorkflowError, match="Run this again"):
            workflow.forget(url, "C-4711x")
    reader.close()
    with sqlite3.connect(tmp_path / "workflow.db") as writer:
        writer.execute("begin immediate")
        with pytest.raises(workflow.WorkflowError, match="database is locked"):
            workflow.forget(url, "C-4711x")
    writer.close()
    assert workflow.forget(url, "C-4711x") == 0
    assert b"C-4711x" not in content(tmp_path).replace(b"C-4711x2", b"")


def test_nothing_is_made_where_nothing_was_decided(tmp_path):
    assert workflow.forget(f"sqlite:///{tmp_path / 'workflow.db'}", "c1") == 0
    assert list(tmp_path.iterdir()) == []


def content(folder: Path) -> bytes:
    """The bytes of the database and of its log."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("workflow.db*")))


def test_a_person_known_to_the_workflow_database_alone_is_forgotten_too(workflow_url, tmp_path):
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    fill(workflow_url, "C-4711")
    settings = Settings(workflow=Workflow(url=SecretStr(workflow_url)))
    report = forget_customer(home, "C-4711", settings, "run")
    assert f"{report.decisions_erased} from the workflow database" in report.lines()[0]
    assert "C-4711" not in said(workflow_url).replace("C-47112", "")
    assert (home / "forgotten.json").exists()
    with pytest.raises(InputError, match="No customer 'nobody'"):
        forget_customer(home, "nobody", settings, "run")


def test_a_database_that_does_not_answer_stops_before_anything_is_erased(tmp_path, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", "postgresql://shop:geheim-7%2Fx@127.0.0.1:1/decisions")
    (tmp_path / "list.csv").write_text("customer_id\nc1\n")
    settings = load_settings(tmp_path)
    with pytest.raises(InputError, match=r"decisions on 127\.0\.0\.1:1 does not answer") as told:
        forget_customer(tmp_path, "c1", settings, "run")
    assert "geheim" not in f"{told.value}{settings!r}{settings.model_dump_json()}"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
    assert (tmp_path / "list.csv").read_text() == "customer_id\nc1\n"


def test_where_decisions_lie_changes_no_result_and_is_not_repeated(tmp_path, monkeypatch):
    plain = load_settings(tmp_path)
    assert url_of(tmp_path, plain) == f"sqlite:///{tmp_path / 'workflow.db'}"
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", "postgresql://u:geheim@h/d")
    elsewhere = load_settings(tmp_path)
    assert url_of(tmp_path, elsewhere) == "postgresql://u:geheim@h/d"
    assert elsewhere.hash == plain.hash
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URI", "postgresql://u:geheim@h/d")
    with pytest.raises(InputError, match=r"workflow\.uri") as told:
        load_settings(tmp_path)
    assert "geheim" not in str(told.value)
