"""Features of a day as if nothing had happened since an earlier one: the same SQL on what was known by then.

Only customers with anything dated between the two days can differ from what is by what they did; the others are left
out. How contracts of a plan usually go moves with other people's contracts: that counts as time.
"""

from datetime import date

import duckdb

from pipelines.categories import write_plan_codes
from pipelines.config import Settings
from pipelines.contract import TABLES
from pipelines.quoting import literal_sql, quoted
from pipelines.snapshots import snapshot_into
from pipelines.warehouse import run_folder, set_variables

AS_IF = "as_if_nothing"
_EVER = 10**6  # days of activity that no customer exceeds: whom the pause since would leave out is compared too
_TOUCHED = "touched_customers"
_SHARED = {"subscriptions"}  # tables from which everybody's features take how a plan usually goes


def as_if_nothing(
    con: duckdb.DuckDBPyConnection, source: str, settings: Settings, known_until: date, as_of: date
) -> int:
    """Make table `as_if_nothing`: one row of features at `as_of` per customer with anything in [known_until, as_of).

    `con` is a connection of its own whose current database takes the tables; the attached stores `source` and
    `features` are read. Facts are built anew for these customers from what was known before `known_until`, by the files
    that build them for everybody. Returns the number of rows.
    """
    present = _tables_of(con, source)
    con.execute(f"create table {_TOUCHED} as {touched_sql(present, source, known_until, as_of)}")
    for table in present:
        con.execute(f"create or replace temp view {quoted(table)} as {_theirs_sql(table, source)}")
    set_variables(con, known_until=known_until, gross_margin=float(settings.economics.gross_margin))
    run_folder(con, "staging", "temp view")
    made = [*run_folder(con, "keys", "temp table").built, *run_folder(con, "facts").built]
    if "subscription_facts" in made:
        write_plan_codes(con)
    if "customer_attributes" in _tables_of(con, "features"):
        con.execute("create temp view customer_attributes as from features.customer_attributes")
    snapshot_into(con, _everybody(settings), as_of, AS_IF)
    con.execute(f"delete from {AS_IF} where customer_id not in (from {_TOUCHED})")  # shared tables know others, too
    rows = int(con.execute(f"select count(*) from {AS_IF}").fetchall()[0][0])
    for name in made:  # memory is for what comes next
        con.execute(f"drop table {quoted(name)}")
    return rows


def touched_sql(present: list[str], source: str, start: date, end: date) -> str:
    """Select customers with any moment of any table in [start, end): nobody else's features can differ."""
    selects = []
    for name in present:
        moments = [column.name for column in TABLES[name].columns if column.type == "timestamp"]
        if not moments:
            continue
        within = " or ".join(
            f"({moment} >= {literal_sql(start)} and {moment} < {literal_sql(end)})" for moment in moments
        )
        has_customer = any(column.name == "customer_id" for column in TABLES[name].columns)
        joined = "" if has_customer else f" inner join {source}.orders using (order_id)"
        selects.append(f"select customer_id from (select * from {source}.{name} where {within}){joined}")
    return f"select distinct customer_id from ({' union all '.join(selects)})"


def _theirs_sql(table: str, source: str) -> str:
    """The rows of a table that belong to the touched customers; what belongs to nobody or is shared is read whole."""
    columns = {column.name for column in TABLES[table].columns}
    if "customer_id" in columns and table not in _SHARED:
        return f"select * from {source}.{table} semi join {_TOUCHED} using (customer_id)"
    if "order_id" in columns:
        theirs = f"(select order_id from {source}.orders semi join {_TOUCHED} using (customer_id))"
        return f"select * from {source}.{table} semi join {theirs} using (order_id)"
    return f"select * from {source}.{table}"


def _everybody(settings: Settings) -> Settings:
    """Settings under which every buyer is in the snapshot, because eligibility was settled by what really happened.

    Contracts end when they end: what ran on the earlier day still does as far as was known then.
    """
    if settings.churn.eligibility == "subscribed":
        return settings
    churn = settings.churn.model_copy(update={"eligibility": "active", "active_days": _EVER})
    return settings.model_copy(update={"churn": churn})


def _tables_of(con: duckdb.DuckDBPyConnection, alias: str) -> list[str]:
    """Tables of an attached store, of the source those of the contract."""
    rows = con.execute("select table_name from duckdb_tables() where database_name = ?", [alias]).fetchall()
    names = {name for (name,) in rows}
    return [name for name in TABLES if name in names] if alias != "features" else sorted(names)
