"""What customers say and how they are answered, against counts by hand and what must hold for any shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats

from models.satisfaction import Answers, ces, csat, nps
from models.wilson import wilson
from pipelines import queries
from pipelines.build import facts_into
from pipelines.contract import TABLES
from pipelines.experience import experience_into
from pipelines.settings_sections import Experience
from pipelines.warehouse import expose, set_variables
from tests.random_shop import EVENTS, LATER, Shop, day, random_shop, settings, source

OPTIONAL = ("support_tickets", "surveys", "contacts")
MORNING = date(2026, 3, 20)


@contextmanager
def published(shop: Shop, as_of: date, leave_out: tuple[str, ...] = (), **hours) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of the experience as of a day, for a shop without compared days."""
    chosen = settings(experience=hours)
    with source(shop, set(shop) - set(leave_out)) as con:
        facts_into(con, "source", chosen)
        con.execute("create table snapshots (as_of_date date, is_labelled boolean, eligible bigint)")
        con.execute("create table customer_list (customer_id varchar, name varchar, churn_risk double,"
                    " expected_value double, value_at_risk double)")  # fmt: skip
        expose(con, "source")
        set_variables(con, as_of_date=as_of)
        experience_into(con, chosen, as_of)
        yield con


def rows(table: str, *values: dict) -> pd.DataFrame:
    """Rows of a contract table; what is not named is missing."""
    names = [column.name for column in TABLES[table].columns]
    key = TABLES[table].key[0]
    frame = pd.DataFrame([{"customer_id": "c0", key: f"{key}{n}"} | value for n, value in enumerate(values)])
    return frame.reindex(columns=names)


def shop_of(**tables: pd.DataFrame) -> Shop:
    orders = rows("orders", {"ordered_at": pd.Timestamp("2025-12-01"), "revenue": 10.0, "channel": "web"})
    return {"orders": orders.assign(status="completed")} | tables


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def test_business_hours_leave_out_nights_and_closed_days():
    tickets = rows(
        "support_tickets",
        # Friday afternoon to Monday morning: one hour on Friday, half an hour on Monday
        {"opened_at": at("2026-03-06 16:00"), "first_replied_at": at("2026-03-09 09:30"), "solved_at": None},
    )
    with published(shop_of(support_tickets=tickets), MORNING) as con:
        (found,) = queries.experience_service(con).to_dict("records")
        assert (found["reply_median_hours"], found["basis"]) == (65.5, "24/7")
    asked = {"business_hours": "09:00-17:00", "business_days": (1, 2, 3, 4, 5)}
    with published(shop_of(support_tickets=tickets), MORNING, **asked) as con:
        (found,) = queries.experience_service(con).to_dict("records")
        assert found["reply_median_hours"] == 1.5
        assert found["basis"] == "09:00-17:00 on Mon, Tue, Wed, Thu, Fri"
        assert (found["tickets"], found["replied"], found["solved"], found["unanswered"]) == (1, 1, 0, 0)
        assert pd.isna(found["reopened_share"])


@pytest.mark.parametrize("text", ["17:00-09:00", "9-17", "09:00-24:30", "09:00-09:00"])
def test_hours_that_cannot_be_are_refused(text):
    with pytest.raises(ValueError, match="business_hours"):
        Experience(business_hours=text)


@hypothesis_settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(420, 780))
def test_service_is_what_a_count_by_hand_says(seed, number):
    shop, as_of = random_shop(seed), day(number)
    with published(shop, as_of) as con:
        found = queries.experience_service(con, "month").set_index("group_name")
    known = shop["support_tickets"][shop["support_tickets"]["opened_at"] < pd.Timestamp(as_of)]
    for name, own in known.groupby(known["opened_at"].dt.strftime("%Y-%m")):
        replied = own["first_replied_at"].where(own["first_replied_at"] < pd.Timestamp(as_of))
        hours = ((replied - own["opened_at"]).dt.total_seconds() / 3600).dropna()
        row = found.loc[name]
        assert (row["tickets"], row["replied"]) == (len(own), len(hours))
        if len(hours):
            assert row["reply_median_hours"] == pytest.approx(hours.median())
            assert row["reply_p90_hours"] == pytest.approx(hours.quantile(0.9))
        reopened = own["reopened_at"] < pd.Timestamp(as_of)
        assert row["reopened"] == reopened.sum()
        assert row["solved"] == ((own["solved_at"] < pd.Timestamp(as_of)) | reopened).sum()
    assert found["tickets"].sum() == len(known)
    assert list(found["is_running"]) == [name == as_of.strftime("%Y-%m") for name in found.index]


def ended(shop: Shop, as_of: pd.Timestamp) -> Shop:
    """The shop as it stood on a morning: nothing that was not known yet."""
    past = {}
    for table, frame in shop.items():
        moment = EVENTS.get(table)
        kept = frame[frame[moment] < as_of].copy() if moment else frame.copy()
        for column, others in LATER.get(table, {}).items():
            is_known = kept[column] < as_of
            for name in (column, *others):
                kept[name] = kept[name].where(is_known)
        past[table] = kept
    return past


@hypothesis_settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(420, 780))
def test_what_happens_later_changes_nothing(seed, number):
    shop, as_of = random_shop(seed), day(number)
    tables = ("experience_service", "experience_scores", "experience_loop", "experience_detractors")
    with published(shop, as_of) as con:
        whole = {table: con.execute(f"from {table} order by all").fetchall() for table in tables}
    with published(ended(shop, pd.Timestamp(as_of)), as_of) as con:
        then = {table: con.execute(f"from {table} order by all").fetchall() for table in tables}
    assert whole == then
    assert whole["experience_service"]


@hypothesis_settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
@example(seed=332)  # answers off the scale
def test_every_answer_is_counted_once_per_month(seed):
    shop, as_of = random_shop(seed), day(700)
    with published(shop, as_of) as con:
        months = queries.experience_scores(con, "month")
    surveys = shop["surveys"][shop["surveys"]["answered_at"] < pd.Timestamp(as_of)]
    for kind, own in surveys.groupby("kind"):
        found = months[(months["kind"] == kind) & (months["source"] == "survey")]
        assert found["n"].sum() == len(own)
    assert ((months["low"].isna()) | (months["low"] <= months["value"] + 1e-9)).all()
    assert ((months["high"].isna()) | (months["high"] >= months["value"] - 1e-9)).all()
    assert months[months["source"] == "survey"]["response_rate"].isna().all()
    assert months["response_note"].str.len().gt(10).all()
    rated = months[(months["source"] == "ticket")]["response_rate"].dropna()
    assert rated.between(0, 1).all()


def test_an_answer_belongs_to_the_touchpoint_before_it():
    surveys = rows("surveys", {"answered_at": at("2026-03-10"), "kind": "nps", "score": 9.0})
    tickets = rows("support_tickets", {"opened_at": at("2026-03-01"), "channel": "chat"})
    orders = rows("orders", {"ordered_at": at("2026-03-05"), "revenue": 5.0, "channel": "app"})
    shop = shop_of(surveys=surveys, support_tickets=tickets, orders=orders.assign(status="completed"))
    with published(shop, MORNING) as con:
        assert list(queries.experience_scores(con, "channel")["group_name"]) == ["app order"]
    with published(shop | {"orders": shop_of()["orders"]}, MORNING) as con:
        assert list(queries.experience_scores(con, "channel")["group_name"]) == ["chat support"]


def test_detractors_wait_until_somebody_talked_to_them():
    said = {"answered_at": at("2026-03-10 12:00"), "kind": "nps", "score": 3.0}
    surveys = rows(
        "surveys",
        said | {"customer_id": "called"},
        said | {"customer_id": "called late"},
        said | {"customer_id": "mailed"},
        said | {"customer_id": "answered"},
        said | {"customer_id": "new", "answered_at": at("2026-03-19 12:00")},
        said | {"customer_id": "content again"},
        said | {"customer_id": "content again", "answered_at": at("2026-03-12"), "score": 9.0},
        said | {"customer_id": "passive", "score": 7.0},
    )
    call = {"action": "service_call", "arm": "treated", "channel": "phone"}
    contacts = rows(
        "contacts",
        call | {"customer_id": "called", "contacted_at": at("2026-03-12 11:00")},
        call | {"customer_id": "called late", "contacted_at": at("2026-03-13")},
        call | {"customer_id": "mailed", "contacted_at": at("2026-03-11"), "channel": "email"},
        call | {"customer_id": "new", "contacted_at": at("2026-03-19 11:00")},  # before the answer
    )
    tickets = rows(
        "support_tickets",
        {"customer_id": "answered", "opened_at": at("2026-03-09"), "first_replied_at": at("2026-03-11 12:00")},
    )
    shop = shop_of(surveys=surveys, contacts=contacts, support_tickets=tickets)
    with published(shop, MORNING) as con:
        found = queries.experience_detractors(con).set_index("customer_id")
        (loop,) = queries.experience_loop(con).to_dict("records")
    expected = {
        "called": ("closed", "contact"), "called late": ("closed_late", "contact"), "mailed": ("overdue", None),
        "answered": ("closed", "ticket"), "new": ("waiting", None),
    }  # fmt: skip
    states = {name: (row["state"], row["closed_by"] or None) for name, row in found.iterrows()}
    assert {name: (state, None if pd.isna(by) else by) for name, (state, by) in states.items()} == expected
    assert found.loc["called", "hours_to_close"] == 47
    assert (loop["detractors"], loop["due"], loop["closed_48h"], loop["is_running"]) == (6, 5, 2, True)
    assert (loop["closed_share"], loop["low"], loop["high"]) == (0.4, *wilson(0.4, 5))


@pytest.mark.parametrize("leave_out", [OPTIONAL, ("support_tickets",), ("surveys",)])
def test_a_shop_without_these_tables_is_told_which_would_bring_them(leave_out):
    shop = random_shop(3)
    with published(shop, day(600), leave_out) as con:
        assert queries.has_experience(con)
        notes = queries.experience_notes(con).set_index("part")["sentence"]
        empty = {"surveys": queries.experience_loop(con), "support_tickets": queries.experience_service(con)}
    for table, found in empty.items():
        assert found.empty == (table in leave_out)
    assert ("detractors" in notes) == ("surveys" in leave_out)
    assert ("service" in notes) == ("support_tickets" in leave_out)
    assert ("scores" in notes) == ({"surveys", "support_tickets"} <= set(leave_out))
    assert "support" in notes


def test_nps_covers_as_often_as_it_says():
    rng, covered, planted = np.random.default_rng(4), 0, np.array([0.45, 0.35, 0.20])
    for _ in range(200):
        good, neither, bad = rng.multinomial(60, planted)
        found = nps(Answers(60, good, bad, 0.0, 0.0))
        covered += found.low <= 25.0 <= found.high
        assert found == nps(Answers(60, good, bad, 0.0, 0.0))
        assert found.value == pytest.approx(100 * (good - bad) / (good + neither + bad))
    assert 180 <= covered <= 199


def test_ten_promoters_of_ten_are_no_certainty():
    found = nps(Answers(10, 10, 0, 0.0, 0.0))
    assert found.value == found.high == 100
    assert 50 < found.low < 95


@given(st.lists(st.integers(1, 7), min_size=2, max_size=60))
def test_ces_is_students_interval_within_the_scale(scores):
    found = ces(Answers(len(scores), 0, 0, float(sum(scores)), float(sum(score * score for score in scores))))
    assert found.value == pytest.approx(np.mean(scores))
    if len(set(scores)) > 1:
        low, high = stats.t.interval(0.95, len(scores) - 1, np.mean(scores), stats.sem(scores))
        assert (found.low, found.high) == pytest.approx((max(low, 1), min(high, 7)))


def test_one_answer_has_no_interval_of_ease():
    assert ces(Answers(1, 0, 0, 5.0, 25.0)).low is None
    assert csat(Answers(4, 3, 1, 0.0, 0.0)).value == 0.75


def test_the_last_days_of_a_loop_are_not_judged_yet():
    surveys = rows("surveys", {"answered_at": pd.Timestamp(MORNING) - timedelta(hours=5), "kind": "nps", "score": 0.0})
    with published(shop_of(surveys=surveys), MORNING) as con:
        (loop,) = queries.experience_loop(con).to_dict("records")
    assert (loop["due"], loop["waiting"]) == (0, 1)
    assert pd.isna(loop["closed_share"])


def test_what_the_team_logged_ends_the_wait_however_late_but_not_a_call_that_reached_nobody():
    said = {"answered_at": at("2026-01-15 12:00"), "kind": "nps", "score": 3.0}
    surveys = rows("surveys", *(said | {"customer_id": name} for name in ("reached", "tried", "nobody")))
    logged = {"reached": ("reached", "2026-03-15"), "tried": ("not reached", "2026-01-16")}
    with published(shop_of(surveys=surveys), MORNING) as con:
        con.execute("create table decided_outcomes (customer_id varchar, result varchar, recorded_at timestamp)")
        con.executemany("insert into decided_outcomes values (?, ?, ?)", [[who, *what] for who, what in logged.items()])
        experience_into(con, settings(), MORNING)
        states = queries.experience_detractors(con).set_index("customer_id")["state"]
        waits = queries.experience_waiting(con)
    assert dict(states) == {"reached": "closed_late", "tried": "overdue", "nobody": "overdue"}
    assert waits == {"detractors": 3, "waiting": 0, "overdue": 2}
