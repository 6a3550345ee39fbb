"""Model versions for readers: straight from the registry's file, because MLflow takes a second to be imported."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.bundle import MODEL
from models.gate import blocks
from pipelines import registry

IN_USE, PROPOSED, NOT_USED, USED_BEFORE, BLOCKED = "in use", "proposed", "not used", "used before", "blocked"


@dataclass(frozen=True)
class Version:
    """One version: number, state, where its files lie, and what it says about itself (facts of its bundle)."""

    number: str
    state: str
    place: Path
    facts: dict[str, Any]

    @property
    def trained_at(self) -> datetime:
        """When it was trained, UTC."""
        return datetime.fromisoformat(self.facts["trained_at"])

    @property
    def report_folder(self) -> Path:
        """Where what it keeps for its report lies, if anything."""
        return self.place.parent / registry.REPORT

    @property
    def card(self) -> str:
        """Its model card in Markdown; empty where it is gone."""
        path = registry.card_in(self.place)
        return path.read_text(encoding="utf-8") if path.exists() else ""


def stamp(home: Path) -> str:
    """Text that changes whenever a version was registered or promoted."""
    path = registry.folder(home) / "mlflow.db"
    return str(path.stat().st_mtime_ns) if path.exists() else ""


def all_versions(home: Path) -> list[Version]:
    """Every version whose files can be read, newest first."""
    if not registry.exists(home):
        return []
    path = (registry.folder(home) / "mlflow.db").resolve()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as con:
        rows = con.execute(
            "select version, run_id from model_versions where name = ? order by version desc", [registry.NAME]
        ).fetchall()
        champion = con.execute(
            "select version from registered_model_aliases where name = ? and alias = ?", [registry.NAME, registry.ALIAS]
        ).fetchone()
        used = con.execute(
            "select version from model_version_tags where name = ? and key = ?", [registry.NAME, registry.USED]
        ).fetchall()
    in_use, once = int(champion[0]) if champion else None, {int(number) for (number,) in used}
    found = [_version(home, int(number), run_id, in_use, int(number) in once) for number, run_id in rows]
    return [version for version in found if version is not None]


def _version(home: Path, number: int, run_id: str, in_use: int | None, once: bool) -> Version | None:
    """One version; None where its files are gone."""
    place = registry.place_of(home, run_id)
    try:
        facts = json.loads((place / MODEL).read_bytes())["facts"]
    except (OSError, ValueError, KeyError):
        return None
    return Version(
        str(number), _state(facts | {"promoted": once or facts.get("promoted")}, number, in_use), place, facts
    )


def _state(facts: dict[str, Any], number: int, in_use: int | None) -> str:
    """In use; used before; blocked by the gate; proposed where it may still be put to use; or not used."""
    if number == in_use:
        return IN_USE
    if facts.get("promoted"):
        return USED_BEFORE
    if blocks(facts.get("gate")):
        return BLOCKED
    return PROPOSED if facts.get("proposed") and (in_use is None or number > in_use) else NOT_USED
