"""The first door: from pages to what is published. Which warehouse is current, one connection to it, cached answers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import duckdb
import pandas as pd
import streamlit as st

from models.plan import Limits
from pipelines import config, list_export, plan, publish, published_plan, queries
from pipelines.queries import ListFilter, ListOrder, Marked, definition_of, filter_of

__all__ = ["ListFilter", "ListOrder", "Marked", "definition_of", "filter_of"]

Answer = TypeVar("Answer")
Given = ParamSpec("Given")


def home() -> Path:
    """The home folder: `$STAMMKUNDE_HOME`, else `data/`."""
    return config.home_folder()


def warehouse() -> Path | None:
    """The published warehouse, resolved anew on each call, so that a new one is seen on the next rerun."""
    return publish.current(home(), "warehouse")


def is_published() -> bool:
    """Whether any scores were published yet."""
    return warehouse() is not None


@st.cache_resource(max_entries=3, show_spinner=False)
def _connection(path: str) -> duckdb.DuckDBPyConnection:
    """One read-only connection per published file and server; connecting costs 50 ms, a cursor nothing."""
    con = duckdb.connect(path, read_only=True)
    con.execute("set timezone = 'UTC'")
    # A page asks this file alone: no other files, and no Python object that happens to have a table's name.
    con.execute("set python_enable_replacements = false")
    con.execute("set enable_external_access = false")
    return con


@st.cache_data(max_entries=500, show_spinner=False)
def _answer(path: str, name: str, given: tuple[tuple[Any, ...], dict[str, Any]], _question: Callable[..., Any]) -> Any:
    """Cached by file, name and arguments; the function itself is left out of the key."""
    arguments, named = given
    return _question(_connection(path).cursor(), *arguments, **named)


def _asked(question: Callable[Concatenate[duckdb.DuckDBPyConnection, Given], Answer]) -> Callable[Given, Answer]:
    """A question to the published warehouse, answered from cache while the same file is published.

    Answers are shared between visitors as copies and must stay small (at most a few hundred rows).
    """

    @wraps(question)
    def answer(*arguments: Given.args, **named: Given.kwargs) -> Answer:
        return _answer(str(warehouse()), question.__name__, (arguments, named), question)

    return answer


@st.cache_resource(max_entries=2, show_spinner=False)
def _offers(path: str) -> plan.ShopOffers:
    """What every plan of a published file chooses from."""
    return plan.read_offers(_connection(path).cursor())


@st.cache_resource(max_entries=8, show_spinner=False)
def _scenario(path: str, limits: Limits) -> tuple[duckdb.DuckDBPyConnection, Lock]:
    """A cursor on which the tables of the plan are those under other limits; one visitor asks at a time."""
    cursor = _connection(path).cursor()
    published_plan.scenario_into(cursor, _offers(path), limits, with_gains=True)
    return cursor, Lock()


@st.cache_data(max_entries=200, show_spinner=False)
def _supposed(path: str, limits: Limits, name: str, arguments: tuple[Any, ...], _question: Callable[..., Any]) -> Any:
    """An answer about the plan under other limits."""
    cursor, one_at_a_time = _scenario(path, limits)
    with one_at_a_time:
        return _question(cursor, *arguments)


def _planned(
    question: Callable[Concatenate[duckdb.DuckDBPyConnection, Given], Answer],
) -> Callable[Concatenate[Limits | None, Given], Answer]:
    """A question about the published plan, or about the plan under the limits given first."""

    @wraps(question)
    def answer(limits: Limits | None, *arguments: Given.args, **named: Given.kwargs) -> Answer:
        if limits is None:
            return _answer(str(warehouse()), question.__name__, (arguments, named), question)
        return _supposed(str(warehouse()), limits, question.__name__, arguments, question)

    return answer


run_info = _asked(queries.run_info)
has_kpis = _asked(queries.has_kpis)
kpi_months = _asked(queries.kpi_months)
kpi_bridge = _asked(queries.kpi_bridge)
kpi_cohorts = _asked(queries.kpi_cohorts)
kpi_steps = _asked(queries.kpi_steps)
kpi_values = _asked(queries.kpi_values)
kpi_value_at_risk = _asked(queries.kpi_value_at_risk)
has_expansion = _asked(queries.has_expansion)
advocate_steps = _asked(queries.advocate_steps)
advocates = _asked(queries.advocates)
expansion_actions = _asked(queries.expansion_actions)
expansion_notes = _asked(queries.expansion_notes)
expansion_opportunities = _asked(queries.expansion_opportunities)
expansion_potential = _asked(queries.expansion_potential)
expansion_products = _asked(queries.expansion_products)
expansion_rates = _asked(queries.expansion_rates)
has_experience = _asked(queries.has_experience)
has_initiatives = _asked(queries.has_initiatives)
initiative_bases = _asked(queries.initiative_bases)
initiative_checks = _asked(queries.initiative_checks)
initiative_results = _asked(queries.initiative_results)
initiative_sizes = _asked(queries.initiative_sizes)
experience_detractors = _asked(queries.experience_detractors)
experience_loop = _asked(queries.experience_loop)
experience_notes = _asked(queries.experience_notes)
experience_scores = _asked(queries.experience_scores)
experience_service = _asked(queries.experience_service)
experience_support = _asked(queries.experience_support)
experience_support_strata = _asked(queries.experience_support_strata)
has_overview = _asked(queries.has_overview)
overview_experiments = _asked(queries.overview_experiments)
overview_risks = _asked(queries.overview_risks)
overview_sentence = _asked(queries.overview_sentence)
retention_forecast = _asked(queries.retention_forecast)
has_journey = _asked(queries.has_journey)
journey_cells = _asked(queries.journey_cells)
journey_customers = _asked(queries.journey_customers)
journey_info = _asked(queries.journey_info)
journey_listed = _asked(queries.journey_listed)
journey_stages = _asked(queries.journey_stages)
experience_waiting = _asked(queries.experience_waiting)
snapshot_health = _asked(queries.snapshot_health)
totals = _asked(queries.totals)
second_orders = _asked(queries.second_orders)
sufficiency = _asked(queries.sufficiency)
ingest_report = _asked(queries.ingest_report)
list_summary = _asked(queries.list_summary)
list_page = _asked(queries.list_page)
list_options = _asked(queries.list_options)
loosening = _asked(queries.loosening)
find_customers = _asked(queries.find_customers)
customer = _asked(queries.customer)
customer_contract = _asked(queries.customer_contract)
customer_reasons = _asked(queries.customer_reasons)
customer_log_odds = _asked(queries.customer_log_odds)
customer_events = _asked(queries.customer_events)
has_plan = _asked(queries.has_plan)
catalogue = _asked(queries.catalogue)
decisions_read_at = _asked(queries.decisions_read_at)
action_titles = _asked(queries.action_titles)
plan_channels = _asked(queries.plan_channels)
plan_summary = _planned(queries.plan_summary)
plan_limits = _planned(queries.plan_limits)
plan_actions = _planned(queries.plan_actions)
plan_displaced_by = _planned(queries.plan_displaced_by)
left_alone_reasons = _planned(queries.left_alone_reasons)
plan_list_size = _planned(queries.plan_list_size)
plan_list = _planned(queries.plan_list)
has_segments = _asked(queries.has_segments)
bond_actions = _asked(queries.bond_actions)
loyalty_profile = _asked(queries.loyalty_profile)
move_days = _asked(queries.move_days)
moves = _asked(queries.moves)
persona_reason_groups = _asked(queries.persona_reason_groups)
persona_state = _asked(queries.persona_state)
personas = _asked(queries.personas)
rfm_grid = _asked(queries.rfm_grid)
segment_groups = _asked(queries.segment_groups)
value_edges = _asked(queries.value_edges)
value_risk_map = _asked(queries.value_risk_map)
has_results = _asked(queries.has_results)
campaign_results = _asked(queries.campaign_results)
kept_revenue = _asked(queries.kept_revenue)
campaign_checks = _asked(queries.campaign_checks)
action_acceptances = _asked(queries.action_acceptances)
uplift_state = _asked(queries.uplift_state)
suggestion_titles = _asked(queries.suggestion_titles)
waiting = _asked(queries.waiting)
persona_names = _asked(queries.persona_names)
proactive_states = _asked(queries.proactive_states)
knows_troubles = _asked(queries.knows_troubles)
customer_troubles = _asked(queries.customer_troubles)
action_map = _asked(queries.action_map)
plan_totals = _asked(queries.plan_totals)
planned_totals = _asked(queries.planned_totals)


def suggested(chosen: ListFilter, marked: Marked, limit: int) -> list[tuple[str, str | None]]:
    """Customers of a filter with their suggested actions; asked anew for each press, because it may be long."""
    return queries.suggested(_connection(str(warehouse())).cursor(), chosen, marked, limit)


def list_file(chosen: ListFilter, marked: Marked, only: Sequence[str] | None, kind: str) -> bytes:
    """A filtered list as a CSV or XLSX file, of those who may be contacted now (`pipelines.list_export`)."""
    rows = list_export.list_rows(_connection(str(warehouse())).cursor(), chosen, marked, only)
    return list_export.list_file(home(), config.load_settings(home()), rows, kind)


def report_file(kind: Literal["pdf", "png"]) -> bytes:
    """The overview on one page, drawn once per published file."""
    return _drawn_report(str(warehouse()), kind)


@st.cache_data(max_entries=4, show_spinner=False)
def _drawn_report(path: str, kind: Literal["pdf", "png"]) -> bytes:
    from report import overview

    return overview(_connection(path).cursor(), kind)


customer_offers = _asked(queries.customer_offers)
action_assumptions = _asked(queries.action_assumptions)
customer_recommendations = _asked(queries.customer_recommendations)
risk_change = _asked(queries.risk_change)
risk_change_info = _asked(queries.risk_change_info)
happened_since = _asked(queries.happened_since)
what_if_inputs = _asked(queries.what_if_inputs)


@st.cache_data(max_entries=200, show_spinner=False)
def customer_inputs(customer_id: str, as_of: date, file: str) -> pd.DataFrame | None:
    """What the model knew of a customer, out of the named feature store; None when that store is gone."""
    path = publish.store_folder(home()) / file
    return queries.customer_inputs(_connection(str(path)).cursor(), customer_id, as_of) if path.exists() else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _scoring_model(path: str) -> Any:
    """The model of a published file. Imported late: no page needs it before an input is changed."""
    from pipelines import what_if

    return what_if.bundle_of(_connection(path).cursor())


def what_if(row: pd.DataFrame, changed: Mapping[str, float | None]) -> Any:
    """Churn risk of one row of inputs as it is and with some of them changed, by the model that made the scores."""
    from pipelines import what_if as again

    return again.answer(_scoring_model(str(warehouse())), row, changed)


def what_if_reach(row: pd.DataFrame, inputs: pd.DataFrame) -> dict[str, float]:
    """By how much each known input could lower the risk within its usual range, largest first."""
    from pipelines import what_if as again

    return again.reach(_scoring_model(str(warehouse())), row, inputs)


has_model_health = _asked(queries.has_model_health)
retrain_advice = _asked(queries.retrain_advice)
promise_runs = _asked(queries.promise_runs)
promise_tenths = _asked(queries.promise_tenths)
score_deciles = _asked(queries.score_deciles)
drift_groups = _asked(queries.drift_groups)
drift_summary = _asked(queries.drift_summary)
drift_months = _asked(queries.drift_months)
drift_bins = _asked(queries.drift_bins)
data_breaks = _asked(queries.data_breaks)


has_data_health = _asked(queries.has_data_health)
data_sources = _asked(queries.data_sources)
data_days = _asked(queries.data_days)
data_gaps = _asked(queries.data_gaps)
data_columns = _asked(queries.data_columns)
data_rejects = _asked(queries.data_rejects)
reject_rows = _asked(queries.reject_rows)
data_checks = _asked(queries.data_checks)
check_rows = _asked(queries.check_rows)
matched_revenue = _asked(queries.matched_revenue)


def rejects_file() -> bytes:
    """All rejected rows as a CSV file; made when the button is pressed, and not kept."""
    return queries.rejects_file(_connection(str(warehouse())).cursor())
