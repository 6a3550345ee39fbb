"""The door to uploads: keep dropped files, look at them, keep the choices made about them, try them out, load them.

Files are read by a process of their own (`pipelines.upload_look`), previews see nothing but its samples, and a load is
a run like any other: nothing that somebody dropped is read by the process that draws the pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO, Protocol, cast

import streamlit as st

from pages.components import data, decisions, running
from pipelines import config
from pipelines import preview as dry_run
from pipelines import uploads as kept
from pipelines.column_look import ColumnLook
from pipelines.contract import TABLES, Column
from pipelines.errors import InputError
from pipelines.preview import Preview
from pipelines.suggest_mapping import product_sql
from pipelines.upload_draft import LIKELY, SURE, Draft, Filter, Note, TableDraft, mapping_text, read_draft
from pipelines.upload_look import Relation, look
from pipelines.uploads import Upload

__all__ = [
    "LIKELY", "SURE", "TABLES", "Column", "ColumnLook", "Draft", "Filter", "Note", "Preview", "Relation", "TableDraft",
    "Upload", "product_sql",
]  # fmt: skip

_KEPT_SECONDS = 3600  # rows of people stay in this process no longer
PROBLEMS = "upload_problems"  # sentences about files that were not kept, in the session


class Dropped(Protocol):
    """A file as the page hands it over."""

    name: str


def limit_mb() -> int:
    """Size of the files of one upload at most, in MB."""
    return config.load_settings(data.home()).uploads.max_mb


def most_rejects() -> float:
    """Share of rejected rows above which a load stops."""
    return config.load_settings(data.home()).ingest.max_reject_share


def keep(upload_id: str, files: Iterable[Dropped]) -> str:
    """Keep dropped files, in a new upload where there is none yet; returns its id. What was refused is told."""
    settings, home = config.load_settings(data.home()), data.home()
    upload = find(upload_id) or kept.begin(home, decisions.person(), settings)
    problems = []
    for file in files:
        try:
            upload = kept.add(upload, file.name, cast(BinaryIO, file), settings)
        except InputError as error:
            problems.append(str(error))
    st.session_state[PROBLEMS] = problems
    return upload.id


def find(upload_id: str | None) -> Upload | None:
    """An upload by the id in the address; None where there is none."""
    try:
        return kept.find(data.home(), upload_id or "")
    except InputError:
        return None


def recent() -> list[Upload]:
    """Uploads that still hold files, the newest first."""
    return [upload for upload in kept.all_of(data.home()) if upload.files]


def remove(upload: Upload, name: str) -> None:
    """Take a file out of an upload."""
    kept.remove(upload, name)


def discard(upload: Upload) -> None:
    """Remove an upload."""
    kept.discard(upload)


def relations(upload: Upload) -> list[Relation] | str:
    """The tables an upload holds, or the sentence that says why nothing could be looked at."""
    try:
        return _relations(upload)
    except InputError as error:
        return str(error)


@st.cache_data(max_entries=20, ttl=_KEPT_SECONDS, show_spinner=False)
def _relations(upload: Upload) -> list[Relation]:
    """Looked at once per upload and set of files; an error is not kept."""
    return look(upload)


def draft(upload: Upload, found: Sequence[Relation]) -> Draft:
    """The choices kept last; suggested ones where there are none, or none that fit the files."""
    text = kept.draft_of(upload)
    draft = read_draft(text) if text else None
    keys = {relation.key for relation in found}
    if draft is None or not {table.relation for table in draft.tables.values()} <= keys:
        draft = dry_run.suggested(upload, found)
        save(upload, draft)
    return draft


def suggest_again(upload: Upload, found: Sequence[Relation]) -> None:
    """Drop every choice and suggest anew."""
    save(upload, dry_run.suggested(upload, found))


def suggested_table(upload: Upload, found: Sequence[Relation], name: str, key: str) -> TableDraft:
    """A suggestion for one table out of a certain relation."""
    return dry_run.suggested_table(upload, found, name, key)


def save(upload: Upload, draft: Draft) -> None:
    """Keep the choices made."""
    kept.keep_draft(upload, draft.model_dump_json())


def preview(upload: Upload, found: Sequence[Relation], draft: Draft) -> Mapping[str, Preview]:
    """A dry run of every table over the sample; the same choices are tried once."""
    return _preview(upload, draft.model_dump_json(), str(config.load_settings(data.home()).hash), found)


@st.cache_data(max_entries=50, ttl=_KEPT_SECONDS, show_spinner=False)
def _preview(upload: Upload, draft: str, settings_hash: str, _found: Sequence[Relation]) -> Mapping[str, Preview]:
    return dry_run.preview(upload, _found, Draft.model_validate_json(draft), config.load_settings(data.home()))


def mapping_file(draft: Draft, found: Sequence[Relation]) -> str:
    """The choices as a mapping file; what cannot be written is told by the preview."""
    try:
        return mapping_text(draft, {relation.key: relation for relation in found})
    except InputError:
        return ""


def load(upload: Upload, found: Sequence[Relation], draft: Draft) -> None:
    """Write the mapping beside the files and start the run that loads, builds, scores and publishes."""
    text = mapping_file(draft, found)
    if not text or running.is_busy():
        return
    path = kept.loaded(upload, dry_run.mapped_files(draft, found), text)
    running.start(["refresh", str(upload.folder), "--mapping", str(path)])
