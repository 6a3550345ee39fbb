"""What was decided here holds in the next scoring: control arms, contacts, objections, each by its rule and date."""

import dataclasses
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from pydantic import SecretStr

from pipelines import publish
from pipelines.catalogue import SHIPPED, read_catalogue
from pipelines.config import Settings, Workflow
from pipelines.decisions_made import Decisions, decisions_into, read_decisions
from pipelines.errors import InputError
from pipelines.export import export_worklist
from pipelines.marts import publish_scores
from pipelines.offers import offers_into
from pipelines.warehouse import run_folder
from tests.campaign_cases import held_out
from workflow import campaigns, contacts, open_database, outcomes
from workflow.campaigns import Brief, Campaign
from workflow.contacts import Contact
from workflow.launch import launch
from workflow.outcomes import Outcome

CATALOGUE = read_catalogue(SHIPPED)
BRIEF = dataclasses.asdict(Brief("economic", "at risk", "letter", "voucher", "once", "sales"))
Con = duckdb.DuckDBPyConnection
NOBODY = Settings(workflow=Workflow(url=SecretStr("postgresql://shop:geheim@127.0.0.1:1/none")))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def rows(con: Con, query: str) -> list[tuple]:
    return con.execute(query).fetchall()


def list_day(con: Con) -> date:
    return rows(con, "select greatest(as_of_date, cast(data_through as date)) from warehouse.run_info")[0][0]


def offers(con: Con, decisions: Decisions) -> dict[tuple[str, str], tuple[str | None, date | None]]:
    """The rule and date of every pair of customer and action, given what was decided."""
    decisions_into(con, decisions)
    run_folder(con, "standing")
    offers_into(con, Settings(), CATALOGUE, rows(con, "select as_of_date from warehouse.run_info")[0][0])
    found = rows(con, "select customer_id, action, blocked_by, deferred_until from customer_actions")
    return {(customer, action): (rule, until) for customer, action, rule, until in found}


def suggested(con: Con, action: str, count: int) -> list[str]:
    """Customers to whom an action may be offered."""
    found = rows(
        con,
        f"select customer_id from warehouse.customer_actions where action = '{action}' and blocked_by is null"
        f" order by 1 limit {count}",
    )
    assert len(found) == count
    return [customer for (customer,) in found]


def database(home: Path, day: date):
    return open_database(f"sqlite:///{home / 'workflow.db'}", lambda: datetime(day.year, day.month, day.day, 9))


def test_without_a_database_nothing_was_decided_and_none_is_made(home):
    found = read_decisions(home, Settings())
    assert all(frame.empty for name, frame in vars(found).items() if name != "read_at")
    assert list(home.iterdir()) == []


def test_an_empty_database_is_left_as_it_is(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
        settings = Settings(workflow=Workflow(url=SecretStr(postgres_url)))
        assert read_decisions(Path("nowhere"), settings).contacts.empty
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)


def test_both_databases_tell_the_same(workflow_url):
    opened = open_database(workflow_url, lambda: datetime(2026, 3, 2, 12))
    draft = campaigns.add(opened, Campaign("Spring", BRIEF, {}, 0.5, date(2026, 6, 1)), by="anna")
    people = pd.DataFrame({"customer_id": ["Ä'1", "c2", "c3", "c4"], "action": "call", "contact_cost": [1.5] * 4})
    launched = launch(opened, draft, people, "run", by="anna")
    contacts.add(opened, [Contact("c9", "mail", contacted_at=datetime(2026, 3, 1, 8, 30))], by="anna")
    (logged,) = contacts.of_customer(opened, "c2")
    outcomes.add(opened, [Outcome("c2", "accepted", contact_id=logged.contact_id)], by="anna")
    outcomes.add(opened, [Outcome("c9", "do not contact"), Outcome("c9", "do not contact")], by="anna")
    held = held_out(opened)
    found = read_decisions(Path("nowhere"), Settings(workflow=Workflow(url=SecretStr(workflow_url))))
    assert found.campaigns[["campaign_id", "name", "status", "source"]].to_numpy().tolist() == [
        [launched.campaign_id, "Spring", "running", "workflow"]
    ]
    assert set(found.members["customer_id"]) == {"Ä'1", "c2", "c3", "c4"}
    assert len(found.contacts) == 5
    assert set(zip(found.held_out["customer_id"], found.held_out["held_out_until"], strict=True)) == {
        (customer, date(2026, 6, 2)) for customer in held
    }
    assert list(found.objections["customer_id"]) == ["c9"]
    assert found.outcomes.set_index("result")["campaign_id"]["accepted"] == launched.campaign_id
    campaigns.close(opened, launched, by="anna")
    after = read_decisions(Path("nowhere"), Settings(workflow=Workflow(url=SecretStr(workflow_url))))
    assert after.held_out.empty
    opened.close()


def test_the_control_arm_waits_until_the_day_after_the_stop_date(scratch, home):
    day = list_day(scratch)
    people = suggested(scratch, "winback_voucher", 30)
    opened = database(home, day)
    draft = campaigns.add(opened, Campaign("Spring", BRIEF, {}, 0.5, day + timedelta(days=40)), by="anna")
    launch(
        opened,
        draft,
        pd.DataFrame({"customer_id": people, "action": "winback_voucher", "channel": "email"}),
        "r",
        "anna",
    )
    held = held_out(opened)
    opened.close()
    found = offers(scratch, read_decisions(home, Settings()))
    for person in people:
        rule, until = found[person, "winback_voucher"]
        if person in held:
            assert (rule, until) == ("control arm", day + timedelta(days=41))
            assert None not in {told[0] for (who, _), told in found.items() if who == person}
        else:
            assert (rule, until) == ("cooldown", day + timedelta(days=60))


def test_a_control_arm_whose_stop_date_is_over_is_free(scratch, home):
    day = list_day(scratch)
    people = suggested(scratch, "winback_voucher", 10)
    opened = database(home, day - timedelta(days=50))
    draft = campaigns.add(opened, Campaign("Old", BRIEF, {}, 0.5, day - timedelta(days=1)), by="anna")
    launch(opened, draft, pd.DataFrame({"customer_id": people, "action": "feedback"}), "r", "anna")
    held = [contact.customer_id for contact in contacts.between(opened, datetime(2000, 1, 1), datetime(2100, 1, 1))
            if contact.arm == "control"]  # fmt: skip
    opened.close()
    found = offers(scratch, read_decisions(home, Settings()))
    assert held
    assert {found[person, "winback_voucher"][0] for person in held} == {None}


def test_contacts_made_here_fill_the_caps_and_one_that_the_shop_also_has_counts_once(scratch, home):
    day = list_day(scratch)
    people = suggested(scratch, "winback_call", 4)
    moment = datetime(day.year, day.month, day.day) - timedelta(days=3)
    made = [Contact(person, "other", channel="push", contacted_at=moment) for person in people for _ in range(2)]
    opened = database(home, day)
    contacts.add(opened, made[:1] + made[2:], by="anna")  # one for the first customer, two for the others
    opened.close()
    decisions = read_decisions(home, Settings())
    scratch.execute("create temp table copied as from contacts limit 0")
    copied = [
        (one.contact_id, one.customer_id, one.contacted_at, "other", "treated", "push") for one in made[:1] + made[2:]
    ]
    scratch.executemany(
        "insert into copied (contact_id, customer_id, contacted_at, action, arm, channel) values (?, ?, ?, ?, ?, ?)",
        copied,
    )
    scratch.execute("create or replace temp view contacts as from source.contacts union all by name from copied")
    found = offers(scratch, decisions)
    assert found[people[0], "winback_call"][0] is None
    for person in people[1:]:
        assert found[person, "winback_call"] == (
            "contacts in 7 days",
            day + timedelta(days=4 + (day.isoweekday() == 3)),
        )


def test_who_objected_is_offered_nothing_whatever_was_granted(scratch, home):
    (person,) = suggested(scratch, "winback_voucher", 1)
    opened = database(home, list_day(scratch))
    outcomes.add(opened, [Outcome(person, "do not contact")], by="anna")
    opened.close()
    found = offers(scratch, read_decisions(home, Settings()))
    assert {told for (who, _), told in found.items() if who == person} == {("objection", None)}
    words = rows(scratch, f"select channel, granted from latest_consents where customer_id = '{person}' order by 1")
    assert words == [(channel, False) for channel in ("email", "phone", "post", "push", "sms")]


def test_a_database_that_does_not_answer_stops_scoring_and_export(shared_home, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(shared_home, home, symlinks=True, ignore=shutil.ignore_patterns("workflow.db*"))
    before = publish.current(home, "warehouse")
    with pytest.raises(InputError, match=r"does not answer.*nobody knows who is held out") as told:
        publish_scores(home, NOBODY, "run")
    assert "geheim" not in str(told.value)
    (home / "settings.toml").write_text(f'[workflow]\nurl = "{NOBODY.workflow.url.get_secret_value()}"\n')
    with pytest.raises(InputError, match=r"does not answer.*nobody knows who is held out"):
        export_worklist(home, tmp_path / "list.csv")
    assert publish.current(home, "warehouse") == before
    assert not (tmp_path / "list.csv").exists()
