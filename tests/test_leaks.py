"""Over random states of shop and decisions: no file holds a control, an objection, a forgotten or unwilling person.

The warehouse is as stale as can be: its last scoring believed that everybody may be contacted on every channel.
"""

import dataclasses
import json
import shutil
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.campaign_export import export_campaign
from pipelines.export import export_worklist
from workflow import campaigns, open_database, outcomes
from workflow.campaigns import Brief, Campaign
from workflow.launch import launch, leave_out
from workflow.outcomes import Outcome

TODAY = date(2026, 6, 1)
HORIZON = timedelta(days=90)
CUSTOMERS = [f"kunde-{number}" for number in range(6)]
BRIEF = dataclasses.asdict(Brief("economic", "at risk", "letter", "voucher", "once", "sales"))
ACTIONS = {"mail": ("email", True), "call": ("phone", False), "letter": ("post", True)}  # channel, needs consent
SUGGESTED = dict(zip(CUSTOMERS, ["mail", "call", "letter", None, "mail", "mail"], strict=True))

moments = st.integers(0, 200).map(lambda days: datetime(2026, 6, 1) - timedelta(days=days))
customers = st.sampled_from(CUSTOMERS)
some = st.sets(customers, max_size=1)
words = st.tuples(
    customers, st.sampled_from(["email", "email", "phone", "post"]), st.sampled_from([True, True, False]), moments
)
consents = st.lists(words, min_size=12, max_size=30)
quits = st.tuples(customers, st.just("unsubscribe"), st.sampled_from(["email", None, "email", "phone"]), moments)
unsubscribes = st.lists(quits, max_size=6)
shop_contacts = st.lists(st.tuples(customers, st.sampled_from(["treated", "control"]), moments), max_size=4)


@dataclasses.dataclass(frozen=True)
class State:
    """One state of a shop: what its tables say, who is in which campaign, and what was said since."""

    consents: list
    unsubscribes: list
    shop_contacts: list
    has_consents: bool
    other: set
    other_is_closed: bool
    objections: set
    forgotten: set


states = st.builds(
    State, consents, unsubscribes, shop_contacts, st.sampled_from([True, True, False]),
    st.sets(customers, min_size=2, max_size=4), st.booleans(), some, some,
)  # fmt: skip


def fill(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple]) -> None:
    con.execute(f"create or replace table {table} ({columns})")
    if rows:
        con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A home whose warehouse suggests an action to everybody, and an empty workflow database."""
    home = tmp_path_factory.mktemp("leaks")
    open_database(f"sqlite:///{home / 'empty.db'}").close()
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        fill(
            con,
            "customer_list",
            "customer_id text, name text, action text, expected_net double, top_reason text, churn_risk double,"
            " risk_band text, expected_value double, value_at_risk double, segment text, lifecycle_stage text,"
            " days_since_last_order int, days_overdue int, contactable_channels text, is_scored boolean",
            [
                (
                    name,
                    "=1+1",
                    SUGGESTED[name],
                    5.0,
                    "late",
                    0.5,
                    "high",
                    10.0,
                    5.0,
                    "Lost",
                    "lapsed",
                    9,
                    2,
                    "email",
                    True,
                )
                for name in CUSTOMERS
            ],
        )
        fill(
            con,
            "actions",
            "action text, title text, channel text, needs_consent boolean",
            [(action, action.title(), *rest) for action, rest in ACTIONS.items()],
        )
        fill(con, "run_info", "as_of_date date, model_version text, finished_at timestamp", [(TODAY, "1", TODAY)])
        fill(con, "decisions_read", "read_at timestamp", [(datetime(2026, 6, 1),)])
    return home


def write_source(home: Path, state: State) -> None:
    (home / "source.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(home / "source.duckdb")) as con:
        con.execute("begin")
        rows = state.consents if state.has_consents else []
        fill(con, "consents", "customer_id text, channel text, granted boolean, changed_at timestamp", rows)
        fill(con, "touchpoints", "customer_id text, kind text, channel text, occurred_at timestamp", state.unsubscribes)
        numbered = [(f"k{place}", *row) for place, row in enumerate(state.shop_contacts)]
        fill(con, "contacts", "contact_id text, customer_id text, arm text, contacted_at timestamp", numbered)
        fill(con, "orders", "ordered_at timestamp", [(datetime(2026, 6, 1),)])
        fill(
            con, "customers", "customer_id text, name text, email text", [(c, "=cmd()", f"{c}@x.de") for c in CUSTOMERS]
        )
        fill(con, "ingest_report", "table_name text, is_present boolean", [("consents", state.has_consents)])
        con.execute("commit")


def remember(home: Path, forgotten: set[str]) -> None:
    """Forgotten people whose rows are still there, as after an old copy was put back."""
    hashes = [sha256(f"salt{name}".encode()).hexdigest() for name in forgotten]
    (home / "forgotten.json").write_text(json.dumps({"salt": "salt", "hashes": hashes}))


def campaign_of(database, name: str, people: set[str], **rest) -> Campaign | None:
    names = sorted(people)
    wanted = pd.DataFrame({"customer_id": names, "action": [SUGGESTED[name] or "mail" for name in names]})
    audience, _ = leave_out(database, wanted)
    if len(audience) < 2:
        return None
    audience["channel"] = audience["action"].map(lambda action: ACTIONS[action][0])
    draft = campaigns.add(database, Campaign(name, BRIEF, {}, 0.4, date(2026, 9, 1), **rest), by="anna")
    return launch(database, draft, audience, "run", by="anna")


def decide(home: Path, state: State) -> tuple[str | None, dict[str, set[str]]]:
    """Launch two campaigns and log the objections; returns this one's id and who is in which arm of what runs."""
    shutil.copy(home / "empty.db", home / "workflow.db")
    database = open_database(f"sqlite:///{home / 'workflow.db'}", lambda: datetime(2026, 6, 1, 12))
    running = [campaign_of(database, "other", state.other)]
    if state.other_is_closed and running[0]:
        campaigns.close(database, running.pop(), by="anna", nobody_contacted=True)
    mine = campaign_of(database, "=mine", set(CUSTOMERS))
    arms: dict[str, set[str]] = {"treated": set(), "control": set(), "mine": set()}
    for campaign in filter(None, [*running, mine]):
        for member in campaigns.members(database, campaign.campaign_id):
            arms[member.arm].add(member.customer_id)
            if campaign is mine and member.arm == "treated":
                arms["mine"].add(member.customer_id)
    outcomes.add(database, [Outcome(name, "do not contact") for name in sorted(state.objections)], by="anna")
    database.close()
    return mine and mine.campaign_id, arms


def may_leave_the_house(name: str, action: str | None, state: State, controls: set[str]) -> bool:
    """The rule again, by hand; without an action only where no consents are kept and nothing was ever refused."""
    if name in state.forgotten | state.objections | controls:
        return False
    if any(who == name and arm == "control" and at.date() >= TODAY - HORIZON for who, arm, at in state.shop_contacts):
        return False
    said = [(ch, at, not granted) for c, ch, granted, at in state.consents if c == name and state.has_consents]
    said += [(ch or "email", at, True) for c, _, ch, at in state.unsubscribes if c == name]
    if action is None:
        return not state.has_consents and not said
    channel, needs_consent = ACTIONS[action]
    spoken = [(at, refused) for ch, at, refused in said if ch == channel]
    if spoken:
        return not max(spoken)[1]
    return not state.has_consents and not needs_consent


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states)
def test_no_file_holds_anybody_who_must_not_be_contacted(template, state):
    home = template
    write_source(home, state)
    remember(home, state.forgotten)
    campaign_id, arms = decide(home, state)
    allowed = {name for name in CUSTOMERS if may_leave_the_house(name, SUGGESTED[name], state, arms["control"])}

    report = export_worklist(home, home / "list.csv")
    listed = pd.read_csv(home / "list.csv")
    assert set(listed["customer_id"]) == allowed - arms["treated"]
    assert report.rows + sum(report.left_out.values()) == len(CUSTOMERS)

    if campaign_id:
        done = export_campaign(home, campaign_id, home / "campaign.csv")
        sent = pd.read_csv(home / "campaign.csv")
        in_mine = {
            name
            for name in arms["mine"]
            if may_leave_the_house(name, SUGGESTED[name] or "mail", state, arms["control"])
        }
        assert set(sent["customer_id"]) == in_mine
        assert (sent["arm"] == "treated").all()
        assert done.rows + sum(done.left_out.values()) == len(arms["mine"])
        written = (home / "campaign.csv").read_text() + (home / "campaign_manifest.csv").read_text()
        assert not [name for name in CUSTOMERS if name not in set(sent["customer_id"]) and name in written]
        assert not [line for line in written.splitlines() for cell in line.split(",") if cell.startswith("=")]
