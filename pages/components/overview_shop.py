"""Everything the overview tells, asked once: the page and the report are drawn from the same answers.

This module and the others of the overview but `overview_view` need no page framework and no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Shop:
    """Answers about the whole shop, in the columns of docs/kpis.md and docs/experience.md.

    A frame without rows stands for what this shop, or the version that published its scores, does not have.
    """

    run: Record
    totals: Record
    snapshots: pd.DataFrame
    months: pd.DataFrame
    bridge: pd.DataFrame
    cohorts: pd.DataFrame
    steps: pd.DataFrame
    at_risk_days: pd.DataFrame
    kept: pd.DataFrame
    moves: pd.DataFrame
    moved: tuple[date, date] | None
    scores: pd.DataFrame
    services: pd.DataFrame
    loop: pd.DataFrame
    gaps: pd.DataFrame
    forecast: pd.DataFrame
    told: Record
    risks: pd.DataFrame
    experiments: pd.DataFrame


def gathered(ask: Any) -> Shop:
    """Ask for all of it; `ask` has the questions of `pipelines.queries` as attributes, without their cursor."""
    return Shop(
        run=ask.run_info(),
        totals=ask.totals(),
        snapshots=ask.snapshot_health(),
        months=ask.kpi_months(),
        bridge=ask.kpi_bridge(),
        cohorts=ask.kpi_cohorts(13),
        steps=ask.kpi_steps(),
        at_risk_days=ask.kpi_value_at_risk(),
        kept=ask.kept_revenue(),
        **_movement(ask),
        **_experience(ask),
        **_outlook(ask),
    )


def _movement(ask: Any) -> dict[str, Any]:
    """Moves between the two newest days that can be compared."""
    days = ask.move_days() if ask.has_segments() else []
    if len(days) < 2:
        return {"moves": pd.DataFrame(), "moved": None}
    to_on, from_on = days[:2]
    return {"moves": ask.moves("segment", from_on, to_on), "moved": (from_on, to_on)}


def _experience(ask: Any) -> dict[str, pd.DataFrame]:
    """What customers said and how they were served, month by month."""
    if not ask.has_experience():
        return dict.fromkeys(("scores", "services", "loop", "gaps"), pd.DataFrame())
    return {
        "scores": ask.experience_scores("month"),
        "services": ask.experience_service("month"),
        "loop": ask.experience_loop(),
        "gaps": ask.experience_notes(),
    }


def _outlook(ask: Any) -> dict[str, Any]:
    """What is expected, the one sentence, risks and experiments."""
    if not ask.has_overview():
        return {"told": {}, **dict.fromkeys(("forecast", "risks", "experiments"), pd.DataFrame())}
    return {
        "forecast": ask.retention_forecast(),
        "told": ask.overview_sentence() or {},
        "risks": ask.overview_risks(),
        "experiments": ask.overview_experiments(),
    }
