"""The label lab: every definition of churn on this shop's past, kept in one file under home. No customer is in it."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models import label_lab
from models.evaluate import Estimate
from models.label_lab import Accuracy, Contact, Definition, Earned
from pipelines import lab_tables, lineage, publish, runs
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.lab_file import contact_terms, data_hash_of, question, write
from pipelines.lab_report import LabReport
from pipelines.lab_tables import Facts
from pipelines.progress import Progress, silent
from pipelines.warehouse import tables

_GRID_SHARE, _MONEY_SHARE = 0.7, 0.9  # of the time a run takes, as measured
Cell = dict[str, Any]


@dataclass
class Past:
    """A definition's own past: its labelled days with their counts, and the sampled customers' rows."""

    days: tuple[date, ...]
    months: list[dict[str, Any]]
    frame: pd.DataFrame


def make(home: Path, settings: Settings, run_id: str, progress: Progress = silent) -> LabReport:
    """Work out every definition of the grid and keep the result as `label_lab.json` under home.

    A run that is stopped leaves the result before. Raises InputError without features of the present data.
    """
    started = time.monotonic()
    data_hash = _require_facts(home, settings)
    with lab_tables.open_facts(home, settings) as facts:
        if facts is None:
            raise InputError("There is no order yet. Ingest a source with orders and run build first.")
        grid = label_lab.grid(settings.churn.horizon_days, settings.churn.eligibility)
        pasts = _pasts(facts, settings, grid, progress)
        cells = {one: _cell(one, past) for one, past in pasts.items()}
        for one, found in _today(facts, settings, grid).items():
            cells[one] |= found
        for step, (one, past) in enumerate(pasts.items()):
            progress(f"judge {one.name}", _GRID_SHARE + (_MONEY_SHARE - _GRID_SHARE) * step / len(grid))
            cells[one]["accuracy"] = _accuracy(label_lab.accuracy(past.frame, one.horizon_days))
        progress("money", _MONEY_SHARE)
        money = _money(facts, settings, pasts)
        for one, gained in money["earned"].items():
            cells[one]["earned"] = _earned(gained)
        lab = _head(facts, settings) | {
            "run_id": run_id,
            "data_hash": data_hash,
            "judging_days": [day.isoformat() for day in money["days"]],
            "cells": list(cells.values()),
            "cadences": lab_tables.cadences(facts),
        }
    write(home, lab)
    progress("label lab", 1.0)
    return LabReport(lab, settings.churn.horizon_days, settings.churn.eligibility, round(time.monotonic() - started, 1))


def _require_facts(home: Path, settings: Settings) -> str | None:
    """The hash of the data that the features come from; raises InputError when facts are not of the present."""
    built_for, data_hash = None, None
    with publish.open_current(home, "features") as con:
        if lineage.BUILD_INFO in tables(con):
            built_for, data_hash = con.execute(f"select built_for, data_hash from {lineage.BUILD_INFO}").fetchall()[0]
    margin = json.loads(built_for)["value"]["gross_margin"] if built_for else None
    if data_hash != data_hash_of(home) or margin != settings.economics.gross_margin:
        raise InputError(
            "The features are older than the data or the margin. Run "
            f"`python -m pipelines build --home {home}` first. What was published before is unharmed."
        )
    return str(data_hash) if data_hash else None


def contact_of(settings: Settings) -> Contact:
    """What one contact is reckoned with: the economics of the settings."""
    return Contact(**contact_terms(settings))


def _pasts(facts: Facts, settings: Settings, grid: list[Definition], progress: Progress) -> dict[Definition, Past]:
    """Each definition on the labelled days that a build would make for it; days are shared by horizon."""
    by_days: dict[tuple[date, ...], list[Definition]] = {}
    for one in grid:
        by_days.setdefault(lab_tables.dates_of(facts, lab_tables.settings_of(settings, one)), []).append(one)
    pasts: dict[Definition, Past] = {}
    total, done = sum(map(len, by_days)), 0
    for days, several in by_days.items():
        found: dict[Definition, tuple[list[Any], list[pd.DataFrame]]] = {one: ([], []) for one in several}
        for day in days:
            progress(f"{several[0].horizon_days} days from {day}", _GRID_SHARE * done / total)
            lab_tables.look_from(facts, day)
            for one, (months, frames) in found.items():
                months.append(lab_tables.ask(facts, lab_tables.settings_of(settings, one), day))
                frames.append(lab_tables.rows(facts))
            done += 1
        pasts |= {one: Past(days, *_joined(*parts)) for one, parts in found.items()}
    return {one: pasts[one] for one in grid}


def _joined(months: list[Any], frames: list[pd.DataFrame]) -> tuple[list[Any], pd.DataFrame]:
    """Counts as they are, rows as one frame; a frame without rows where there is no day."""
    empty = pd.DataFrame({"customer_id": [], "as_of_date": pd.to_datetime([]), "churned": []})
    frame = pd.concat([part for part in frames if len(part)] or [empty], ignore_index=True)
    return months, frame.assign(churned=frame["churned"].astype(bool))


def _cell(one: Definition, past: Past) -> Cell:
    """The counts of a definition."""
    eligible = sum(month["eligible"] for month in past.months)
    return {
        "eligibility": one.eligibility,
        "horizon_days": one.horizon_days,
        "churn_rate": sum(month["churned"] for month in past.months) / eligible if eligible else None,
        "months": [month | {"as_of_date": month["as_of_date"].isoformat()} for month in past.months],
        "accuracy": None,
        "earned": None,
    }


def _today(facts: Facts, settings: Settings, grid: list[Definition]) -> dict[Definition, Cell]:
    """Whom each definition looks at today, whom it leaves out, and whose outcome of the last year is still open."""
    found: dict[Definition, Cell] = {one: {"recent": 0, "undecided": 0} for one in grid}
    for day in lab_tables.recent_days(facts):
        lab_tables.look_from(facts, day)
        for one, cell in found.items():
            counts = lab_tables.ask(facts, lab_tables.settings_of(settings, one), day)
            if day == facts.known_until:
                cell |= {"eligible": counts["eligible"], **lab_tables.left_out(facts)}
            else:
                cell["recent"] += counts["eligible"]
                cell["undecided"] += counts["undecided"]
    return found


def _money(facts: Facts, settings: Settings, pasts: dict[Definition, Past]) -> dict[str, Any]:
    """What contacting by each definition would have earned, on days on which all of them could have decided."""
    buyers = {one: past for one, past in pasts.items() if one.eligibility != "subscribed"}
    days = label_lab.judging_days(facts.known_until, {one: past.days for one, past in buyers.items()})
    shops: list[pd.DataFrame] = []
    for day in days:
        lab_tables.look_from(facts, day)
        shop = lab_tables.shop(facts)
        for one, past in buyers.items():
            lab_tables.ask(facts, lab_tables.settings_of(settings, one), day)
            shop[one.name] = _risks(shop, lab_tables.rows(facts), past.frame, (day, one.horizon_days))
        shops.append(shop)
    if not shops:
        return {"days": [], "earned": {}}
    together = pd.concat(shops, ignore_index=True)
    judged = {one: together[one.name].to_numpy(dtype=float) for one in buyers if together[one.name].notna().any()}
    return {"days": days, "earned": label_lab.earned(together, judged, contact_of(settings)) if judged else {}}


def _risks(shop: pd.DataFrame, eligible: pd.DataFrame, past: pd.DataFrame, when: tuple[date, int]) -> np.ndarray:
    """A definition's risk for each row of the shop, learned from what was known; no number for whom it leaves out."""
    risk = label_lab.risk_on(eligible, past, *when)
    if risk is None:
        return np.full(len(shop), np.nan)
    return shop["customer_id"].map(pd.Series(risk, index=eligible["customer_id"])).to_numpy(dtype=float)


def _accuracy(found: Accuracy | None) -> dict[str, Any] | None:
    """The ladder's figures as JSON-able values."""
    if found is None:
        return None
    figures = {
        rung: {metric: _plain(found_) for metric, found_ in metrics.items() if metric in ("roc_auc", "log_loss")}
        for rung, metrics in found.figures.items()
    }
    days = [day.isoformat() for day in found.days]
    return {"days": days, "n": found.n, "figures": figures, "gain": _plain(found.gain)}


def _earned(found: Earned) -> dict[str, Any]:
    """Money as JSON-able values."""
    money = {name: _plain(getattr(found, name)) for name in ("expected", "realised", "against_best")}
    return money | {"contacted": found.contacted}


def _plain(found: Estimate) -> dict[str, Any]:
    """A figure as JSON-able values; JSON knows no NaN."""
    return {name: value if np.isfinite(value) else None for name, value in asdict(found).items()}


def _head(facts: Facts, settings: Settings) -> dict[str, Any]:
    """What the result is about."""
    return {
        "made_at": runs.utc_now().isoformat(timespec="seconds"),
        "as_of": facts.known_until.isoformat(),
        "question": question(settings),
        "share": facts.share,
        "customers": facts.customers,
        "modelled": facts.modelled,
        "yardstick_days": label_lab.YARDSTICK_DAYS,
        "currency": settings.economics.currency,
    }
