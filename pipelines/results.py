"""What campaigns changed: tables campaign_results and campaign_checks, from random contacts whose horizon is over.

Two kinds of campaign count: those in the shop's own contacts, and those launched in the workflow database. Only what
was known before `as_of_date` is read, so that a score of an earlier day tells what could be told then.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from models.experiments import (
    GUARDRAILS,
    RATIO_ALARM,
    Arm,
    Difference,
    State,
    adjusted,
    is_worse,
    mean_difference,
    sample_ratio,
    share_difference,
    state_of,
)
from models.segments import GRID, quintile_edges
from models.wording import rate
from pipelines.warehouse import run_folder, tables

SHARES, MONEY = ("retention", "complaints", "unsubscribes", "csat"), ("revenue", "margin", "contact_cost", "net")
_METRICS = ("retention", "revenue", "margin", "contact_cost", "net", *GUARDRAILS)
_TABLES = {
    "campaign_results": "campaign_id varchar, source varchar, name varchar, action varchar, metric varchar, "
    "unit varchar, treated_n bigint, control_n bigint, treated double, control double, difference double, low double, "
    "high double, state varchar, started_on date, stop_on date",
    "campaign_checks": "campaign_id varchar, source varchar, check_name varchar, value double, is_ok boolean, "
    "words varchar",
}
_EDGES, _NAMES = "segment_edges", "segment_names"
_TOLD = ("treated_n", "control_n", "treated", "control", "difference", "low", "high")
_NAN = math.nan
_WORDS = {"complaints": "open tickets", "unsubscribes": "unsubscribe", "csat": "are content"}


@dataclass(frozen=True)
class Campaign:
    """A campaign as a result tells it, with everybody drawn so far; the sum of several has no id and no share."""

    campaign_id: str
    source: str
    name: str
    started_on: date
    stop_on: date
    treated_n: int
    control_n: int
    control_share: float = math.nan
    is_called_off: bool = False

    def state(self, as_of: date) -> State:
        """Whether its result may be read on a day."""
        return state_of(self.treated_n, self.control_n, self.stop_on, as_of, self.is_called_off)


@dataclass(frozen=True)
class Figures:
    """What `results_into` reckoned from: both arms per campaign and action, and which metrics the shop can have.

    `tried` are the latest customers of each action one by one, for what differs between them.
    """

    as_of: date
    campaigns: pd.DataFrame
    arms: pd.DataFrame
    segments: pd.DataFrame
    metrics: tuple[str, ...]
    tried: pd.DataFrame

    def readable(self, strata: pd.DataFrame) -> pd.DataFrame:
        """The strata whose outcomes may be read: the shop's past contacts, and what was launched here and is over."""
        known = self.campaigns
        early = known["is_called_off"] | ((known["source"] == "workflow") & (known["stop_on"].dt.date >= self.as_of))
        hidden = pd.MultiIndex.from_frame(known.loc[early, ["source", "campaign_id"]])
        return strata[~pd.MultiIndex.from_frame(strata[["source", "campaign_id"]]).isin(hidden)]


def results_into(con: duckdb.DuckDBPyConnection) -> Figures:
    """Write campaign_results and campaign_checks; returns the figures of both arms, from which acceptances learn.

    Reads facts and contract tables by their bare names, customer_cadence, temp tables decided_* where decisions were
    read, and the variables of `_set_variables` in `marts`. A campaign of id '' is the sum of all that may be read.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    _place_segments(con)
    built = run_folder(con, "results", "temp table").built
    figures = _figures(con)
    parts = list(_campaigns(figures))
    _append(con, "campaign_results", [row for part in parts for row in _results(*part, figures)])
    _append(con, "campaign_checks", [row for part in parts for row in _checks(*part, figures)])
    for table in (*reversed(built), _EDGES, _NAMES):
        con.execute(f"drop table temp.{table}")
    return figures


def _place_segments(con: duckdb.DuckDBPyConnection) -> None:
    """Temp tables of today's quintiles and the names of their groups, to place customers as they were at a contact."""
    known = con.execute("select -days_since_last_order as r, order_days as f, revenue_total as m from customer_cadence")
    edges = {
        f"{name}{place}": edge
        for name, values in known.df().items()
        for place, edge in enumerate(quintile_edges(values.to_numpy(float)), 1)
    }
    columns = ", ".join(f"cast(? as double) as {name}" for name in edges)
    con.execute(f"create or replace temp table {_EDGES} as select {columns}", list(edges.values()))
    con.execute(f"create or replace temp table {_NAMES} (r integer, level integer, segment varchar)")
    names = [[r, level, segment] for r, row in GRID.items() for level, segment in enumerate(row, 1)]
    con.executemany(f"insert into {_NAMES} values (?, ?, ?)", names)


def _figures(con: duckdb.DuckDBPyConnection) -> Figures:
    """Both arms of each campaign and action, side by side, and what is known of the campaigns."""
    keys = ["source", "campaign_id", "action"]
    arms = _side_by_side(con.execute("from arm_figures").df(), keys)
    segments = _side_by_side(con.execute("from segment_figures").df(), [*keys, "segment"])
    present = tables(con)
    tells = {"complaints": {"ticket_facts"}, "unsubscribes": {"consent_facts", "touchpoint_facts"}}
    metrics = tuple(metric for metric in _METRICS if metric not in tells or tells[metric] & present)
    as_of = con.execute("select getvariable('as_of_date')").fetchall()[0][0]
    campaigns, tried = (con.execute(f"from {table}").df() for table in ("campaign_dates", "tried_customers"))
    return Figures(as_of, campaigns, arms, segments, metrics, tried)


def _side_by_side(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per stratum with the figures of both arms as t_… and c_…; an arm without customers has n 0."""
    parts = {
        prefix: rows[rows["is_treated"] == is_treated].drop(columns="is_treated").set_index(keys).add_prefix(prefix)
        for prefix, is_treated in (("t_", True), ("c_", False))
    }
    return parts["t_"].join(parts["c_"], how="outer").fillna(0.0).reset_index()


def _campaigns(figures: Figures) -> Iterator[tuple[Campaign, pd.DataFrame]]:
    """Each campaign with its strata, then the sum of all that may be read."""
    strata = dict(list(figures.arms.groupby(["source", "campaign_id"])))
    nobody = figures.arms.iloc[:0]
    names = [field.name for field in fields(Campaign)]
    days = {name: figures.campaigns[name].dt.date for name in ("started_on", "stop_on")}
    for values in figures.campaigns.assign(**days)[names].itertuples(index=False, name=None):
        campaign = Campaign(*values)
        yield campaign, strata.get((campaign.source, campaign.campaign_id), nobody)
    together = figures.readable(figures.arms)
    if len(together):
        drawn = int(together["t_n"].sum()), int(together["c_n"].sum())
        first, through = figures.readable(figures.campaigns)["started_on"].min(), figures.as_of - timedelta(days=1)
        yield Campaign("", "all", "All campaigns", first.date(), through, *drawn), together


def arm(strata: pd.DataFrame, prefix: str, metric: str) -> Arm:
    """One arm of a metric over the strata; `prefix` is t_ or c_."""
    n = strata[f"{prefix}csat_n" if metric == "csat" else f"{prefix}n"]
    if metric in SHARES:
        return Arm.of(n, strata[prefix + metric])
    spread = (f"{prefix}margin_before", f"{prefix}margin_before_variance", f"{prefix}{metric}_covariance")
    before = tuple(strata[name] for name in spread)
    return Arm.of(n, strata[prefix + metric], strata[f"{prefix}{metric}_variance"], before)


def compare(strata: pd.DataFrame, metric: str) -> Difference:
    """Treated minus control of a metric over the strata; money as if all had earned alike in the year before."""
    arms = arm(strata, "t_", metric), arm(strata, "c_", metric)
    return share_difference(*arms) if metric in SHARES else mean_difference(*adjusted(*arms))


def _results(campaign: Campaign, strata: pd.DataFrame, figures: Figures) -> Iterator[dict[str, Any]]:
    """Rows of campaign_results: every metric over all actions, and once it may be read of each action."""
    state = campaign.state(figures.as_of)
    is_read = state == "measured"
    for action in ("", *(sorted(strata["action"].unique()) if is_read else ())):
        chosen = strata[strata["action"] == action] if action else strata
        for metric in figures.metrics:
            found = compare(chosen, metric) if is_read else _untold(campaign)
            yield {
                "campaign_id": campaign.campaign_id,
                "source": campaign.source,
                "name": campaign.name,
                "action": action,
                "metric": metric,
                "unit": "share" if metric in SHARES else "money",
                **{name: _known(getattr(found, name)) for name in _TOLD},
                "state": state,
                "started_on": campaign.started_on,
                "stop_on": campaign.stop_on,
            }


def _untold(campaign: Campaign) -> Difference:
    return Difference(campaign.treated_n, campaign.control_n, _NAN, _NAN, _NAN, _NAN, _NAN)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _checks(campaign: Campaign, strata: pd.DataFrame, figures: Figures) -> Iterator[dict[str, Any]]:
    """Rows of campaign_checks: are the arms as they were drawn, and once it may be read, did anything get worse."""
    if campaign.campaign_id:
        yield {"campaign_id": campaign.campaign_id, "source": campaign.source} | _ratio_check(campaign, figures)
    if campaign.state(figures.as_of) != "measured":
        return
    for metric in (name for name in GUARDRAILS if name in figures.metrics):
        found = compare(strata, metric)
        if not math.isnan(found.difference):
            check = {"check_name": metric, "value": found.difference, "is_ok": not is_worse(metric, found)}
            yield {"campaign_id": campaign.campaign_id, "source": campaign.source} | check | _guardrail(metric, found)


def _ratio_check(campaign: Campaign, figures: Figures) -> dict[str, Any]:
    """The sample-ratio check; where the share drawn is not known, that of all the shop's campaigns stands in."""
    share, known = campaign.control_share, "the share drawn"
    if math.isnan(share):
        drawn = figures.campaigns[figures.campaigns["source"] == campaign.source][["treated_n", "control_n"]].sum()
        share, known = float(drawn["control_n"] / drawn.sum()), "the share in all campaigns"
    n = campaign.treated_n + campaign.control_n
    p = sample_ratio(campaign.treated_n, campaign.control_n, share)
    is_ok = campaign.control_n > 0 and not p < RATIO_ALARM
    words = f"{rate(campaign.control_n / n)} of {n:,.0f} customers were left alone; {known} is {rate(share)}."
    if not campaign.control_n:
        words = f"Nobody of {n:,.0f} customers was left alone, so nothing can be measured."
    elif not is_ok:
        words += " That is no chance: find out who went missing before you believe the result."
    return {"check_name": "sample ratio", "value": _known(p), "is_ok": is_ok, "words": words}


def _guardrail(metric: str, found: Difference) -> dict[str, str]:
    """A guardrail in words."""
    verdict = "worse, beyond chance" if is_worse(metric, found) else "no worse than chance allows"
    shares = f"{rate(found.treated)} of the contacted and {rate(found.control)} of the others"
    return {"words": f"{shares} {_WORDS[metric]}: {verdict}."}


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Append rows by the names of their columns."""
    if rows:
        con.register("rows_to_append", pa.Table.from_pylist(rows))
        con.execute(f"insert into {table} by name select * from rows_to_append")
        con.unregister("rows_to_append")
