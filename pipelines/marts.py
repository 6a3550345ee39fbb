"""Scoring as a publication: scores, reasons and everything the pages show, in one new warehouse file."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from models.bundle import Bundle
from models.sufficiency import Sufficiency
from pipelines import lineage, publish, runs
from pipelines.acceptances import measured_catalogue
from pipelines.catalogue import load_catalogue
from pipelines.changes import changes_into
from pipelines.config import Settings
from pipelines.data_health import data_health_into
from pipelines.decisions_made import decisions_into, read_decisions
from pipelines.errors import InputError
from pipelines.expansion import expansion_into
from pipelines.experience import experience_into
from pipelines.health import health_into
from pipelines.initiatives import initiatives_into
from pipelines.journey import journey_into
from pipelines.kpis import kpis_into
from pipelines.offers import offers_into
from pipelines.overview import overview_into
from pipelines.proactive import proactive_into
from pipelines.progress import Progress, silent
from pipelines.published_plan import plan_into
from pipelines.recommend import recommend_into
from pipelines.results import results_into
from pipelines.score import score_into, unscored_into
from pipelines.segment_marts import segments_into
from pipelines.uplift import uplift_into
from pipelines.verdict import Verdict, verdict
from pipelines.warehouse import expose, read_folder, run_folder, set_variables
from pipelines.what_if import what_if_into

_SOURCE, _FEATURES = "source", "features"
_COPIED = {"ingest_report": _SOURCE, "rejects": _SOURCE, "snapshots": _FEATURES}


@dataclass(frozen=True)
class ScoreReport:
    """What a scoring published; `state` is one of `verdict`'s, and without a model nobody has a risk."""

    as_of_date: str
    customers: int
    scored_customers: int
    value_at_risk: float
    expected_churners: float
    currency: str
    model_version: str | None
    state: str
    note: str
    advice: str
    recommendations_note: str = ""

    def lines(self) -> list[str]:
        """The report in plain lines."""
        if self.model_version is None:
            return [
                f"Published {self.customers:,} customers as of {self.as_of_date} without a churn risk. {self.note}",
                self.advice,
                *filter(None, [self.recommendations_note]),
            ]
        return [
            *filter(None, [self.note]),
            f"Scored {self.scored_customers:,} of {self.customers:,} customers as of {self.as_of_date} "
            f"with model version {self.model_version}.",
            f"Expected to leave: {self.expected_churners:,.0f}; "
            f"value at risk: {self.value_at_risk:,.0f} {self.currency}.",
            *filter(None, [self.recommendations_note]),
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def publish_scores(
    home: Path, settings: Settings, run_id: str, as_of: date | None = None, progress: Progress = silent
) -> ScoreReport:
    """Score every eligible customer on a day and publish stage `warehouse`.

    Without `as_of` the newest day of the features is used. Where the past has no usable signal or is too short,
    everything but risk, bands and reasons is published, with the sentence that says so. Raises InputError when an
    earlier step is missing or made for other settings or data, the catalogue of actions is wrong, or the day lies
    outside the data, and RuntimeError when a check on the new file fails; nothing is published then.
    """
    source, features = publish.require(home, _SOURCE), publish.require(home, _FEATURES)
    catalogue = load_catalogue(home)
    with publish.new_store(home, "warehouse", run_id, settings) as con:
        publish.attach(con, source, _SOURCE)
        publish.attach(con, features, _FEATURES)
        lineage.require_features(con, home, settings, _FEATURES)
        found = verdict(home, settings, con, _FEATURES)
        expose(con, _SOURCE)
        expose(con, _FEATURES)
        day = _day(con, as_of)
        _set_variables(con, settings, day)
        progress("customers", 0.0)
        run_folder(con, "segments")
        decisions_into(con, read_decisions(home, settings))
        proactive_into(con, settings, catalogue)
        run_folder(con, "standing")  # who waits for an answer, is held out, or said what on consent: once for all
        if found.model:
            score_into(con, _FEATURES, settings, day, found.model, progress)
        else:
            unscored_into(con, _FEATURES, settings, day)
        changes_into(con, home, settings, day, found.model, progress)
        what_if_into(con, home, day, found.model)
        without = recommend_into(con, progress)
        figures = results_into(con)
        learned = measured_catalogue(con, catalogue, figures)
        uplift_into(con, learned, figures)
        offers_into(con, settings, learned, day, progress)
        plan_into(con, settings, progress)
        run_folder(con, "marts", progress=progress)
        kpis_into(con, home, settings, day, progress)
        experience_into(con, settings, day, progress)
        initiatives_into(con, settings, day, progress)
        journey_into(con, settings, day, progress)
        segments_into(con, home, settings, day, progress)
        expansion_into(con, settings, day, progress)
        _copy_health(con)
        data_health_into(con, progress)
        health_into(con, home, settings, found.model, (run_id, day))
        overview_into(con, home, settings, found.model, day)
        _write_metrics(con, found.model)
        _write_sufficiency(con, found.enough)
        _write_run_info(con, settings, found, run_id, day)
        _check(con)
        return replace(_report(con), recommendations_note=without)


def _day(con: duckdb.DuckDBPyConnection, as_of: date | None) -> date:
    """The day to score: the newest snapshot, or the one asked for if it lies within the data."""
    newest = con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
    if as_of is None or as_of == newest:
        return newest
    first = con.execute("select min(ordered_on) from order_facts").fetchall()[0][0]
    if not first < as_of <= newest:
        raise InputError(
            f"--as-of {as_of}: the data allow days from {first + timedelta(days=1)} to {newest}. Name one of them."
        )
    return as_of


def _set_variables(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> None:
    """Set what the mart files read with getvariable."""
    present = con.execute("select list(table_name) from ingest_report where is_present").fetchall()[0][0]
    data_through = con.execute("select max(ordered_at) from orders").fetchall()[0][0]
    set_variables(
        con,
        as_of_date=as_of,
        horizon_days=settings.churn.horizon_days,
        active_days=settings.churn.active_days,
        data_through=data_through,
        eligibility=settings.churn.eligibility,
        has_tickets="support_tickets" in present,
        has_consents="consents" in present,
    )


def _copy_health(con: duckdb.DuckDBPyConnection) -> None:
    """Keep what the pages say about the data beside the scores that were made from it."""
    for table, alias in _COPIED.items():
        name = "snapshot_health" if table == "snapshots" else table
        con.execute(f"create table {name} as select * from {alias}.{table}")


def _write_metrics(con: duckdb.DuckDBPyConnection, model: Bundle | None) -> None:
    """Table model_metrics: one row per model and metric, with interval, n and day of the test; empty without one."""
    con.execute(
        "create table model_metrics"
        " (model varchar, metric varchar, value double, low double, high double, n bigint, as_of_date date)"
    )
    names = ("model", "metric", "value", "low", "high", "n", "as_of_date")
    rows = [[row[name] for name in names] for row in model.metrics] if model else []
    if rows:
        con.executemany("insert into model_metrics values (?, ?, ?, ?, ?, ?, ?)", rows)


def _write_sufficiency(con: duckdb.DuckDBPyConnection, enough: Sufficiency) -> None:
    """Table sufficiency: one row per line of the rule, with what is there and what is needed."""
    con.execute(
        "create table sufficiency (what varchar, found bigint, needed bigint, needed_for_trees bigint, why varchar)"
    )
    con.executemany("insert into sufficiency values (?, ?, ?, ?, ?)", [astuple(row) for row in enough.requirements])


def _write_run_info(
    con: duckdb.DuckDBPyConnection, settings: Settings, found: Verdict, run_id: str, as_of: date
) -> None:
    """Table run_info: the one row that says what these scores are, or why there are none."""
    model = found.model
    (told,) = con.execute("select source, data_hash, data_through from source_info").fetchall()
    source, data_hash, data_through = told
    customers, eligible, scored = con.execute(
        "select count(*), count(*) filter (is_eligible), count(*) filter (is_scored) from customer_list"
    ).fetchall()[0]
    info: Mapping[str, tuple[str, Any]] = {
        "run_id": ("varchar", run_id),
        "as_of_date": ("date", as_of),
        "horizon_days": ("integer", settings.churn.horizon_days),
        "eligibility": ("varchar", settings.churn.eligibility),
        "active_days": ("integer", settings.churn.active_days),
        "currency": ("varchar", settings.economics.currency),
        "gross_margin": ("double", settings.economics.gross_margin),
        "value_horizon_days": ("integer", settings.economics.value_horizon_days),
        "model_version": ("varchar", model.version if model else None),
        "model_kind": ("varchar", model.kind if model else None),
        "model_state": ("varchar", found.state),
        "model_note": ("varchar", found.note or None),
        "model_advice": ("varchar", found.advice or None),
        "trained_at": ("timestamp", model.trained_at if model else None),
        "data_through": ("timestamp", data_through),
        "source": ("varchar", source),
        "customers": ("bigint", customers),
        "eligible_customers": ("bigint", eligible),
        "scored_customers": ("bigint", scored),
        "finished_at": ("timestamp", runs.utc_now()),
        "data_hash": ("varchar", data_hash),
        "settings_hash": ("varchar", settings.hash),
        "code_hash": ("varchar", runs.code_hash()),
        "catalogue_version": (
            "varchar",
            con.execute("select any_value(catalogue_version) from actions").fetchall()[0][0],
        ),
    }
    columns = ", ".join(f"cast(? as {kind}) as {name}" for name, (kind, _) in info.items())
    con.execute(f"create table run_info as select {columns}", [value for _, value in info.values()])


def _check(con: duckdb.DuckDBPyConnection) -> None:
    """Run every file of sql/checks; a row found by any of them keeps the file from being published."""
    for file in read_folder("checks"):
        found = con.execute(f"select * from ({file.text}) limit 3").fetchall()
        if found:
            words = file.name.replace("_", " ")
            raise RuntimeError(f"the check '{words}' failed on the new scores, for example {found[0]}")


def _report(con: duckdb.DuckDBPyConnection) -> ScoreReport:
    """Sum up the new file."""
    as_of, customers, scored, currency, version, *told = con.execute(
        "select as_of_date, customers, scored_customers, currency, model_version, model_state,"
        " coalesce(model_note, ''), coalesce(model_advice, '') from run_info"
    ).fetchall()[0]
    at_risk, churners = con.execute(
        "select coalesce(sum(value_at_risk), 0), coalesce(sum(churn_risk), 0) from customer_list"
    ).fetchall()[0]
    return ScoreReport(str(as_of), customers, scored, at_risk, churners, currency, version, *told)
