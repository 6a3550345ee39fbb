"""Changing `settings.toml` from a page or a command: checked first, atomically, with who, when and why.

Comments, order and blanks of the file stay as they are. What the environment overrides cannot be changed here.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

import workflow
from pipelines.config import PREFIX, SETTINGS_FILE, Settings, settings_from, workflow_url
from pipelines.errors import InputError
from workflow import WorkflowError, settings_history
from workflow.settings_history import SECRET, SettingChange

Publish = Callable[[], None]
_NOTHING = "-"  # the fingerprint where there is no file


def fingerprint(home: Path) -> str:
    """Twelve hex digits that change when the file does; "-" where there is none. What `change` takes as `seen`."""
    text = _read(home / SETTINGS_FILE)
    return _NOTHING if text is None else hashlib.sha256(text.encode()).hexdigest()[:12]


def change(home: Path, changes: Mapping[str, Any], by: str, why: str, seen: str | None = None) -> list[SettingChange]:
    """Set settings such as `{"churn.horizon_days": 60}` in the file of a home; returns what differs from before.

    None takes a key back to its default. Nothing is written, and nothing kept, where all stand so already. Raises
    InputError, with the file as it was, where a key or value is not allowed, the environment overrides it, the
    file is no longer the one whose fingerprint was `seen`, or the workflow database keeps no history.
    """
    try:
        with _alone(home):
            if seen is not None and seen != fingerprint(home):
                raise InputError(_meanwhile(home))
            return _change(home, changes, by, why)
    except OSError as error:
        raise InputError(f"{home / SETTINGS_FILE} cannot be written: {error.strerror}. Nothing was changed.") from None


def _change(home: Path, changes: Mapping[str, Any], by: str, why: str) -> list[SettingChange]:
    """`change`, while nobody else does."""
    path, read = home / SETTINGS_FILE, _read(home / SETTINGS_FILE)
    before = settings_from(path)
    _require_known(before, changes)
    _require_free(changes)
    wanted = {name: value for name, value in changes.items() if value is None or _plain(value) != _value(before, name)}
    with _candidate(path, _edited(read or "", wanted, path)) as candidate:
        after = _checked(candidate, path)
        moved = {name: (_value(before, name), _value(after, name)) for name in wanted}
        moved = {name: (old, new) for name, (old, new) in moved.items() if old != new}

        def publish() -> None:
            if _read(path) != read:  # an editor does not ask for our lock
                raise InputError(_meanwhile(home))
            candidate.replace(path.resolve())

        return _kept(home, before, moved, (by, why), publish) if moved else []


def history(home: Path, setting: str | None = None) -> list[SettingChange]:
    """Every change of one setting, or of all, newest first; empty where none was kept. Raises InputError."""
    try:
        database = workflow.open_existing(workflow_url(home, settings_from(home / SETTINGS_FILE)))
        if database is None:
            return []
        try:
            return settings_history.history(database, setting)
        finally:
            database.close()
    except WorkflowError as error:
        raise InputError(str(error)) from None


def overridden(keys: Iterable[str]) -> dict[str, str]:
    """The environment variable behind each of these settings that the file cannot change."""
    present = {name.upper(): name for name in os.environ}
    found: dict[str, str] = {}
    for key in keys:
        section, _, rest = key.partition(".")
        for variable in (f"{PREFIX}{section}".upper(), f"{PREFIX}{section}__{rest}".upper()):
            if variable in present:
                found[key] = present[variable]
    return found


def _kept(
    home: Path, settings: Settings, moved: Mapping[str, tuple[Any, Any]], said: tuple[str, str], publish: Publish
) -> list[SettingChange]:
    """Write the history and then the file; where the file cannot be written no history stays. `said` is by, why."""
    by, why = (text.strip() for text in said)
    if not why:
        raise InputError("Say why the settings change: a change without a reason is not kept.")
    try:
        database = workflow.open_database(workflow_url(home, settings))
        try:
            return settings_history.change(database, moved, by, why, publish)
        finally:
            database.close()
    except WorkflowError as error:
        raise InputError(f"{error} The settings stay as they were.") from None


def _value(settings: Settings, key: str) -> Any:
    """A setting as JSON can hold it."""
    section, _, name = key.partition(".")
    return settings.model_dump(mode="json")[section][name]


def _require_known(settings: Settings, changes: Mapping[str, Any]) -> None:
    """Raise InputError for a key that is none, or one that is not changed this way."""
    known = {f"{section}.{key}" for section, values in settings.model_dump().items() for key in values} - SECRET
    wrong = sorted(set(changes) - known)
    if wrong:
        raise InputError(f"Setting {wrong[0]} cannot be changed here: there is no such setting, or it is a secret.")


def _require_free(changes: Mapping[str, Any]) -> None:
    """Raise InputError for a key that the environment holds."""
    for key, variable in overridden(changes).items():
        raise InputError(
            f"Setting {key} is set by the environment variable {variable}, which overrides {SETTINGS_FILE}. "
            "Remove the variable and restart, or change it there."
        )


def _edited(text: str, changes: Mapping[str, Any], path: Path) -> str:
    """The file's text with the changes in it."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise InputError(f"{path} is not valid TOML: {error}. Mend it first.") from None
    for key, value in changes.items():
        section, _, name = key.partition(".")
        if value is None:
            if section in document:
                document[section].pop(name, None)
            continue
        if section not in document:
            document[section] = tomlkit.table()
        document[section][name] = _plain(value)
    return tomlkit.dumps(document)


def _plain(value: Any) -> Any:
    """A value as TOML and JSON write it."""
    return list(value) if isinstance(value, tuple) else value


def _checked(candidate: Path, path: Path) -> Settings:
    """The settings as they would be; an error names the real file, not the candidate."""
    try:
        return settings_from(candidate)
    except InputError as error:
        raise InputError(str(error).replace(str(candidate), str(path))) from None


@contextmanager
def _candidate(path: Path, text: str) -> Iterator[Path]:
    """A file beside the settings with the new text and the same rights, gone afterwards unless it took their place."""
    settings = path.resolve()
    candidate = settings.with_name(f".{SETTINGS_FILE}.{secrets.token_hex(4)}")
    try:
        with candidate.open("x", encoding="utf-8", newline="") as file:
            if settings.exists():
                candidate.chmod(settings.stat().st_mode & 0o777)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield candidate
    finally:
        candidate.unlink(missing_ok=True)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One change of a home's settings at a time."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".settings.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> str | None:
    """The file's text, None where there is none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
            return file.read()
    except FileNotFoundError:
        return None


def _meanwhile(home: Path) -> str:
    """What to say when the file is not the one that was read."""
    last = next(iter(history(home)), None)
    who = f" The last change kept here: {last.changed_by}, {last.setting} = {last.after}." if last else ""
    return f"{home / SETTINGS_FILE} was changed meanwhile.{who} Nothing was written: look at it and decide again."
