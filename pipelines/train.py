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
from models.drift import reference_of
from models.evaluation import Evaluation
from models.folds import KEYS
from models.params import InsufficientDataError, Params
from models.slices import DIMENSIONS
from models.sufficiency import Sufficiency
from models.train import Trained
from models.train import train as fit_and_judge
from models.value_fit import fit_value
from pipelines import gate, lineage, publish, registry, runs, value_rows, version_report
from pipelines.card_facts import card_facts
from pipelines.config import Settings
from pipelines.frames import feature_columns, floats_sql
from pipelines.progress import Progress, silent
from pipelines.slice_names import with_names
from pipelines.train_report import RIVAL, TrainReport, report_of
from pipelines.verdict import TooLittleError, require_enough, unusable

_VALUE_COLUMNS = ("stayed_margin", "value_days")
_MORE = "Load more history or more customers, or choose another churn.horizon_days, and run refresh."


@dataclass(frozen=True)
class Training:
    """A trained bundle, not yet registered, and its judgement."""

    model: Bundle
    evaluation: Evaluation
    trained: Trained


def train(
    home: Path,
    settings: Settings,
    run_id: str,
    trials: int | None = None,
    progress: Progress = silent,
    propose: bool = False,
) -> TrainReport:
    """Train on the current features, register a version and promote it if it is better and the gate has no block.

    With `propose` the version waits for somebody to promote it. Raises InputError when there are no features yet and
    TooLittleError when there is too little to learn from; the model in use stays.
    """
    started = time.monotonic()
    current = registry.readable_champion(home)
    with publish.open_current(home, "features") as con:
        lineage.require_features(con, home, settings)
        source = publish.current(home, "source")
        if source is not None:
            publish.attach(con, source, "source")  # customers' names of countries and channels, for the card
        training = train_from(con, settings, progress, trials, rival=current)
        report = version_report.files_of(training.trained, training.model, version_report.words_of(con), settings)
        progress("gate", 0.95)
        found = gate.judged(con, settings)
    settled = gate.settled(*decide(training, current), found, propose)
    decided = {"run_id": run_id, "previous": current.version if current else None, "gate": found, **settled}
    bundle = replace(training.model, facts=training.model.facts | decided)
    progress("register", 0.97)
    version = registry.register(home, bundle, run_id, model_card(bundle.facts, registry.next_version(home)), report)
    if settled["promoted"]:
        registry.promote(home, version)
    progress("register", 1.0)
    return report_of(bundle, version, str(registry.card_path(home, version)), time.monotonic() - started)


def train_from(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    progress: Progress = silent,
    trials: int | None = None,
    schema: str = "main",
    rival: Bundle | None = None,
) -> Training:
    """Train on customer_features and churn_labels of a schema or attached store; nothing is written.

    `rival` is judged on the same rows if it predicts the same and can. Raises TooLittleError.
    """
    enough = require_enough(con, settings, schema)
    model = settings.model
    tried = model.trials if trials is None else trials
    params = Params(max_rows=model.max_rows, seed=model.seed, threads=settings.engine.threads, trials=tried)
    progress("load", 0.0)
    frame = with_names(con, training_frame(con, schema, params.max_rows))
    offered = tuple(name for name in frame.columns if name not in (*KEYS, *_VALUE_COLUMNS, *DIMENSIONS))
    rivals = _rivals(rival, settings, offered)
    try:
        trained = fit_and_judge(
            frame.drop(columns=list(_VALUE_COLUMNS)),
            settings.churn.horizon_days,
            params,
            rivals,
            lambda step, done: progress(step, 0.05 + 0.75 * done),
            scored_frame(con, schema, settings, params.max_rows),
        )
    except InsufficientDataError as error:
        raise TooLittleError(f"Nothing was trained: {error}.", _MORE) from error
    progress("value", 0.8)
    terms = value_rows.terms_of(settings)
    past = value_rows.known_then(con, schema, frame, terms)
    value, figures = fit_value(value_rows.known_now(con, schema, frame), terms, params, past)
    newest = con.execute(f"select max(as_of_date) from {schema}.snapshots").fetchall()[0][0]
    facts = _facts(frame, trained, settings, offered) | {
        "value_figures": figures,
        "data_as_of": newest.isoformat(),
        "drift": reference_of(frame, offered).to_dict(),
        "sufficiency": sufficiency_facts(enough),
        **card_facts(con, schema, trained.model.features, int(frame["customer_id"].nunique())),
    }
    progress("value", 0.95)
    return Training(Bundle(trained.model, value, facts, trained.rehearsal), trained.evaluation, trained)


def training_frame(con: duckdb.DuckDBPyConnection, schema: str, max_rows: int) -> pd.DataFrame:
    """Labelled rows, ordered by date and customer; beyond `max_rows` whole customers are sampled by hash."""
    names = feature_columns(con, f"{schema}.customer_features")
    labelled = con.execute(f"select count(*) from {schema}.churn_labels where churned is not null").fetchall()[0][0]
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


def scored_frame(con: duckdb.DuckDBPyConnection, schema: str, settings: Settings, max_rows: int) -> pd.DataFrame | None:
    """Features of the customers of the newest snapshot, which has no outcome yet; beyond `max_rows` a sample by hash.

    None where churn is not a matter of orders: then the rhythm of orders cannot tell its level.
    """
    if settings.churn.eligibility == "subscribed":
        return None
    table = f"{schema}.customer_features"
    newest = f"(select max(as_of_date) from {table})"
    rows = con.execute(f"select count(*) from {table} where as_of_date = {newest}").fetchall()[0][0]
    return con.execute(
        f"""
        select customer_id, as_of_date, {floats_sql(feature_columns(con, table), "features")}
        from {table} as features
        where as_of_date = {newest} and md5_number_lower(customer_id) % 10000 < {10_000 * max_rows // max(rows, 1)}
        order by customer_id
        """
    ).df()


def _rivals(rival: Bundle | None, settings: Settings, offered: tuple[str, ...]) -> dict[str, ChurnModel]:
    """The champion's rehearsal, if it can be judged on the same rows."""
    usable = rival is not None and not unusable(rival, lineage.asked(settings), offered)
    return {RIVAL: rival.rehearsal} if usable and rival and rival.rehearsal else {}


def decide(training: Training, current: Bundle | None) -> tuple[bool, str]:
    """Whether the new model shall be used, and why (not).

    Both are rehearsals on the same test rows: each was fitted only on outcomes known on the test date.
    """
    facts = training.model.facts
    if not training.evaluation.has_signal:
        return False, f"no usable signal: {training.evaluation.lacking}"
    if current is None:
        return True, "the first model, and better than chance"
    why = unusable(current, facts, tuple(facts["known_features"]))
    if why:
        return True, f"version {current.version} cannot be used: {why}"
    gain = training.evaluation.difference("log_loss", RIVAL)
    if gain is None:
        if facts["data_as_of"] > current.facts["data_as_of"]:
            return True, f"it knows newer outcomes than version {current.version}; history is too short to compare both"
        return False, f"version {current.version} knows the same outcomes already"
    told = f"log loss {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}) against version {current.version}"
    return (True, f"better: {told}") if gain.value < 0 else (False, f"not better: {told}")


def sufficiency_facts(enough: Sufficiency) -> list[dict[str, Any]]:
    """The rule's lines as JSON-able rows: what, found, needed, needed_for_trees, why."""
    return [asdict(item) for item in enough.requirements]


def _facts(frame: pd.DataFrame, trained: Trained, settings: Settings, offered: tuple[str, ...]) -> dict[str, Any]:
    """What a version says about itself, JSON-able."""
    return {
        **lineage.asked(settings),
        "kind": trained.model.kind,
        "choice": trained.choice.to_dict(),
        "rounds": trained.rounds.on_prior,
        "fresh_rounds": trained.rounds.fresh,
        "features": list(trained.model.features),
        "known_features": list(offered),
        "rows": len(frame),
        "customers": int(frame["customer_id"].nunique()),
        "has_signal": trained.evaluation.has_signal,
        "trained_at": runs.utc_now().isoformat(),
        "windows": trained.windows,
        "evaluation": trained.evaluation.to_dict(),
        "importance": trained.importance,
        "parameters": asdict(trained.params),
        "settings_hash": settings.hash,
        "code_hash": runs.code_hash(),
        "value_horizon_days": settings.economics.value_horizon_days,
    }
