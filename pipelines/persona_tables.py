"""Personas of the scored customers as tables: who belongs to which, and what is known of each."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from models import personas
from models.persona_rules import Rule, find_rule, judged
from models.persona_words import BY_NAME, contradicts
from models.persona_words import name as name_of
from models.wording import symbol_of
from pipelines import publish
from pipelines.config import Settings
from pipelines.group_log_odds import TABLE as GROUPS
from pipelines.warehouse import run_folder, tables

_TABLES = {
    "customer_personas": "customer_id varchar, persona_id varchar",
    "persona_rules": "persona_id varchar, name varchar, rule varchar, rule_precision double, rule_coverage double, "
    "rule_customers bigint",
    "persona_reason_groups": "persona_id varchar, feature_group varchar, log_odds double, shop_log_odds double",
    "persona_state": "is_there boolean, words varchar, clusters bigint, silhouette double, customers bigint, "
    "kept bigint, highest bigint",
}
NO_MODEL = "Personas are made of what drives the risk, and nobody has a churn risk yet."
TOO_FEW = "{n:,} customers are scored; personas need {needed:,}, or they would be stories about a few people."


@dataclass(frozen=True)
class Before:
    """What the last published run had: persona by customer, name by persona, the highest number given so far."""

    of_customer: pd.Series
    names: dict[str, str]
    highest: int = 0

    @property
    def count(self) -> int | None:
        """How many personas there were; None without any."""
        return len(self.names) or None


def personas_into(con: duckdb.DuckDBPyConnection, home: Path, settings: Settings) -> int:
    """Write customer_personas, personas, persona_reason_groups and persona_state; returns how many personas there are.

    Reads customer_scores, customer_reasons and actions in `con`, the temporary table of log-odds per group that
    scoring leaves, and facts by their bare names. Ids and names are kept from the warehouse that is published now.
    """
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    run_folder(con, "persona_traits", "temp table")
    rows, before = _rows(con), personas_before(home)
    if len(rows) < personas.MIN_CUSTOMERS:
        words = TOO_FEW.format(n=len(rows), needed=personas.MIN_CUSTOMERS) if len(rows) else NO_MODEL
        con.execute("insert into persona_state values (false, ?, 0, null, ?, 0, ?)", [words, len(rows), before.highest])
    else:
        _write(con, rows, before, symbol_of(settings.economics.currency))
    run_folder(con, "persona_facts")
    return int(con.execute("select count(*) from personas").fetchall()[0][0])


def _rows(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per scored customer: traits, log-odds per group, and a number that draws the sample."""
    if GROUPS not in tables(con):
        return pd.DataFrame()
    return con.execute(
        f"select hash(customer_id) as draw, * from persona_traits inner join {GROUPS} using (customer_id)"
        " order by customer_id"
    ).df()


def personas_before(home: Path) -> Before:
    """The personas of the warehouse that is published now; none where it is missing, torn or knows of none."""
    path = publish.current(home, "warehouse")
    none = Before(pd.Series(dtype=object), {})
    if path is None:
        return none
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:  # a new list is worth more than the old numbers of personas
        return none
    with con:
        if not {"customer_personas", "persona_rules"} <= tables(con):
            return none
        of_customer = con.execute("select * from customer_personas").df().set_index("customer_id")["persona_id"]
        names = dict(con.execute("select persona_id, name from persona_rules").fetchall())
        is_known = con.execute("select 1 from duckdb_columns() where column_name = 'highest'").fetchall()
        highest = con.execute("select highest from persona_state").fetchall()[0][0] if is_known else 0
    return Before(of_customer, names, highest)


def _write(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, before: Before, symbol: str) -> None:
    """Find the clusters, give each its persona, and tell them apart in words."""
    traits = rows[[name for name in BY_NAME if name in rows]]
    log_odds = rows[[name for name in rows if name not in (*BY_NAME, "customer_id", "draw")]]
    points = personas.space(log_odds, traits)
    sample = np.argsort(rows["draw"].to_numpy(), kind="stable")[: personas.SAMPLE]
    clusters = personas.fit(points, sample, before.count)
    labels = pd.Series(clusters.assign(points), index=rows["customer_id"])
    persona_of = personas.matched(labels, before.of_customer, before.highest)
    belongs = labels.map(persona_of).to_numpy(dtype=object)
    _insert(con, "customer_personas", pd.DataFrame({"customer_id": rows["customer_id"], "persona_id": belongs}))
    rules = {persona: _rule(traits, belongs == persona, sample) for persona in sorted(persona_of.values(), key=_number)}
    _insert(con, "persona_rules", _told(rules, before, symbol))
    _insert(con, "persona_reason_groups", _reason_groups(log_odds, belongs))
    kept = len(set(rules) & set(before.names))
    highest = max(before.highest, *map(_number, rules))
    state = [len(rules), clusters.silhouette, len(rows), kept, highest]
    con.execute("insert into persona_state values (true, '', ?, ?, ?, ?, ?)", state)


def _number(persona: str) -> int:
    return int(persona[1:])


def _rule(traits: pd.DataFrame, belongs: np.ndarray, sample: np.ndarray) -> Rule:
    """Found on the sample, measured on everybody."""
    found = find_rule(traits.iloc[sample], belongs[sample])
    return judged(found.conditions, traits, belongs)


def _told(rules: dict[str, Rule], before: Before, symbol: str) -> pd.DataFrame:
    """Rules in words; a persona of the last run keeps its name, unless the rule now says the opposite."""
    names = {
        persona: before.names[persona]
        for persona, rule in rules.items()
        if persona in before.names and not contradicts(before.names[persona], rule.conditions)
    }
    for persona, rule in rules.items():
        if persona not in names:
            names[persona] = name_of(rule.conditions, list(names.values()))
    return pd.DataFrame(
        {
            "persona_id": list(rules),
            "name": [names[persona] for persona in rules],
            "rule": [rule.words(symbol) for rule in rules.values()],
            "rule_precision": [rule.precision for rule in rules.values()],
            "rule_coverage": [rule.coverage for rule in rules.values()],
            "rule_customers": [rule.customers for rule in rules.values()],
        }
    )


def _reason_groups(log_odds: pd.DataFrame, belongs: np.ndarray) -> pd.DataFrame:
    """What each group of features adds on average, per persona and in the whole shop."""
    shop = log_odds.mean()
    means = log_odds.groupby(belongs).mean().rename_axis("persona_id").reset_index()
    long = means.melt("persona_id", var_name="feature_group", value_name="log_odds")
    return long.assign(shop_log_odds=long["feature_group"].map(shop))


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Append rows by the names of their columns."""
    con.register("persona_rows", rows)
    con.execute(f"insert into {table} by name select * from persona_rows")
    con.unregister("persona_rows")
