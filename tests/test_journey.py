"""The journey map finds the touchpoint that was planted as bad, and nothing where nothing was planted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.journey import ALL_STAGES, NO_ORDER, TOUCHPOINTS, Moments
from models.journey_cells import judged
from models.journey_leaving import Leaving
from models.lifecycle import Thresholds, lifecycle_stage
from pipelines import queries
from pipelines.build import facts_into
from pipelines.contract import TABLES
from pipelines.journey import journey_into
from pipelines.warehouse import expose, run_folder, set_variables
from tests.random_shop import Shop, day, random_shop, settings, source
from tests.test_experience import ended

AS_OF = date(2026, 3, 1)
FIRST = pd.Timestamp("2024-06-01")
GAP = 25


@contextmanager
def published(shop: Shop, as_of: date, leave_out: tuple[str, ...] = (), **sections) -> Iterator:
    """A connection with the tables of the journey as of a day."""
    chosen = settings(**sections)
    with source(shop, set(shop) - set(leave_out)) as con:
        facts_into(con, "source", chosen)
        expose(con, "source")
        set_variables(con, as_of_date=as_of)
        run_folder(con, "segments")
        journey_into(con, chosen, as_of)
        yield con


def rows(table: str, **columns) -> pd.DataFrame:
    """Rows of a contract table; what is not named is missing."""
    return pd.DataFrame(columns).reindex(columns=[column.name for column in TABLES[table].columns])


def planted_shop(seed: int, customers: int = 700, late_leaves: float = 0.3, base: float = 0.06) -> Shop:
    """Customers who order about every 25 days and leave after an order: oftener if its parcel was late.

    A tenth of the parcels is late, whoever orders. Lateness hurts those who have ordered three times before, nobody
    else. Eight tickets are reopened, and all of their customers are gone: too few to tell.
    """
    rng = np.random.default_rng(seed)
    orders, tickets = [], []
    for customer in range(customers):
        at, number = FIRST + pd.Timedelta(days=float(rng.uniform(0, 330))), 0
        while at < pd.Timestamp(AS_OF):
            is_late = rng.random() < 0.1
            orders.append((f"c{customer}", f"c{customer}-{number}", at, at + pd.Timedelta(days=4 if is_late else 2)))
            if rng.random() < (late_leaves if is_late and number >= 3 else base):
                break
            at, number = at + pd.Timedelta(days=float(rng.uniform(0.7, 1.3) * GAP)), number + 1
        if at < pd.Timestamp("2025-11-01") and len(tickets) < 8 and number >= 3:
            tickets.append((f"c{customer}", f"t{customer}", at + pd.Timedelta(days=1)))
    who, which, ordered_at, delivered_at = zip(*orders, strict=True)
    ordered_at = pd.Series(ordered_at)
    asks, names, opened_at = zip(*tickets, strict=True)
    opened = pd.Series(opened_at)
    return {
        "orders": rows("orders", order_id=which, customer_id=who, ordered_at=ordered_at, revenue=20.0,
                       status="completed", promised_at=ordered_at + timedelta(days=3), delivered_at=delivered_at),
        "support_tickets": rows("support_tickets", ticket_id=names, customer_id=asks, opened_at=opened,
                                first_replied_at=opened + timedelta(hours=1), solved_at=opened + timedelta(hours=3),
                                reopened_at=opened + timedelta(days=1)),
    }  # fmt: skip


def found(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return queries.journey_cells(con).set_index(["touchpoint", "stage"])


@pytest.fixture(scope="module")
def planted() -> Iterator[pd.DataFrame]:
    with published(planted_shop(3), AS_OF) as con:
        yield found(con)


def test_the_planted_touchpoint_is_the_worst_and_its_effect_is_covered(planted):
    assert list(planted.index[planted["is_worst"]]) == [("late", "active")]
    worst = planted.loc[("late", "active")]
    # of those alike a tenth had a late parcel too
    truth = 0.3 - (0.9 * 0.06 + 0.1 * 0.3)
    assert worst["low"] < truth < worst["high"]
    assert worst["low"] > 0.1


def test_nobody_is_hurt_where_nothing_was_planted(planted):
    for cell in (("late", "new"), ("on time", "active"), ("order", "active"), ("order", "new")):
        row = planted.loc[cell]
        assert row["followed"] > 25
        assert row["low"] - 0.01 < 0 < row["high"] + 0.01, cell


def test_a_few_customers_who_all_left_are_not_the_worst(planted):
    few = planted.loc["reopened"]
    assert few["churned"].sum() == few["followed"].sum() <= 8
    assert not few["is_worst"].any()


def test_without_a_planted_touchpoint_no_cell_is_marked():
    for seed in (1, 2):
        with published(planted_shop(seed, 400, late_leaves=0.06), AS_OF) as con:
            assert not queries.journey_cells(con)["is_worst"].any()


def stage_by_hand(days: list[int], at: int, typical: float) -> str:
    """The lifecycle stage of one customer on a day, that day's order counted."""
    past = sorted({one for one in days if one <= at})
    if not past:
        return NO_ORDER
    gaps = np.diff(past)
    standing = {
        "order_days": len(past),
        "days_since_last_order": at - past[-1],
        "median_gap_days": np.median(gaps) if len(gaps) else np.nan,
        "last_gap_days": gaps[-1] if len(gaps) else np.nan,
        "previous_median_gap_days": np.median(gaps[:-1]) if len(gaps) > 1 else np.nan,
        "first_gap_days": typical,
    }
    return str(lifecycle_stage(pd.DataFrame([standing]), Thresholds())[0])


@hypothesis_settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(420, 780))
def test_visits_and_orders_are_those_of_a_count_by_hand(seed, number):
    shop, as_of = random_shop(seed), day(number)
    with published(shop, as_of) as con:
        cells = found(con)
        again = con.execute(
            "select median(first_gap_days), max(days_since_last_order) from customer_cadence"
        ).fetchone()
        volume = cells["volume"][cells["volume"] > 0]
    typical = max(float(next((days for days in again if days is not None), 1.0)), 1.0)
    start, end = pd.Timestamp(as_of - timedelta(days=365)), pd.Timestamp(as_of)
    orders = shop["orders"][(shop["orders"]["status"] != "cancelled") & (shop["orders"]["ordered_at"] < end)]
    number_of = (orders["ordered_at"].dt.normalize() - pd.Timestamp("1970-01-01")).dt.days
    days = number_of.groupby(orders["customer_id"]).agg(list).to_dict()
    seen: dict[tuple[str, str], int] = {}
    visits = shop["touchpoints"][shop["touchpoints"]["kind"].isin(["visit", "store_visit"])]
    for name, frame, moment in (("order", orders, "ordered_at"), ("visit", visits, "occurred_at")):
        own = frame[(frame[moment] >= start) & (frame[moment] < end)]
        for who, when in zip(own["customer_id"], own[moment], strict=True):
            stage = stage_by_hand(days.get(who, []), (when.normalize() - pd.Timestamp("1970-01-01")).days, typical)
            seen[name, stage] = seen.get((name, stage), 0) + 1
    assert volume.loc[["order", "visit"]].to_dict() == seen if seen else not {"order", "visit"} & set(volume.index)


def test_a_touchpoint_stands_on_the_day_it_was_known():
    ordered = pd.to_datetime(["2026-01-05", "2026-02-20", "2026-02-10"])
    orders = rows(
        "orders", order_id=["a", "b", "c"], customer_id=["a", "b", "c"], ordered_at=ordered, revenue=5.0,
        status="completed", promised_at=pd.to_datetime(["2026-01-08", "2026-03-01", "2026-02-12"]),
        delivered_at=pd.to_datetime(["2026-01-20", "2026-02-25", None]),
    )  # fmt: skip
    tickets = rows(
        "support_tickets", ticket_id=["1", "2", "3"], customer_id=["a", "b", "c"],
        opened_at=pd.to_datetime(["2026-02-01 10:00", "2026-02-28 10:00", "2026-02-20 00:00"]),
        first_replied_at=pd.to_datetime(["2026-02-01 12:00", None, "2026-02-22 00:00"]),
        solved_at=pd.to_datetime(["2026-02-02", None, "2026-03-05"]),
    )  # fmt: skip
    with published({"orders": orders, "support_tickets": tickets}, AS_OF) as con:
        lately = con.execute("select customer_id, cell, happened_on from journey_customers").df()
    lately["what"] = lately["cell"].str.partition("|")[0]
    told = {(row["customer_id"], row["what"]): str(row["happened_on"].date()) for _, row in lately.iterrows()}
    assert told == {
        ("a", "order"): "2026-01-05", ("b", "order"): "2026-02-20", ("c", "order"): "2026-02-10",
        ("a", "late"): "2026-01-09", ("b", "on time"): "2026-02-25", ("c", "late"): "2026-02-13",
        ("a", "quick reply"): "2026-02-01", ("c", "slow reply"): "2026-02-21", ("c", "unsolved"): "2026-02-27",
    }  # fmt: skip


@hypothesis_settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(500, 760))
def test_what_happens_later_changes_nothing(seed, number):
    shop, as_of = random_shop(seed), day(number)
    tables = ("journey_cells", "journey_stages", "journey_customers", "journey_info")
    with published(shop, as_of) as con:
        whole = {table: con.execute(f"from {table} order by all").fetchall() for table in tables}
    then_known = ended(shop, pd.Timestamp(as_of))
    then_known["orders"]["promised_at"] = shop["orders"]["promised_at"]  # a promise is made with the order
    with published(then_known, as_of) as con:
        then = {table: con.execute(f"from {table} order by all").fetchall() for table in tables}
    assert whole == then


@pytest.mark.parametrize("table", ["support_tickets", "touchpoints", "order_lines"])
def test_a_shop_without_a_table_is_told_what_would_bring_more(table):
    with published(random_shop(3), day(600), (table, "surveys", "contacts", "subscriptions")) as con:
        assert not queries.journey_cells(con).empty
        assert table in queries.journey_info(con)["note"]


def test_a_shop_of_orders_alone_has_a_map():
    with published({"orders": planted_shop(5, 60)["orders"]}, AS_OF) as con:
        assert {"order", "late", "on time"} == set(queries.journey_cells(con)["touchpoint"])


@pytest.mark.parametrize("as_of", [date(2024, 12, 1), AS_OF])
def test_the_days_of_the_map_begin_with_the_data_of_a_young_shop(as_of):
    with published({"orders": planted_shop(5, 60)["orders"]}, as_of) as con:
        earliest = con.execute("select min(ordered_on) from order_facts").fetchall()[0][0]
        info = queries.journey_info(con)
    assert info["from_on"] == max(as_of - timedelta(days=365), earliest)


def cell(touchpoint: str, stage: str, followed: int, churned: int, **more) -> dict:
    counted = {"customers": followed, "rating_n": 0, "rating_good": 0, "drop_n": followed, "dropped": 0}
    return counted | {"touchpoint": touchpoint, "stage": stage, "followed": followed, "churned": churned,
                      "alike": 0.2, "error": 0.005} | more  # fmt: skip


def worst(*cells: dict) -> list[str]:
    told = judged(pd.DataFrame(cells))
    return list(told.loc[told["is_worst"], "touchpoint"])


def test_the_worst_cell_costs_most_customers_for_sure():
    big, small = cell("late", "active", 4000, 1000), cell("reopened", "active", 400, 160)
    assert worst(big, small) == ["late"]  # 5 points of 4,000 against 20 of 400
    assert worst(cell("late", "active", 4000, 900), small) == ["reopened"]  # 2.5 points might be 1
    assert worst(small, cell("slow reply", "active", 40, 40)) == ["reopened"]
    assert worst(cell("slow reply", "active", 40, 40), cell("late", "new", 60, 16)) == []
    assert worst(cell("unsubscribed", "lapsed", 4000, 3000)) == []  # a sign of leaving, no doing of the shop
    assert worst(cell("late", NO_ORDER, 4000, 3000)) == []
    assert worst(cell("late", "active", 4000, 3000, alike=np.nan, error=np.nan)) == []


def test_the_first_moment_in_a_cell_knows_no_future():
    rng = np.random.default_rng(2)
    n = 400
    drawn = Moments(rng.integers(0, 30, n), rng.integers(0, 90, n), rng.integers(0, len(TOUCHPOINTS), n),
                    np.ones(n, dtype=int), rng.integers(0, len(ALL_STAGES), n))  # fmt: skip
    for until in (40, 90):
        early = drawn.where(drawn.day < until)
        chosen = early.where(early.firsts())
        keys = set(zip(chosen.customer, chosen.cell, chosen.day, strict=True))
        frame = pd.DataFrame({"who": early.customer, "cell": early.cell, "day": early.day})
        assert keys == {(*pair, first) for pair, first in frame.groupby(["who", "cell"])["day"].min().items()}


def test_contracts_leave_by_their_end_and_not_by_a_change_of_plan():
    contracts = pd.DataFrame(
        {"customer_number": [1, 2, 2, 3], "day": [0, 0, 50, 0], "end_day": [60, 50, np.nan, np.nan],
         "is_switched": [False, True, False, False]}
    )  # fmt: skip
    who, on = np.array([1, 1, 2, 3, 4, 1]), np.array([10, 40, 20, 20, 20, 70])
    told = Leaving(30, 365, contracts).of(None, np.zeros(6, int), who, on)  # type: ignore[arg-type]
    assert list(told["is_known"]) == [True, True, True, True, False, False]
    assert list(told["churned"][told["is_known"]]) == [False, True, False, False]
