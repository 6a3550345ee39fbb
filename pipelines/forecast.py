"""Table retention_forecast: what runs expected of each month's retention, beside what came of it.

A forecast is written once and never changed: what the last publication said of a month stays, and only what came of it
is filled in. A first run has no past; what the version's rehearsal, which knew nothing later, says of the months
after its test day stands in.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from models.bundle import Bundle
from models.forecast import Past, horizon_ahead, usual_shift
from pipelines import publish
from pipelines.config import Settings
from pipelines.months_ahead import Origin, now_ahead, rehearsed_ahead
from pipelines.queries.rows import records
from pipelines.row_tables import write_rows
from pipelines.warehouse import tables

MONTH, HORIZON = "month", "horizon"
RUN, REHEARSED, LOOKED_BACK = "run", "rehearsed", "looked back"
TRUE, OUTSIDE, RUNNING, TO_COME = "came true", "outside the band", "month still running", "to come"
FORECAST = (
    "measure varchar, kind varchar, month date, as_of_date date, due_on date, expected double, low double, "
    "high double, actual double, n bigint, source varchar, is_within boolean, state varchar, model_version varchar, "
    "active_days integer, horizon_days integer, eligibility varchar"
)

Row = dict[str, Any]


def forecast_into(
    con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, model: Bundle | None, day: date
) -> None:
    """Write table retention_forecast into `con`: one row per measure and month.

    After `kpi_months` and `promise_runs`. Rows of days after `day` are kept for later; readers pass over them.
    """
    past = _past_runs(con, settings)
    rows = _kept(home, settings)
    if model and settings.churn.eligibility != "subscribed":  # contracts end on their day, not at a steady rate
        rows += _made(con, settings, model, day, past)
    actual = {row["month"]: row for row in records(con, "from kpi_months where not is_running")}
    months = [judged(row, actual.get(row["month"]), day) for row in one_a_month(rows, day)]
    later = [row for row in rows if row["as_of_date"] > day]
    known = [row for row in months if row["actual"] is not None or row["due_on"] > day]
    write_rows(con, "retention_forecast", FORECAST, [*known, *later, *_horizons(past, settings, day)])


def _made(
    con: duckdb.DuckDBPyConnection, settings: Settings, model: Bundle, day: date, past: Sequence[Row]
) -> list[Row]:
    """What this run expects, and what the version's rehearsal expected on its test day."""
    through = con.execute("select max(ordered_on) from order_facts").fetchall()[0][0]
    is_ahead = day > through and date.fromisoformat(model.facts["data_as_of"]) <= day
    rows = now_ahead(con, settings, Origin(day, RUN if is_ahead else LOOKED_BACK, str(model.version), past))
    test = (model.facts.get("windows") or {}).get("test")
    if not test or date.fromisoformat(test[1]) >= day:
        return rows
    origin = Origin(date.fromisoformat(test[1]), REHEARSED, str(model.version), past)
    return rows + rehearsed_ahead(con, settings, origin, model)


def _kept(home: Path, settings: Settings) -> list[Row]:
    """What the last publication said of months, by the definition of who is active that holds now."""
    last = publish.current(home, "warehouse")
    if last is None:
        return []
    with duckdb.connect(str(last), read_only=True) as con:
        if "retention_forecast" not in tables(con):
            return []
        return records(
            con,
            "from retention_forecast where measure = 'month' and source <> $source and active_days = $days"
            " and eligibility = $kind",
            {"source": LOOKED_BACK, "days": settings.churn.active_days, "kind": settings.churn.eligibility},
        )


def one_a_month(rows: Sequence[Row], day: date) -> list[Row]:
    """Of the forecasts made until `day`, one per month, oldest month first.

    What a run published comes before what is worked out looking back; then the last one made before the month began,
    else the first one made in it.
    """
    best: dict[date, Row] = {}
    for row in rows:
        known = best.get(row["month"])
        if row["as_of_date"] <= day and (known is None or _rank(row) >= _rank(known)):
            best[row["month"]] = row
    return [best[month] for month in sorted(best)]


def _rank(row: Row) -> tuple[int, bool, int]:
    """The better forecast of the same month has the higher rank."""
    is_before = row["as_of_date"] <= row["month"]
    made = row["as_of_date"].toordinal()
    return (RUN, REHEARSED, LOOKED_BACK)[::-1].index(row["source"]), is_before, made if is_before else -made


def judged(row: Row, month: Row | None, day: date) -> Row:
    """A forecast with what came of it, where its month is over."""
    actual = month["retention_rate"] if month else None
    if actual is None:
        state = RUNNING if row["month"] < day else TO_COME
        return row | {"kind": "forecast", "actual": None, "is_within": None, "state": state}
    is_within = bool(row["low"] <= actual <= row["high"])
    known = {
        "kind": "past",
        "actual": actual,
        "is_within": is_within,
        "n": month["active_customers"] if month else None,
    }
    return row | known | {"state": TRUE if is_within else OUTSIDE}


def _past_runs(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Row]:
    """Promises of the question asked now, and rehearsed months, with what came of them where that is known."""
    return records(
        con,
        "from promise_runs where horizon_days = $days and eligibility = $kind and promised between 1e-9 and 1 - 1e-9"
        " and (actual is not null or state <> 'lost') order by as_of_date, kind desc",
        {"days": settings.churn.horizon_days, "kind": settings.churn.eligibility},
    )


def _horizons(past: Sequence[Row], settings: Settings, day: date) -> list[Row]:
    """Measure `horizon`: the share that stays over the horizon, as promised and as it came; one run per month.

    The band is made of what was known on the day of the promise: runs whose horizon was over by then.
    """
    newest = {run["as_of_date"].replace(day=1): run for run in past if run["as_of_date"] <= day}
    return [_horizon(run, month, past, settings) for month, run in sorted(newest.items())]


def _horizon(run: Row, month: date, past: Sequence[Row], settings: Settings) -> Row:
    """One promise as a row."""
    known = [each for each in past if each["actual"] is not None]
    before = [Past(each["promised"], each["actual"], each["judged_n"]) for each in known
              if each["due_on"] <= run["as_of_date"]]  # fmt: skip
    found = horizon_ahead(run["promised"], run["judged_n"] or run["n"], usual_shift(before))
    actual = None if run["actual"] is None else 1 - run["actual"]
    is_within = None if actual is None else bool(found.low <= actual <= found.high)
    return {
        "measure": HORIZON, "kind": "forecast" if actual is None else "past", "month": month,
        "as_of_date": run["as_of_date"], "due_on": run["due_on"], "expected": found.share, "low": found.low,
        "high": found.high, "actual": actual, "n": run["judged_n"] or run["n"], "source": run["kind"],
        "is_within": is_within, "state": TO_COME if actual is None else TRUE if is_within else OUTSIDE,
        "model_version": run["model_version"], "active_days": settings.churn.active_days,
        "horizon_days": run["horizon_days"], "eligibility": run["eligibility"],
    }  # fmt: skip
