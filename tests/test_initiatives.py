"""Service initiatives: arms alike but for one action, customers who come later, and a result read once."""

import json
import math
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from models import contact_policy as rules
from models.assignment import is_control
from models.experiments import Difference
from models.initiatives import Base, detectable, is_kept, needed, verdict
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.initiative_catalogue import SHIPPED, read_initiatives
from pipelines.initiatives import initiatives_into
from pipelines.warehouse import set_variables
from tests.campaign_cases import ANSWERED, arms, draft, held_out, people
from tests.test_contact_policy import CATALOGUE, DAY, POLICY, contacts, person, standing
from workflow import WorkflowError, audit, availability, campaigns, tasks
from workflow.campaigns import Campaign
from workflow.decided import decided
from workflow.enrolment import allowed, enrol
from workflow.launch import Terms, fingerprint_of, launch, leave_out
from workflow.schema import campaign_assignments
from workflow.standing import decide

UNTIL, STOP = date(2026, 3, 30), date(2026, 5, 29)
DESIGN = {
    "from": "service", "initiative": "delay_notice", "trigger": "late parcel", "outcome": "repeat_order",
    "window_days": 60, "most_cost": 1.0, "enrol_until": UNTIL.isoformat(), "due_days": 1, "cost": 0.2,
    "team": "Parcel team",
}  # fmt: skip


def late(count: int, first: int = 0) -> pd.DataFrame:
    return people(count, first).assign(action="delay_notice", channel="email", contact_cost=0.2)


def running(database, count: int = 200, name: str = "Notice", first: int = 0) -> Campaign:
    """A launched initiative, half of whose customers are served as usual."""
    new = campaigns.add(database, Campaign(name, ANSWERED, DESIGN, control_share=0.5, stop_on=STOP), by="anna")
    return launch(database, new, late(count, first), "run", by="anna", terms=Terms(due_on=date(2026, 3, 3)))


def of_arm(found: dict[str, str], arm: str) -> set[str]:
    return {customer for customer, drawn in found.items() if drawn == arm}


def test_who_is_served_as_usual_goes_without_one_action_alone(database):
    launched = running(database)
    usual = of_arm(arms(database, launched), "control")
    assert 60 < len(usual) < 140
    assert held_out(database) == set()
    with database.read() as connection:
        assert availability.withheld(connection, database.clock().date()) == {(one, "delay_notice") for one in usual}
    parts = dict(decided(database))
    assert "held_out" not in parts
    assert parts["withheld"] == [(one, "delay_notice", STOP + timedelta(days=1)) for one in sorted(usual)]
    assert json.loads(parts["initiatives"][0][1]) == DESIGN
    # another action reaches them, the same one does not
    assert len(leave_out(database, people(200))[0]) == len(usual), "the others have an open task"
    kept, left = leave_out(database, late(200))
    assert (len(kept), left[availability.HELD_OUT]) == (0, len(usual))
    mail = launch(database, draft(database), people(200), "run", by="anna")
    assert set(arms(database, mail)) == set(people(200)["customer_id"])


def test_a_list_gives_nobody_the_task_that_is_withheld(database):
    usual = sorted(of_arm(arms(database, running(database)), "control"))
    step = decide(database, [(usual[0], "delay_notice"), (usual[1], "winback_call")], {}, {}, {"owner": "ben"}, "ben")
    assert [(task.customer_id, task.action) for task in step.added] == [(usual[1], "winback_call")]
    assert step.stopped == 1


def test_a_control_group_of_a_mail_stays_out_of_an_initiative(database, clock):
    mail = launch(database, draft(database), people(100), "run", by="anna")
    alone = of_arm(arms(database, mail), "control")
    with pytest.raises(WorkflowError, match=f"{len(alone)} held out by another running campaign"):
        running(database, 100)
    chosen, left = allowed(database, late(100))
    assert (len(chosen), left) == (100 - len(alone), {availability.HELD_OUT: len(alone)})
    launched = running(database, 10, "Others", first=200)
    found = enrol(database, launched.campaign_id, late(100), by="ben")
    assert (found.customers, found.left_out) == (100 - len(alone), left)


def test_who_comes_later_is_drawn_with_the_key_of_the_launch(database, clock):
    launched = running(database)
    before = arms(database, launched), fingerprint_of(database, launched.campaign_id)
    clock.now += timedelta(days=7)
    found = enrol(database, launched.campaign_id, late(400), by="ben")
    with database.read() as connection:
        secret = connection.execute(select(campaign_assignments.c.secret)).scalar_one()
    after = arms(database, launched)
    assert {one: after[one] for one in before[0]} == before[0]
    assert (found.customers, found.left_out) == (200, {availability.IN_IT: 200})
    new = sorted(set(after) - set(before[0]))
    drawn = is_control(new, f"{launched.campaign_id}:{secret}", 0.5)
    assert [after[one] == "control" for one in new] == list(drawn)
    assert found.control == drawn.sum()
    assert fingerprint_of(database, launched.campaign_id) != before[1]
    made = {(task.due_on, task.owner) for task in tasks.still_open(database) if task.customer_id in set(new)}
    assert made == {(clock.now.date() + timedelta(days=1), "Parcel team")}
    assert enrol(database, launched.campaign_id, late(400), by="ben").customers == 0
    told = [line.what for line in audit.history(database, "campaign", launched.campaign_id)]
    assert told.count("members assigned") == 2


def test_after_the_last_day_nobody_comes_in(database, clock):
    launched = running(database)
    clock.now = datetime(2026, 3, 30, 23)
    assert enrol(database, launched.campaign_id, late(10, 500), by="ben").customers == 10
    clock.now += timedelta(hours=2)
    with pytest.raises(WorkflowError, match="Nobody was taken in"):
        enrol(database, launched.campaign_id, late(10, 600), by="ben")
    assert len(arms(database, launched)) == 210


def test_a_withheld_action_is_held_back_and_no_other():
    folk = [person(), person()]
    until = {"delay_notice": np.array([DAY + 9.0, rules.LONG_AGO])}
    stand = standing(folk)
    stand = rules.Standing(*(getattr(stand, name) for name in list(stand.__dataclass_fields__)[:-1]), until)
    past = rules.freed(contacts(folk), CATALOGUE, POLICY, 2)
    held = rules.held_back(CATALOGUE["delay_notice"], stand, past, POLICY, DAY)
    assert [rules.RULES[rule] if rule >= 0 else None for rule in held.rule] == ["control arm", None]
    assert held.until[0] == DAY + 9
    assert rules.held_back(CATALOGUE["winback_voucher"], stand, past, POLICY, DAY).is_allowed.all()


def test_what_a_draw_can_tell_counts_who_tells_it():
    rise = detectable(1_000, 0.5, Base(0.4, 1_000, 1_000, "repeat_order"))
    assert detectable(1_000, 0.5, Base(0.6, 1_000, 1_000, "churn")) == pytest.approx(rise), "a fall of the complement"
    assert needed(rise, 0.5, Base(0.4, 1_000, 1_000, "repeat_order")) == pytest.approx(1_000, abs=2)
    rated = Base(0.4, 250, 1_000, "csat")
    assert detectable(4_000, 0.5, rated) == pytest.approx(rise)
    assert needed(rise, 0.5, rated) == pytest.approx(4_000, abs=8)
    assert math.isnan(detectable(3, 0.5, rated))
    assert math.isnan(detectable(100, 0.5, Base(0.0, 100, 100, "reopened"))), "what never happens cannot fall"


@pytest.mark.parametrize(("outcome", "low", "high", "told"), [
    ("repeat_order", 0.01, 0.2, "better"), ("churn", 0.01, 0.2, "worse"), ("churn", -0.2, -0.01, "better"),
    ("tickets", -0.1, 0.1, "not told"),
])  # fmt: skip
def test_a_verdict_leaves_zero_on_the_side_that_is_better(outcome, low, high, told):
    found = Difference(10, 10, 0.0, 0.0, (low + high) / 2, low, high)
    assert verdict(outcome, found) == told
    assert is_kept(outcome, found, 1.0) == (told != "worse")
    assert not is_kept("cost", Difference(10, 10, 0.0, 0.0, 2.0, 1.5, 2.5), 1.9)


def test_the_shipped_catalogue_is_sound_and_a_wrong_one_is_told(tmp_path: Path):
    known = read_initiatives(SHIPPED)
    assert {one.trigger for one in known.values()} == {
        "open ticket", "reopened ticket", "slow reply", "late parcel", "repeat returns", "first order"
    }  # fmt: skip
    wrong = SHIPPED.read_text(encoding="utf-8").replace('"late parcel"', '"late train"').replace("window_days = 30", "")
    own = tmp_path / "initiatives.toml"
    own.write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_initiatives(own)
    assert "initiative delay_notice, key trigger" in str(told.value)
    assert "initiative faster_reply, key window_days: it is missing" in str(told.value)


START, CUSTOMERS = date(2026, 3, 2), 2_000


@pytest.fixture
def tried() -> duckdb.DuckDBPyConnection:
    """2,000 customers with a late parcel, half of them told of it: 60 % of these order again, 45 % of the others.

    One in ten of the treated opens a new ticket, one in twenty of the others; both arms rate alike.
    """
    rng = np.random.default_rng(3)
    is_treated = np.arange(CUSTOMERS) % 2 == 0
    draw = rng.random((3, CUSTOMERS))
    folk = pd.DataFrame({
        "customer_id": [f"C{number}" for number in range(CUSTOMERS)], "customer_number": np.arange(CUSTOMERS),
        "arm": np.where(is_treated, "treated", "control"), "orders": draw[0] < np.where(is_treated, 0.6, 0.45),
        "writes": draw[1] < np.where(is_treated, 0.10, 0.05), "rates": draw[2] < 0.3,
        "assigned_at": [datetime(2026, 3, 2, 12) + timedelta(days=int(number) % 20) for number in range(CUSTOMERS)],
    })  # fmt: skip
    con = duckdb.connect()
    con.register("folk", folk)
    late_by = "assigned_at - interval 400 day"
    for name, query in {
        "customer_numbers": "select customer_id, customer_number from folk",
        "customer_cadence": "select customer_id, date '2025-01-01' as first_ordered_on from folk",
        "order_facts": "select customer_id, customer_number, assigned_at + interval 30 day as ordered_at,"
        " cast(assigned_at + interval 30 day as date) as ordered_on, 2 as order_number, null::date as promised_on,"
        " null::date as delivered_on from folk where orders"
        f" union all select customer_id, customer_number, {late_by}, cast({late_by} as date), 1,"
        f" cast({late_by} as date), cast({late_by} as date) + 3 from folk",
        "ticket_facts": "select customer_id, assigned_at + interval 5 day as opened_at, null::timestamp as"
        " first_replied_at, null::timestamp as reopened_at, null::double as reply_hours, if(rates, 5, null) as"
        " satisfaction, if(rates, assigned_at + interval 6 day, null) as rated_at from folk where writes or rates",
        "decided_campaigns": "select 'i1' as campaign_id, 'Notice' as name, timestamp '2026-03-02' as launched_at,"
        " date '2026-05-29' as stop_on, 0.5::double as control_share, null::timestamp as closed_at",
        "decided_initiatives": f"select 'i1' as campaign_id, '{json.dumps(DESIGN)}' as design",
        "decided_members": "select 'i1' as campaign_id, customer_id, arm, assigned_at from folk",
        "decided_contacts": "select 'i1' as campaign_id, customer_id, assigned_at as contacted_at, arm,"
        " if(arm = 'treated', 0.2, 0) as cost from folk",
    }.items():
        con.execute(f"create table {name} as {query}")
    return con


def told_on(con: duckdb.DuckDBPyConnection, day: date) -> pd.DataFrame:
    set_variables(con, as_of_date=day, horizon_days=90, eligibility="active", gross_margin=0.35)
    initiatives_into(con, Settings(), day)
    return con.execute("from initiative_results").df().set_index("outcome")


def test_the_planted_effect_is_covered_and_the_guardrails_find_what_got_worse(tried):
    found = told_on(tried, date(2026, 6, 1))
    first = found.loc["repeat_order"]
    assert (first["role"], first["state"], first["verdict"]) == ("primary", "measured", "better")
    assert first["low"] < 0.15 < first["high"]
    assert (first["treated_n"], first["control_n"]) == (1_000, 1_000)
    assert found.loc["tickets", "verdict"] == "worse"
    checks = dict(tried.execute("select check_name, is_ok from initiative_checks").fetchall())
    assert checks == {"sample ratio": True, "csat": True, "reopened": True, "tickets": False, "cost": True}
    # 0.2 for the notice, and 6 for each ticket more
    more = found.loc["tickets", "difference"]
    assert found.loc["cost", "difference"] == pytest.approx(0.2 + 6 * more)
    assert found.loc["churn", ["treated", "difference"]].isna().all(), "its horizon is not over"
    assert told_on(tried, date(2026, 7, 1)).loc["churn", "difference"] == pytest.approx(-first["difference"])


def test_who_has_no_contract_cannot_end_one(tried):
    """Half have a contract, a quarter of them until April: the others say nothing about churn."""
    tried.execute(
        "create table subscription_facts as select customer_id, timestamp '2025-01-01' as started_at,"
        " if(customer_number % 16 < 4, timestamp '2026-04-15', null) as ended_at from folk"
        " where customer_number % 4 < 2"
    )
    set_variables(tried, as_of_date=date(2026, 7, 1), horizon_days=90, eligibility="subscribed", gross_margin=0.35)
    initiatives_into(tried, Settings(), date(2026, 7, 1))
    (found,) = tried.execute(
        "select treated_n, control_n, treated, control from initiative_results where outcome = 'churn'"
    ).fetchall()
    assert found == (500, 500, 0.25, 0.25)


@pytest.mark.parametrize("day", [date(2026, 3, 10), date(2026, 5, 20), date(2026, 5, 29)])
def test_through_the_stop_date_there_is_no_figure(tried, day):
    found = told_on(tried, day)
    assert set(found["state"]) == {"running"}
    assert found[["treated", "control", "difference", "low", "high", "verdict"]].isna().all(axis=None)
    assert [name for (name,) in tried.execute("select check_name from initiative_checks").fetchall()] == [
        "sample ratio"
    ]


def test_what_was_called_off_has_no_result_ever(tried):
    tried.execute("update decided_campaigns set closed_at = timestamp '2026-05-28 09:00'")
    found = told_on(tried, date(2026, 9, 1))
    assert set(found["state"]) == {"called off"}
    assert found["difference"].isna().all()


def test_the_starting_point_is_what_happened_to_customers_alike(tried):
    tried.execute("delete from decided_members")
    told_on(tried, date(2026, 3, 2))
    rows = tried.execute(
        "select window_days, customers, n, value from initiative_bases"
        " where trigger = 'late parcel' and outcome = 'repeat_order' order by window_days"
    ).fetchall()
    # everybody's parcel was late a year ago, and nobody ordered within 90 days of that
    assert [window for window, *_ in rows] == [30, 60, 90]
    assert all(n == customers > 0 and value == 0 for _, customers, n, value in rows)
