"""One table of an upload: from which file, which columns, which rows, how it is written, and what would come of it."""

from functools import partial

import streamlit as st

from pages.components import upload_columns, uploads, words
from pages.components import upload_words as own
from pages.components.upload_work import Work, with_filter
from pages.components.uploads import TABLES, Preview, TableDraft

_GROUPED = ("orders", "order_lines", "products", "customers")


def editor(work: Work, table: str) -> None:
    """Everything that may be chosen about one table."""
    st.caption(f"{own.ROW_OF[table]}. {own.BRINGS[table]} \\* = needed")
    if len(work.readable) > 1:
        _source(work, table)
    upload_columns.choose(work, table)
    _rows(work, table)
    _writing(work, table)
    st.button(
        "Leave this table out", key=work.key(table, "out"), type="tertiary", on_click=partial(work.save, table, None)
    )


def add(work: Work) -> None:
    """Read one more table of the contract from a file."""
    absent = own.absent(work.draft)
    if not absent or not work.readable:
        return
    with st.popover("Add a table …", key=work.key("add")):
        name = st.selectbox("Table", absent, format_func=words.TABLES.get, key=work.key("add", "name"))
        keys = {relation.key: relation.label for relation in work.readable}
        key = st.selectbox("Read from", list(keys), format_func=keys.get, key=work.key("add", "from"))
        if not name or not key:
            return
        st.caption(f"{own.ROW_OF[name]}. {own.BRINGS[name]}")
        st.button("Add", key=work.key("add", "now"), on_click=partial(_add, work, name, key))


def _add(work: Work, name: str, key: str) -> None:
    work.save(name, uploads.suggested_table(work.upload, work.relations, name, key))
    st.query_params["table"] = name


def _source(work: Work, table: str) -> None:
    """The file or sheet that a table is read from; another one brings a suggestion of its own."""
    keys = {relation.key: relation.label for relation in work.readable}
    key = work.show(work.draft.tables[table].relation, table, "from")
    st.selectbox("Read from", list(keys), format_func=keys.get, key=key, on_change=partial(_from, work, table, key))


def _from(work: Work, table: str, key: str) -> None:
    chosen = st.session_state[key]
    work.save(table, uploads.suggested_table(work.upload, work.relations, table, chosen))


def _rows(work: Work, table: str) -> None:
    """Which rows belong to the table, and which of them belong together."""
    draft = work.draft.tables[table]
    st.markdown("**Rows**")
    for entry in draft.filters:
        key = work.show(entry.is_on, table, "filter", entry.key)
        st.checkbox(
            words.literal(entry.words), key=key, on_change=work.edit(table, key, partial(with_filter, entry.key))
        )
    if table in _GROUPED:
        note = draft.notes.get("group_by_order")
        key = work.show(draft.group_by_order, table, "group")
        st.checkbox(
            f"Put rows with the same {_key_words(table)} together", key=key,
            on_change=work.edit(table, key, lambda old, value: old.changed(group_by_order=bool(value))),
            help="Amounts and quantities of orders and their lines are summed, everything else keeps its first value."
            + (f" Suggested because {note.reason[0].lower()}{words.literal(note.reason[1:])}." if note else ""),
        )  # fmt: skip
    key = work.show(draft.where, table, "where")
    st.text_input(
        "Only rows where (SQL, optional)", key=key, max_chars=2000, placeholder='"Country" = \'Germany\'',
        on_change=work.edit(table, key, lambda old, value: old.changed(where=str(value).strip())),
        help="A condition over the file’s columns, in addition to those above.",
    )  # fmt: skip


def _key_words(table: str) -> str:
    return " and ".join(own.label(name).lower() for name in TABLES[table].key)


def _writing(work: Work, table: str) -> None:
    """How the file writes dates and numbers; asked only where they are text."""
    draft, relation = work.draft.tables[table], work.relation(table)
    if all(look.native != "VARCHAR" for look in relation.columns):
        return
    st.markdown("**How the file writes**")
    for column in upload_columns.recognised_dates(work, table):
        upload_columns.date_form(work, table, column, own.label(column))
    left, right = st.columns(2)
    key = work.show(draft.decimal, table, "decimal")
    left.selectbox("Decimal sign", list(own.DECIMALS), key=key, format_func=own.DECIMALS.get,
                   on_change=work.edit(table, key, _with_decimal))  # fmt: skip
    if draft.decimal == ".":
        key = work.show(draft.thousands, table, "thousands")
        right.selectbox("Sign between thousands", list(own.THOUSANDS), key=key, format_func=own.THOUSANDS.get,
                        on_change=work.edit(table, key, lambda old, sign: old.changed(thousands=sign)))  # fmt: skip


def _with_decimal(draft: TableDraft, sign: object) -> TableDraft:
    return draft.changed(decimal=sign, thousands="" if sign in (",", draft.thousands) else draft.thousands)


def outcome(work: Work, preview: Preview) -> None:
    """What would come of a table: counts, what stands in the way, the first rows, and the rows that cannot be used."""
    if preview.problem:
        with st.container(border=True):
            st.markdown(f"**This table cannot be loaded yet.**  \n{words.literal(own.problem(preview))}")
    if preview.rows:
        st.caption(words.literal(own.counts(preview, work.relation(preview.table).rows)), help=own.SAMPLE_HELP)
    if len(preview.rejects):
        with st.expander(
            f"{words.plural(preview.rejected, 'row')} that cannot be used", expanded=bool(preview.problem)
        ):
            st.dataframe(own.rejects(preview), hide_index=True, height="content" if len(preview.rejects) < 8 else 300)
    if len(preview.first):
        st.dataframe(
            own.first_rows(preview), hide_index=True, key=work.key(preview.table, "first"), height=420,
            column_config=own.formats(preview),
        )  # fmt: skip
    if preview.ignored:
        st.caption(words.literal(f"Columns of the file that this table does not use: {', '.join(preview.ignored)}."))
