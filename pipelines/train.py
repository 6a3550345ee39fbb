"""Training as a step: rows from the feature store, a version in the registry, and promotion only if it is better."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from models.bundle import Bundle
from models.card import model_card
from models.churn import ChurnModel
from models.evaluation import Evaluation
from models.folds import KEYS
from models.params import InsufficientDataError, Params
from models.train import Trained
from models.train import train as fit_and_judge
from models.value import fit_value
from pipelines import lineage, publish, registry, runs
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.frames import feature_columns, floats_sql
from pipelines.progress import Progress, silent
from pipelines.train_report import RIVAL, TrainReport, report_of

_VALUE_COLUMNS = ("stayed_margin", "value_days")


@dataclass(frozen=True)
class Training:
    """A trained bundle, not yet registered, and its judgement."""

    model: Bundle
    evaluation: Evaluation


def train(
    home: Path, settings: Settings, run_id: str, trials: int | None = None, progress: Progress = silent
) -> TrainReport:
    """Train on the current features, register a version and promote it if it is better than the one in use.

    Raises InputError when there are no features yet or too little to learn from; the model in use stays.
    """
    started = time.monotonic()
    current = registry.find_champion(home)
    with publish.open_current(home, "features") as con:
        lineage.require_features(con, home, settings)
        training = train_from(con, settings, progress, trials, rival=current)
    promoted, reason = decide(training, current)
    bundle = replace(training.model, facts=training.model.facts | {"reason": reason, "run_id": run_id})
    progress("register", 0.97)
    version = registry.register(home, bundle, run_id, model_card(bundle.facts))
    if promoted:
        registry.promote(home, version)
    progress("register", 1.0)
    return report_of(bundle, version, promoted, reason, time.monotonic() - started)


def train_from(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    progress: Progress = silent,
    trials: int | None = None,
    schema: str = "main",
    rival: Bundle | None = None,
) -> Training:
    """Train on customer_features and churn_labels of a schema or attached store; nothing is written.

    `rival` is judged on the same rows if it predicts the same and can. Raises InputError.
    """
    params = Params(max_rows=settings.model.max_rows, seed=settings.model.seed, threads=settings.engine.threads)
    trials = settings.model.trials if trials is None else trials
    progress("load", 0.0)
    frame = training_frame(con, schema, params.max_rows)
    offered = tuple(name for name in frame.columns if name not in (*KEYS, *_VALUE_COLUMNS))
    rivals = _rivals(rival, settings, offered)
    try:
        trained = fit_and_judge(
            frame.drop(columns=list(_VALUE_COLUMNS)),
            settings.churn.horizon_days,
            params,
            trials,
            rivals,
            lambda step, done: progress(step, 0.05 + 0.75 * done),
        )
    except InsufficientDataError as error:
        raise InputError(_too_little(error, settings)) from error
    progress("value", 0.8)
    value, figures = fit_value(frame, settings.economics.value_horizon_days, params)
    newest = con.execute(f"select max(as_of_date) from {schema}.snapshots").fetchall()[0][0]
    facts = _facts(frame, trained, settings, offered) | {"value_figures": figures, "data_as_of": newest.isoformat()}
    progress("value", 0.95)
    return Training(Bundle(trained.model, value, facts, trained.rehearsal), trained.evaluation)


def training_frame(con: duckdb.DuckDBPyConnection, schema: str, max_rows: int) -> pd.DataFrame:
    """Labelled rows, ordered by date and customer; beyond `max_rows` whole customers are sampled by hash.

    Raises InputError when no snapshot has a label yet.
    """
    names = feature_columns(con, f"{schema}.customer_features")
    labelled = con.execute(f"select count(*) from {schema}.churn_labels where churned is not null").fetchall()[0][0]
    if not labelled and con.execute(f"select count(*) > 1 from {schema}.snapshots").fetchall()[0][0]:
        raise InputError(
            "Nobody was eligible on any day whose outcome is known. Choose another churn.eligibility or load more "
            "history (docs/settings.md says who is looked at), and run build again."
        )
    if not labelled:
        raise InputError(
            "No snapshot has an outcome yet: the orders do not reach one horizon beyond the first snapshot. "
            "Load more history, or make churn.horizon_days or snapshots.min_history_days smaller, and run build again."
        )
    share = min(10_000, 10_000 * max_rows // labelled)
    return con.execute(
        f"""
        select features.customer_id, features.as_of_date, labels.churned, labels.stayed_margin, labels.value_days,
            {floats_sql(names, "features")}
        from {schema}.customer_features as features
        inner join {schema}.churn_labels as labels using (customer_id, as_of_date)
        where labels.churned is not null and md5_number_lower(features.customer_id) % 10000 < {share}
        order by features.as_of_date, features.customer_id
        """
    ).df()


def _rivals(rival: Bundle | None, settings: Settings, offered: tuple[str, ...]) -> dict[str, ChurnModel]:
    """The champion's rehearsal, if it can be judged on the same rows."""
    usable = rival is not None and not _unusable(rival, lineage.asked(settings), offered)
    return {RIVAL: rival.rehearsal} if usable and rival and rival.rehearsal else {}


def _unusable(current: Bundle, question: dict[str, Any], offered: tuple[str, ...]) -> str:
    """Why a model cannot be used any more; empty when it can."""
    changed = lineage.outdated(current.facts, question)
    if changed:
        return changed
    missing = sorted(set(current.churn.features) - set(offered))
    return f"the data no longer give {len(missing)} of its features ({', '.join(missing[:3])})" if missing else ""


def _too_little(error: InsufficientDataError, settings: Settings) -> str:
    event = "the contract ended" if settings.churn.eligibility == "subscribed" else "no order"
    return (
        f"Too little to learn from: {error}. Churned means {event} within {settings.churn.horizon_days} days. "
        "Load more history or more customers, or choose another churn.horizon_days, and run build and train again. "
        "Models and scores stay as they were."
    )


def decide(training: Training, current: Bundle | None) -> tuple[bool, str]:
    """Whether the new model shall be used, and why (not).

    Both are rehearsals on the same test rows: each was fitted only on outcomes known on the test date.
    """
    facts = training.model.facts
    if not training.evaluation.has_signal:
        return False, "no usable signal: its ranking is not better than chance beyond its interval"
    if current is None:
        return True, "the first model, and better than chance"
    why = _unusable(current, facts, tuple(facts["known_features"]))
    if why:
        return True, f"version {current.version} cannot be used: {why}"
    gain = training.evaluation.difference("log_loss", RIVAL)
    if gain is None:
        if facts["data_as_of"] > current.facts["data_as_of"]:
            return True, f"it knows newer outcomes than version {current.version}; history is too short to compare both"
        return False, f"version {current.version} knows the same outcomes already"
    told = f"log loss {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}) against version {current.version}"
    return (True, f"better: {told}") if gain.value < 0 else (False, f"not better: {told}")


def _facts(frame: pd.DataFrame, trained: Trained, settings: Settings, offered: tuple[str, ...]) -> dict[str, Any]:
    """What a version says about itself, JSON-able."""
    return {
        **lineage.asked(settings),
        "kind": trained.model.kind,
        "rounds": trained.rounds,
        "features": list(trained.model.features),
        "known_features": list(offered),
        "rows": len(frame),
        "customers": int(frame["customer_id"].nunique()),
        "trained_at": runs.utc_now().isoformat(),
        "windows": trained.windows,
        "evaluation": trained.evaluation.to_dict(),
        "importance": trained.importance,
        "parameters": asdict(trained.params),
        "settings_hash": settings.hash,
        "code_hash": runs.code_hash(),
        "value_horizon_days": settings.economics.value_horizon_days,
    }
