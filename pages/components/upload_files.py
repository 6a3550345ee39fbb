"""The files of an upload: the place to drop them, what was found in each, and the ways to add, remove and leave."""

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import streamlit as st

from pages.components import decisions, running, uploads, words
from pages.components import upload_words as own
from pages.components.upload_work import Work
from pages.components.uploads import Upload

_FORMATS = "CSV of any delimiter and encoding, XLSX, Parquet or JSON lines, several at once"


def drop(upload_id: str) -> None:
    """The place to drop files. Nobody is asked twice: what is dropped is kept and looked at."""
    nth = st.session_state.setdefault("upload_nth", 0)
    nobody = not decisions.person()
    files = st.container(key="upload_zone").file_uploader(
        f"Drop files: {_FORMATS}", accept_multiple_files=True, key=f"upload_drop_{nth}", disabled=nobody,
        max_upload_size=uploads.limit_mb(),
        help=f"Up to {uploads.limit_mb():,} MB together. They are kept on this server only, are looked at, never run, "
        "and change nothing before you load them." + (" Sign in first." if nobody else ""),
    )  # fmt: skip
    if files:
        kept = uploads.keep(upload_id, files)
        st.session_state["upload_nth"] = nth + 1
        upload = uploads.find(kept)
        if upload and upload.files:
            st.query_params["upload"] = kept
        elif upload:
            uploads.discard(upload)
        st.rerun()


def refused() -> None:
    """What was wrong with files that were not kept."""
    problems = st.session_state.get(uploads.PROBLEMS)
    if problems:
        with st.container(border=True, key="upload_refused"):
            st.markdown("**Not taken:**  \n" + "  \n".join(map(words.literal, problems)))


def open_one(upload_id: str) -> None:
    st.query_params["upload"] = upload_id
    st.session_state.pop(uploads.PROBLEMS, None)


def close() -> None:
    for name in ("upload", "table"):
        st.query_params.pop(name, None)
    st.session_state.pop(uploads.PROBLEMS, None)


def discard(upload: Upload) -> None:
    uploads.discard(upload)
    close()


def show(work: Work) -> None:
    """What was dropped and what it holds, a line per file or sheet."""
    with _files_place(work):
        for relation in work.relations:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{words.literal(relation.label)}**", width="content")
                st.caption(words.literal(own.file_line(relation)), width="stretch")
                if relation.sample:
                    st.caption(f"→ {own.used_for(relation, work.draft)}", width="content")
                    with st.popover("Columns", type="tertiary", key=work.key("look", relation.key)):
                        st.dataframe(own.columns_of(relation), hide_index=True, width=760)
            if relation.bad_count:
                st.caption(words.literal(own.bad_lines(relation)))
        _more(work)


def _files_place(work: Work) -> AbstractContextManager[Any]:
    """A frame for a few files; a fold for many, unless one has a problem."""
    if len(work.relations) > 3 and not any(relation.problem or relation.bad_count for relation in work.relations):
        rows = sum(relation.rows for relation in work.relations)
        return st.expander(f"{words.plural(len(work.relations), 'file')} with {words.plural(rows, 'row')}")
    return st.container(border=True, key="upload_files", gap="xsmall")


def _more(work: Work) -> None:
    """Add and remove files, and the way out."""
    with st.container(horizontal=True):
        with st.popover("Add or remove files …", type="tertiary", key=work.key("more")):
            drop(work.upload.id)
            for file in work.upload.files:
                st.button(
                    f"Remove {words.literal(file.shown)}", key=work.key("remove", file.name), type="tertiary",
                    disabled=running.is_busy(),
                    on_click=partial(uploads.remove, work.upload, file.name),
                )  # fmt: skip
        st.button("Suggest anew", key=work.key("again"), type="tertiary",
                  on_click=partial(uploads.suggest_again, work.upload, work.relations))  # fmt: skip
        st.button("Close", key=work.key("close"), type="tertiary", on_click=close, help="The choices are kept.")
        st.button("Discard", key=work.key("over"), type="tertiary", on_click=partial(discard, work.upload),
                  help="Removes the files and the choices.", disabled=running.is_busy())  # fmt: skip
