"""Names behind the numbers of categories: contract plans, and texts or yes/no among the extra columns of customers.

A category is a number made from its text, the same in every run (`attributes.attribute_sql`). The model needs no more;
people need the name. Names that fewer than five customers share are not kept: they could name a person.
"""

import json
from collections.abc import Iterable

import duckdb

from pipelines.attributes import ATTRIBUTES_TABLE, PREFIX, attribute_sql
from pipelines.config import Settings
from pipelines.quoting import quoted, sql_text
from pipelines.warehouse import tables
from pipelines.words import Words

CODES_TABLE, PLANS_TABLE = "feature_codes", "plan_codes"
MOST_NAMES, SHARED_BY = 200, 5
_NAMED = ("VARCHAR", "BOOLEAN")
_PLAN_CODE = attribute_sql("plan", "VARCHAR")


def write_codes(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write `feature_codes` (feature, code, name) and, where contracts have plans, `plan_codes` (plan, plan_code).

    Contract tables and facts are read by their bare names.
    """
    there = tables(con)
    con.execute(f"create or replace table {CODES_TABLE} (feature varchar, code double, name varchar)")
    if "subscription_facts" in there:
        write_plan_codes(con)
        _name(con, "plan", "plan", _PLAN_CODE, "subscription_facts")
    if ATTRIBUTES_TABLE in there:
        types = {name: kind for name, kind, *_ in con.execute("describe customers").fetchall()}
        for name in settings.features.attributes:
            if types[name] in _NAMED:
                said = f"case when {quoted(name)} then 'yes' else 'no' end"
                shown = said if types[name] == "BOOLEAN" else quoted(name)
                _name(con, PREFIX + name, shown, attribute_sql(name, types[name]), "customers")


def write_plan_codes(con: duckdb.DuckDBPyConnection) -> None:
    """Write `plan_codes` from `subscription_facts`; the features of contracts read it."""
    con.execute(
        f"create or replace table {PLANS_TABLE} as"
        f" select lower(plan) as plan, any_value({_PLAN_CODE}) as plan_code from subscription_facts"
        " where plan is not null group by 1 order by 1"
    )


def _name(con: duckdb.DuckDBPyConnection, feature: str, shown: str, code: str, table: str) -> None:
    """Add the names of one category that enough customers share, the most usual first."""
    con.execute(f"""
        insert into {CODES_TABLE}
        select {sql_text(feature)}, {code} as code, min(trim({shown})) as name
        from {table} where {shown} is not null
        group by code having count(distinct customer_id) >= {SHARED_BY}
        order by count(distinct customer_id) desc, name limit {MOST_NAMES}
    """)


def with_codes(con: duckdb.DuckDBPyConnection, words: Iterable[Words]) -> list[Words]:
    """The words with the names behind each category's numbers."""
    if CODES_TABLE not in tables(con):
        return list(words)
    names: dict[str, dict[str, str]] = {}
    for feature, code, name in con.execute(f"select feature, code, name from {CODES_TABLE}").fetchall():
        names.setdefault(feature, {})[str(int(code))] = name
    return [_named(word, names.get(word.feature)) for word in words]


def _named(word: Words, names: dict[str, str] | None) -> Words:
    if names is None:
        return word
    return word.model_copy(update={"codes": json.dumps(names), "unit": "category"})
