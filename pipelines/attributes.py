"""Extra columns of `customers` as features: what `[features] attributes` in the settings names.

They carry no time, so nothing proves that they were known at a past date; the model's leak gate judges them.
Numbers and booleans are taken as they are. A text becomes a category code: a number from 0 to 999 made from the text
itself (ignoring case and outer blanks), so that it stays the same from run to run and says nothing about order.
"""

import duckdb

from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.quoting import quoted
from pipelines.words import Words

ATTRIBUTES_TABLE = "customer_attributes"
PREFIX = "attribute_"
_DIRECT = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN")


def attribute_sql(name: str, sql_type: str) -> str:
    """A column of customers as a number."""
    value = quoted(name)
    if sql_type.split("(", maxsplit=1)[0] in _DIRECT:
        return f"cast({value} as double)"
    return f"cast(('0x' || substr(md5(lower(trim(cast({value} as varchar)))), 1, 7))::bigint % 1000 as double)"


def write_attributes(con: duckdb.DuckDBPyConnection, settings: Settings, has_customers: bool) -> None:
    """Write table `customer_attributes`, one row per customer, if the settings name any attribute.

    Raises InputError naming the attribute that `customers` lacks.
    """
    names = settings.features.attributes
    if not names or not has_customers:
        return
    types = {name: kind for name, kind, *_ in con.execute("describe customers").fetchall()}
    absent = [name for name in names if name not in types]
    if absent:
        raise InputError(
            f"Setting features.attributes names {', '.join(absent)}, which customers does not have. "
            "Correct the setting or add the column to customers, then run ingest and build again."
        )
    columns = ", ".join(f"{attribute_sql(name, types[name])} as {quoted(PREFIX + name)}" for name in names)
    con.execute(f"create or replace table {ATTRIBUTES_TABLE} as select customer_id, {columns} from customers")


def attribute_words(con: duckdb.DuckDBPyConnection) -> list[Words]:
    """Words made for each attribute in `con`, in column order."""
    rows = con.execute(
        "select column_name from duckdb_columns() where table_name = ? and starts_with(column_name, ?) "
        "and database_name in (current_database(), 'temp') order by column_index",
        [ATTRIBUTES_TABLE, PREFIX],
    ).fetchall()
    return [_words(column) for (column,) in rows]


def _words(column: str) -> Words:
    """Plain words for an attribute that the program knows nothing about."""
    name = column.removeprefix(PREFIX).removeprefix("is_").removeprefix("has_").replace("_", " ")
    return Words(
        feature=column,
        group="tenure",
        label=f"Recorded {name}",
        unit="score",
        direction="either",
        changeable=False,
        family=column,
        reason=f"recorded {name}: {{value}}",
        reason_missing=f"no {name} is recorded",
    )
