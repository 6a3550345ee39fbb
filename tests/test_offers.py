"""The published actions: whom they fit, what they earn by hand, and that nobody is in them who must not be."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from models.contact_policy import LONG_AGO, Policy
from pipelines import offer_states, publish
from pipelines.catalogue import SHIPPED, read_catalogue
from pipelines.config import Contacts, Settings
from pipelines.errors import InputError
from pipelines.marts import publish_scores
from pipelines.offers import offers_into
from pipelines.recommend import recommend_into
from pipelines.warehouse import run_folder, set_variables

CATALOGUE = read_catalogue(SHIPPED)
Con = duckdb.DuckDBPyConnection


@pytest.fixture
def con(shared_home: Path) -> Iterator[Con]:
    """The published warehouse beside what it was made from."""
    with publish.open_current(shared_home, "warehouse") as con:
        for stage in ("source", "features"):
            publish.attach(con, publish.require(shared_home, stage), stage)
        yield con


def rows(con: Con, query: str) -> list[tuple]:
    return con.execute(query).fetchall()


def offers(con: Con, settings: Settings | None = None) -> list[tuple]:
    day = rows(con, "select as_of_date from warehouse.run_info")[0][0]
    run_folder(con, "standing")
    offers_into(con, settings or Settings(), CATALOGUE, day)
    return rows(con, "from customer_actions")


def test_one_row_per_customer_and_action_that_fits(con: Con) -> None:
    assert not rows(con, "select 1 from customer_actions group by customer_id, action having count(*) > 1")
    assert {name for (name,) in rows(con, "select distinct action from customer_actions")} <= {
        one.id for one in CATALOGUE.actions
    }
    fits = "is_scored and lifecycle_stage in ('at risk', 'lapsed') and churn_risk >= 0.3"
    listed = rows(con, f"select customer_id from customer_list where {fits} order by 1")
    assert listed == rows(con, "select customer_id from customer_actions where action = 'winback_voucher' order by 1")
    assert len(listed) > 50


def test_the_expected_net_is_the_formula_by_hand(con: Con) -> None:
    found = rows(
        con,
        """
        with habits as (
            select customer_id, avg(revenue) as usual, count(*) filter (coalesce(discount, 0) > 0) / count(*) as share
            from features.order_facts where ordered_at < (select as_of_date from run_info) group by 1
        ),
        given as (
            select customer_id, churn_risk as p, expected_value as v, 0.15 * usual * (1 + share) as d,
                0.7 * d + harm * v as lost
            from customer_scores inner join habits using (customer_id)
            cross join (from action_acceptances where action = 'winback_voucher' and segment = '')
        )
        select max(abs(expected_net - (p * acceptance * (v - d) - (1 - p) * lost - 0.35))), count(*),
            max(abs(break_even_risk - (lost + 0.35) / (acceptance * (v - d) + lost))),
            max(abs(cost - (p * acceptance * d + (1 - p) * 0.7 * d + 0.35))), min(acceptance_source)
        from customer_actions inner join given using (customer_id) where action = 'winback_voucher'
        """,
    )[0]
    assert max(found[0], found[2], found[3]) < 1e-9
    assert found[1] > 50
    assert found[4] == "measured"  # vouchers went out with a control arm for years


@pytest.mark.parametrize(
    ("who", "condition"),
    [
        ("held out", "is_held_out"),
        ("without consent", "needs_consent and not list_contains(string_split(contactable_channels, ', '), a.channel)"),
        ("with an open ticket", "open_tickets > 0 and kind != 'service recovery'"),
        (
            "in a cooldown",
            """exists (from source.contacts as made where made.customer_id = a.customer_id and made.action = a.action
                and arm = 'treated' and made.contacted_at::date + cooldown_days > contact_on)""",
        ),
    ],
)
def test_nobody_is_offered_anything(who: str, condition: str, con: Con) -> None:
    pairs = f"""from customer_actions as a inner join actions using (action)
        inner join customer_list using (customer_id) where {condition}"""
    held = rows(con, f"select a.blocked_by, count(*) {pairs} group by 1")
    assert held, f"nobody is {who}"
    assert None not in {rule for rule, _ in held}


@pytest.mark.parametrize(
    ("action", "kind", "fits"),
    [
        ("accessory_offer", "accessory", "churn_risk <= 0.6"),
        ("upgrade_offer", "up-sell", "churn_risk <= 0.5 and orders >= 2"),
    ],
)
def test_who_is_offered_more_has_it_recommended(action: str, kind: str, fits: str, con: Con) -> None:
    named = f"select customer_id from customer_recommendations where kind = '{kind}'"
    listed = rows(
        con,
        f"select customer_id from customer_list where is_scored and {fits} and customer_id in ({named}) order by 1",
    )
    assert listed == rows(con, f"select customer_id from customer_actions where action = '{action}' order by 1")
    assert len(listed) > 50


def test_what_is_held_back_has_a_rule_and_a_day_unless_the_customer_alone_can_end_it(con: Con) -> None:
    for rule, least, without in rows(
        con,
        """select blocked_by, min(deferred_until - contact_on), count(*) - count(deferred_until)
        from customer_actions inner join actions using (action) group by 1""",
    ):
        if rule in {None, "objection", "no consent"}:
            assert least is None
        else:
            assert without == 0
            assert least > 0
    assert rows(con, "select count(distinct blocked_by) > 3 from customer_actions") == [(True,)]


def test_the_best_allowed_action_that_earns_is_suggested(con: Con) -> None:
    assert not rows(
        con,
        """
        with best as (
            select customer_id, max(expected_net) as most from customer_actions
            where blocked_by is null and expected_net > 0 group by 1
        )
        select 1 from customer_scores as s left join best using (customer_id)
        left join customer_actions as a on a.customer_id = s.customer_id and a.action = s.action
        where s.expected_net is distinct from best.most or a.expected_net is distinct from best.most
        """,
    )
    found = rows(con, "select count(action), count(*) from customer_scores")[0]
    assert 0 < found[0] < found[1]
    assert not rows(
        con,
        "select 1 from customer_list as l inner join customer_scores as s using (customer_id)"
        " left join customer_plan as p using (customer_id)"
        " where l.action is distinct from coalesce(p.action, s.action)"
        " or l.expected_net is distinct from coalesce(p.expected_net, s.expected_net)",
    )


def test_the_catalogue_is_published_with_its_version_and_badges(con: Con) -> None:
    published = rows(con, "select action, catalogue_version from actions order by place")
    assert published == [(one.id, CATALOGUE.version) for one in CATALOGUE.actions]
    assert rows(con, "select catalogue_version from run_info") == [(CATALOGUE.version,)]
    badges = rows(con, "select action, badge from action_assumptions where assumption = 'acceptance'")
    tried = {action for (action,) in rows(con, "select distinct action from source.contacts where arm = 'control'")}
    assert {action for action, badge in badges if badge == "measured"} <= tried
    assert {action for action, badge in badges if badge == "assumed"} >= {one.id for one in CATALOGUE.actions} - tried


def test_batches_change_nothing(scratch: Con, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for size in (100_000, 97):
        monkeypatch.setattr(offer_states, "BATCH_ROWS", size)
        told.append((offers(scratch), rows(scratch, "from customer_scores")))
    assert told[0] == told[1]
    left = {name for (name,) in rows(scratch, "select table_name from duckdb_tables() where database_name = 'temp'")}
    assert left == set()


def test_without_a_consents_table_what_needs_consent_waits_unless_the_settings_allow_it(scratch: Con) -> None:
    for table in ("consents", "touchpoints"):
        scratch.execute(f"drop view {table}")
    set_variables(scratch, has_consents=False)
    needs = "select count(*) from customer_actions inner join actions using (action) where needs_consent and "
    offers(scratch)
    assert rows(scratch, needs + "blocked_by is distinct from 'no consent'") == [(0,)]
    assert rows(scratch, needs + "true")[0][0] > 100
    offers(scratch, Settings(contacts=Contacts(unknown_consent="allow")))
    assert rows(scratch, needs + "blocked_by is null")[0][0] > 100


def test_an_unsubscribe_is_an_objection_though_a_consent_row_says_yes(scratch: Con) -> None:
    scratch.execute("create temp table yes as select distinct customer_id from warehouse.customer_scores")
    scratch.execute(
        "create or replace temp view consents as select customer_id, channel, true as granted,"
        " timestamp '2020-01-01' as changed_at from yes cross join (values ('email'), ('phone')) as t(channel)"
    )
    offers(scratch)
    said_no = (
        "select customer_id from source.touchpoints where kind = 'unsubscribe' and coalesce(channel, '') = 'email'"
    )
    found = rows(scratch, f"select distinct blocked_by is null, customer_id in ({said_no}) from customer_actions "
                 "where channel = 'email'")  # fmt: skip
    assert (True, False) in found
    assert (True, True) not in found


@pytest.mark.parametrize("absent", [("support_tickets", "ticket_facts"), ("contacts",), ("products", "order_lines")])
def test_an_absent_table_costs_its_actions_alone(absent: tuple[str, ...], scratch: Con) -> None:
    for table in absent:
        scratch.execute(f"drop view {table}")
    scratch.execute("drop table customer_recommendations")
    recommend_into(scratch)
    offers(scratch)
    found = {name for (name,) in rows(scratch, "select distinct action from customer_actions")}
    assert {"winback_voucher", "loyalty_bonus"} <= found
    assert ("upgrade_offer" in found) == ("products" not in absent)
    blocked = {name for (name,) in rows(scratch, "select distinct blocked_by from customer_actions")}
    assert ("open ticket" in blocked) == ("support_tickets" not in absent)
    assert ("control arm" in blocked) == ("contacts" not in absent)


def test_the_homes_own_catalogue_is_used_and_a_wrong_one_publishes_nothing(home: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    (home / "actions.toml").write_text(text.replace("contact_cost = 0.35", "contact_cost = 0.40"), encoding="utf-8")
    publish_scores(home, Settings(), publish.new_run_id())
    with publish.open_current(home, "warehouse") as con:
        assert rows(con, "select contact_cost from actions where action = 'winback_voucher'") == [(0.40,)]
        assert rows(con, "select catalogue_version from run_info") != [(CATALOGUE.version,)]
    before = publish.current(home, "warehouse")
    (home / "actions.toml").write_text(text.replace('channel = "post"', 'channel = "fax"'), encoding="utf-8")
    with pytest.raises(InputError, match="winback_letter, key channel"):
        publish_scores(home, Settings(), publish.new_run_id())
    assert publish.current(home, "warehouse") == before
    shutil.rmtree(home)


def test_who_is_held_out_today_stays_so_where_a_channel_opens_only_tomorrow() -> None:
    sunday = offer_states.day_number(date(2026, 11, 1))
    policy = Policy(**Contacts().model_dump(include=set(Policy.__dataclass_fields__)))
    terms = offer_states.Terms(CATALOGUE, policy, 1.0, sunday, sunday)
    opens = max(terms.day_for(action) for action in CATALOGUE.actions)
    assert opens == sunday + 1  # no calls on Sundays
    until = pd.Series([date(2026, 11, 2), date(2026, 12, 1), None])
    found = offer_states._held_out(until, terms)
    assert found[0] > opens
    assert found[1] == offer_states.day_number(date(2026, 12, 1))
    assert found[2] == LONG_AGO
