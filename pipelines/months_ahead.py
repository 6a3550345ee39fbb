"""What a day's risks say of the coming months' retention: who can leave in each, and what is expected of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.forecast import BEYOND_DAYS, MOST_MONTHS, Due, Past, Shift, crowd_ahead, leaving, month_ahead, usual_shift
from pipelines.config import Settings
from pipelines.frames import floats_sql
from pipelines.snapshots import months_before

_KNOWN_SHARE = 0.98  # of those who can leave that must have a risk
_USUAL_MONTHS = 12  # whose arrivals are expected again

Row = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """A day on which a forecast is made, by which kind of run and version, and the runs it can learn from."""

    day: date
    source: str
    version: str
    past: Sequence[Row]

    @property
    def shift(self) -> Shift:
        """How far risks were off in runs whose horizon was over on the day."""
        known = [run for run in self.past if run["actual"] is not None and run["due_on"] <= self.day]
        return usual_shift([Past(run["promised"], run["actual"], run["judged_n"]) for run in known])


@dataclass(frozen=True)
class Leavers:
    """Who can leave soon: day of the last order and risk, nan for who has none. `active`: at the month's start."""

    last_on: np.ndarray
    risk: np.ndarray
    active: float
    arrivals: np.ndarray


def now_ahead(con: duckdb.DuckDBPyConnection, settings: Settings, origin: Origin) -> list[Row]:
    """The months ahead by the risks of `customer_scores`."""
    due_into(con, settings, origin.day)
    return _ahead(con, settings, origin, "customer_scores")


def rehearsed_ahead(con: duckdb.DuckDBPyConnection, settings: Settings, origin: Origin, model: Bundle) -> list[Row]:
    """The months after a version's test day by its rehearsal; none where the features of that day are not stored."""
    names = list(model.rehearsal.features) if model.rehearsal else []
    offered = {row[0] for row in con.execute("describe customer_features").fetchall()}
    if model.rehearsal is None or not set(names) <= offered:
        return []
    due_into(con, settings, origin.day)
    frame = con.execute(
        f"select rows.customer_id, {floats_sql(names, 'rows')} from customer_features as rows"
        " semi join forecast_due using (customer_id) where rows.as_of_date = ?",
        [origin.day],
    ).df()
    if frame.empty:
        return []
    risks = pd.DataFrame({"customer_id": frame["customer_id"], "churn_risk": model.rehearsal.churn_risk(frame)})
    con.register("rehearsed_risks", risks)
    try:
        return _ahead(con, settings, origin, "rehearsed_risks")
    finally:
        con.unregister("rehearsed_risks")


def due_into(con: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> None:
    """Temporary table forecast_due: who can leave from the start of the day's month on, with the last order's day."""
    active = settings.churn.active_days
    until = day + timedelta(days=settings.churn.horizon_days + BEYOND_DAYS - active)
    con.execute(
        """
        create or replace temp table forecast_due as
        select customer_id, max(ordered_on) as last_on
        from order_facts where ordered_on < $day
        group by customer_id having max(ordered_on) >= $first and max(ordered_on) < $until
        """,
        {"day": day, "first": day.replace(day=1) - timedelta(days=active), "until": min(until, day)},
    )


def _ahead(con: duckdb.DuckDBPyConnection, settings: Settings, origin: Origin, risks: str) -> list[Row]:
    """One row per month that ends within the horizon; none where too few have a risk or the shop is too young."""
    start = _start(con, origin.day, settings.churn.active_days)
    if start is None:
        return []
    found = con.execute(f"select last_on, churn_risk from forecast_due left join {risks} using (customer_id)").df()
    last = found["last_on"].to_numpy(dtype="datetime64[D]")
    risk = found["churn_risk"].to_numpy(dtype=float, na_value=np.nan)
    is_there = last >= np.datetime64(origin.day - timedelta(days=settings.churn.active_days))
    if not is_there.any() or np.isfinite(risk[is_there]).mean() < _KNOWN_SHARE:
        return []
    return _walk(settings, origin, Leavers(last, risk, *start))


def _start(con: duckdb.DuckDBPyConnection, day: date, active_days: int) -> tuple[float, np.ndarray] | None:
    """Customers active at the start of the day's month, and who arrived per month before; None in a young shop.

    Until `active_days` after the first order nobody can leave.
    """
    first = day.replace(day=1)
    rows = con.execute(
        "select month, active_customers, active_at_end, new_customers + won_back_customers as arrived"
        " from kpi_months where month <= ? order by month",
        [first],
    ).fetchall()
    oldest = con.execute("select min(ordered_on) from order_facts").fetchall()[0][0]
    if not rows or oldest is None or oldest + timedelta(days=active_days) > first:
        return None
    month, active_at_start, active_at_end, _ = rows[-1]
    active = active_at_start if month == first else active_at_end
    if not active:
        return None
    arrived = np.array([row[3] for row in rows if row[0] < first][-_USUAL_MONTHS:], dtype=float)
    return float(active), arrived


def _walk(settings: Settings, origin: Origin, leavers: Leavers) -> list[Row]:
    """Month after month from the day's own: expected retention, and who is expected to be there for the next."""
    active_days, horizon = settings.churn.active_days, settings.churn.horizon_days
    lost: list[float] = []
    rows: list[Row] = []
    start = origin.day.replace(day=1)
    while len(rows) < MOST_MONTHS:
        end = months_before(start, -1)
        if (end - origin.day).days > horizon + BEYOND_DAYS:
            break
        due = _due(leavers, lost, (origin.day, start, end), active_days)
        found = month_ahead(due, horizon, origin.shift)
        rows.append(
            {
                "measure": "month", "month": start, "as_of_date": origin.day, "due_on": end, "expected": found.share,
                "low": found.low, "high": found.high, "n": round(due.active), "source": origin.source,
                "model_version": origin.version, "active_days": active_days, "horizon_days": horizon,
                "eligibility": settings.churn.eligibility,
            }
        )  # fmt: skip
        lost.append(due.gone + float(leaving(due.risk, due.days, horizon).sum()))
        start = end
    return rows


def _due(leavers: Leavers, lost: list[float], days: tuple[date, date, date], active_days: int) -> Due:
    """Who can leave in the month between the last two of `days`, seen from the first of them."""
    day, start, end = (np.datetime64(each) for each in days)
    active, deviation = crowd_ahead(leavers.active, lost, leavers.arrivals)
    window = np.timedelta64(active_days)
    is_gone = (leavers.last_on >= start - window) & (leavers.last_on < min(day, end) - window)
    is_due = (leavers.last_on >= max(start, day) - window) & (leavers.last_on < end - window)
    risk = leavers.risk[is_due]
    risk = np.where(np.isfinite(risk), risk, np.nanmean(risk) if np.isfinite(risk).any() else 1.0)
    return Due(risk, float((end - day).astype(int)), int(is_gone.sum()), max(active, 1.0), deviation)
