"""What a model card tells beyond the model itself: data, libraries, population, features in words."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import duckdb

from pipelines.lineage import BUILD_INFO
from pipelines.warehouse import tables

LIBRARIES = ("xgboost", "xgboost-cpu", "scikit-learn", "scipy", "numpy", "pandas", "duckdb")


def card_facts(
    con: duckdb.DuckDBPyConnection, schema: str, features: tuple[str, ...], learned_customers: int
) -> dict[str, Any]:
    """JSON-able facts: data_hash, libraries, population, feature_groups (group → labels), feature_labels;
    tables that a store lacks leave their facts out.
    """
    known = tables(con)
    prefix = "" if schema == "main" else f"{schema}."
    facts: dict[str, Any] = {"libraries": _libraries()}
    if f"{prefix}{BUILD_INFO}" in known:
        facts["data_hash"] = con.execute(f"select data_hash from {schema}.{BUILD_INFO}").fetchall()[0][0]
    if f"{prefix}feature_words" in known:
        facts |= _words(con, schema, features)
    if f"{prefix}order_facts" in known:
        facts["population"] = _population(con, schema, learned_customers)
    return facts


def _libraries() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _words(con: duckdb.DuckDBPyConnection, schema: str, features: tuple[str, ...]) -> dict[str, Any]:
    words = con.execute(f"select feature, label, feature_group from {schema}.feature_words").fetchall()
    groups: dict[str, list[str]] = {}
    for feature, label, group in words:
        if feature in features:
            groups.setdefault(group, []).append(label)
    return {"feature_groups": groups, "feature_labels": {name: label for name, label, _ in words if name in features}}


def _population(con: duckdb.DuckDBPyConnection, schema: str, learned_customers: int) -> dict[str, Any]:
    """Customers known on the newest day, those eligible on it, and the share of labelled customers learned from."""
    day, customers, eligible, labelled = con.execute(
        f"""
        with newest as (select max(as_of_date) as day from {schema}.snapshots),
        eligible as (
            select customer_id from {schema}.customer_features, newest where as_of_date = newest.day
        )
        select (select day from newest),
            (
                select count(*) from (
                    select customer_id from {schema}.order_facts, newest where ordered_on < newest.day
                    union
                    select customer_id from eligible
                )
            ),
            (select count(*) from eligible),
            (select count(distinct customer_id) from {schema}.churn_labels where churned is not null)
        """
    ).fetchall()[0]
    share = min(learned_customers / labelled, 1.0) if labelled else 1.0
    return {"as_of_date": str(day), "customers": customers, "eligible": eligible, "sampled_share": share}
