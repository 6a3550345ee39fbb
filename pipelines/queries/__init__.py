"""What the pages ask of the warehouse: the only place with their SQL. Values travel as parameters, never as text.

Every function takes a cursor on a published `warehouse.duckdb` and returns a small frame or a plain record.
"""

from pipelines.queries.changes import customer_inputs, happened_since, risk_change, risk_change_info, what_if_inputs
from pipelines.queries.customers import (
    customer,
    customer_events,
    customer_log_odds,
    customer_reasons,
    find_customers,
)
from pipelines.queries.offers import action_assumptions, customer_offers, customer_recommendations
from pipelines.queries.plan import (
    action_titles,
    has_plan,
    left_alone_reasons,
    plan_actions,
    plan_channels,
    plan_displaced_by,
    plan_limits,
    plan_list,
    plan_list_size,
    plan_summary,
)
from pipelines.queries.shop import (
    at_risk_by,
    ingest_report,
    monthly_kpis,
    risk_histogram,
    run_info,
    second_orders,
    snapshot_health,
    sufficiency,
    totals,
)
from pipelines.queries.suggestions import action_map, has_suggestions, plan_totals, suggested
from pipelines.queries.worklist import (
    SORTS,
    ListFilter,
    ListOrder,
    Marked,
    definition_of,
    filter_of,
    list_options,
    list_page,
    list_summary,
    loosening,
)

__all__ = [
    "SORTS",
    "ListFilter",
    "ListOrder",
    "Marked",
    "action_assumptions",
    "action_map",
    "action_titles",
    "at_risk_by",
    "customer",
    "customer_events",
    "customer_inputs",
    "customer_log_odds",
    "customer_offers",
    "customer_reasons",
    "customer_recommendations",
    "definition_of",
    "filter_of",
    "find_customers",
    "happened_since",
    "has_plan",
    "has_suggestions",
    "ingest_report",
    "left_alone_reasons",
    "list_options",
    "list_page",
    "list_summary",
    "loosening",
    "monthly_kpis",
    "plan_actions",
    "plan_channels",
    "plan_displaced_by",
    "plan_limits",
    "plan_list",
    "plan_list_size",
    "plan_summary",
    "plan_totals",
    "risk_change",
    "risk_change_info",
    "risk_histogram",
    "run_info",
    "second_orders",
    "snapshot_health",
    "sufficiency",
    "suggested",
    "totals",
    "what_if_inputs",
]
