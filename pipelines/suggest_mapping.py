"""A suggested mapping for an upload: which file is which table, which column is which, and how rows become orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from pipelines.column_look import ColumnLook
from pipelines.column_names import table_nearness
from pipelines.contract import TABLES
from pipelines.conversions import Signs
from pipelines.quoting import quoted, sql_text
from pipelines.suggest_columns import CANCELLED, Match, by_values, dated, matches, note
from pipelines.suggest_rows import (
    Matches,
    Sample,
    filters,
    forward_reading,
    is_product,
    is_repeated,
    not_negative,
    rows_per_key,
    signs_of,
)
from pipelines.upload_draft import Draft, Filter, Note, TableDraft
from pipelines.upload_look import Relation

_ABOUT_CUSTOMERS = {"name", "email", "country", "region", "is_business", "signed_up_at", "loyalty_tier"}
_LINES = ("order_id", "product_id", "quantity", "unit_price")


@dataclass
class _Building:
    """One table's draft on its way."""

    name: str
    relation: Relation
    found: Matches
    sample: Sample
    expressions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    filters: list[Filter] = field(default_factory=list)
    forms: dict[str, str] = field(default_factory=dict)
    group: bool = False

    def say(self, column: str, confidence: float, reason: str) -> None:
        """Note why a column is as it is."""
        self.notes[column] = Note(confidence=confidence, reason=reason)

    def compute(self, column: str, sql: str, confidence: float, reason: str) -> None:
        """Have an expression fill a column."""
        self.found.pop(column, None)
        self.expressions[column] = sql
        self.say(column, confidence, reason)


def suggest(con: DuckDBPyConnection, relations: Sequence[Relation], tables: Mapping[str, str]) -> Draft:
    """Suggest a draft for the relations of an upload; `tables` are their samples in the connection, by key."""
    readable = [relation for relation in relations if relation.key in tables]
    claims = _claims(readable)
    draft = Draft()
    for name, relation in claims.items():
        draft = draft.with_table(name, suggest_table(con, name, relation, tables[relation.key]))
    return draft


def suggest_table(con: DuckDBPyConnection, name: str, relation: Relation, sample_table: str) -> TableDraft:
    """Suggest how one relation becomes one table, whether or not it looks like it."""
    everything = matches("order_lines", relation) | by_values(relation, matches("orders", relation))
    shares_rows = _holds_orders(relation)
    found = by_values(relation, matches(name, relation)) if name == "orders" else matches(name, relation)
    if name == "customers" and shares_rows:
        found = _about_customers(found, everything)
    signs = signs_of([match.look for match in (everything | found).values()])
    building = _Building(name, relation, found, Sample(con, sample_table, signs))
    if name in ("orders", "order_lines") or (name in ("products", "customers") and shares_rows):
        building.filters = list(filters(building.sample, everything))
    if name == "orders":
        _orders(building, everything)
    _group(building)
    _values(building)
    return _finished(building, signs)


def _about_customers(found: Matches, everything: Matches) -> Matches:
    """What rows of orders say about their customer: no column that says something about the order."""
    used = {match.look.name for match in everything.values()}
    return {
        name: match
        for name, match in found.items()
        if name == "customer_id" or (name in _ABOUT_CUSTOMERS and match.look.name not in used)
    }


def _claims(relations: Sequence[Relation]) -> dict[str, Relation]:
    """Which relation fills which table: each its best table first, then tables that hide in the rows of another."""
    claims: dict[str, Relation] = {}
    best: dict[str, float] = {}
    for relation in relations:
        fits = {name: _fit(name, relation) for name in TABLES}
        name = max(fits, key=lambda table: fits[table])
        if fits[name] > best.get(name, 0.0):
            claims[name], best[name] = relation, fits[name]
    if "orders" not in claims:
        able = [relation for relation in relations if _holds_orders(relation)]
        claims |= {"orders": able[0]} if able else {}
    lines = claims.get("order_lines") or claims.get("orders")
    if lines and set(_LINES) <= set(matches("order_lines", lines)):
        claims.setdefault("order_lines", lines)
    if lines and {"product_id"} < set(matches("products", lines)) - {"unit_price", "unit_cost"}:
        claims.setdefault("products", lines)
    if "orders" in claims and _ABOUT_CUSTOMERS & set(matches("customers", claims["orders"])):
        claims.setdefault("customers", claims["orders"])
    return claims


def _fit(name: str, relation: Relation) -> float:
    """How much speaks for a relation being a table; 0 where a required column is missing."""
    found = matches(name, relation)
    table = TABLES[name]
    enough = _holds_orders(relation) if name == "orders" else set(table.required) <= set(found)
    if not enough or (name in ("customers", "products") and _repeats(found.get(table.key[0]))):
        return 0.0
    required = [found[column].score if column in found else 0.6 for column in table.required]
    return 0.7 * sum(required) / len(required) + 0.3 * table_nearness(name, _title(relation)) + 0.03 * len(found)


def _title(relation: Relation) -> str:
    """The name that says what a relation is: the file's, and a single sheet's."""
    stem = relation.shown.rsplit(".", 1)[0]
    return f"{stem} {relation.sheets[0]}" if len(relation.sheets) == 1 else stem


def _repeats(match: Match | None) -> bool:
    """Whether a key stands in more than one row."""
    return match is not None and match.look.per_value > 1.1


def _holds_orders(relation: Relation) -> bool:
    """Whether orders can be made of a relation: who, when, and how much."""
    found = set(by_values(relation, matches("orders", relation)))
    lines = set(matches("order_lines", relation))
    return {"customer_id", "ordered_at"} <= found and ("revenue" in found or {"quantity", "unit_price"} <= lines)


def _orders(building: _Building, everything: Matches) -> None:
    """How rows become orders: their number, their amount, and which of them are purchases."""
    _order_id(building)
    _revenue(building, everything.get("quantity"), everything.get("unit_price"))
    status = building.found.get("status")
    if status and status.fit < 1:
        _status(building, status)


def _order_id(building: _Building) -> None:
    """A shop without order numbers: the customer and the number of the row make one."""
    customer = building.found.get("customer_id")
    if "order_id" in building.found or customer is None:
        return
    sql = f"{quoted(customer.look.name)} || '-' || row_number"
    building.compute("order_id", sql, 0.6, "The file has no order numbers: the customer and the row make one")


def _revenue(building: _Building, quantity: Match | None, price: Match | None) -> None:
    """The amount: a column of its own, or quantity times price."""
    total, order = building.found.get("revenue"), building.found.get("order_id")
    priced = quantity is not None and price is not None and price.nearness > 0
    sample = building.sample
    if total is None and not priced:
        return
    if total is None or (priced and total.look.name == price.look.name):  # type: ignore[union-attr]
        _times(building, quantity, price, "No column holds the amount: quantity times price")
        return
    if order and rows_per_key(sample, [order]) > 1.05 and is_repeated(sample, total.look, order.look):
        if priced and not is_product(sample, total.look, quantity.look, price.look):  # type: ignore[union-attr]
            _times(
                building, quantity, price, f"“{total.look.name}” repeats on each row of an order: quantity times price"
            )
        else:
            sql = f"{quoted(total.look.name)} / count(1) over (partition by {quoted(order.look.name)})"
            words = f"“{total.look.name}” is the order’s and repeats on each of its rows: shared among them"
            building.compute("revenue", sql, 0.7, words)
        return
    if negative := not_negative(sample, total.look):
        building.filters.append(negative)


def _times(building: _Building, quantity: Match | None, price: Match | None, words: str) -> None:
    """Quantity times price as the amount."""
    assert quantity and price  # noqa: S101 -- the caller looked
    reason = f"{words} (“{quantity.look.name}” × “{price.look.name}”)"
    building.compute("revenue", product_sql(quantity.look.name, price.look.name), 0.9, reason)


def product_sql(quantity: str, price: str) -> str:
    """The expression of a quantity times a price."""
    return f"{quoted(quantity)} * {quoted(price)}"


def _status(building: _Building, status: Match) -> None:
    """The shop's words for a cancelled order; all others count as completed."""
    gone = [value for value in status.look.values if any(word in value.lower() for word in CANCELLED)]
    if not gone:
        del building.found["status"]
        return
    listed = ", ".join(sql_text(value) for value in gone)
    sql = f"case when {quoted(status.look.name)} in ({listed}) then 'cancelled' else 'completed' end"
    building.compute("status", sql, 0.8, f"{', '.join(gone)} means cancelled, everything else completed")


def _group(building: _Building) -> None:
    """Whether several rows are one of the table."""
    keys = [building.found[name] for name in TABLES[building.name].key if name in building.found]
    if building.name not in ("orders", "order_lines", "products", "customers") or not keys:
        return
    each = rows_per_key(building.sample, keys)
    if len(keys) == len(TABLES[building.name].key) and each > 1.001:
        building.group = True
        rows = f"{each:.1f} rows" if each >= 1.05 else "Some rows"
        building.say("group_by_order", 0.9, f"{rows} share the same {' and '.join(_shown(keys))}")


def _shown(keys: Iterable[Match]) -> list[str]:
    return [f"“{match.look.name}”" for match in keys]


def _values(building: _Building) -> None:
    """What a column's values need to be read: numbers written 13085.0, currency signs, undecided dates."""
    for name, match in list(building.found.items()):
        look, column = match.look, TABLES[building.name].column(name)
        if column.type == "text" and look.float_id >= 0.95:
            sql = f"split_part({quoted(look.name)}, '.', 1)"
            building.compute(name, sql, match.score, f"{note(column, match).reason}. 13085.0 becomes 13085")
        elif column.type in ("money", "number") and look.marked >= 0.95 > max(look.point, look.comma):
            building.compute(name, marked_sql(look), match.score, note(column, match).reason)
        elif column.type == "timestamp" and look.date_choices:
            _choose_date(building, name, look)


def marked_sql(look: ColumnLook) -> str:
    """The number of a value with a currency sign."""
    return f"regexp_replace({quoted(look.name)}, '[^0-9.,-]', '', 'g')"


def _choose_date(building: _Building, name: str, look: ColumnLook) -> None:
    """Say a date's form where it cannot be recognised; the order of the rows may tell it."""
    forward = forward_reading(building.sample, look)
    building.forms[name] = forward or look.date_choices[0]
    day_first = "the day" if building.forms[name].startswith("%d") else "the month"
    if forward:
        building.say(name, 0.7, f"{dated(look)}; with {day_first} first the file runs in order of time".capitalize())
    else:
        building.say(name, 0.4, f"{dated(look)}: please say which comes first".capitalize())


def _finished(building: _Building, signs: Signs) -> TableDraft:
    """The draft, with a note for each column that has none yet."""
    table = TABLES[building.name]
    notes = {name: note(table.column(name), match) for name, match in building.found.items()}
    return TableDraft(
        relation=building.relation.key,
        columns={name: match.look.name for name, match in building.found.items()},
        expressions=building.expressions,
        filters=tuple(building.filters),
        group_by_order=building.group,
        timestamp_format={name: form for name, form in building.forms.items() if name in building.found},
        decimal=signs.decimal,
        thousands="" if signs.decimal == "," else signs.thousands,
        notes=notes | building.notes,
    )


def without_notes(table: TableDraft, names: Iterable[str]) -> TableDraft:
    """A draft without the reasons of columns that somebody changed."""
    gone = set(names)
    return table.changed(notes={name: entry for name, entry in table.notes.items() if name not in gone})
