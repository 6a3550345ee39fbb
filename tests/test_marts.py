"""The list says the same as the features it was scored from, ties are ties, and who bought once is told so."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines import publish
from pipelines.warehouse import SQL_FOLDER, read_file, set_variables


@pytest.fixture
def con(shared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with publish.open_current(shared_home, "warehouse") as con:
        yield con


def test_an_open_ticket_is_the_same_in_the_list_and_in_the_features(shared_home):
    with duckdb.connect() as con:
        for stage in ("warehouse", "features"):
            con.execute(f"attach '{(shared_home / f'{stage}.duckdb').resolve()}' as {stage} (read_only)")
        rows = con.execute(
            """
            select listed.open_tickets, coalesce(features.open_tickets, 0)
            from warehouse.customer_list as listed
            inner join warehouse.run_info on true
            inner join features.customer_features as features
                on features.customer_id = listed.customer_id and features.as_of_date = run_info.as_of_date
            """
        ).fetchall()
    assert sum(listed for listed, _ in rows) > 0
    assert [row for row in rows if row[0] != row[1]] == []


def test_places_count_who_is_above_and_equal_ones_share_theirs(con):
    listed = con.execute("select * from customer_list where is_scored").df()
    for rank, ties, value in (
        ("risk_rank", "risk_ties", listed["churn_risk"].round(9)),
        ("value_rank", "value_ties", listed["value_at_risk"].round(6)),
    ):
        assert (listed[rank] == value.rank(method="min", ascending=False)).all()
        assert (listed[ties] == value.map(value.value_counts()) - 1).all()
    assert con.execute("select count(risk_rank) from customer_list where not is_scored").fetchall() == [(0,)]


def test_a_difference_of_the_computers_making_is_no_difference():
    risks = pd.DataFrame(
        {"customer_id": list("abcd"), "churn_risk": [0.3, 0.1 + 0.2, 0.31, 0.2], "expected_value": 9.0}
    )
    with duckdb.connect() as con:
        con.register("customer_scores", risks)
        found = con.execute(read_file(SQL_FOLDER / "marts" / "customer_ranks.sql").text).df().set_index("customer_id")
    assert found["risk_rank"].to_dict() == {"c": 1, "a": 2, "b": 2, "d": 4}
    assert found["risk_ties"].to_dict() == {"a": 1, "b": 1, "c": 0, "d": 0}


def test_how_soon_first_time_buyers_come_back_is_counted_by_hand(con, shared_home):
    publish.attach(con, publish.require(shared_home, "features"), "features")
    as_of = con.execute("select as_of_date from run_info").fetchall()[0][0]
    orders = con.execute("select customer_id, ordered_on from features.order_facts where ordered_on < ?", [as_of]).df()
    days = orders.drop_duplicates().sort_values(["customer_id", "ordered_on"]).groupby("customer_id")["ordered_on"]
    second = (days.nth(1).groupby(orders["customer_id"]).first() - days.first()).dt.days
    gap = second.reindex(days.first().index)
    had_time = (pd.Timestamp(as_of) - days.first()).dt.days >= 365
    returned = gap[had_time & (gap <= 365)]
    found = con.execute("select * from second_orders").df().iloc[0]
    assert (found["within_days"], found["buyers"], found["returned"]) == (365, had_time.sum(), len(returned))
    assert found["return_share"] == pytest.approx(len(returned) / had_time.sum())
    assert found["median_days"] == returned.median()


def test_a_young_shop_has_no_figure_for_coming_back():
    cadence = pd.DataFrame({"first_ordered_on": [date(2025, 1, 1)] * 49, "first_gap_days": np.arange(49)})
    with duckdb.connect() as con:
        con.register("cadence", cadence)
        con.execute("create table customer_cadence as from cadence")
        set_variables(con, as_of_date=date(2026, 6, 1))
        query = read_file(SQL_FOLDER / "segments" / "second_orders.sql").text
        assert con.execute(query).fetchall() == []
        con.execute("insert into customer_cadence select * from customer_cadence")
        assert con.execute(f"select buyers, returned from ({query})").fetchall() == [(98, 98)]


def test_the_first_days_of_the_data_alone_do_not_tell_who_comes_back():
    """On them everybody known before looks like a first buyer, and comes again at once."""
    known = pd.DataFrame({"first_ordered_on": [date(2025, 6, 1)] * 60, "first_gap_days": 3})
    new = pd.DataFrame({"first_ordered_on": [date(2025, 9, 1)] * 60, "first_gap_days": np.repeat([40, 300], 30)})
    with duckdb.connect() as con:
        con.register("cadence", pd.concat([known, new]))
        con.execute("create table customer_cadence as from cadence")
        set_variables(con, as_of_date=date(2026, 6, 1))
        query = read_file(SQL_FOLDER / "segments" / "second_orders.sql").text
        assert con.execute(f"select within_days, buyers, returned from ({query})").fetchall() == [(180, 120, 90)]


def test_every_scored_customer_is_told_why(con):
    scored, told = con.execute("select count(*), count(top_reason) from customer_list where is_scored").fetchall()[0]
    assert told == scored > 0
    assert con.execute("select count(top_reason) from customer_list where not is_scored").fetchall() == [(0,)]


def test_who_bought_once_is_never_told_of_a_rhythm(con):
    once = con.execute(
        "select top_reason, days_since_last_order from customer_list where is_scored and order_days = 1"
    ).df()
    assert len(once) > 20
    assert once["top_reason"].notna().all()
    assert not once["top_reason"].str.contains("on average every|usually every|unknown|–").any()
    own = once[once["top_reason"].str.startswith("bought once")]
    assert len(own) > len(once) / 2
    ago = own["top_reason"].str.extract(r"bought once, (\d+) day")[0].dropna().astype(int)
    assert (ago == own.loc[ago.index, "days_since_last_order"]).all()
    assert own["top_reason"].str.contains("half of those who come back do so within").all()
    told = con.execute(
        "select reason from customer_reasons inner join customer_list using (customer_id)"
        " where order_days = 1 and feature = 'days_since_last_order'"
    ).df()["reason"]
    assert told.str.startswith("bought once").all()
