"""Which column of the file fills which column of a table: one choice each, with the reason of the suggestion."""

from functools import partial

import streamlit as st

from pages.components import upload_words as own
from pages.components import words
from pages.components.upload_work import (
    NONE,
    OWN,
    TIMES,
    Work,
    factors,
    source_of,
    with_expression,
    with_factor,
    with_form,
    with_source,
)
from pages.components.uploads import TABLES, Column

_COMPUTED = {"revenue", "discount", "unit_price", "shipping_fee"}


def choose(work: Work, table: str) -> None:
    """A choice for every column that is filled or needed; the others wait behind a fold."""
    draft = work.draft.tables[table]
    columns = TABLES[table].columns
    shown = [column for column in columns if column.is_required or source_of(draft, column.name) != NONE]
    for column in shown:
        with st.container(gap="xxsmall"):
            _column(work, table, column)
    rest = [column for column in columns if column not in shown]
    if rest:
        with st.expander(
            f"{words.plural(len(rest), 'more column')}: {', '.join(own.label(c.name) for c in rest[:3])} …"
        ):
            for column in rest:
                _column(work, table, column)


def _column(work: Work, table: str, column: Column) -> None:
    """One contract column: where it comes from, what else that needs, and why it was suggested."""
    draft, relation = work.draft.tables[table], work.relation(table)
    looks = {look.name: look for look in relation.columns}
    numbers = [look for look in relation.columns if look.is_number and not look.is_date]
    chosen = source_of(draft, column.name)
    computed = [TIMES] if column.name in _COMPUTED and len(numbers) > 1 else []
    extra = {NONE: "Not in the file", TIMES: "Quantity × price", OWN: "Computed (SQL)"}
    options = [NONE, *looks, *computed, *([TIMES] if chosen == TIMES and not computed else []), OWN]
    key = work.show(chosen, table, column.name)
    st.selectbox(
        own.field(column), options, key=key, help=own.meaning(column),
        format_func=lambda name: extra[name] if name in extra else own.source(looks[name]) if name in looks else name,
        on_change=work.edit(table, key, partial(with_source, column.name, numbers)),
    )  # fmt: skip
    if chosen == TIMES:
        _factors(work, table, column.name, list(looks))
    elif chosen == OWN:
        _expression(work, table, column.name)
    note = draft.notes.get(column.name)
    if note and chosen != NONE:
        st.caption(words.literal(own.reason(note)))
    if draft.timestamp_format.get(column.name):
        date_form(work, table, column.name, "Dates are written")


def _factors(work: Work, table: str, column: str, names: list[str]) -> None:
    """The two columns of a product."""
    pair = factors(work.draft.tables[table], column) or ("", "")
    for place, (name, title, at) in enumerate(zip(pair, ("Quantity", "Price of one"), st.columns(2), strict=True)):
        key = work.show(name, table, column, f"factor{place}")
        at.selectbox(
            title, names if name in names else [name, *names], key=key,
            on_change=work.edit(table, key, partial(with_factor, column, place)),
        )  # fmt: skip


def _expression(work: Work, table: str, column: str) -> None:
    """SQL over the file's own columns."""
    key = work.show(work.draft.tables[table].expressions.get(column, ""), table, column, "sql")
    st.text_input(
        "SQL over the file’s columns", key=key, max_chars=1000,
        on_change=work.edit(table, key, partial(with_expression, column)),
        help="Names of columns in double quotes, texts in single ones. It sees one row and nothing else.",
    )  # fmt: skip


def recognised_dates(work: Work, table: str) -> list[str]:
    """Columns of dates written as text whose form nobody had to say."""
    draft = work.draft.tables[table]
    texts = {look.name for look in work.relation(table).columns if look.native == "VARCHAR"}
    dates = [column.name for column in TABLES[table].columns if column.type == "timestamp"]
    return [name for name in dates if draft.columns.get(name) in texts and not draft.timestamp_format.get(name)]


def date_form(work: Work, table: str, column: str, title: str) -> None:
    """How a text column writes its dates."""
    form = work.draft.tables[table].timestamp_format.get(column, "")
    options = list(own.FORMS) if form in own.FORMS else [*own.FORMS, form]
    key = work.show(form, table, column, "form")
    st.selectbox(
        title, options, key=key, format_func=lambda text: own.FORMS.get(text, text),
        on_change=work.edit(table, key, partial(with_form, column)),
        help="Day and month are told apart by all values of the column; choose a form where they cannot be.",
    )  # fmt: skip
