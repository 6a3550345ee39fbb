"""What the pages ask of the warehouse: the only place with their SQL. Values travel as parameters, never as text.

Every function takes a cursor on a published `warehouse.duckdb` and returns a small frame or a plain record.
"""

from pipelines.queries.customers import (
    customer,
    customer_events,
    customer_log_odds,
    customer_reasons,
    find_customers,
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
from pipelines.queries.worklist import (
    SORTS,
    ListFilter,
    ListOrder,
    list_options,
    list_page,
    list_summary,
    loosening,
)

__all__ = [
    "SORTS",
    "ListFilter",
    "ListOrder",
    "at_risk_by",
    "customer",
    "customer_events",
    "customer_log_odds",
    "customer_reasons",
    "find_customers",
    "ingest_report",
    "list_options",
    "list_page",
    "list_summary",
    "loosening",
    "monthly_kpis",
    "risk_histogram",
    "run_info",
    "second_orders",
    "snapshot_health",
    "sufficiency",
    "totals",
]
