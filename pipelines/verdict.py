"""What may be said about churn: with which model, or why nobody gets a risk, and what to do about it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from models.bundle import Bundle
from models.evaluation import NO_RANKING
from models.gate import blocks, named
from models.sufficiency import Evidence, Sufficiency, history_days, judged
from pipelines import lineage, registry
from pipelines.config import Settings
from pipelines.errors import InputError
from pipelines.frames import feature_columns
from pipelines.warehouse import tables

MODEL, NO_SIGNAL, TOO_LITTLE = "model", "no usable signal", "too little data"
NOT_APPROVED = "no model approved"
_NO_TREES = "trees did not predict better on later data"


class TooLittleError(InputError):
    """There is too little to learn from; `note` says what is missing, `advice` what to do."""

    def __init__(self, note: str, advice: str) -> None:
        """The message of a training on its own: a refresh publishes all the same and tells note and advice alone."""
        super().__init__(f"{note} {advice} Models and scores stay as they were.")
        self.note, self.advice = note, advice


@dataclass(frozen=True)
class Verdict:
    """One of the four states; `model` is None unless it is `MODEL`.

    `note` says in a sentence what a reader must know (empty when there is nothing), `advice` the next step.
    """

    state: str
    model: Bundle | None
    enough: Sufficiency
    note: str = ""
    advice: str = ""


def enough_in(con: duckdb.DuckDBPyConnection, settings: Settings, schema: str = "main") -> Sufficiency:
    """The sufficiency rule on the labels of a schema or attached store; without any label on the days of orders."""
    customers, churners, stayers, first, last = con.execute(
        f"""
        select count(*), count(*) filter (has_churned), count(*) filter (has_stayed), min(first), max(last),
        from (
            select bool_or(churned) as has_churned, bool_or(not churned) as has_stayed,
                min(as_of_date) as first, max(as_of_date) as last,
            from {schema}.churn_labels where churned is not null group by customer_id
        )
        """
    ).fetchall()[0]
    horizon = settings.churn.horizon_days
    days = history_days(first, last, horizon) if customers else _order_days(con, schema)
    return judged(Evidence(customers, churners, stayers, days), horizon)


def _order_days(con: duckdb.DuckDBPyConnection, schema: str) -> int:
    """Days from the first to the last order; 0 without orders."""
    name = "order_facts" if schema == "main" else f"{schema}.order_facts"
    if name not in tables(con):
        return 0
    first, last = con.execute(f"select min(ordered_on), max(ordered_on) from {name}").fetchall()[0]
    return (last - first).days + 1 if first else 0


def require_enough(con: duckdb.DuckDBPyConnection, settings: Settings, schema: str = "main") -> Sufficiency:
    """The sufficiency rule; raises TooLittleError where it is not met."""
    enough = enough_in(con, settings, schema)
    if not enough.is_enough:
        raise TooLittleError(*_too_little(con, settings, schema, enough))
    return enough


def _too_little(
    con: duckdb.DuckDBPyConnection, settings: Settings, schema: str, enough: Sufficiency
) -> tuple[str, str]:
    """What is missing, and what to do about it."""
    if enough.requirements[0].found:
        event = "the contract ended" if settings.churn.eligibility == "subscribed" else "no order"
        return (
            f"Nothing was trained: there is too little to learn from. Found: {'; '.join(enough.missing)}. "
            f"Churned means {event} within {settings.churn.horizon_days} days.",
            "Load more history or more customers, or choose another churn.horizon_days, and run refresh.",
        )
    if con.execute(f"select count(*) > 1 from {schema}.snapshots").fetchall()[0][0]:
        return (
            "Nothing was trained: nobody was eligible on any day whose outcome is known.",
            "Choose another churn.eligibility or load more history (docs/settings.md says who is looked at), "
            "and run refresh.",
        )
    history = enough.requirements[-1]
    return (
        "Nothing was trained: no day has an outcome yet, because the orders do not reach one horizon beyond the first "
        f"snapshot ({history.found:,} days of history, {history.needed:,} needed: {history.why}).",
        "Load more history, or make churn.horizon_days or snapshots.min_history_days smaller, and run refresh.",
    )


def verdict(home: Path, settings: Settings, con: duckdb.DuckDBPyConnection, schema: str = "main") -> Verdict:
    """Which model scores the features in a schema or attached store, or why none does.

    A model in use that still answers the question stays in use, whatever the newest data are. Raises InputError where
    a model should be trained first, and where the data lack features of the model in use and are too few for another:
    then the delivery is more likely broken than the shop.
    """
    asked, offered = lineage.asked(settings), feature_columns(con, f"{schema}.customer_features")
    enough, current = enough_in(con, settings, schema), registry.readable_champion(home)
    lost = unusable(current, asked, offered) if current else ""
    if current and not lost:
        return Verdict(MODEL, current, enough, simple_note(current.facts))
    if not enough.is_enough:
        note, advice = _too_little(con, settings, schema, enough)
        if current and not lineage.outdated(current.facts, asked):
            raise InputError(f"Model version {current.version} cannot score: {lost}. {note} The last scores stay.")
        return Verdict(TOO_LITTLE, None, enough, note, advice)
    last = without_signal(home, asked, offered)
    if last:
        return Verdict(NO_SIGNAL, None, enough, *_no_signal(last.facts | {"version": last.version}))
    waiting = registry.newest(home) if current is None else None
    if waiting and waiting.facts.get("has_signal", True) and not unusable(waiting, asked, offered):
        return Verdict(NOT_APPROVED, None, enough, *_not_approved(waiting))
    if current:
        raise InputError(
            f"Model version {current.version} cannot score: {lost}. Run `python -m pipelines refresh --home {home}`, "
            "which trains a new one; if that one is not put to use, its report says why. The last scores stay."
        )
    raise InputError(f"There is no model yet. Run `python -m pipelines train --home {home}` first.")


def unusable(model: Bundle, question: dict[str, Any], offered: tuple[str, ...] | list[str]) -> str:
    """Why a model cannot answer a question from the features offered; empty when it can."""
    changed = lineage.outdated(model.facts, question)
    if changed:
        return changed
    missing = sorted(set(model.churn.features) - set(offered))
    return f"the data no longer give {len(missing)} of its features ({', '.join(missing[:3])})" if missing else ""


def without_signal(home: Path, question: dict[str, Any], offered: tuple[str, ...] | list[str]) -> Bundle | None:
    """The newest version if it answers the question, knows these features, and found no usable signal; else None."""
    last = registry.newest(home)
    if last is None or last.facts.get("has_signal", True) or unusable(last, question, offered):
        return None
    return last if set(offered) <= set(last.facts["known_features"]) else None


def _no_signal(facts: dict[str, Any]) -> tuple[str, str]:
    """What was found, and what to do about it."""
    judgement = facts["evaluation"]
    lack = facts.get("reason", "").partition(": ")[2] or NO_RANKING
    return (
        "No usable signal: nothing in this shop's past told in advance who would leave. "
        f"Judged {judgement['kind']} on {judgement['n']:,} customers, version {facts['version']}: {lack}.",
        "More tables (tickets, order lines, surveys), more history or another churn.horizon_days may bring one. "
        "Then run refresh.",
    )


def _not_approved(waiting: Bundle) -> tuple[str, str]:
    """Why a trained version is not in use, and what to do about it."""
    stopped = blocks(waiting.facts.get("gate"))
    if stopped:
        return (
            f"No model approved: the gate keeps version {waiting.version} from being used ({named(stopped)}).",
            "Mend the source or take the feature out (setting features.attributes), then run refresh.",
        )
    return (
        f"No model approved: version {waiting.version} waits for somebody to put it to use.",
        f'Run `promote {waiting.version} --note "…"`, or open Training, Versions.',
    )


def simple_note(facts: dict[str, Any]) -> str:
    """That the simple model is in use and why; empty where trees are."""
    choice = facts.get("choice") or {}
    if choice.get("used", "boosted" if facts.get("kind", "boosted") == "boosted" else "simple") == "boosted":
        return ""
    # the figures behind it stand in the training's report and on the model card
    return f"Simple model: {(choice.get('reason') or _NO_TREES).partition(': log loss')[0].rstrip('.')}."
