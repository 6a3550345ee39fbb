"""What the overview says in words: forecast, one sentence, risks and experiments, as tables of the warehouse."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from models import executive_experiments, executive_risks
from models.bundle import Bundle
from models.executive_sentence import Ahead, AtRisk, Kept, Known, Rate, described, sentence
from pipelines import overview_experiments, overview_risks
from pipelines.config import Settings
from pipelines.forecast import forecast_into
from pipelines.queries.results import kept_revenue
from pipelines.queries.rows import record
from pipelines.row_tables import write_rows
from pipelines.snapshots import months_before

_SENTENCE = "as_of_date date, sentence varchar, parts varchar, note varchar"
_RISKS = (
    "rank integer, risk_id varchar, title varchar, sentence varchar, customers bigint, money double, "
    "currency varchar, page varchar, filter varchar, as_of_date date"
)
_EXPERIMENTS = (
    "rank integer, experiment_id varchar, title varchar, sentence varchar, why varchar, segment varchar, "
    "action varchar, customers bigint, rounds integer, detectable double, money double, page varchar, "
    "filter varchar, as_of_date date"
)
_YOUNG = "No month ahead is forecast: the shop is younger than the {days} days after which a customer counts as gone."
_CONTRACTS = "No month ahead is forecast where contracts are predicted: they end on their day, not at a steady rate."
_NO_MODEL = "No month ahead is forecast: nobody has a churn risk yet."
_PART = "No month ahead is forecast: only part of those who can leave has a churn risk (churn.eligibility)."


def overview_into(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    settings: Settings,
    model: Bundle | None,
    day: date,
) -> None:
    """Write retention_forecast, overview_sentence, overview_risks and overview_experiments into `con`.

    Last of all, after every table that they read; what is missing there is passed over. docs/overview.md has the rules.
    """
    forecast_into(con, home, settings, model, day)
    currency = settings.economics.currency
    risks = executive_risks.top(overview_risks.candidates(con, currency, day))
    proposed = overview_experiments.candidates(con, currency, settings.churn.horizon_days)
    tests = executive_experiments.top(proposed)
    common = {"as_of_date": day, "currency": currency}
    write_rows(
        con, "overview_risks", _RISKS, [vars(risk) | common | {"rank": place} for place, risk in enumerate(risks, 1)]
    )
    write_rows(
        con, "overview_experiments", _EXPERIMENTS,
        [vars(test) | common | {"rank": place} for place, test in enumerate(tests, 1)],
    )  # fmt: skip
    text, parts = sentence(_known(con, settings, model, day))
    notes = [_no_forecast(con, settings, model), "" if tests else overview_experiments.why_none(con)]
    row = {
        "as_of_date": day,
        "sentence": text,
        "parts": json.dumps(described(parts)),
        "note": " ".join(filter(None, notes)),
    }
    write_rows(con, "overview_sentence", _SENTENCE, [row])


def _no_forecast(con: duckdb.DuckDBPyConnection, settings: Settings, model: Bundle | None) -> str:
    """Why no month ahead is forecast; empty where one is."""
    found = record(con, "select count(*) as n from retention_forecast where measure = 'month' and kind = 'forecast'")
    if found and found["n"]:
        return ""
    if model is None:
        return _NO_MODEL
    if settings.churn.eligibility == "subscribed":
        return _CONTRACTS
    rated = record(con, "select count(retention_rate) as n from kpi_months")
    return _PART if rated and rated["n"] else _YOUNG.format(days=settings.churn.active_days)


def _known(con: duckdb.DuckDBPyConnection, settings: Settings, model: Bundle | None, day: date) -> Known:
    """The figures of the sentence."""
    newest = _rate(con, "not is_running and retention_rate is not null order by month desc")
    before = _rate(con, f"month = date '{months_before(newest.month, 12)}'") if newest else None
    kept = kept_revenue(con)
    told = kept.iloc[-1] if len(kept) else None
    return Known(
        settings.economics.currency,
        newest,
        before,
        _ahead(con, day),
        _at_risk(con, settings) if model else None,
        None if told is None else Kept(float(told["amount"]), float(told["low"]), float(told["high"])),
    )


def _rate(con: duckdb.DuckDBPyConnection, where: str) -> Rate | None:
    """The retention of one month, if it has one."""
    row = record(con, f"select month, retention_rate, active_customers from kpi_months where {where} limit 1")
    if row is None or row["retention_rate"] is None:
        return None
    return Rate(row["month"], row["retention_rate"], row["active_customers"])


def _ahead(con: duckdb.DuckDBPyConnection, day: date) -> Ahead | None:
    """The first month whose outcome is to come."""
    row = record(
        con,
        "from retention_forecast where measure = 'month' and kind = 'forecast' and as_of_date <= $day"
        " order by month limit 1",
        {"day": day},
    )
    return None if row is None else Ahead(row["month"], row["expected"], row["low"], row["high"])


def _at_risk(con: duckdb.DuckDBPyConnection, settings: Settings) -> AtRisk | None:
    """Value at risk in all, and the segment that holds most of it."""
    shop = record(con, "from kpi_values where dimension = 'shop'")
    if shop is None or shop["value_at_risk"] is None:
        return None
    most: dict[str, Any] = record(
        con,
        "from kpi_values where dimension = 'segment' and value_at_risk is not null order by value_at_risk desc limit 1",
    ) or {"group_name": "", "value_at_risk": 0.0}
    share = most["value_at_risk"] / shop["value_at_risk"] if shop["value_at_risk"] else 0.0
    return AtRisk(shop["value_at_risk"], settings.churn.horizon_days, most["group_name"], share)
