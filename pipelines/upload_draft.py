"""The choices of an upload's page: what was suggested and changed, and the mapping file that comes of it."""

import json
import re
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.mapping import TableMapping
from pipelines.upload_look import Relation

SURE, LIKELY = 0.85, 0.6


class Filter(BaseModel):
    """One condition that rows must meet, in words and as SQL over the source's columns."""

    model_config = ConfigDict(frozen=True)

    key: str
    words: str
    sql: str
    is_on: bool = True


class Note(BaseModel):
    """Why a column was suggested, and how sure that is (0–1)."""

    model_config = ConfigDict(frozen=True)

    confidence: float
    reason: str


class TableDraft(BaseModel):
    """One table of the contract: which relation of the upload it is read from, and how."""

    model_config = ConfigDict(frozen=True)

    relation: str
    columns: dict[str, str] = {}
    expressions: dict[str, str] = {}
    filters: tuple[Filter, ...] = ()
    where: str = ""
    group_by_order: bool = False
    timestamp_format: dict[str, str] = {}
    decimal: str = "."
    thousands: str = ""
    notes: dict[str, Note] = {}

    def condition(self) -> str | None:
        """Every condition that holds, as one."""
        parts = [entry.sql for entry in self.filters if entry.is_on]
        parts += [f"({self.where.strip()})"] if self.where.strip() else []
        return " and ".join(parts) or None

    def changed(self, **values: object) -> "TableDraft":
        """The same with other values."""
        return self.model_copy(update=values)


class Draft(BaseModel):
    """All tables that an upload is to fill."""

    model_config = ConfigDict(frozen=True)

    tables: dict[str, TableDraft] = {}

    def with_table(self, name: str, table: TableDraft | None) -> "Draft":
        """The same with one table changed, added or left out; in the contract's order."""
        tables = {key: value for key, value in self.tables.items() if key != name}
        tables |= {name: table} if table else {}
        return Draft(tables={key: tables[key] for key in TABLES if key in tables})


def read_draft(text: str) -> Draft | None:
    """A draft as it was kept; None when it was kept by another version."""
    try:
        return Draft.model_validate_json(text)
    except ValidationError:
        return None


def mapping_of(name: str, table: TableDraft, relation: Relation) -> TableMapping:
    """One section of the mapping file.

    A column of the source that bears a contract column's name but was not chosen is switched off by an expression,
    because the loader would take it by its name.
    """
    there = {column.name for column in relation.columns}
    chosen = {column: source for column, source in table.columns.items() if column != source}
    given = {*table.columns, *table.expressions}
    off = {c.name: "null" for c in TABLES[name].columns if c.name in there - given and not c.is_required}
    values: dict[str, object] = {
        "file": relation.file, "sheet": relation.sheets, "columns": chosen, "expressions": table.expressions | off,
        "where": table.condition(), "group_by_order": table.group_by_order, "timestamp_format": table.timestamp_format,
        "decimal": table.decimal, "thousands": table.thousands or None, "encoding": relation.encoding,
    }  # fmt: skip
    try:
        return TableMapping.model_validate(values)
    except ValidationError as error:
        raise InputError("; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())) from error


def mapping_text(draft: Draft, relations: Mapping[str, Relation]) -> str:
    """The mapping file of a draft, as `mapping.toml` beside the files would be written by hand."""
    parts = ["# Written on the page for new data; says how these files become the tables of the data contract."]
    for name, table in draft.tables.items():
        parts.append(_section(name, mapping_of(name, table, relations[table.relation])))
    return "\n\n".join(parts) + "\n"


def _section(name: str, mapping: TableMapping) -> str:
    """One section in TOML: what differs from the defaults."""
    values = mapping.model_dump(exclude_defaults=True, exclude_none=True)
    flat = {key: value for key, value in values.items() if not isinstance(value, dict) and value not in ((), "")}
    lines = [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in flat.items())]
    for key, inner in values.items():
        if isinstance(inner, dict) and inner:
            lines += ["", f"[{name}.{key}]", *(f"{_key(k)} = {_toml(v)}" for k, v in inner.items())]
    return "\n".join(lines)


def _toml(value: object) -> str:
    """A value in TOML; a JSON string without escaped non-ASCII letters is one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    """A key in TOML, quoted where it must be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)
