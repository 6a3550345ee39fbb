"""Files that somebody dropped on a page: kept under `home/uploads/<id>/`, where nothing runs and nobody else looks.

Data files lie directly in the folder, where a load finds them; what is known about them lies in hidden files beside.
"""

import json
import re
import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.file_kinds import FileKind, kind_of
from pipelines.mapping import MAPPING_FILE
from pipelines.source import Kind

FOLDER = "uploads"
NOTES, DRAFT, LOOK, ASIDE = ".upload.json", ".draft.json", ".look", ".aside"
_ID = re.compile(r"[0-9a-f]{16}")
_CHUNK = 1 << 22
_MOST_FILES = 50
_LONGEST_NAME = 80


@dataclass(frozen=True)
class UploadedFile:
    """One dropped file: the name it is kept under, the name its owner gave it, and how it is read."""

    name: str
    shown: str
    kind: Kind
    size: int
    encoding: str | None = None


@dataclass(frozen=True)
class Upload:
    """One upload: its folder, who began it when, its files, and when it was loaded."""

    id: str
    folder: Path
    began_at: str
    by: str
    files: tuple[UploadedFile, ...] = ()
    loaded_at: str | None = None
    removed: str | None = field(default=None)  # why its files are gone, in words

    @property
    def bytes(self) -> int:
        """What its files take on the disk."""
        return sum(file.size for file in self.files)

    def path_of(self, name: str) -> Path:
        """Where a file lies: beside the mapping, or aside while no table uses it. A link is never followed."""
        for path in (self.folder / name, self.folder / ASIDE / name):
            if path.is_file() and not path.is_symlink():
                return path
        raise InputError(f"{name} is no longer there. Drop it again.")


def begin(home: Path, by: str, settings: Settings) -> Upload:
    """Start an upload with a random id that nobody can guess; removes old unfinished ones first."""
    prune(home, settings)
    upload = Upload(secrets.token_hex(8), Path(), _now(), by)
    folder = _root(home) / upload.id
    folder.mkdir(parents=True, mode=0o700)
    upload = replace(upload, folder=folder)
    _keep(upload)
    return upload


def find(home: Path, upload_id: str) -> Upload:
    """An upload by its id, which may come out of an address; raises InputError when there is none."""
    folder = _root(home) / upload_id if _ID.fullmatch(upload_id) else None
    if folder is None or folder.is_symlink() or not (folder / NOTES).is_file() or (folder / NOTES).is_symlink():
        raise InputError("This upload is not there: it was removed, or never was. Drop the files again.")
    return _read(folder)


def all_of(home: Path) -> list[Upload]:
    """Every upload of a home, the newest first."""
    folders = [path for path in _root(home).glob("*") if _ID.fullmatch(path.name) and not path.is_symlink()]
    found = [_read(folder) for folder in folders if (folder / NOTES).is_file()]
    return sorted(found, key=lambda upload: upload.began_at, reverse=True)


def add(upload: Upload, name: str, content: BinaryIO, settings: Settings) -> Upload:
    """Keep one more file under a harmless name. Raises InputError when it is too large or no table; then it is gone."""
    if len(upload.files) >= _MOST_FILES:
        raise InputError(f"An upload holds {_MOST_FILES} files at most. Put the rows of one table into one file.")
    shown = _shown(name)
    waiting = upload.folder / f".{secrets.token_hex(8)}.tmp"
    try:
        size = _write(content, waiting, shown, settings.uploads.max_mb, upload.bytes)
        kind = kind_of(waiting, shown)
        kept = _free_name(upload, shown, kind)
        waiting.rename(upload.folder / kept)
    finally:
        waiting.unlink(missing_ok=True)
    return _changed(upload, files=(*upload.files, UploadedFile(kept, shown, kind.kind, size, kind.encoding)))


def remove(upload: Upload, name: str) -> Upload:
    """Take one file out of an upload; what was found out about the files is forgotten."""
    gone = [file for file in upload.files if file.name == name]
    for file in gone:
        upload.path_of(file.name).unlink()
    return _changed(upload, files=tuple(file for file in upload.files if file not in gone))


def discard(upload: Upload) -> None:
    """Remove an upload with everything in it."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def loaded(upload: Upload, used: set[str], mapping: str) -> Path:
    """Make an upload ready to be loaded: the mapping beside its files, unused files aside. Returns the mapping's path.

    A file that no table uses must not lie beside the mapping: the loader would take `customers.csv` for customers.
    """
    (upload.folder / ASIDE).mkdir(exist_ok=True, mode=0o700)
    for file in upload.files:
        target = upload.folder if file.name in used else upload.folder / ASIDE
        upload.path_of(file.name).rename(target / file.name)
    path = upload.folder / MAPPING_FILE
    _replace(path, mapping)
    _keep(replace(upload, loaded_at=_now()))
    return path


def prune(home: Path, settings: Settings, now: datetime | None = None) -> int:
    """Remove unfinished uploads older than the setting, and loaded ones but the newest few; returns how many."""
    oldest = ((now or datetime.now(UTC)) - timedelta(days=settings.uploads.keep_days)).isoformat(timespec="seconds")
    found = all_of(home)
    done = [upload for upload in found if upload.loaded_at]
    spare = [upload for upload in found if not upload.loaded_at and upload.began_at < oldest]
    spare += sorted(done, key=lambda upload: upload.loaded_at or "", reverse=True)[settings.runs.keep :]
    for upload in spare:
        discard(upload)
    return len(spare)


def erase_files(home: Path) -> list[str]:
    """Remove the files of every upload, and all that was found in them, when a person is to be forgotten.

    They are copies of what the shop has, under the shop's own names: no search in them could be certain. Returns the
    ids of the uploads; each keeps a note, so that its page can say what happened.
    """
    emptied = []
    for upload in all_of(home):
        for path in upload.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        why = "Its files were removed, because a customer was erased. Drop them again, without that customer."
        _keep(replace(upload, files=(), removed=why))
        emptied.append(upload.id)
    return emptied


def keep_draft(upload: Upload, text: str) -> None:
    """Keep the choices made so far, so that a reload or a second tab finds them."""
    _replace(upload.folder / DRAFT, text)


def draft_of(upload: Upload) -> str | None:
    """The choices kept last, or None."""
    path = upload.folder / DRAFT
    return path.read_text(encoding="utf-8") if path.is_file() and not path.is_symlink() else None


def _root(home: Path) -> Path:
    return home.resolve() / FOLDER


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _shown(name: str) -> str:
    """A file's name without its path, control signs and excess length, for people."""
    base = re.split(r"[\\/]", name)[-1]
    return "".join(sign for sign in base if sign.isprintable())[:200].strip() or "file"


def _free_name(upload: Upload, shown: str, kind: FileKind) -> str:
    """A name of plain letters with the ending of the content, that no other file of the upload has."""
    stem = re.sub(r"[^\w -]+", "_", Path(shown).stem).strip(" _-.")[:_LONGEST_NAME] or "file"
    taken = {file.name.lower() for file in upload.files} | {MAPPING_FILE}
    names = (f"{stem}{'' if nth == 1 else f'_{nth}'}{kind.ending}" for nth in range(1, _MOST_FILES + 2))
    return next(name for name in names if name.lower() not in taken)


def _write(content: BinaryIO, path: Path, shown: str, max_mb: int, there: int) -> int:
    """Write a file piece by piece; raises InputError above the limit, which holds for all files of an upload."""
    limit, size = max_mb * 1_000_000, 0
    with path.open("xb") as sink:
        path.chmod(0o600)
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if there + size > limit:
                raise InputError(
                    f"{shown} is too large: the files of one upload may take {max_mb:,} MB together (the setting "
                    "uploads.max_mb). Save them as Parquet, or load the folder on the server: "
                    "`python -m pipelines refresh FOLDER`."
                )
            sink.write(chunk)
    return size


def _changed(upload: Upload, files: tuple[UploadedFile, ...]) -> Upload:
    """An upload with other files; what was seen in the old ones no longer holds."""
    shutil.rmtree(upload.folder / LOOK, ignore_errors=True)
    (upload.folder / DRAFT).unlink(missing_ok=True)
    upload = replace(upload, files=files, loaded_at=None, removed=None)
    _keep(upload)
    return upload


def _keep(upload: Upload) -> None:
    """Write the notes of an upload."""
    facts = {name: value for name, value in asdict(upload).items() if name not in ("id", "folder")}
    _replace(upload.folder / NOTES, json.dumps(facts))


def _read(folder: Path) -> Upload:
    """The notes of an upload."""
    facts = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    files = tuple(UploadedFile(**file) for file in facts.pop("files"))
    return Upload(id=folder.name, folder=folder, files=files, **facts)


def _replace(path: Path, text: str) -> None:
    """Write a file atomically, readable by its owner alone."""
    unfinished = path.with_name(f".{secrets.token_hex(4)}.tmp")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
