"""The gate as a step of training: rows of a few days out of the feature store, every check, what a version keeps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import pandas as pd

from models.adversarial import told_apart
from models.gate import UNTIMELY, WARN, Finding, alone, blocks, named, shifted, untimely
from models.label_checks import jumps, quiet_days, young_labels
from models.timeless import Judge, Past, Timeless
from pipelines.attributes import PREFIX
from pipelines.config import Settings
from pipelines.frames import feature_columns, floats_sql
from pipelines.version_report import words_of
from pipelines.warehouse import tables

Gate = dict[str, Any]
Rows = Callable[[date], pd.DataFrame]

TOO_FEW = "too few customers"
MOST_ROWS = 6_000  # of a day: what more of them would show is no matter of leaks
LEAST_ROWS, LEAST_OUTCOMES = 150, 20
YEAR = timedelta(days=365)
NEAR_DAYS = 20
OLDER = 3  # days a year older, together a judge of what fades
ORDERS = "order_facts"
_RATES = (
    "select as_of_date, count(churned), avg(churned::double) from churn_labels where churned is not null group by all"
)
_ORDERS_PER_DAY = f"""
    select count({ORDERS}.ordered_on)
    from (select cast(unnest(generate_series(min(ordered_on), max(ordered_on), interval 1 day)) as date) as day
        from {ORDERS}) as calendar
    left join {ORDERS} on calendar.day = {ORDERS}.ordered_on
    group by calendar.day order by calendar.day
"""
_TIMELESS = {"is_business"}  # columns of the contract that carry no time, beside the attributes
_OWN_MOMENTS = {"recency & rhythm", "value"}  # groups of features made from the moments of the orders alone


@dataclass(frozen=True)
class Days:
    """The days of a feature store: the newest with an outcome, that of today, and all with one, oldest first."""

    newest: date
    today: date
    labelled: tuple[date, ...]
    known_until: date

    @property
    def apart(self) -> timedelta:
        """From the newest outcomes to today."""
        return self.today - self.newest

    def near(self, day: date) -> date | None:
        """The day with an outcome that is nearest to one, if it is near."""
        found = min(self.labelled, key=lambda other: abs(other - day))
        return found if abs((found - day).days) <= NEAR_DAYS else None


def judged(con: duckdb.DuckDBPyConnection, settings: Settings) -> Gate:
    """Run every check on the feature store in `con`: `findings`, one row each, and `checked`, what was looked at.

    Where there is too little to judge by, a check is left out and `checked` says so.
    """
    days = _days(con, settings.churn.horizon_days)
    features = feature_columns(con, "main.customer_features")
    words = list(words_of(con)[["feature", "label", "feature_group"]].itertuples(index=False, name=None))
    labels = {name: name.replace("_", " ") for name in features} | {name: label for name, label, _ in words}
    own = {name for name, _, group in words if group in _OWN_MOMENTS}
    findings, checked = _outcomes(con, settings, days)
    rows = cache(lambda day: _rows_of(con, features, day))
    if not _can_judge(rows(days.newest)):
        findings += _cannot_judge(features, labels, len(rows(days.newest)))
        return _kept(findings, [*checked, f"Features: {TOO_FEW} with an outcome to judge any by."])
    samples = [rows(day) for day in (days.newest, days.near(days.newest - days.apart)) if day is not None]
    findings += alone(samples, features, labels, own)
    checked.append(f"Alone: {len(features)} features, each by itself, on the newest outcomes.")
    timeless = [name for name in features if name.startswith(PREFIX) or name in _TIMELESS]
    told, sentence = _without_time(rows, days, features, timeless)
    findings, checked = findings + untimely(told, labels), [*checked, sentence]
    told_from, sentence = _apart(rows, days, features, labels)
    return _kept(findings + told_from, [*checked, sentence])


def _cannot_judge(features: tuple[str, ...], labels: Mapping[str, str], customers: int) -> list[Finding]:
    """A warning for each attribute: nobody can say whether it was known at the time."""
    return [
        Finding(
            UNTIMELY, name, labels[name], WARN, customers, LEAST_ROWS,
            f"“{labels[name]}” carries no time, and there are {TOO_FEW} to judge whether it was known on the days that "
            "are learned from. Make sure that it is not written when somebody leaves.",
        )
        for name in features if name.startswith(PREFIX)
    ]  # fmt: skip


def _kept(findings: list[Finding], checked: list[str]) -> Gate:
    order = sorted(findings, key=lambda found: found.level)  # what blocks first
    return {"findings": [found.to_dict() for found in order], "checked": checked}


def settled(better: bool, reason: str, gate: Gate, propose: bool) -> dict[str, Any]:
    """Whether a version goes live, and why (not), as facts: it must be better, pass the gate, and not be a proposal."""
    stopped = blocks(gate)
    if stopped:
        told = f"the gate blocks it ({named(stopped)}). Otherwise: {reason}"
        return {"promoted": False, "proposed": False, "reason": told}
    if propose:
        return {
            "promoted": False,
            "proposed": True,
            "reason": f"it waits for somebody to promote it. By the rule: {reason}",
        }
    return {"promoted": better, "proposed": False, "reason": reason}


def lines(gate: Gate | None) -> list[str]:
    """The gate in plain lines: one for all, and one per finding."""
    if gate is None:
        return []
    found = gate["findings"]
    if not found:
        return [_passed(gate)]
    stopped = len(blocks(gate))
    head = (
        f"Gate: {stopped} of {len(found)} findings block."
        if stopped
        else f"Gate: passed, with {len(found)} to look at."
    )
    return [head, *(f"  {row['level']}: {row['words']}" for row in found)]


def _passed(gate: Gate) -> str:
    left_out = next((line for line in gate["checked"] if TOO_FEW in line), "")
    return f"Gate: passed, nothing found. {left_out}".strip()


def _days(con: duckdb.DuckDBPyConnection, horizon_days: int) -> Days:
    labelled = con.execute(f"select distinct as_of_date from ({_RATES}) order by 1").fetchall()
    newest, today = labelled[-1][0], con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
    known_until = newest + timedelta(days=horizon_days)
    if ORDERS in tables(con):
        known_until = con.execute(f"select max(ordered_on) from {ORDERS}").fetchall()[0][0] + timedelta(days=1)
    return Days(newest, today, tuple(day for (day,) in labelled), known_until)


def _rows_of(con: duckdb.DuckDBPyConnection, features: tuple[str, ...], day: date) -> pd.DataFrame:
    """Features and outcome (null where it is not known) of a day; beyond `MOST_ROWS` customers a sample by hash."""
    rows = con.execute("select count(*) from customer_features where as_of_date = ?", [day]).fetchall()[0][0]
    return con.execute(
        f"""
        select features.customer_id, cast(labels.churned as double) as churned, {floats_sql(features, "features")}
        from customer_features as features
        left join churn_labels as labels using (customer_id, as_of_date)
        where as_of_date = ? and md5_number_lower(customer_id) % 10000 < {10_000 * MOST_ROWS // max(rows, 1)}
        order by customer_id
        """,
        [day],
    ).df()


def _can_judge(rows: pd.DataFrame) -> bool:
    churned = int(rows["churned"].sum())
    return len(rows) >= LEAST_ROWS and min(churned, len(rows) - churned) >= LEAST_OUTCOMES


def _outcomes(con: duckdb.DuckDBPyConnection, settings: Settings, days: Days) -> tuple[list[Finding], list[str]]:
    """What is asked of the outcomes: whether they can be known, and whether their rate jumped."""
    rates = con.execute(f"{_RATES} order by as_of_date").fetchall()
    by_orders = settings.churn.eligibility != "subscribed" and ORDERS in tables(con)  # a contract's end is no order
    counts = con.execute(_ORDERS_PER_DAY).fetchall() if by_orders else []
    quiet = quiet_days([count for (count,) in counts])
    found = young_labels(days.newest, settings.churn.horizon_days, days.known_until, quiet) + jumps(rates)
    return found, [f"Outcomes: known until {days.known_until}; churn rates of {len(rates)} days compared."]


def _without_time(
    rows: Rows, days: Days, features: tuple[str, ...], timeless: list[str]
) -> tuple[dict[str, Timeless], str]:
    """Judge the facts without a time, if there are any that vary."""
    newest, today = rows(days.newest), rows(days.today)
    varied = [name for name in timeless if newest[name].nunique(dropna=False) > 1]
    if not varied or days.today == days.newest or len(today) < LEAST_ROWS:
        return {}, "Facts without a time: none to judge." if not varied else "Facts without a time: nobody to compare."
    older = [rows(day) for day in _year_older(days)]
    past = Past(newest, today, tuple(frame for frame in older if _can_judge(frame)))
    dated = [name for name in features if name not in timeless and newest[name].notna().any()]
    judge = Judge(past, dated)
    then = f" and of {len(past.older)} days about a year older" if past.older else ""
    sentence = f"Facts without a time: {len(varied)}, on today's customers, the newest outcomes{then}."
    return {name: judge.of(name) for name in varied}, sentence


def _year_older(days: Days) -> list[date]:
    """Days with an outcome about a year before the newest, or the oldest that lie two horizons before it."""
    far = [day for day in days.labelled if days.newest - day >= 2 * days.apart]
    return sorted(far, key=lambda day: abs((days.newest - day - YEAR).days))[:OLDER]


def _apart(rows: Rows, days: Days, features: tuple[str, ...], labels: Mapping[str, str]) -> tuple[list[Finding], str]:
    """Tell today's customers from those of the newest outcomes, against earlier days as far apart."""
    if days.today == days.newest or len(rows(days.today)) < LEAST_ROWS:
        return [], "Training against today: nobody to compare."
    now = told_apart(rows(days.newest), rows(days.today), features)
    starts = (days.newest - days.apart, days.newest - 2 * days.apart, days.newest - YEAR)
    found = {(days.near(start), days.near(start + days.apart)) for start in starts}
    pairs = sorted((one, other) for one, other in found if one and other and one < other)
    before = [told_apart(rows(one), rows(other), features) for one, other in pairs]
    usual = f", earlier days with up to {max(pair.together for pair in before):.2f}" if before else ""
    sentence = f"Training against today: told apart with ROC AUC {now.together:.2f}{usual}."
    return shifted(now, before, labels), sentence
