"""How things stood before a version was put to use: enough to take everything back after a failure or a kill.

`promotion.json` under home is written before anything changes and removed when all is done. The files of the features
and the warehouse that were current are kept under a second name, which costs no space, so that no pruning takes them.
"""

import json
import os
import tomllib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines import publish
from pipelines.config import SETTINGS_FILE

_FILE = "promotion.json"
_STAGES = ("features", "warehouse")
_KEPT = "before_promotion_"


def exists(home: Path) -> bool:
    """Whether something was begun and not ended."""
    return (home / _FILE).exists()


@dataclass(frozen=True)
class Journal:
    """What is being done (`what`, `version` in place of `before`, by whom and why, in which run), the settings file's
    text before and after (None where there is none), and the file that was current of each stage.
    """

    what: str
    version: str
    before: str | None
    by: str
    note: str
    run_id: str
    settings: str | None
    settings_now: str | None
    files: dict[str, str] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        home: Path,
        asked: tuple[str, str, str | None],
        said: tuple[str, str],
        run_id: str,
        changes: dict[str, Any] | None = None,
    ) -> "Journal":
        """Write down how things stand; `asked` is what, version, before, `said` by whom and why, `changes` the
        settings that are about to change.
        """
        current = {stage: publish.current(home, stage) for stage in _STAGES}
        files = {stage: path.name for stage, path in current.items() if path is not None}
        text = _settings(home)
        journal = cls(*asked, *said, run_id, text, text, files, changes or {})
        journal._write(home)  # first: whatever is kept is then found and removed again
        for path in filter(None, current.values()):
            kept = path.with_name(f"{_KEPT}{path.name}")
            kept.unlink(missing_ok=True)
            os.link(path, kept)
        return journal

    @classmethod
    def read(cls, home: Path) -> "Journal | None":
        """What was begun; None where nothing was."""
        try:
            return cls(**json.loads((home / _FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def note_settings(self, home: Path) -> None:
        """Write down that the settings were changed, so that nothing somebody else writes later is taken back."""
        replace(self, settings_now=_settings(home))._write(home)

    def is_published(self, home: Path) -> bool:
        """Whether the scores of the run were published completely."""
        path = publish.current(home, "warehouse")
        if path is None:
            return False
        with duckdb.connect(str(path), read_only=True) as con:
            return con.execute("select run_id from run_info").fetchall() == [(self.run_id,)]

    def undo(self, home: Path) -> dict[str, tuple[Any, Any]]:
        """Settings, features and warehouse as they were; the version in use was never another one.

        Returns the settings that were taken back, as they stood in the file and as they stand again.
        """
        known = Journal.read(home) or self
        for stage, name in self.files.items():
            path = publish.store_folder(home) / name
            if publish.current(home, stage) == path.resolve():
                continue
            if not path.exists():
                os.link(path.with_name(f"{_KEPT}{name}"), path)
            newer = publish.current(home, stage)
            publish.point_to(home, stage, path)
            if newer is not None:
                newer.unlink(missing_ok=True)
        now, old = _settings(home), _values(self.settings)
        new = _values(now)
        if now == self.settings or (now != known.settings_now and new != old | self.changes):
            return {}  # as it was, or somebody else wrote it since
        _restore(home, self.settings)
        return {key: (new.get(key), old.get(key)) for key in sorted({*old, *new}) if new.get(key) != old.get(key)}

    def close(self, home: Path) -> None:
        """All is done or undone."""
        for path in publish.store_folder(home).glob(f"{_KEPT}*"):
            path.unlink()
        (home / _FILE).unlink(missing_ok=True)

    def _write(self, home: Path) -> None:
        """Replace the file at once."""
        unfinished = home / f".{_FILE}"
        unfinished.touch(mode=0o600)  # the settings may hold the password of the workflow database
        unfinished.write_text(json.dumps(asdict(self)), encoding="utf-8")
        unfinished.replace(home / _FILE)


def _settings(home: Path) -> str | None:
    try:
        with (home / SETTINGS_FILE).open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _values(text: str | None) -> dict[str, Any]:
    """Settings of a file by their dotted names."""
    sections = tomllib.loads(text or "")
    return {f"{section}.{key}": value for section, values in sections.items() for key, value in values.items()}


def _restore(home: Path, text: str | None) -> None:
    """Write the settings file as it was, or remove it where there was none."""
    path = (home / SETTINGS_FILE).resolve()
    if text is None:
        path.unlink(missing_ok=True)
        return
    unfinished = path.with_name(f".{SETTINGS_FILE}.restored")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    if path.exists():
        unfinished.chmod(path.stat().st_mode & 0o777)
    unfinished.replace(path)
