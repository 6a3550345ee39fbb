"""Words of the page for new data: names of tables and columns, sentences about files, suggestions and dry runs."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import words
from pages.components.uploads import LIKELY, SURE, TABLES, Column, ColumnLook, Draft, Note, Preview, Relation

KINDS = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet", "json": "JSON lines"}
ENCODINGS = {"cp1252": "Windows letters (cp1252)", "latin-1": "Western letters (latin-1)", "utf-16-le": "UTF-16",
             "utf-16-be": "UTF-16"}  # fmt: skip
ROW_OF = {
    "orders": "One row per order", "order_lines": "One row per order and product", "products": "One row per product",
    "customers": "One row per customer", "consents": "One row per change of consent",
    "support_tickets": "One row per ticket", "surveys": "One row per answer", "touchpoints": "One row per contact with "
    "the brand", "contacts": "One row per retention contact, made or withheld", "subscriptions": "One row per contract",
}  # fmt: skip
BRINGS = {
    "orders": "Needed: everything rests on them.",
    "order_lines": "Bring range, cross-selling and replenishment.",
    "products": "Bring names, categories and costs.",
    "customers": "Bring names, countries and tenure.",
    "consents": "Say who may be contacted; without them nobody is.",
    "support_tickets": "Bring service reasons and service before discounts.",
    "surveys": "Bring satisfaction and promoters.",
    "touchpoints": "Bring visits, mails and carts.",
    "contacts": "Bring past campaigns and what they earned.",
    "subscriptions": "Bring contracts, plans and renewal dates.",
}
_LABELS = {
    "order_id": "Order number", "customer_id": "Customer number", "product_id": "Product number",
    "ticket_id": "Ticket number", "survey_id": "Answer number", "touchpoint_id": "Touchpoint number",
    "contact_id": "Contact number", "subscription_id": "Contract number", "is_business": "Is a business",
    "upgrade_of": "Cheaper tier of the same product", "accessory_of": "Product it fits", "nps": "NPS",
}  # fmt: skip
_MEANINGS = {
    "order_id": "Tells one order from another. Rows with the same number can be put together below.",
    "customer_id": "The same for every order of one person or firm.",
    "ordered_at": "Day or moment of the order, UTC unless it says otherwise.",
    "revenue": "Goods after discount, before refunds; never negative. Several rows of an order are summed.",
    "quantity": "Pieces, above zero.",
    "unit_price": "Price of one piece.",
    "discount": "What was taken off, as a positive amount.",
    "shipping_fee": "Postage that the customer paid; no part of the revenue.",
    "refunded": "What was paid back, as a positive amount.",
    "status": "completed or cancelled; without it every order counts as completed.",
    "channel": "Where it came from, in the shop’s words.",
    "signed_up_at": "Since when somebody is a customer.",
    "unit_cost": "What one piece costs the shop; without it the gross margin of the settings holds.",
}
TYPES = {"text": "text", "integer": "whole number", "number": "number", "money": "amount", "timestamp": "date",
         "boolean": "yes or no"}  # fmt: skip
STEPS = {
    "1. Drop": "The files as your shop exports them. Each is looked at: what it is, its rows, columns, and examples.",
    "2. Check": "Which file is which table and which column is which is suggested with a reason, in English and "
    "German. The first rows stand beside it, and rows that cannot be used. Everything can be changed.",
    "3. Load": "Nothing changes before. Then the data is loaded, the model trained when due, and the list published.",
}
SAMPLE_HELP = (
    "Tried on the first 10,000 rows and 10,000 others from all over the file, exactly as a load treats every row. "
    "An order whose rows are not all among them looks smaller here than it is."
)
DECIMALS = {".": "1234.56: a point", ",": "1.234,56: a comma"}
THOUSANDS = {"": "none", ",": "1,234: a comma", "'": "1'234: an apostrophe", " ": "1 234: a blank"}
FORMS = {
    "": "Recognise it",
    "%d.%m.%Y": "31.12.2024", "%d.%m.%Y %H:%M": "31.12.2024 23:59", "%d.%m.%Y %H:%M:%S": "31.12.2024 23:59:59",
    "%d/%m/%Y": "31/12/2024, day first", "%d/%m/%Y %H:%M": "31/12/2024 23:59, day first",
    "%m/%d/%Y": "12/31/2024, month first", "%m/%d/%Y %H:%M": "12/31/2024 23:59, month first",
    "%m/%d/%Y %I:%M %p": "12/31/2024 11:59 PM, month first", "%Y-%m-%d": "2024-12-31",
    "%Y-%m-%d %H:%M:%S": "2024-12-31 23:59:59", "%Y%m%d": "20241231",
}  # fmt: skip


def label(column: str) -> str:
    """A contract column for people."""
    return _LABELS.get(
        column, words.label(column).replace(" at", "") if column.endswith("_at") else words.label(column)
    )


def field(column: Column) -> str:
    """A column's name over its choice; a star where it must be there."""
    name = {"ordered_at": "Date of the order"}.get(column.name, label(column.name))
    return f"{name} \\*" if column.is_required else name


def meaning(column: Column) -> str:
    """What a contract column holds."""
    allowed = f" One of: {', '.join(column.allowed)}." if column.allowed and column.name != "status" else ""
    needed = " Needed." if column.is_required else ""
    return words.literal(f"{_MEANINGS.get(column.name, f'Kind of value: {TYPES[column.type]}.')}{allowed}{needed}")


def source(look: ColumnLook) -> str:
    """A source column with the first of its values."""
    shown = ", ".join(value[:24] for value in look.examples[:2])
    return f"{look.name} ({shown})" if shown else f"{look.name} (empty)"


def sureness(note: Note) -> str:
    """How sure a suggestion is, in a word."""
    return "Sure" if note.confidence >= SURE else "Likely" if note.confidence >= LIKELY else "Please check"


def reason(note: Note) -> str:
    """Why a column was suggested."""
    return f"{sureness(note)}. {note.reason.rstrip('.')}."


def file_line(relation: Relation) -> str:
    """What was found in a file, in a line."""
    if relation.problem:
        return relation.problem
    kind = KINDS[relation.kind]
    letters = f", {ENCODINGS.get(relation.encoding, relation.encoding)}" if relation.encoding else ""
    return f"{kind}{letters} · {words.plural(relation.rows, 'row')} · {words.plural(len(relation.columns), 'column')}"


def bad_lines(relation: Relation) -> str:
    """Lines that the format itself broke."""
    first = "; ".join(f"row {row}: {reason}" for row, reason in relation.bad_rows[:2])
    return f"{words.plural(relation.bad_count, 'line')} cannot be split into columns ({first})."


def used_for(relation: Relation, draft: Draft) -> str:
    """Which tables a file fills."""
    names = [words.TABLES[name] for name, table in draft.tables.items() if table.relation == relation.key]
    return ", ".join(names) if names else "not used"


def columns_of(relation: Relation) -> pd.DataFrame:
    """A file's columns: type, filled share, different values, examples."""
    return pd.DataFrame(
        [
            {"Column": look.name, "Looks like": kind(look), "Filled": words.percent(look.filled),
             "Different in the sample": words.count(look.distinct), "Examples": ", ".join(look.examples)}
            for look in relation.columns
        ]
    )  # fmt: skip


def kind(look: ColumnLook) -> str:
    """What a column's values look like."""
    if not look.filled:
        return "empty"
    if look.is_date:
        return "date"
    if look.native == "BOOLEAN":
        return "yes or no"
    if look.is_number:
        return "amount with a currency sign" if look.marked > max(look.point, look.comma) else "number"
    return "e-mail address" if look.email >= 0.8 else "text"


def tab(name: str, preview: Preview | None) -> str:
    """A table's name with its state."""
    state = "" if preview is None else " ✕" if preview.problem else " ✓"
    return f"{words.TABLES[name]}{state}"


def counts(preview: Preview, rows: int) -> str:
    """What became of the sample's rows, from the file of so many rows to the table."""
    of = f" of {words.count(rows)}" if rows > preview.rows else ""
    steps = [f"{words.count(preview.rows)}{of} rows tried"]
    if preview.filtered:
        steps.append(f"{words.count(preview.filtered)} left out by the conditions")
    if preview.rejected:
        share = words.rate(preview.reject_share)
        steps.append(f"{words.count(preview.rejected)} rejected ({share})")
    if preview.copies:
        steps.append(f"{words.count(preview.copies)} exact copies dropped")
    if preview.merged:
        steps.append(f"{words.count(preview.merged)} put together with another row")
    return f"{', '.join(steps)}: {words.plural(preview.loaded, 'row')} of {words.TABLES[preview.table].lower()}."


def problem(preview: Preview) -> str:
    """Why a load would stop, for people who see a page and not a mapping file."""
    text = re.sub(r", in \[\w+\]: columns = \{.*?\}", "", preview.problem)
    text = re.sub(r"\[(\w+)\] (expressions|columns) (\w+)", lambda m: label(m[3]), text)
    text = re.sub(r"\[\w+\] where", "The conditions", text)
    for name in _names(text):
        text = re.sub(rf"\b{name}\b", f"“{label(name)}”", text)
    text = re.sub(r"\((allowed): (\d+)%\)", rf"(\1: \2{words.GAP}%)", text)
    text = text.replace("timestamp_format = ", "the form ").replace(" in the mapping file", "")
    text = text.replace("Say which columns hold them", "Choose the columns that hold them")
    return text.replace("Check the expressions and where of that section.", "Check the expressions and conditions.")


def _names(text: str) -> list[str]:
    """Contract columns that a message says are missing."""
    found = re.search(r"has no column ([\w, ]+)\. It has", text)
    return [name.strip() for name in found[1].split(",")] if found else []


def rejects(preview: Preview) -> pd.DataFrame:
    """Rows that cannot be used, with reasons."""
    told = preview.rejects.copy()
    told["column_name"] = [
        words.MISSING if words.is_missing(name) else label(str(name)) for name in told["column_name"]
    ]
    told["reason"] = [str(reason).replace("_", " ") for reason in told["reason"]]
    return told.rename(columns={"row_number": "Row", "column_name": "Column", "value": "Value", "reason": "Reason"})


def first_rows(preview: Preview) -> pd.DataFrame:
    """The first rows as the contract sees them, under people's names."""
    return preview.first.rename(columns={name: label(name) for name in preview.first.columns})


def formats(preview: Preview) -> dict[str, Any]:
    """How the first rows are written: amounts with cents, moments to the minute."""
    kinds = {column.name: column.type for column in TABLES[preview.table].columns}
    amounts = {label(name): st.column_config.NumberColumn(format="%.2f") for name in kinds if kinds[name] == "money"}
    moments = [label(name) for name in kinds if kinds[name] == "timestamp"]
    return amounts | {name: st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm") for name in moments}


def verdict(previews: Mapping[str, Preview], draft: Draft) -> tuple[str, bool]:
    """Whether the files can be loaded as they are mapped, and the sentence that says so."""
    if "orders" not in draft.tables:
        return ("No file holds orders: who bought, when, and for how much. Drop such a file, or add the table Orders "
                "above and choose its columns.", False)  # fmt: skip
    broken = [words.TABLES[name] for name, found in previews.items() if found.problem]
    if broken:
        return f"{words.plural(len(broken), 'table')} cannot be loaded yet: {', '.join(broken)}.", False
    unsure = sum(note.confidence < LIKELY for table in draft.tables.values() for note in table.notes.values())
    look = f" {words.plural(unsure, 'suggestion')} should be checked first." if unsure else ""
    return f"{words.plural(len(draft.tables), 'table')} can be loaded.{look}", True


def doubts(draft: Draft) -> Sequence[str]:
    """Columns whose suggestion is unsure, by table."""
    return [
        f"{words.TABLES[name]}: {label(column)}"
        for name, table in draft.tables.items()
        for column, note in table.notes.items()
        if note.confidence < LIKELY and column != "group_by_order"
    ]


def absent(draft: Draft) -> list[str]:
    """Tables that no file fills."""
    return [name for name in words.TABLES if name not in draft.tables]
