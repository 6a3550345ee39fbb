"""The journey map as tables: which touchpoint meets which lifecycle stage, how it is rated and what follows it."""

from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from models import journey, journey_alike, journey_cells
from models.journey import ALL_STAGES, SIGNS_ALONE, TOUCHPOINTS, Days, Moments, Rhythms
from models.journey_leaving import Leaving, whole_numbers
from models.lifecycle import Thresholds
from models.wilson import wilson
from pipelines.config import Settings
from pipelines.progress import Progress, silent
from pipelines.warehouse import run_folder, set_variables

YEAR_DAYS, REFERENCE_STEP = 365, 30
MOST_REFERENCE = 150_000  # rows: more would cost memory and gain no digit that is shown
_LONGEST_SERVICE = 200  # days from an order or ticket to anything that still counts as its touchpoint
_EPOCH = date(1970, 1, 1)
_KINDS = (*TOUCHPOINTS, *SIGNS_ALONE)
_TABLES = {
    "journey_cells": "stage varchar, stage_place integer, touchpoint varchar, touchpoint_place integer, title varchar, "
    "is_shop boolean, volume bigint, customers bigint, rating double, rating_low double, rating_high double, "
    "rating_n bigint, drop_off double, drop_off_low double, drop_off_high double, drop_n bigint, churn double, "
    "churn_low double, churn_high double, followed bigint, churned bigint, alike double, difference double, "
    "low double, high double, is_worst boolean, recent bigint",
    "journey_stages": "stage varchar, stage_place integer, n bigint, churn double, low double, high double",
    "journey_customers": "cell varchar, customer_id varchar, happened_on date, times bigint",
    "journey_info": "from_on date, until_on date, followed_from date, followed_until date, recent_from date, "
    "horizon_days integer, drop_days integer, note varchar",
}


def journey_into(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, progress: Progress = silent) -> None:
    """Write tables journey_cells, journey_stages, journey_customers and journey_info into `con`.

    Contract tables, facts and customer_cadence are read by their bare names; variable as_of_date must be set. Every
    table is there, empty where nothing happened. docs/journey.md has the formulas.
    """
    progress("journey", 0.0)
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    horizon = settings.churn.horizon_days
    start = as_of - timedelta(days=horizon + YEAR_DAYS)
    set_variables(con, journey_from=_number(start), journey_since=start - timedelta(days=_LONGEST_SERVICE))
    con.execute("create or replace temp table journey_kinds (touchpoint varchar, kind tinyint)")
    con.executemany("insert into journey_kinds values (?, ?)", [[name, at] for at, name in enumerate(_KINDS)])
    views = run_folder(con, "journey_moments", "temp view").built  # read once: millions of rows need no table
    parts = ("journey_kinds", *run_folder(con, "journey_parts", "temp table").built)
    rhythms = _rhythms(con, settings)
    seen = moments, _ = _moments(con, rhythms)
    cells = _cells(con, seen, rhythms, _leaving(con, settings), as_of)
    _write(con, cells, moments, as_of, horizon)
    for kind, names in (("table", parts), ("view", views)):
        for name in names:
            con.execute(f"drop {kind} temp.{name}")


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _leaving(con: duckdb.DuckDBPyConnection, settings: Settings) -> Leaving:
    is_contract = settings.churn.eligibility == "subscribed"
    contracts = con.execute("from journey_contracts order by customer_number, day").df() if is_contract else None
    return Leaving(settings.churn.horizon_days, settings.churn.active_days, contracts)


def _rhythms(con: duckdb.DuckDBPyConnection, settings: Settings) -> Rhythms:
    """The states of everybody after each order day that is still looked at."""
    found = con.execute("from journey_states order by customer_number, day").df()
    again = con.execute("select median(first_gap_days), max(days_since_last_order) from customer_cadence").fetchall()
    typical = max(float(next((days for days in again[0] if days is not None), 1.0)), 1.0)
    customer, day, next_day, order_days = (
        whole_numbers(found[name]) for name in ("customer_number", "day", "next_day", "order_days")
    )
    median, last, previous = (
        found[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("median_gap_days", "gap_days", "previous_median_gap_days")
    )
    thresholds = Thresholds(**settings.lifecycle.model_dump())
    return Rhythms(customer, day, next_day, order_days, median, last, previous, typical, thresholds)


def _moments(con: duckdb.DuckDBPyConnection, rhythms: Rhythms) -> tuple[Moments, Days]:
    """Touchpoints of the map with the stage each meets, and the sorted keys of all signs of life."""
    found = con.execute("from journey_touches").fetchnumpy()
    customer, day, kind, times = (np.asarray(found[name]) for name in ("customer_number", "day", "kind", "times"))
    is_sign = np.array([name in SIGNS_ALONE or TOUCHPOINTS[name].is_sign for name in _KINDS])[kind]
    signs = np.unique(journey.keys(customer[is_sign], day[is_sign]))
    here = kind < len(TOUCHPOINTS)
    customer, day, kind, times = customer[here], day[here], kind[here], times[here]
    stage = rhythms.stages(rhythms.place(customer, day), day)
    return Moments(customer, day, kind, times, stage), signs


def _cells(
    con: duckdb.DuckDBPyConnection, seen: tuple[Moments, Days], rhythms: Rhythms, leaving: Leaving, as_of: date
) -> pd.DataFrame:
    """One row per cell that occurs in the last year or is followed, with all its figures; fills journey_stages."""
    moments, signs = seen
    today, until = _number(as_of), _number(as_of) - leaving.horizon
    year = moments.where(moments.day >= today - YEAR_DAYS)
    past = moments.where(moments.day < until)
    past = past.where(past.firsts())
    place = rhythms.place(past.customer, past.day)
    outcome = leaving.of(rhythms, place, past.customer, past.day)
    silent_days = journey.next_sign(past.customer, past.day, signs)
    standing = _standing(rhythms, place, past.day, past.stage, until)
    everybody = _everybody(rhythms, leaving, until)
    _append(con, "journey_stages", _stages(everybody))
    alike = journey_alike.learned(
        everybody, everybody["churned"].to_numpy(dtype=float), everybody["customer"].to_numpy(dtype=np.int64)
    )
    followed = journey_cells.followed(past, standing, outcome.assign(dropped=silent_days > journey.DROP_DAYS), alike)
    rated = journey.rated(con.execute("from journey_ratings").df(), moments, rhythms)
    recent = year.where(year.day >= until)
    on = ["stage", "touchpoint"]
    cells = journey.counts(year).merge(followed, how="outer", on=on).merge(rated, how="left", on=on)
    cells = cells.merge(journey.counts(recent)[[*on, "customers"]].rename(columns={"customers": "recent"}), "left", on)
    whole = ["volume", "customers", "recent", "rating_n", "rating_good", "drop_n", "dropped", "followed", "churned"]
    return journey_cells.judged(cells.assign(**{name: cells[name].fillna(0).astype(np.int64) for name in whole}))


def _standing(rhythms: Rhythms, place: Days, day: Days, stage: Days, until: int) -> pd.DataFrame:
    """Where customers stand on some days, as `journey_alike` compares them."""
    standing = rhythms.standing(place, day)[["order_days", "days_since_last_order", "median_gap_days"]]
    return standing.assign(
        median_gap_days=standing["median_gap_days"].where(place >= 0).fillna(rhythms.second_order_days),
        stage=stage,
        month=np.round((until - 1 - day) / REFERENCE_STEP).astype(np.int64),
    )


def _everybody(rhythms: Rhythms, leaving: Leaving, until: int) -> pd.DataFrame:
    """Where everybody stood on a day of each month of the followed year, and whether they left after it.

    Every k-th customer of a large shop, always the same ones.
    """
    owners = rhythms.customer
    if leaving.contracts is not None:
        owners = np.r_[owners, whole_numbers(leaving.contracts["customer_number"])]
    people = np.unique(owners)
    days = until - 1 - REFERENCE_STEP * np.arange(YEAR_DAYS // REFERENCE_STEP + 1)
    people = people[people % max(1, -(-len(people) * len(days) // MOST_REFERENCE)) == 0]
    customer, day = np.repeat(people, len(days)), np.tile(days, len(people))
    place = rhythms.place(customer, day)
    outcome = leaving.of(rhythms, place, customer, day)
    stage = rhythms.stages(place, day)
    standing = _standing(rhythms, place, day, stage, until).assign(customer=customer, churned=outcome["churned"])
    return standing[outcome["is_known"].to_numpy(dtype=bool)]


def _stages(everybody: pd.DataFrame) -> pd.DataFrame:
    """Churn of everybody by stage. The days of one customer overlap, so that their interval counts customers alone."""
    found = everybody.groupby("stage").agg(n=("customer", "nunique"), churn=("churned", "mean")).reset_index()
    ends = [wilson(share, n) for share, n in zip(found["churn"], found["n"], strict=True)]
    return found.assign(
        stage_place=found["stage"],
        stage=[ALL_STAGES[place] for place in found["stage"]],
        low=[low for low, _ in ends],
        high=[high for _, high in ends],
    )


def _write(con: duckdb.DuckDBPyConnection, cells: pd.DataFrame, moments: Moments, as_of: date, horizon: int) -> None:
    """Fill journey_cells, journey_customers and journey_info."""
    stages, touchpoints = list(ALL_STAGES), list(TOUCHPOINTS)
    told = cells.assign(
        stage_place=cells["stage"].map(stages.index),
        touchpoint_place=cells["touchpoint"].map(touchpoints.index),
        title=cells["touchpoint"].map(lambda name: TOUCHPOINTS[name].title),
        is_shop=cells["touchpoint"].map(lambda name: TOUCHPOINTS[name].is_shop),
    ).sort_values(["touchpoint_place", "stage_place"])
    _append(con, "journey_cells", told)
    recent = moments.where(moments.day >= _number(as_of) - horizon)
    con.register("recent_moments", _recent(recent))
    con.execute(
        "insert into journey_customers select recent.cell, people.customer_id,"
        " date '1970-01-01' + cast(recent.day as integer), recent.times"
        " from recent_moments as recent join journey_people as people using (customer_number)"
        " order by recent.cell, people.customer_id"
    )
    con.unregister("recent_moments")
    until = as_of - timedelta(days=horizon)
    first = _EPOCH + timedelta(days=int(moments.day.min())) if len(moments.day) else date.min  # a young shop has less
    since, followed = (max(day - timedelta(days=YEAR_DAYS), min(first, day)) for day in (as_of, until))
    info = [since, as_of, followed, until, until, horizon]
    con.execute("insert into journey_info values (?, ?, ?, ?, ?, ?, ?, ?)", [*info, journey.DROP_DAYS, _note(told)])


def _recent(moments: Moments) -> pd.DataFrame:
    """One row per customer and cell: the newest day and how often."""
    frame = pd.DataFrame(
        {"customer_number": moments.customer, "cell": moments.cell, "day": moments.day, "times": moments.times}
    )
    found = frame.groupby(["customer_number", "cell"], sort=False).agg({"day": "max", "times": "sum"}).reset_index()
    names = np.array([f"{touchpoint}|{stage}" for stage in ALL_STAGES for touchpoint in TOUCHPOINTS], dtype=object)
    return found.assign(cell=names[found["cell"].to_numpy()])


def _note(cells: pd.DataFrame) -> str | None:
    """What the map lacks, and what would bring it."""
    if cells.empty:
        return "Nothing happened in the last year that the map could show."
    seen = set(cells["touchpoint"])
    lacking = [
        needed
        for needed, names in {
            "support_tickets": {"quick reply", "slow reply"},
            "touchpoints": {"visit", "cart left", "mail read", "chat", "praise"},
            "promised_at and delivered_at of orders": {"on time", "late"},
            "returned_at of order_lines": {"return"},
        }.items()
        if not seen & names
    ]
    return f"More of the map would come with {', '.join(lacking)}." if lacking else None


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Append rows by the names of the table's columns."""
    if len(rows):
        names = ", ".join(name for name, *_ in con.execute(f"describe {table}").fetchall())
        con.register("journey_rows", rows)
        con.execute(f"insert into {table} by name select {names} from journey_rows")
        con.unregister("journey_rows")
