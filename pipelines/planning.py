"""Deciding where each column of a table comes from, before any row is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from pipelines.contract import Column, Table
from pipelines.conversions import Signs, number_sql, text_sql, timestamp_sql
from pipelines.errors import InputError
from pipelines.expressions import Convert, Expression, Use, compile_expression
from pipelines.mapping import TableMapping, did_you_mean
from pipelines.quoting import quoted
from pipelines.readers.raw import ROW, Raw
from pipelines.timestamps import Recognised, declared, recognise

_USES: dict[str, Use] = {
    "money": "number", "number": "number", "integer": "number", "timestamp": "timestamp", "text": "text",
}  # fmt: skip
_SYNONYMS = {
    "order_id": ("invoice", "order", "ordernumber", "invoiceno", "transactionid", "basketid", "id"),
    "customer_id": ("customer", "client", "clientid", "userid", "householdid", "email"),
    "ordered_at": ("date", "invoicedate", "orderdate", "createdat", "timestamp", "transactiontimestamp", "created"),
    "revenue": ("amount", "total", "sales", "salesvalue", "ordertotal", "totalprice", "value", "price"),
    "product_id": ("stockcode", "sku", "product", "article", "itemid"),
    "quantity": ("qty", "units", "count"),
    "unit_price": ("price",),
}


@dataclass(frozen=True)
class Origin:
    """Where a contract column's values come from: SQL over the raw table."""

    value: str
    is_computed: bool = False
    reads: tuple[str, ...] = ()  # source columns of an expression, shown when its result is wrong
    needs: tuple[tuple[str, Use], ...] = ()


@dataclass
class Plan:
    """How one table is staged; built by `plan_table`, run by `staging.stage`."""

    table: Table
    mapping: TableMapping
    raw: Raw
    place: str  # mapping file and section, for messages
    columns: list[Column]
    origins: dict[str, Origin] = field(default_factory=dict)
    where: Expression | None = None
    forms: dict[str, Recognised] = field(default_factory=dict)  # source or contract column -> its timestamps' form
    ignored: list[str] = field(default_factory=list)

    @property
    def signs(self) -> Signs:
        """How the source writes numbers."""
        return Signs(self.mapping.decimal, self.mapping.thousands_sign)

    def needs(self) -> list[tuple[str, Use]]:
        """Text columns that an expression must be able to convert, each once: those of `where` first."""
        listed = [*(self.where.needs if self.where else ()), *(n for o in self.origins.values() for n in o.needs)]
        return list(dict.fromkeys(need for need in listed if self.raw.types.get(need[0]) == "VARCHAR"))


def plan_table(
    con: DuckDBPyConnection, table: Table, raw: Raw, mapping: TableMapping, place: str, attributes: Sequence[str]
) -> Plan:
    """Decide where each column comes from, without reading more than a look at the values.

    `attributes` are extra columns to load besides the contract's. Raises InputError for missing columns, wrong
    expressions and undecidable dates.
    """
    own = {column.name for column in table.columns}
    extra = [Column(name, "text") for name in attributes if name not in own]
    plan = Plan(table, mapping, raw, place, [*table.columns, *extra])
    _recognise_in_expressions(con, plan)
    used: set[str] = set()
    for column in plan.columns:
        origin = _origin(plan, column, used)
        if origin:
            plan.origins[column.name] = origin
    if mapping.where:
        plan.where = _compiled(plan, mapping.where, "where", "any", converter(plan))
        used.update(plan.where.columns)
    _require(plan, attributes)
    plan.ignored = [name for name in raw.types if name not in used]
    return plan


def _origin(plan: Plan, column: Column, used: set[str]) -> Origin | None:
    """The origin of one column by expression, by mapped name or by its own name; None when the source lacks it."""
    text = plan.mapping.expressions.get(column.name)
    if text is not None:
        return _computed(plan, column, text, used)
    name = plan.mapping.columns.get(column.name, column.name)
    if name in plan.raw.types:
        used.add(name)
        return Origin(quoted(name))
    if column.name in plan.mapping.columns:
        raise InputError(
            f"{plan.place} columns: {plan.raw.label} has no column {name} (for {column.name}). "
            f"{did_you_mean(name, plan.raw.types)}It has: {', '.join(plan.raw.types)}."
        )
    return None


def _computed(plan: Plan, column: Column, text: str, used: set[str]) -> Origin:
    """The origin of a column with an expression."""
    target = _USES.get(column.type, "any")
    compiled = _compiled(plan, text, f"expressions {column.name}", target, converter(plan))
    used.update(compiled.columns)
    reads = tuple(name for name in compiled.columns if name in plan.raw.types)
    return Origin(compiled.sql, True, reads, tuple(compiled.needs))


def _compiled(plan: Plan, text: str, key: str, target: Use, convert: Convert) -> Expression:
    """An expression of the mapping over the raw table; `row_number` is the number of the source's row."""
    names = list(plan.raw.types) + ([] if "row_number" in plan.raw.types else ["row_number"])
    return compile_expression(text, f"{plan.place} {key}", names, convert, target)


def converter(plan: Plan, prefix: str = "") -> Convert:
    """How an expression's use of a source column becomes SQL; the rows may carry its name with a prefix."""

    def convert(name: str, use: Use) -> str:
        native = plan.raw.types.get(name)
        if native is None:
            return ROW
        column = quoted(prefix + name)
        if use == "timestamp":
            return timestamp_sql(column, native, plan.forms.get(name, Recognised()).formats)
        if use == "number":
            return number_sql(column, native, plan.signs)
        return text_sql(column, native) if use == "text" or native == "VARCHAR" else column

    return convert


def _recognise_in_expressions(con: DuckDBPyConnection, plan: Plan) -> None:
    """Find the form of text columns that expressions use as timestamps."""
    wanted: dict[str, None] = {}

    def note(name: str, use: Use) -> str:
        if use == "timestamp" and plan.raw.types.get(name) == "VARCHAR":
            wanted[name] = None
        return "null"

    kinds = {column.name: column.type for column in plan.columns}
    for name, text in plan.mapping.expressions.items():
        _compiled(plan, text, f"expressions {name}", _USES.get(kinds[name], "any"), note)
    if plan.mapping.where:
        _compiled(plan, plan.mapping.where, "where", "any", note)
    declared_form = plan.mapping.timestamp_format
    if isinstance(declared_form, str):
        plan.forms.update(dict.fromkeys(wanted, declared(declared_form)))
    elif wanted:
        plan.forms.update(look_at(con, plan, {name: quoted(name) for name in wanted}, plan.raw.peek_sql))


def look_at(con: DuckDBPyConnection, plan: Plan, texts: Mapping[str, str], rows: str) -> dict[str, Recognised]:
    """Recognise the form of the timestamps in some text columns: name → form.

    `texts` are name → SQL over `rows`, a query.
    """
    aliases = {f"c{index}": name for index, name in enumerate(texts)}
    listed = ", ".join(f"{text_sql(texts[name], 'VARCHAR')} as {alias}" for alias, name in aliases.items())

    def ask(sql: str) -> list[tuple]:
        return con.execute(sql).fetchall()

    forms = recognise(ask, f"(select {listed} from ({rows}))", aliases, f"{plan.raw.label} ({plan.place})")
    return {aliases[alias]: form for alias, form in forms.items()}


def _require(plan: Plan, attributes: Sequence[str]) -> None:
    """Refuse a table without its required columns; the message shows the line that would mend it."""
    missing = [name for name in (*plan.table.required, *attributes) if name not in plan.origins]
    if not missing:
        return
    there = list(plan.raw.types)
    free = [name for name in there if name not in plan.mapping.columns.values()]
    lines = ", ".join(f'{name} = "{_guess(name, free)}"' for name in missing)
    named = " (the setting features.attributes asks for it)" if set(missing) & set(attributes) else ""
    raise InputError(
        f"{plan.raw.label} has no column {', '.join(missing)}{named}. It has: {', '.join(there)}. "
        f"Say which columns hold them, in {plan.place}: columns = {{ {lines} }}"
    )


def _guess(name: str, there: Sequence[str]) -> str:
    """The source column that most likely holds a contract column, or three dots."""
    plain = {"".join(filter(str.isalnum, column.lower())): column for column in there}
    for word in (name.replace("_", ""), *_SYNONYMS.get(name, ())):
        if word in plain:
            return plain[word]
    near = did_you_mean(name, there)
    return near.removeprefix("Did you mean ").removesuffix("? ") or "…"
