"""Nobody held out or without consent is ever in an export, and no cell is a formula."""

from datetime import date, datetime, timedelta

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contract import CONSENT_CHANNELS
from pipelines.errors import InputError
from pipelines.export import WORKLIST_SQL, export_worklist, without_formulas
from pipelines.warehouse import run_folder, set_variables

TODAY = date(2026, 6, 1)
HORIZON = 90
CUSTOMERS = [f"c{number}" for number in range(6)]

moments = st.integers(0, 400).map(lambda days: datetime(2026, 6, 1) - timedelta(days=days))
customers = st.sampled_from(CUSTOMERS)
consents = st.lists(st.tuples(customers, st.sampled_from(CONSENT_CHANNELS), st.booleans(), moments), max_size=25)
unsubscribes = st.lists(st.tuples(customers, st.just("unsubscribe"), st.just("email"), moments), max_size=4)
contacts = st.lists(st.tuples(customers, st.sampled_from(["treated", "control"]), moments), max_size=10)


def fill(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple]) -> None:
    con.execute(f"create or replace table {table} ({columns})")
    if rows:
        con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def exported(consent_rows, unsubscribe_rows, contact_rows) -> set[str]:
    """Run the real marts and the real export query over a shop in which everybody is scored."""
    with duckdb.connect() as con:
        fill(con, "consents", "customer_id text, channel text, granted boolean, changed_at timestamp", consent_rows)
        fill(con, "touchpoints", "customer_id text, kind text, channel text, occurred_at timestamp", unsubscribe_rows)
        fill(
            con,
            "contacts",
            "contact_id text, customer_id text, arm text, contacted_at timestamp",
            [(f"k{n}", *row) for n, row in enumerate(contact_rows)],
        )
        fill(
            con,
            "customer_cadence",
            "customer_id text, first_ordered_on date, last_ordered_on date, days_since_last_order int,"
            " median_gap_days double, order_days bigint, orders bigint, revenue_total double, revenue_12m double,"
            " margin_12m double",
            [(name, TODAY, TODAY, 1, 30.0, 2, 2, 10.0, 10.0, 3.0) for name in CUSTOMERS],
        )
        fill(
            con,
            "customer_scores",
            "customer_id text, churn_risk double, risk_band text, expected_value double, action text,"
            " expected_net double",
            [(name, 0.5, "high", 100.0, None, None) for name in CUSTOMERS],
        )
        fill(con, "customer_segments", "customer_id text, segment text, lifecycle_stage text", [])
        fill(con, "customer_reasons", "customer_id text, rank int, feature text, contribution double, reason text", [])
        fill(con, "run_info", "as_of_date date", [(TODAY,)])
        set_variables(
            con,
            as_of_date=TODAY,
            data_through=TODAY,
            horizon_days=HORIZON,
            has_tickets=False,
            has_consents=True,
            active_days=365,
        )
        run_folder(con, "standing")
        run_folder(con, "marts")
        return {row[0] for row in con.execute(WORKLIST_SQL).fetchall()}


def may_be_contacted(name, consent_rows, unsubscribe_rows, contact_rows) -> bool:
    """The rule again, by hand: some channel's last word is yes, and no control arm within the horizon."""
    if any(
        c == name and arm == "control" and at.date() >= TODAY - timedelta(days=HORIZON) for c, arm, at in contact_rows
    ):
        return False
    words = [(c, channel, at, granted) for c, channel, granted, at in consent_rows]
    words += [(c, channel, at, False) for c, _, channel, at in unsubscribe_rows]
    for channel in CONSENT_CHANNELS:
        said = sorted((at, not granted) for c, ch, at, granted in words if c == name and ch == channel)
        if said and not said[-1][1]:
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(consents, unsubscribes, contacts)
def test_the_export_holds_exactly_those_who_may_be_contacted(consent_rows, unsubscribe_rows, contact_rows):
    state = consent_rows, unsubscribe_rows, contact_rows
    assert exported(*state) == {name for name in CUSTOMERS if may_be_contacted(name, *state)}


@given(st.text(min_size=1, max_size=20))
def test_no_exported_text_starts_a_formula(text):
    safe = without_formulas(pd.DataFrame({"name": [text]}))["name"].iloc[0]
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.endswith(text)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_file_agrees_with_the_scores(shared_home, tmp_path, ending):
    out = tmp_path / f"list.{ending}"
    report = export_worklist(shared_home, out)
    frame = pd.read_csv(out, dtype={"customer_id": str}) if ending == "csv" else pd.read_excel(out, engine="calamine")
    assert len(frame) == report.rows > 0
    assert report.held_out > 0
    assert report.without_consent > 0
    with duckdb.connect(str(shared_home / "warehouse.duckdb"), read_only=True) as con:
        risks = dict(con.execute("select customer_id, churn_risk from customer_scores").fetchall())
    assert report.rows + report.held_out + report.without_consent == len(risks)
    for row in frame.itertuples():
        assert risks[row.customer_id] == pytest.approx(row.churn_risk)
    assert frame["value_at_risk"].is_monotonic_decreasing


def test_another_ending_or_folder_is_refused(shared_home, tmp_path):
    with pytest.raises(InputError, match=r"must end in \.csv or \.xlsx"):
        export_worklist(shared_home, tmp_path / "list.pdf")
    with pytest.raises(InputError, match="does not exist"):
        export_worklist(shared_home, tmp_path / "nowhere" / "list.csv")
