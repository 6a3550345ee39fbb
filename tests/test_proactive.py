"""Trouble found before a ticket exists: exactly the planted customers, and a ticket or a service contact ends it."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from pages.components import proactive_words
from pipelines import publish, queries
from pipelines.catalogue import SHIPPED, read_catalogue
from pipelines.config import Settings
from pipelines.proactive import proactive_into
from pipelines.queries import ListFilter
from pipelines.warehouse import set_variables

CATALOGUE = read_catalogue(SHIPPED)
DAY = date(2026, 6, 1)
# By customer: the order's promised and delivered day in days before DAY (None: not delivered), and its status.
PARCELS = {
    "overdue": (5, None, "completed"),
    "late": (10, 8, "completed"),
    "in time": (10, 11, "completed"),
    "late on the day": (10, 10, "completed"),
    "late long ago": (60, 55, "completed"),
    "lost long ago": (45, None, "completed"),
    "cancelled": (5, None, "cancelled"),
    "promised for later": (-2, None, "completed"),
    "arrives after the day": (5, -3, "completed"),
    "given back": (5, None, "completed"),
    "asked after": (5, None, "completed"),
    "asked about it before": (5, None, "completed"),
    "asked before": (5, None, "completed"),
    "asks later": (5, None, "completed"),
    "called since": (5, None, "completed"),
    "mailed since": (5, None, "completed"),
    "held out since": (5, None, "completed"),
    "called before": (5, None, "completed"),
}
FOUND = {
    "overdue", "late", "arrives after the day", "asked before", "asks later", "mailed since", "held out since",
    "called before",
}  # fmt: skip
TICKETS = {  # days before DAY, and whether it names the order
    "asked after": (4, False),
    "asked about it before": (9, True),
    "asked before": (9, False),
    "asks later": (-1, False),
}
CONTACTS = {  # days before DAY, action, arm
    "called since": (2, "service_call", "treated"),
    "mailed since": (2, "winback_voucher", "treated"),
    "held out since": (2, "service_call", "control"),
    "called before": (7, "service_call", "treated"),
}
# By customer: per order the days before DAY on which something came back.
RETURNS = {
    "twice": (40, 6),
    "once": (6,),
    "twice from one order": (6,),
    "long apart": (120, 6),
    "not lately": (80, 40),
    "wrote since": (40, 6),
    "wrote between": (40, 6),
    "named the order": (40, 6),
}
RETURN_TICKETS = {"wrote since": (5, False), "wrote between": (20, False), "named the order": (45, True)}


def ago(days: float | None) -> str:
    return "null" if days is None else f"timestamp '{DAY - timedelta(days=days)} 12:00:00'"


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """The planted shop, one order per parcel and per return."""
    con = duckdb.connect()
    con.execute(
        "create table orders (order_id varchar, customer_id varchar, ordered_at timestamp, revenue double, "
        "status varchar, promised_at timestamp, delivered_at timestamp, refunded double, refunded_at timestamp)"
    )
    con.execute(
        "create table order_lines (order_id varchar, returned_quantity double, unit_price double, "
        "returned_at timestamp)"
    )
    con.execute("create table support_tickets (customer_id varchar, opened_at timestamp, order_id varchar)")
    con.execute("create table contacts (customer_id varchar, contacted_at timestamp, arm varchar, action varchar)")
    for who, (promised, delivered, status) in PARCELS.items():
        refunded = f"50, {ago(1)}" if who == "given back" else "null, null"
        con.execute(
            f"insert into orders values ('o {who}', '{who}', {ago(70)}, 50, '{status}', {ago(promised)}, "
            f"{ago(delivered)}, {refunded})"
        )
    for who, days in RETURNS.items():
        for place, back in enumerate(days):
            con.execute(
                f"insert into orders values ('o {who}{place or ''}', '{who}', {ago(130)}, 50, null, null, null, 0, "
                "null)"
            )
            lines = [f"('o {who}{place or ''}', 2, 10, {ago(back)})"] * (2 if "one order" in who else 1)
            con.execute(f"insert into order_lines values {', '.join(lines)}")
    for who, (days, is_named) in (TICKETS | RETURN_TICKETS).items():
        order = f"o {who}" if is_named else None
        con.execute(f"insert into support_tickets values ('{who}', {ago(days)}, ?)", [order])
    for who, (days, action, arm) in CONTACTS.items():
        con.execute(f"insert into contacts values ('{who}', {ago(days)}, '{arm}', '{action}')")
    set_variables(con, as_of_date=DAY)
    return con


def found(con: duckdb.DuckDBPyConnection, state: str) -> set[str]:
    proactive_into(con, Settings(), CATALOGUE)
    rows = con.execute("select customer_id from proactive_service where state = ?", [state]).fetchall()
    assert len(rows) == len(set(rows))
    return {customer for (customer,) in rows}


def test_exactly_those_with_a_late_parcel_and_no_word_since(con):
    assert found(con, "late parcel") == FOUND


def test_exactly_those_who_send_back_again_and_have_not_written_since(con):
    assert found(con, "repeat returns") == {"twice", "wrote between"}


@pytest.mark.parametrize("state", ["late parcel", "repeat returns"])
def test_a_ticket_afterwards_removes_it(con, state):
    assert found(con, state)
    con.execute(
        f"insert into support_tickets select distinct customer_id, {ago(1)}, null from proactive_service "
        f"where state = '{state}'"
    )
    assert found(con, state) == set()


def test_of_several_late_parcels_the_latest_is_told(con):
    con.execute(f"insert into orders values ('second', 'overdue', {ago(70)}, 20, null, {ago(9)}, null, null, null)")
    proactive_into(con, Settings(), CATALOGUE)
    told = con.execute(
        "select order_id, orders, days_late, delivered_on, amount, found_on from proactive_service "
        "where customer_id = 'overdue'"
    ).fetchall()
    assert told == [("second", 2, 9, None, 20.0, DAY - timedelta(days=8))]


def test_a_shop_that_writes_down_no_delivery_has_no_overdue_parcel(con):
    con.execute("update orders set delivered_at = null")
    assert found(con, "late parcel") == set()


def test_absent_tables_cost_their_trouble_alone(con):
    con.execute("drop table order_lines")
    con.execute("drop table contacts")
    con.execute("drop table support_tickets")
    assert found(con, "repeat returns") == set()
    assert found(con, "late parcel") == FOUND | {name for name in PARCELS if name.startswith(("asked", "called"))}


def test_the_actions_are_for_these_customers_and_give_nothing_away(shared_home: Path):
    with publish.open_current(shared_home, "warehouse") as con:
        for action, state in (("delay_notice", "late parcel"), ("returns_call", "repeat returns")):
            meant = con.execute(
                "select customer_id from proactive_service inner join customer_scores using (customer_id) "
                "where state = ? order by 1",
                [state],
            ).fetchall()
            given = con.execute(
                "select customer_id from customer_actions where action = ? order by 1", [action]
            ).fetchall()
            assert given == meant
            assert not CATALOGUE[action].incentive.is_any
        assert con.execute("select count(*) from customer_actions where action = 'delay_notice'").fetchall()[0][0] > 5
        late = con.execute(
            "select count(*) from proactive_service inner join customer_actions using (customer_id) "
            "inner join actions using (action) where state = 'late parcel' and blocked_by is null and kind not in "
            "('service recovery')"
        ).fetchall()
        assert late == [(0,)]  # service before discount


def test_the_list_shows_them_by_the_filter_and_the_customer_in_words(shared_home: Path):
    with publish.open_current(shared_home, "warehouse") as con:
        states = queries.proactive_states(con)
        assert states["late parcel"] == queries.list_summary(
            con, ListFilter(troubles=("late parcel",), hide_held_out=False)
        )["customers"]  # fmt: skip
        customer, order = con.execute(
            "select customer_id, order_id from proactive_service where state = 'late parcel' limit 1"
        ).fetchall()[0]
        told = [proactive_words.told(one, "EUR") for one in queries.customer_troubles(con, customer)]
        assert any(order in sentence and "no ticket yet" in sentence for sentence in told)
        assert queries.customer_troubles(con, "nobody") == []


def test_scores_of_an_older_version_have_no_trouble_to_filter_by():
    con = duckdb.connect()
    assert (queries.proactive_states(con), queries.customer_troubles(con, "C1"), queries.knows_troubles(con)) == (
        {}, [], False,
    )  # fmt: skip
