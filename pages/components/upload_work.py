"""The upload that is open: its files, what was found in them, and how a choice on the page changes the draft."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from pages.components import uploads
from pages.components.uploads import ColumnLook, Draft, Relation, TableDraft, Upload

NONE, TIMES, OWN = "\x00none", "\x00times", "\x00own"  # choices besides the columns of the file
_TIMES = re.compile(r'"((?:[^"]|"")+)" \* "((?:[^"]|"")+)"')


@dataclass(frozen=True)
class Work:
    """What every part of the page needs of the open upload."""

    upload: Upload
    relations: Sequence[Relation]
    draft: Draft

    @property
    def readable(self) -> list[Relation]:
        """What could be read of the files."""
        return [relation for relation in self.relations if relation.sample]

    def relation(self, table: str) -> Relation:
        """What a table is read from."""
        return next(found for found in self.relations if found.key == self.draft.tables[table].relation)

    def key(self, *parts: str) -> str:
        """A widget's key, of this upload alone."""
        return "_".join(("upload", self.upload.id[:6], *parts))

    def show(self, value: object, *parts: str) -> str:
        """Put a draft's value into a widget that is about to be drawn; returns its key. The draft is the truth."""
        key = self.key(*parts)
        st.session_state[key] = value
        return key

    def save(self, table: str, changed: TableDraft | None) -> None:
        """Keep one table's choices."""
        uploads.save(self.upload, self.draft.with_table(table, changed))

    def edit(self, table: str, key: str, change: Callable[[TableDraft, object], TableDraft]) -> Callable[[], None]:
        """What a widget does when it is changed: the draft with its new value is kept."""
        return partial(_edit, self, table, key, change)


def _edit(work: Work, table: str, key: str, change: Callable[[TableDraft, object], TableDraft]) -> None:
    work.save(table, change(work.draft.tables[table], st.session_state[key]))


def source_of(draft: TableDraft, column: str) -> str:
    """Where a contract column comes from, as its choice shows it: a source column, quantity × price, or SQL."""
    if column in draft.columns:
        return draft.columns[column]
    if column not in draft.expressions:
        return NONE
    return TIMES if factors(draft, column) else OWN


def factors(draft: TableDraft, column: str) -> tuple[str, str] | None:
    """The two columns whose product a contract column is, or None."""
    found = _TIMES.fullmatch(draft.expressions.get(column, ""))
    return (found[1].replace('""', '"'), found[2].replace('""', '"')) if found else None


def with_source(column: str, numbers: Sequence[ColumnLook], draft: TableDraft, choice: object) -> TableDraft:
    """A draft in which a contract column comes from somewhere else."""
    columns = {name: source for name, source in draft.columns.items() if name != column}
    expressions = {name: text for name, text in draft.expressions.items() if name != column}
    notes = {name: note for name, note in draft.notes.items() if name != column}
    forms = {name: form for name, form in draft.timestamp_format.items() if name != column}
    if choice == TIMES:
        names = [look.name for look in numbers][:2] or [""]
        expressions[column] = uploads.product_sql(names[0], names[-1])
    elif choice == OWN:
        before = draft.columns.get(column)
        quoted = '"' + before.replace('"', '""') + '"' if before else ""
        expressions[column] = draft.expressions.get(column, quoted) or "null"
    elif choice != NONE:
        columns[column] = str(choice)
    return draft.changed(columns=columns, expressions=expressions, notes=notes, timestamp_format=forms)


def with_expression(column: str, draft: TableDraft, text: object) -> TableDraft:
    """A draft with another SQL expression; an emptied one takes the column away."""
    expressions = {name: sql for name, sql in draft.expressions.items() if name != column}
    if str(text).strip():
        expressions[column] = str(text).strip()
    return draft.changed(expressions=expressions)


def with_factor(column: str, place: int, draft: TableDraft, choice: object) -> TableDraft:
    """A draft with another factor of a product."""
    pair = list(factors(draft, column) or ("", ""))
    pair[place] = str(choice)
    return with_expression(column, draft, uploads.product_sql(*pair))


def with_filter(key: str, draft: TableDraft, is_on: object) -> TableDraft:
    """A draft with a condition switched on or off."""
    changed = [
        entry.model_copy(update={"is_on": bool(is_on)}) if entry.key == key else entry for entry in draft.filters
    ]
    return draft.changed(filters=tuple(changed))


def with_form(column: str, draft: TableDraft, form: object) -> TableDraft:
    """A draft with another form of a date; an empty one is recognised when the file is loaded."""
    forms = {name: text for name, text in draft.timestamp_format.items() if name != column}
    notes = {name: note for name, note in draft.notes.items() if name != column}
    return draft.changed(timestamp_format=forms | ({column: str(form)} if form else {}), notes=notes)
