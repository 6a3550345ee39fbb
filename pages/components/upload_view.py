"""A new upload: drop files, say what they are, see what would come of it, load."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

import streamlit as st

from pages.components import (
    access,
    data,
    deciding,
    decisions,
    run_panel,
    running,
    upload_files,
    upload_tables,
    uploads,
    widgets,
    words,
)
from pages.components import upload_words as own
from pages.components.upload_work import Work
from pages.components.uploads import Upload


def section() -> None:
    """The whole part of the page, below its head."""
    deciding.notices()
    upload = uploads.find(st.query_params.get("upload"))
    if upload is None:
        _nothing_open()
        return
    upload_files.refused()
    if not upload.files:
        _nothing_left(upload, upload.removed or "This upload holds no file.")
        return
    with st.spinner("Looking at the files …"):
        found = uploads.relations(upload)
    if isinstance(found, str):
        _nothing_left(upload, found)
        return
    with st.spinner("Suggesting …"):
        work = Work(upload, found, uploads.draft(upload, found))
    upload_files.show(work)
    previews = uploads.preview(upload, found, work.draft)
    _load(work, own.verdict(previews, work.draft))
    _tables(work, previews)


def _nothing_open() -> None:
    """The place to drop files, and uploads that were begun before."""
    if st.query_params.get("upload"):
        widgets.finding("This upload is not there any more.", "It was removed, or it was left alone for too long.")
    run_panel.show("refresh")
    upload_files.refused()
    upload_files.drop("")
    for earlier in uploads.recent()[:5]:
        with st.container(horizontal=True, vertical_alignment="center"):
            names = ", ".join(file.shown for file in earlier.files[:3]) + (" …" if len(earlier.files) > 3 else "")
            state = "loaded" if earlier.loaded_at else "not loaded yet"
            began = words.literal(f"{names} · {earlier.began_at[:16].replace('T', ' ')} UTC · {earlier.by} · {state}")
            st.caption(began, width="content")
            st.button(
                "Open", key=f"open_{earlier.id}", type="tertiary", on_click=partial(upload_files.open_one, earlier.id)
            )
    for place, (name, what) in zip(st.columns(3), own.STEPS.items(), strict=True):
        with place, st.container(border=True, height="stretch", gap="xxsmall"):
            st.markdown(f"**{name}**")
            st.caption(what)
    st.caption(
        "What the files should hold stands in the data contract, `data/README.md`. A folder or a database is loaded on "
        f"the server: `python -m pipelines refresh SOURCE --home {data.home()}`."
    )


def _nothing_left(upload: Upload, why: str) -> None:
    """An upload whose files cannot be looked at, or are gone."""
    widgets.finding("There is nothing to map.", words.literal(why))
    for file in upload.files:
        st.button(
            f"Remove {words.literal(file.shown)}", key=f"remove_{file.name}",
            on_click=partial(uploads.remove, upload, file.name),
        )  # fmt: skip
    upload_files.drop(upload.id)
    st.button("Start over", key="upload_over", on_click=partial(upload_files.discard, upload))


def _load(work: Work, verdict: tuple[str, bool]) -> None:
    """Whether it can be loaded, the button that does it, the mapping to keep, and the run."""
    sentence, is_ready = verdict
    with st.container(border=True, key="upload_load"):
        text, buttons = st.columns([3, 2], vertical_alignment="center")
        text.markdown(f"**{words.literal(sentence)}**  \n{_next(work, is_ready)}")
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            st.download_button(
                "Save mapping.toml", uploads.mapping_file(work.draft, work.relations), "mapping.toml",
                "application/toml", disabled=not is_ready, key=work.key("save"), on_click="ignore",
                help="Put it beside the same files elsewhere, or name it after --mapping.",
            )  # fmt: skip
            _load_button(work, is_ready)
    if work.upload.loaded_at:
        _run()


def _run() -> None:
    """The load at work or how it ended, and where its list is."""
    run = run_panel.show("refresh")
    if run and run.phase == running.DONE:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Loaded and published.**", width="content")
            st.page_link(access.page("overview"), label="Open the overview →")
            st.page_link(access.page("worklist"), label="Open the worklist →")


def _load_button(work: Work, is_ready: bool) -> None:
    """Load at once into an empty home; ask once where there is something to replace."""
    busy = running.is_busy()
    off = not is_ready or busy or not decisions.person()
    go = partial(uploads.load, work.upload, work.relations, work.draft)
    why = "One run at a time." if busy else None
    if not data.is_published():
        st.button("Load and publish", key="upload_go", type="primary", disabled=off, on_click=go, help=why)
        return
    with st.popover("Load and publish …", type="primary", disabled=off, key="upload_ask", help=why):
        st.markdown(
            "These files take the place of what is loaded now, data through "
            f"{words.day(data.run_info()['data_through'])}. Decisions and campaigns stay; customers are known again by "
            "their customer number."
        )
        st.button("Load and publish", key="upload_go", type="primary", on_click=go)


def _next(work: Work, is_ready: bool) -> str:
    """The next step in a sentence."""
    if is_ready and work.upload.loaded_at:
        return (
            f"Loaded on {words.day(datetime.fromisoformat(work.upload.loaded_at))}. Change something and load again, "
            "or close it and drop the next export."
        )
    if not is_ready:
        return "The tables marked ✕ say what is missing; choose the columns there."
    return (
        "Next: look at the first rows of each table below, then load. Loading checks every row, and stops before "
        "anything changes if too many cannot be used."
    )


def _tables(work: Work, previews: Mapping[str, uploads.Preview]) -> None:
    """The tables, one at a time: choices on the left, what comes of them on the right."""
    names = list(work.draft.tables)
    table = None
    with st.container(horizontal=True, vertical_alignment="center"):
        if names:
            asked = st.query_params.get("table")
            st.session_state["upload_table"] = asked if asked in names else names[0]
            # Streamlit would keep the label in the address, which changes with the table's state.
            table = st.segmented_control(
                "Table", names, key="upload_table", required=True, label_visibility="collapsed", on_change=_to_table,
                format_func=lambda name: own.tab(name, previews.get(name)),
            )  # fmt: skip
        upload_tables.add(work)
    if table:
        choices, comes = st.columns([5, 8], gap="medium")
        with choices, st.container(border=True):
            upload_tables.editor(work, table)
        with comes:
            upload_tables.outcome(work, previews[table])


def _to_table() -> None:
    st.query_params["table"] = st.session_state["upload_table"]
