"""What the data health page shows: faults planted in a shop are counted, named and shown, and a clean shop has none."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines import publish
from pipelines.config import Settings
from pipelines.data_checks import LOOK, PASSED, PROBLEM, UNKNOWN, words
from pipelines.data_health import data_health_into
from pipelines.forget import forget_customer
from pipelines.rejects_file import HEADER, export_rejects, rejects_bytes
from pipelines.warehouse import expose, read_folder, set_variables
from tests.ingest_cases import good, load, orders, rows, write

FIRST, DAYS = datetime(2025, 1, 1, 10), 120
GONE = pd.date_range("2025-02-10", "2025-02-14")


def shop() -> dict[str, pd.DataFrame]:
    """A clean shop: some thirty orders a day but on Sundays, all of known customers, and a ticket for every fifth."""
    rng = np.random.default_rng(5)
    days = [FIRST + timedelta(days=step) for step in range(DAYS)]
    moments = [
        day + timedelta(seconds=int(second)) for day in days if day.weekday() != 6
        for second in rng.integers(0, 40_000, rng.poisson(30))
    ]  # fmt: skip
    count = len(moments)
    names = np.array([f"customer-{number}" for number in range(400)])
    sold = pd.DataFrame(
        {"order_id": [f"o{number}" for number in range(count)], "customer_id": names[rng.integers(0, 400, count)],
         "ordered_at": moments, "revenue": np.round(rng.gamma(4, 20, count) + 1, 2)}
    )  # fmt: skip
    lines = sold[["order_id", "revenue"]].rename(columns={"revenue": "unit_price"}).assign(product_id="p1", quantity=1)
    tickets = sold[::5].assign(ticket_id="t" + sold["order_id"], opened_at=sold["ordered_at"])
    return {
        "orders": sold,
        "order_lines": lines,
        "products": pd.DataFrame({"product_id": ["p1"], "name": ["Tea"]}),
        "customers": pd.DataFrame(
            {"customer_id": names, "signed_up_at": FIRST - timedelta(days=9), "email": names + "@example.org"}
        ),
        "support_tickets": tickets[["ticket_id", "customer_id", "opened_at", "order_id"]],
    }


@contextmanager
def health(tables: dict[str, pd.DataFrame], folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of the page for a shop."""
    source, home = folder / "source", folder / "home"
    source.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(source / f"{name}.parquet")
    load(home, source)
    with duckdb.connect() as con:
        publish.attach(con, publish.require(home, "source"), "source")
        expose(con, "source")
        set_variables(con, data_through=tables["orders"]["ordered_at"].max())
        data_health_into(con)
        yield con


def states(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(con.execute("select check_name, state from data_checks").fetchall())


def behind(con: duckdb.DuckDBPyConnection, check: str) -> list[tuple]:
    query = "select customer_id, row_key, found from data_check_rows where check_name = ? order by place"
    return con.execute(query, [check]).fetchall()


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with health(shop(), tmp_path_factory.mktemp("clean")) as con:
        yield con


def faulty() -> dict[str, pd.DataFrame]:
    """The same shop with one fault of every kind planted, each in rows of its own."""
    tables = shop()
    sold, lines, people, tickets = (tables[name] for name in ("orders", "order_lines", "customers", "support_tickets"))
    sold = sold[~sold["ordered_at"].dt.normalize().isin(GONE)].reset_index(drop=True)
    tables["support_tickets"] = tickets = tickets[tickets["opened_at"] < "2025-04-01"].copy()
    sold["delivered_at"], sold["refunded"], sold["refunded_at"] = pd.NaT, 0.0, pd.NaT
    sold.loc[10, "delivered_at"] = sold.loc[10, "ordered_at"] - timedelta(days=30)
    sold.loc[11, ["refunded", "refunded_at"]] = [1.0, sold.loc[11, "ordered_at"] - timedelta(days=2)]
    sold.loc[12, ["refunded", "refunded_at"]] = [sold.loc[12, "revenue"] + 5, sold.loc[12, "ordered_at"]]
    sold.loc[13, "revenue"] = 0.0
    sold.loc[14, "revenue"] = 99_000.0
    sold.loc[15, "customer_id"] = "CUSTOMER-1"
    sold.loc[16, "customer_id"] = "nobody"
    twice = sold.loc[[17]].assign(order_id="again")
    till = pd.concat([sold.loc[[18]]] * 150).assign(
        order_id=[f"till{n}" for n in range(150)], customer_id="till", revenue=7.0,
        ordered_at=[FIRST + timedelta(days=4, seconds=n) for n in range(150)],
    )  # fmt: skip
    tables["orders"] = pd.concat([sold, twice, till], ignore_index=True)
    priced = lines.set_index("order_id")["unit_price"].copy()
    priced[sold.loc[[13, 14], "order_id"]] = sold.loc[[13, 14], "revenue"].to_numpy()
    priced[sold.loc[19, "order_id"]] *= 2
    lines = lines.assign(unit_price=lines["order_id"].map(priced))
    lines = lines[lines["order_id"].isin(sold["order_id"])]
    added = lines[:1].assign(unit_price=0.0)
    lines = pd.concat([lines, added.assign(order_id="no order"), added.assign(product_id="no product")])
    tables["order_lines"] = lines[lines["order_id"] != sold.loc[20, "order_id"]]
    people.loc[7, "email"] = people.loc[8, "email"].upper()
    people.loc[9, "signed_up_at"] = FIRST + timedelta(days=DAYS - 1)
    tickets["solved_at"] = pd.NaT
    tickets.iloc[3, tickets.columns.get_loc("solved_at")] = FIRST - timedelta(days=900)
    begins = [FIRST, FIRST, FIRST]
    tables["subscriptions"] = pd.DataFrame(
        {"subscription_id": ["k1", "k2", "k3"], "customer_id": people["customer_id"][:3].to_numpy(),
         "started_at": begins, "ended_at": [FIRST - timedelta(days=40), pd.NaT, pd.NaT],
         "renews_at": [pd.NaT, FIRST + timedelta(days=30), FIRST + timedelta(days=900)]}
    )  # fmt: skip
    return tables


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with health(faulty(), tmp_path_factory.mktemp("faulty")) as con:
        yield con


ONE_ROW = {
    "delivered_before_ordered": "o10", "orders_without_revenue": "o13", "orders_far_above_usual": "o14",
    "orders_written_twice": "o17", "similar_customer_numbers": "CUSTOMER-1", "collective_customers": "till",
    "contracts_ended_before_start": "k1", "contracts_renewed_in_the_past": "k2", "lines_do_not_sum_up": "o19",
    "signed_up_after_first_order": "customer-9", "refunded_before_ordered": "o11", "refunded_more_than_paid": "o12",
    "order_lines_order_id_known": "no order, p1", "order_lines_product_id_known": "o0, no product",
}  # fmt: skip


@pytest.mark.parametrize(("check", "row"), ONE_ROW.items())
def test_a_planted_fault_is_found_with_its_row_and_nothing_else(found, check, row):
    assert states(found)[check] in (LOOK, PROBLEM)
    (shown,) = behind(found, check)
    assert shown[1] == row


def test_faults_of_several_rows_show_each_of_them(found):
    assert {row[1] for row in behind(found, "customers_with_one_address")} == {"customer-7", "customer-8"}
    assert len(behind(found, "tickets_out_of_order")) == 1
    unlined = {row[1] for row in behind(found, "orders_without_lines")}
    assert "o20" in unlined
    assert {row[1] for row in behind(found, "orders_customer_id_known")} >= {"o15", "o16"}


def test_a_clean_shop_passes_every_check_it_has_tables_for(clean):
    verdicts = states(clean)
    assert {name for name, state in verdicts.items() if state not in (PASSED, UNKNOWN)} == set()
    assert {name for name, state in verdicts.items() if state == UNKNOWN} == {
        "contracts_ended_before_start", "contracts_renewed_in_the_past",
    }  # fmt: skip
    assert clean.execute("select count(*) from data_check_rows").fetchall() == [(0,)]


def test_every_check_has_words_and_a_file():
    assert set(words()) == {file.name for file in read_folder("data_checks")}
    for file in read_folder("data_checks"):
        assert file.columns == ("customer_id", "row_key", "found", "weight")


def test_missing_days_and_a_stopped_source_are_told_apart(found):
    gaps = found.execute("select table_name, first_day, last_day, is_open from data_gaps order by 1").fetchall()
    assert gaps == [
        ("orders", GONE[0].date(), GONE[-1].date(), False),
        ("support_tickets", date(2025, 4, 1), date(2025, 4, 29), True),
    ]
    sources = dict(found.execute("select table_name, state from data_sources").fetchall())
    assert sources["orders"] == sources["customers"] == "up to date"
    assert sources["support_tickets"] == "stopped"
    assert sources["order_lines"] == "without dates"
    assert sources["surveys"] == "absent"


def test_freshness_counts_from_the_newest_row_of_all_tables(found):
    fresh = dict(found.execute("select table_name, freshness_days from data_sources where is_present").fetchall())
    assert fresh["orders"] == 0
    assert fresh["support_tickets"] == 30  # from 31 March to 30 April
    assert fresh["customers"] == 0  # one of them signed up on the last day


def test_revenue_of_unknown_customers_is_not_matched(found):
    ((orders_, matched, revenue, known, unknown),) = found.execute(
        "select orders, matched_orders, revenue, matched_revenue, unknown_customers from matched_revenue"
    ).fetchall()
    lost = found.execute("select sum(revenue) from orders where customer_id in ('till', 'nobody', 'CUSTOMER-1')")
    assert orders_ - matched == 152
    assert unknown == 3
    assert revenue - known == pytest.approx(lost.fetchall()[0][0])


def test_closed_sundays_are_no_gaps(clean):
    states_ = clean.execute(
        "select distinct state from data_days where table_name = 'orders' and isodow(day) = 7"
    ).fetchall()
    assert states_ == [("closed",)]


def test_columns_say_where_they_came_from_and_how_full_they_are(tmp_path):
    text = orders("a,c1,2024-03-01,1,x", "b,c2,2024-03-02,2,", header="nr,customer_id,ordered_at,revenue,note")
    mapping = '[orders]\ncolumns = { order_id = "nr" }\nexpressions = { coupon = "note" }\n'
    source = write(tmp_path / "source", orders=text, mapping=mapping)
    load(tmp_path / "home", source)
    with duckdb.connect() as con:
        publish.attach(con, publish.require(tmp_path / "home", "source"), "source")
        expose(con, "source")
        set_variables(con, data_through=datetime(2024, 3, 2))
        data_health_into(con)
        told = con.execute("select column_name, origin, source, filled from data_columns").fetchall()
    assert ("order_id", "renamed", "nr", 2) in told
    assert ("customer_id", "same name", "customer_id", 2) in told
    assert ("coupon", "computed", "note", 1) in told
    assert ("channel", "not in the source", None, 0) in told


BAD = ["x1,=cmd|' /C calc'!A0,never,5", "x2,c2,2024-03-01,-3", "g3,c9,2024-03-04 10:00:00,77"]


@pytest.fixture
def rejected(tmp_path: Path) -> Path:
    write(tmp_path / "source", orders=orders(*good(100), *BAD))
    load(tmp_path / "home", tmp_path / "source")
    return tmp_path / "home"


def test_rejects_are_written_whole_and_without_formulas(rejected, tmp_path):
    report = export_rejects(rejected, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        header, *written = csv.reader(file)
    assert tuple(header) == HEADER
    assert report.rows == len(written) == 3
    assert {row[3] for row in written} == {"never", "-3", "g3"}
    with publish.open_current(rejected, "source") as con:
        assert rejects_bytes(con).decode("utf-8-sig") == (tmp_path / "out.csv").read_bytes().decode()


@pytest.mark.parametrize("value", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1+1", "-3+A1"])
def test_what_a_spreadsheet_would_run_is_disarmed(value):
    with duckdb.connect() as con:
        con.execute("create table rejects as select 'orders' as table_name, 1 as row_number, 'note' as column_name,"
                    " ? as value, 'why' as reason", [value])  # fmt: skip
        *_, row = csv.reader(io.StringIO(rejects_bytes(con).decode("utf-8-sig")))
    assert row[3] == f"'{value}"


def test_a_forgotten_customer_leaves_the_rejects_and_does_not_come_back_with_the_next_load(tmp_path):
    twice = ["c5,email,true,2024-03-01", "c5,email,false,2024-03-01"]
    filled = [f"c{number},sms,true,2024-03-02" for number in range(10, 60)]
    consents = "customer_id,channel,granted,changed_at\n" + "\n".join([*twice, *filled]) + "\n"
    repeated = ["g5,c5,2024-03-06 10:00:00,99"]  # the number of another order of the same customer
    source = write(tmp_path / "source", orders=orders(*good(100), *repeated), consents=consents)
    home = tmp_path / "home"
    load(home, source)
    held = {value for (value,) in rows(home, "select value from rejects")}
    assert "g5" in held
    assert any(value.startswith("c5, email") for value in held)
    forget_customer(home, "c5", Settings(), publish.new_run_id())
    assert rows(home, "select value from rejects") == []
    load(home, source)
    assert rows(home, "select value from rejects") == []
