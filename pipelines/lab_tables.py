"""What the label lab asks of the facts: any definition on any date, by the SQL that builds features and labels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from models.label_lab import YARDSTICK_DAYS, Definition
from pipelines import publish
from pipelines.config import Settings
from pipelines.snapshots import label_into, labelled_dates, months_before, set_snapshot_variables
from pipelines.warehouse import read_folder, set_variables, tables

FOLDER = "label_lab"
MOST_CUSTOMERS = 100_000  # counted; of a larger shop a sample, by the hash of the id
MODEL_CUSTOMERS = 15_000  # whose rows the simple model learns from and is judged on
MONTHS_BACK = 12
_SPINE, _LABELS, _PARTS = "customer_features", "lab_labels", 10_000


@dataclass(frozen=True)
class Facts:
    """An open connection with the facts of the sampled customers, their dates, and which share of the shop they are."""

    con: duckdb.DuckDBPyConnection
    first: date
    known_until: date
    share: float
    customers: int
    modelled: int
    files: dict[str, str] = field(default_factory=dict)


@contextmanager
def open_facts(home: Path, settings: Settings) -> Iterator[Facts | None]:
    """Facts out of the published features, in a database of their own; None where there is no order."""
    with duckdb.connect() as con:
        publish.configure(con, home, settings)
        publish.attach(con, publish.require(home, "features"), "features")
        yield _facts(con)


def _facts(con: duckdb.DuckDBPyConnection) -> Facts | None:
    """Copy what the lab reads of the sampled customers."""
    everybody = con.execute("select count(distinct customer_number) from features.order_facts").fetchall()[0][0]
    if not everybody:
        return None
    share, modelled = (_part(most, everybody) for most in (MOST_CUSTOMERS, MODEL_CUSTOMERS))
    # The outcome of a customer has to be whole: all of a person's facts are in the sample, or none.
    con.execute(f"""
        create table customer_numbers as select * from features.customer_numbers
        where md5_number_lower(customer_id) % {_PARTS} < {share}
    """)
    con.execute(f"""
        create table lab_sample as select customer_number from customer_numbers
        where md5_number_lower(customer_id) % {_PARTS} < {modelled}
    """)
    con.execute("""
        create table order_facts as
        select customer_id, customer_number, ordered_at, ordered_on, is_first_of_day, revenue, margin
        from features.order_facts semi join customer_numbers using (customer_number)
    """)
    con.execute("""
        create table lab_buyers as
        select customer_number, max(ordered_on) as last_on from order_facts group by customer_number
    """)
    if "features.subscription_facts" in tables(con):
        con.execute("""
            create table subscription_facts as
            select * from features.subscription_facts semi join customer_numbers using (customer_id)
        """)
    first, last = con.execute("select min(ordered_on), max(ordered_on) from features.order_facts").fetchall()[0]
    counted = con.execute("select count(distinct customer_number) from order_facts").fetchall()[0][0]
    sampled = con.execute("select count(*) from lab_sample semi join order_facts using (customer_number)").fetchall()
    present = tables(con) | {_SPINE, _LABELS, "order_sums"}
    files = {file.name: file.select_sql(present) for file in read_folder(FOLDER)}
    spine = next(file for file in read_folder("features") if file.name == "customer_snapshots")
    files["spine"] = spine.select_sql(present)
    known_until = (pd.Timestamp(last) + pd.Timedelta(days=1)).date()
    return Facts(con, first, known_until, share / _PARTS, counted, sampled[0][0], files)


def _part(most: int, everybody: int) -> int:
    """Of `_PARTS` parts of a shop those that hold about `most` customers."""
    return min(_PARTS, max(1, _PARTS * most // everybody))


def dates_of(facts: Facts, settings: Settings) -> tuple[date, ...]:
    """The labelled snapshots that a build would make for these settings."""
    return labelled_dates(facts.first, facts.known_until, settings)


def recent_days(facts: Facts) -> list[date]:
    """The newest day and the same day of each of the twelve months before, as far as there are orders before it."""
    days = [months_before(facts.known_until, back) for back in range(MONTHS_BACK + 1)]
    return [day for day in days if day > facts.first]


def look_from(facts: Facts, as_of: date) -> None:
    """Sum what every definition needs of a day; what follows looks from there."""
    set_variables(facts.con, as_of_date=as_of)
    _make(facts, "order_sums", "order_sums")


def ask(facts: Facts, settings: Settings, as_of: date) -> dict[str, Any]:
    """Who is eligible on the day looked from, and what became of them: eligible, churned, undecided."""
    con = facts.con
    set_snapshot_variables(con, settings, as_of)
    _make(facts, "spine", _SPINE)
    con.execute(f"drop table if exists {_LABELS}")
    label_into(con, settings, as_of, facts.known_until, _LABELS)
    eligible, churned, undecided = con.execute(facts.files["lab_counts"]).fetchall()[0]
    return {"as_of_date": as_of, "eligible": eligible, "churned": churned, "undecided": undecided}


def left_out(facts: Facts) -> dict[str, int]:
    """Of the customers active on the day asked about: how many the definition leaves out, and who bought once."""
    active, out, once = facts.con.execute(facts.files["lab_left_out"]).fetchall()[0]
    return {"active": active, "left_out": out, "left_out_once": once}


def rows(facts: Facts) -> pd.DataFrame:
    """Rows of the sampled customers eligible on the day asked about, with features and outcome."""
    return facts.con.execute(facts.files["lab_rows"]).df()


def shop(facts: Facts) -> pd.DataFrame:
    """Every sampled customer of the day looked from, with their worth and what the yardstick says of them."""
    set_variables(facts.con, yardstick_days=YARDSTICK_DAYS)
    return facts.con.execute(facts.files["lab_shop"]).df()


def cadences(facts: Facts) -> list[dict[str, int]]:
    """Customers per band of own cadence."""
    found = facts.con.execute(facts.files["cadences"]).fetchall()
    return [{"from_days": days, "customers": count} for days, count in found]


def _make(facts: Facts, file: str, table: str) -> None:
    """Make a table of a day anew from one of the files."""
    facts.con.execute(f"create or replace table {table} as\n{facts.files[file]}")


def settings_of(settings: Settings, one: Definition) -> Settings:
    """The settings with another definition in them."""
    churn = settings.churn.model_copy(update={"horizon_days": one.horizon_days, "eligibility": one.eligibility})
    return settings.model_copy(update={"churn": churn})
