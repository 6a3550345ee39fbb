"""Model versions in MLflow's registry on a SQLite file; the alias `champion` names the one in use.

A version's files are written first, then the version is registered, and the alias moves last, in one transaction: a
run killed in between leaves the champion as it was. Files are found by the run's name under the home folder, so that a
home can be moved. MLflow is imported late: it takes a second, and no page needs it.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import Any

from models.bundle import Bundle, from_files, to_files
from pipelines.config import Settings
from pipelines.errors import InputError

NAME = "churn"
ALIAS = "champion"
_FOLDER = "model"
REPORT = "report"
_CARD = "model_card.md"
USED = "used"  # tag of a version that was in use once
ORDER = "in_use_order"  # versions in the order in which they were put to use, as a tag
_HERE: ContextVar[str | None] = ContextVar("in_use_here", default=None)
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


def folder(home: Path) -> Path:
    """Where the registry lies."""
    return home / "registry"


def exists(home: Path) -> bool:
    """Whether anything was ever registered."""
    return (folder(home) / "mlflow.db").exists()


def client_of(home: Path) -> Any:
    """MLflow's client on the home's own file, silent and sending nothing."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    folder(home).mkdir(parents=True, exist_ok=True)
    path = str((folder(home) / "mlflow.db").resolve())
    uri = f"sqlite:///{path.replace('%', '%25')}"  # the path is read as a part of an address
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def label_of(settings: Settings) -> dict[str, Any]:
    """What was predicted, for whom: models with different answers cannot replace or be compared with each other."""
    churn = settings.churn
    label: dict[str, Any] = {"horizon_days": churn.horizon_days, "eligibility": churn.eligibility}
    if churn.eligibility == "active":
        label["active_days"] = churn.active_days
    if churn.eligibility == "due":
        label["due_factor"] = churn.due_factor
    return label


def register(home: Path, bundle: Bundle, run_id: str, card: str = "", report: Mapping[str, bytes] | None = None) -> str:
    """Save a bundle as a new version and return its number; the champion stays what it is.

    `report`: files that lie beside the model for pipelines.version_report.
    """
    client = client_of(home)
    run = client.create_run(_experiment(client, home), run_name=run_id, tags={"mlflow.user": "stammkunde"})
    # Not through the client: an experiment keeps the folder it was made in, and a home may have been moved since.
    place = place_of(home, run.info.run_id)
    _write(place, {**to_files(bundle), _CARD: card.encode()})
    _write(place.parent / REPORT, report or {})
    for row in bundle.metrics:
        if row["model"] == "champion" and row["value"] is not None:
            client.log_metric(run.info.run_id, row["metric"], row["value"])
    for name, value in bundle.facts.get("parameters", {}).items():
        client.log_param(run.info.run_id, name, value)
    client.set_terminated(run.info.run_id)
    _ensure_name(client)
    return str(client.create_model_version(NAME, place.resolve().as_uri(), run_id=run.info.run_id).version)


def place_of(home: Path, run_id: str) -> Path:
    """Where the files of a run's model lie."""
    return folder(home) / "artifacts" / run_id / "artifacts" / _FOLDER


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (target / name).write_bytes(content)


def _experiment(client: Any, home: Path) -> str:
    """The experiment that keeps its files under home."""
    found = client.get_experiment_by_name(NAME)
    if found:
        return str(found.experiment_id)
    return str(client.create_experiment(NAME, artifact_location=(folder(home) / "artifacts").resolve().as_uri()))


def _ensure_name(client: Any) -> None:
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME)


def promote(home: Path, version: str) -> None:
    """Make a version the champion, a newer or an older one; raises InputError when it does not exist."""
    if version not in versions(home):
        raise InputError(f"Model version {version} does not exist. There are: {', '.join(versions(home)) or 'none'}.")
    client, order = client_of(home), order_until_now(home)
    client.set_model_version_tag(NAME, version, USED, "yes")
    client.set_registered_model_tag(NAME, ORDER, json.dumps([*order, version] if order[-1:] != [version] else order))
    client.set_registered_model_alias(NAME, ALIAS, version)


@contextmanager
def in_use_here(version: str) -> Iterator[None]:
    """For this process alone a version is the one in use: what scores with it is rehearsed before anybody sees it."""
    token = _HERE.set(version)
    try:
        yield
    finally:
        _HERE.reset(token)


def order_until_now(home: Path) -> list[str]:
    """Versions in the order in which they were put to use, up to the one in use; steps back are not in it."""
    client, found = client_of(home), _champion_version(home)
    if found is None:
        return []
    return until(json.loads(client.get_registered_model(NAME).tags.get(ORDER, "[]")), found[0])


def until(order: list[str], version: str) -> list[str]:
    """The order up to the last place of a version; that version alone where it has none."""
    return order[: len(order) - order[::-1].index(version)] if version in order else [version]


def versions(home: Path) -> list[str]:
    """Numbers of all versions, oldest first."""
    if not exists(home):
        return []
    found = client_of(home).search_model_versions(f"name = '{NAME}'")
    return sorted((str(version.version) for version in found), key=int)


def next_version(home: Path) -> str:
    """The number that the next registered version will get."""
    return str(max((int(version) for version in versions(home)), default=0) + 1)


def card_path(home: Path, version: str) -> Path:
    """The model card of a version, a Markdown file."""
    return card_in(place_of(home, client_of(home).get_model_version(NAME, version).run_id))


def card_in(place: Path) -> Path:
    """The model card among a version's files."""
    return place / _CARD


def load(home: Path, version: str) -> Bundle:
    """One version; raises InputError when its files are gone."""
    run_id = client_of(home).get_model_version(NAME, version).run_id
    return _load(home, version, run_id)


def _load(home: Path, version: str, run_id: str) -> Bundle:
    place = place_of(home, run_id)
    try:
        files = {path.name: path.read_bytes() for path in place.iterdir() if path.name != _CARD}
        return from_files(files, version)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            f"{place} does not hold a readable model version {version} ({error}). "
            f"Run `python -m pipelines train --home {home}` to train a new one."
        ) from error


def _champion_version(home: Path) -> tuple[str, str] | None:
    """Version and run of the champion."""
    if not exists(home):
        return None
    client = client_of(home)
    named = client.search_registered_models(f"name = '{NAME}'")
    version = _HERE.get() or (named[0].aliases.get(ALIAS) if named else None)
    if version is None:
        return None
    return str(version), str(client.get_model_version(NAME, version).run_id)


def find_champion(home: Path) -> Bundle | None:
    """The model in use, or None; raises InputError when its files cannot be read."""
    found = _champion_version(home)
    return _load(home, *found) if found else None


def readable_champion(home: Path) -> Bundle | None:
    """The model in use, or None where there is none or its files can no longer be read: then a training replaces it."""
    try:
        return find_champion(home)
    except InputError:
        return None


def newest(home: Path) -> Bundle | None:
    """The version trained last, in use or not; None without any, or if its files can no longer be read."""
    trained = versions(home)
    try:
        return load(home, trained[-1]) if trained else None
    except InputError:
        return None


def champion(home: Path) -> Bundle:
    """The model in use; raises InputError naming the next step when there is none."""
    found = find_champion(home)
    if found:
        return found
    trained = versions(home)
    if trained:
        reason = load(home, trained[-1]).facts.get("reason", "")
        raise InputError(
            f"No model is in use: version {trained[-1]} was trained but not promoted ({reason}). "
            "Load more history or more customers, or choose another churn definition, then run refresh."
        )
    raise InputError(f"There is no model yet. Run `python -m pipelines train --home {home}` first.")


def describe_champion(home: Path) -> dict[str, Any] | None:
    """What the model in use is: version, kind, trained_at, data_as_of, label, features; None without one."""
    bundle = find_champion(home)
    if bundle is None:
        return None
    return {
        "version": bundle.version,
        "kind": bundle.kind,
        "trained_at": bundle.trained_at,
        "data_as_of": date.fromisoformat(bundle.facts["data_as_of"]),
        "label": bundle.facts["label"],
        "value_terms": bundle.facts.get("value_terms"),
        "features": list(bundle.churn.features),
        "known_features": bundle.facts["known_features"],
        "choice": bundle.facts.get("choice"),
        "card": str(card_path(home, str(bundle.version))),
        "reason": bundle.facts.get("reason", ""),
    }
