"""What service initiatives changed: tables initiative_results and initiative_checks, each read once.

A result is told once the stop date and the last window of its primary outcome are over, and never before.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from models.experiments import (
    RATIO_ALARM,
    Arm,
    Difference,
    State,
    mean_difference,
    sample_ratio,
    share_difference,
    state_of,
)
from models.initiatives import GUARDRAILS, OUTCOMES, is_kept, role_of, verdict, window_of
from models.wording import rate
from pipelines.config import Settings

_NAN = math.nan
_WORDS = {"csat": "are content", "reopened": "had a ticket reopened"}


def initiative_results_into(
    con: duckdb.DuckDBPyConnection, designs: list[dict[str, Any]], settings: Settings, as_of: date
) -> None:
    """Tables initiative_results and initiative_checks of every launched initiative."""
    counted = con.execute(
        "select key, arm, count(*) as drawn, min(started_on) as first_on, max(started_on) as last_on"
        " from initiative_outcomes where kind = 'drawn' group by key, arm"
    ).df()
    arms = con.execute("from initiative_arms where kind = 'drawn'").df()
    results, checks = [], []
    for design in designs:
        own = counted[counted["key"] == design["campaign_id"]].set_index("arm")
        if own.empty:
            continue
        drawn = int(own["drawn"].get("treated", 0)), int(own["drawn"].get("control", 0))
        told = _told_on(design, own["last_on"].max().date(), settings)
        state = state_of(*drawn, told, as_of, _is_called_off(design, as_of))
        found = {
            outcome: _compared(arms[arms["key"] == design["campaign_id"]], outcome, drawn)
            for outcome in OUTCOMES
            if _is_over(design, outcome, own["last_on"].max().date(), settings, as_of)
        }
        days = {"started_on": own["first_on"].min().date(), "stop_on": told, "state": state}
        results += list(_result_rows(design, found if state == "measured" else {}, drawn, days, settings))
        checks += list(_check_rows(design, found if state == "measured" else {}, drawn))
    _append(con, "initiative_results", results)
    _append(con, "initiative_checks", checks)


def _told_on(design: dict[str, Any], last_on: date, settings: Settings) -> date:
    """The day after which the result is told: the stop date, or the end of the last window if that is later."""
    days = window_of(design["outcome"], int(design["window_days"]), settings.churn.horizon_days)
    return max(design["stop_on"] or last_on, last_on + timedelta(days=days))


def _is_over(design: dict[str, Any], outcome: str, last_on: date, settings: Settings, as_of: date) -> bool:
    """Whether an outcome is known of everybody who was drawn."""
    days = window_of(outcome, int(design["window_days"]), settings.churn.horizon_days)
    return last_on + timedelta(days=days) < as_of


def _is_called_off(design: dict[str, Any], as_of: date) -> bool:
    """Whether it was closed before its stop date was over: then it has no result, ever."""
    closed, stop_on = design["closed_at"], design["stop_on"]
    return bool(closed and stop_on and closed.date() < as_of and closed.date() <= stop_on)


def _compared(arms: pd.DataFrame, outcome: str, drawn: tuple[int, int]) -> Difference:
    """Treated minus control of one outcome, each over the customers who tell it."""
    rows = arms[arms["outcome"] == outcome].set_index("arm")
    if not {"treated", "control"} <= set(rows.index):
        return Difference(*drawn, _NAN, _NAN, _NAN, _NAN, _NAN)
    treated, control = (
        Arm.of(rows.at[arm, "n"], rows.at[arm, "mean"], rows.at[arm, "variance"]) for arm in ("treated", "control")
    )
    return share_difference(treated, control) if OUTCOMES[outcome].is_share else mean_difference(treated, control)


def _result_rows(
    design: dict[str, Any],
    found: dict[str, Difference],
    drawn: tuple[int, int],
    days: dict[str, date | State],
    settings: Settings,
) -> Iterator[dict[str, Any]]:
    """One row per outcome; before it may be read, arms without figures."""
    for outcome, kind in OUTCOMES.items():
        told = found.get(outcome, Difference(*drawn, _NAN, _NAN, _NAN, _NAN, _NAN))
        yield {
            "campaign_id": design["campaign_id"],
            "name": design["name"],
            "initiative": design["initiative"],
            "outcome": outcome,
            "role": role_of(outcome, design["outcome"]),
            "unit": kind.unit,
            "window_days": window_of(outcome, int(design["window_days"]), settings.churn.horizon_days),
            **{name: _known(getattr(told, name)) for name in ("treated_n", "control_n", "treated", "control")},
            **{name: _known(getattr(told, name)) for name in ("difference", "low", "high")},
            "verdict": verdict(outcome, told) or None,
            "enrol_until": date.fromisoformat(design["enrol_until"]) if design["enrol_until"] else None,
            **days,
        }


def _check_rows(
    design: dict[str, Any], found: dict[str, Difference], drawn: tuple[int, int]
) -> Iterator[dict[str, Any]]:
    """The sample ratio at any time, the guardrails once the result may be read."""
    share, n = design["control_share"], sum(drawn)
    p = sample_ratio(*drawn, share)
    is_ok = drawn[1] > 0 and not p < RATIO_ALARM
    words = f"{rate(drawn[1] / n)} of {n:,.0f} customers were served as usual; the share drawn is {rate(share)}."
    if not is_ok:
        words += " That is no chance: find out who went missing before you believe the result."
    one = {"campaign_id": design["campaign_id"]}
    yield one | {"check_name": "sample ratio", "value": _known(p), "is_ok": is_ok, "words": words}
    most = float(design["most_cost"])
    for outcome in GUARDRAILS:
        told = found.get(outcome)
        if told is not None and outcome != design["outcome"] and not math.isnan(told.difference):
            kept = is_kept(outcome, told, most)
            words = _guardrail(outcome, told, kept, most)
            yield one | {"check_name": outcome, "value": told.difference, "is_ok": kept, "words": words}


def _guardrail(outcome: str, told: Difference, is_ok: bool, most: float) -> str:
    """A guardrail in words."""
    verdict_told = "no worse than chance allows" if is_ok else "worse, beyond chance"
    if outcome in _WORDS:
        return f"{rate(told.treated)} of the treated and {rate(told.control)} of the others {_WORDS[outcome]}: " + (
            f"{verdict_told}."
        )
    if outcome == "tickets":
        return f"{told.treated:.2f} new tickets per treated customer and {told.control:.2f} else: {verdict_told}."
    limit = "no limit was set" if math.isnan(most) else f"{most:,.2f} were allowed"
    return f"{told.difference:+,.2f} per customer, contacts and tickets together; {limit}."


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Append rows by the names of their columns."""
    if rows:
        con.register("rows_to_append", pa.Table.from_pylist(rows))
        con.execute(f"insert into {table} by name select * from rows_to_append")
        con.unregister("rows_to_append")
