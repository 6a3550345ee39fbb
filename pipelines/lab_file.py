"""The kept result of the label lab: `label_lab.json` under home, and whether it still answers for the present."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines import publish
from pipelines.config import Settings
from pipelines.warehouse import tables

LAB_FILE = "label_lab.json"
_VERSION = 1  # of the file's form


def read(home: Path) -> dict[str, Any] | None:
    """The kept result; None where there is none, or one of another form."""
    try:
        lab = json.loads((home / LAB_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return lab if isinstance(lab, dict) and lab.get("version") == _VERSION else None


def write(home: Path, lab: Mapping[str, Any]) -> None:
    """Keep a result in place of the one before, atomically."""
    unfinished = home / f".{LAB_FILE}.tmp"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump({"version": _VERSION, **lab}, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(home / LAB_FILE)


def stale(lab: Mapping[str, Any], data_hash: str | None, settings: Settings) -> str:
    """Why a kept result no longer answers for the present, as a clause; empty while it does.

    Choosing a definition of the grid does not make it stale: that is what it is for.
    """
    if lab["data_hash"] != data_hash:
        return "the data have changed since"
    if lab["question"] != question(settings):
        return "settings that it rests on have changed since"
    known = {(cell["eligibility"], cell["horizon_days"]) for cell in lab["cells"]}
    chosen = settings.churn.eligibility, settings.churn.horizon_days
    return "" if chosen in known else "the chosen definition is not in it"


def data_hash_of(home: Path) -> str | None:
    """The hash of the present source; None where an older version wrote it."""
    with publish.open_current(home, "source") as con:
        found = con.execute("select data_hash from source_info").fetchall() if "source_info" in tables(con) else []
    return str(found[0][0]) if found and found[0][0] else None


def contact_terms(settings: Settings) -> dict[str, float]:
    """What one contact is reckoned with: the economics of the settings, with the mean of the acceptance."""
    money = settings.economics
    mean = money.acceptance_alpha / (money.acceptance_alpha + money.acceptance_beta)
    return {
        "cost": money.contact_cost, "incentive": money.incentive, "redemption": money.redemption, "acceptance": mean,
    }  # fmt: skip


def question(settings: Settings) -> dict[str, Any]:
    """The settings that a result rests on, beside horizon and eligibility, which it varies."""
    parts = {
        "active_days": settings.churn.active_days,
        "due_factor": settings.churn.due_factor,
        "snapshots": settings.snapshots.model_dump(mode="json"),
        "gross_margin": settings.economics.gross_margin,
        "contact": contact_terms(settings),
    }
    return dict(json.loads(json.dumps(parts)))
