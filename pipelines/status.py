"""How fresh data, model and scores are, and what the last run did."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines import background, publish, registry, runs
from pipelines.config import Settings
from pipelines.queries.rows import records
from pipelines.train_report import sufficiency_line
from pipelines.verdict import simple_note

Facts = dict[str, Any]


def gather(home: Path, settings: Settings) -> Facts:
    """Everything `status` says, as JSON-able facts; parts that do not exist yet are None."""
    return {
        "home": str(home),
        "source": _source(home),
        "features": _features(home),
        "model": registry.describe_champion(home),
        "scores": _scores(home),
        "sufficiency": _sufficiency(home),
        "model_health": _model_health(home),
        "checks": _checks(home, settings),
        "at_work": _at_work(home),
        "last_run": next(iter(runs.last_events(home, 1)), None),
    }


def describe(facts: Facts) -> list[str]:
    """The facts in plain lines."""
    if facts["source"] is None:
        return [
            *filter(None, [facts["at_work"] and facts["at_work"]["line"]]),
            f"No data under {facts['home']} yet.",
            f"Load a shop with: python -m pipelines refresh SOURCE --home {facts['home']}",
        ]
    lines = [_source_line(facts["source"])]
    lines.append(_features_line(facts["features"]) if facts["features"] else "Features: none yet, run build.")
    lines += _model_lines(facts["model"], facts["scores"] or {})
    if facts["sufficiency"]:
        lines.append(f"To learn from: {sufficiency_line(facts['sufficiency'])}.")
    lines.append(_scores_line(facts["scores"]) if facts["scores"] else "Scores: none yet, run score.")
    if facts["model_health"]:
        lines.append(_health_line(facts["model_health"]))
    lines += [f"Check: {check['name']}: {check['message']}" for check in facts["checks"] if not check["is_ok"]]
    if not any(not check["is_ok"] for check in facts["checks"]):
        lines.append(f"Checks: all {len(facts['checks'])} passed.")
    if facts["at_work"]:
        lines.append(facts["at_work"]["line"])
    elif facts["last_run"]:
        lines.append(
            f"Last run: {facts['last_run']['command']} {facts['last_run']['event']} {facts['last_run']['at']}."
        )
    return lines


def _rows(home: Path, stage: str, query: str) -> list[Facts]:
    """Rows of a query on a stage's current file; empty when there is no file."""
    if publish.current(home, stage) is None:
        return []
    with publish.open_current(home, stage) as con:
        return records(con, query)


def _source(home: Path) -> Facts | None:
    """What was loaded."""
    found = _rows(home, "source", "select source, data_through, ingested_at, data_hash from source_info")
    if not found:
        return None
    tables = _rows(
        home,
        "source",
        "select table_name, rows_loaded, rows_rejected, rows_duplicate, orphans from ingest_report where is_present",
    )
    return found[0] | {"tables": tables}


def _features(home: Path) -> Facts | None:
    """Which snapshots were built."""
    found = _rows(
        home,
        "features",
        "select max(as_of_date) as as_of_date, count(*) as snapshots,"
        " count(*) filter (is_labelled) as labelled from snapshots",
    )
    return found[0] if found else None


def _scores(home: Path) -> Facts | None:
    """What was published last."""
    found = _rows(home, "warehouse", "select * from run_info")
    return found[0] if found else None


def _sufficiency(home: Path) -> list[Facts]:
    """The lines of the sufficiency rule as of the last publication; empty if there is none or it is older than they."""
    known = "select 1 from duckdb_tables() where table_name = 'sufficiency'"
    return _rows(home, "warehouse", "from sufficiency") if _rows(home, "warehouse", known) else []


def _model_health(home: Path) -> Facts | None:
    """The advice to train as of the last publication, with how promises fared; None without one."""
    known = "select 1 from duckdb_tables() where table_name = 'retrain_advice'"
    if not _rows(home, "warehouse", known):
        return None
    found = _rows(home, "warehouse", "select * exclude (drift_key) from retrain_advice")
    promises = _rows(
        home,
        "warehouse",
        "select count(*) filter (state = 'matured') as promises_over,"
        " count(*) filter (state = 'matured' and is_kept) as promises_kept from promise_runs where kind = 'run'",
    )
    return found[0] | promises[0] if found else None


def _health_line(health: Facts) -> str:
    """Promises and advice in one line."""
    over = health["promises_over"]
    kept = f"{health['promises_kept']} of {over} promises kept" if over else "no promise is over yet"
    due = "training is due" if health["is_due"] else "training is not due"
    return f"Model health: {kept}; {due}: {health['reason']}. {health['advice'] if health['rule'] else ''}".rstrip()


def _at_work(home: Path) -> Facts | None:
    """The run at work, from a page or a terminal, and how far it is; None without one."""
    run = background.state(home)
    if run is None or not run.is_running:
        return None
    line = f"At work: {background.busy_words(run)}: {run.step or 'starting'} ({run.share:.0%})."
    return {"command": run.name, "by": run.by, "started_at": run.started_at, "step": run.step, "line": line}


def _checks(home: Path, settings: Settings) -> list[Facts]:
    """Whether the parts fit each other: each has a name, a verdict and, if it failed, what to do."""
    scores, source, features = _scores(home), _source(home), _features(home)
    if not (scores and source):
        return []
    return [
        _check(
            "scores follow the data", scores["data_hash"] == source["data_hash"], "run refresh, the data are newer."
        ),
        _check(
            "scores follow the settings", scores["settings_hash"] == settings.hash, "settings changed, run refresh."
        ),
        _check("scores follow the code", scores["code_hash"] == runs.code_hash(), "the program changed, run refresh."),
        _check(
            "scores stand at the newest day",
            features is not None and features["as_of_date"] == scores["as_of_date"],
            "run score without --as-of.",
        ),
        _check("data are fresh", _age_days(source) <= 31, f"the newest order is {_age_days(source)} days old."),
    ]


def _check(name: str, is_ok: bool, message: str) -> Facts:
    """One verdict; the message stays empty when all is well."""
    return {"name": name, "is_ok": is_ok, "message": "" if is_ok else message}


def _age_days(source: Facts) -> int:
    """Days since the newest order."""
    newest: datetime = source["data_through"]
    return max((runs.utc_now() - newest).days, 0)


def _source_line(source: Facts) -> str:
    """The source in one line."""
    tables = ", ".join(f"{table['table_name']} {table['rows_loaded']:,}" for table in source["tables"])
    rejected = sum(table["rows_rejected"] for table in source["tables"])
    return f"Data: through {source['data_through']:%Y-%m-%d} from {source['source']} ({tables}; {rejected:,} rejected)."


def _features_line(features: Facts) -> str:
    """The features in one line."""
    return (
        f"Features: {features['snapshots']} snapshots up to {features['as_of_date']}, {features['labelled']} labelled."
    )


def _model_lines(model: Facts | None, scores: Facts) -> list[str]:
    """The model in use and what must be known about it; without one in use, why, and what to do."""
    told = [scores[name] for name in ("model_note", "model_advice") if scores.get(name)]
    if model is None:
        return [f"Model: none in use. {' '.join(told)}"] if told else ["Model: none yet, run train."]
    line = f"Model: version {model['version']} ({model['kind']}), trained {model['trained_at']:%Y-%m-%d %H:%M} UTC."
    if scores.get("model_version", model["version"]) is None:
        return [line, f"It is not used for the scores. {' '.join(told)}"]
    return [line, *filter(None, [simple_note(model)]), f"Model card: {model['card']}"]


def _scores_line(scores: Facts) -> str:
    """The scores in one line."""
    if scores["model_version"] is None:
        return (
            f"Scores: nobody has a churn risk ({scores['model_state']}); {scores['customers']:,} customers as of "
            f"{scores['as_of_date']}, published {scores['finished_at']:%Y-%m-%d %H:%M} UTC."
        )
    return (
        f"Scores: {scores['scored_customers']:,} of {scores['customers']:,} customers as of {scores['as_of_date']}, "
        f"next {scores['horizon_days']} days, published {scores['finished_at']:%Y-%m-%d %H:%M} UTC."
    )
