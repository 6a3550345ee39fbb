"""What features and a model were made from: no step may mix parts that do not belong together, or numbers lie."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipelines import publish, registry
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.warehouse import read_folder, tables

BUILD_INFO = "build_info"
_FOLDERS = ("staging", "keys", "facts", "features", "labels")


def value_terms_of(settings: Settings) -> dict[str, float]:
    """What an expected value was learned for."""
    economics = settings.economics
    return {
        "gross_margin": economics.gross_margin,
        "value_horizon_days": economics.value_horizon_days,
        "discount_rate": economics.discount_rate,
    }


def asked(settings: Settings) -> dict[str, Any]:
    """The question that a model answers, as it stands among its facts."""
    return {"label": registry.label_of(settings), "value_terms": value_terms_of(settings)}


def outdated(facts: dict[str, Any], question: dict[str, Any]) -> str:
    """Why a model with these facts cannot answer a question; empty when it can."""
    if facts["label"] != question["label"]:
        return "the churn definition has changed since"
    known = facts.get("value_terms") or question["value_terms"]
    return "" if known == question["value_terms"] else "the economics have changed since"


def write_build_info(con: duckdb.DuckDBPyConnection, source_alias: str, settings: Settings) -> None:
    """Table build_info, one row: the data, the settings and the queries that the features in `con` come from."""
    has_info = f"{source_alias}.source_info" in tables(con)
    data_hash = con.execute(f"select data_hash from {source_alias}.source_info").fetchall()[0][0] if has_info else None
    con.execute(f"create or replace table {BUILD_INFO} (built_for varchar, data_hash varchar, built_by varchar)")
    con.execute(f"insert into {BUILD_INFO} values (?, ?, ?)", [_built_for(settings), data_hash, _built_by()])


def require_features(con: duckdb.DuckDBPyConnection, home: Path, settings: Settings, schema: str = "main") -> None:
    """Raise InputError when the features of a schema or store were built for other settings, by another version of
    their queries, or from other data than the attached store `source`.
    """
    known = tables(con)
    table = BUILD_INFO if schema == "main" else f"{schema}.{BUILD_INFO}"
    if table not in known:
        return
    columns = con.execute(f"select * from {table}")
    info = dict(zip((column[0] for column in columns.description), columns.fetchall()[0], strict=True))
    present = None
    if info["data_hash"] and "source.source_info" in known:
        present = con.execute("select data_hash from source.source_info").fetchall()[0][0]
    cause = ""
    if info["built_for"] != _built_for(settings):
        cause = "from other settings than the present ones"
    elif present and present != info["data_hash"]:
        cause = "from other data than the present ones"
    elif info.get("built_by") != _built_by():
        cause = "by another version of this program"
    if cause:
        raise InputError(
            f"The features were built {cause}. Run `python -m pipelines refresh --home {home}`, or `build` before "
            "this step. What was published before is unharmed."
        )


def features_fit(home: Path, settings: Settings) -> bool:
    """Whether the published features were built for these settings and from the published source."""
    if publish.current(home, "features") is None:
        return False
    with publish.open_current(home, "features") as con:
        source = publish.current(home, "source")
        if source is not None:
            publish.attach(con, source, "source")
        try:
            require_features(con, home, settings)
        except InputError:
            return False
    return True


@cache
def _built_by() -> str:
    """Twelve hex digits over every query that makes features and labels."""
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for file in read_folder(folder):
            digest.update(f"{folder}/{file.name}\0{file.text}\0".encode())
    return digest.hexdigest()[:12]


def _built_for(settings: Settings) -> str:
    """The settings that change features or labels, as text that can be compared."""
    parts = {
        "label": registry.label_of(settings),
        "value": value_terms_of(settings),
        "snapshots": settings.snapshots.model_dump(),
        "features": settings.features.model_dump(),
    }
    return json.dumps(parts, sort_keys=True, default=str)
