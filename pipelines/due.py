"""When a model must be trained again: the rule that `refresh` follows."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from models.bundle import Bundle
from pipelines import lineage, publish, registry, runs
from pipelines.config import Settings
from pipelines.drift import WEIGHTY, Drift, drift_of
from pipelines.queries.rows import Record, record
from pipelines.source_days import SourceBreak
from pipelines.verdict import without_signal
from pipelines.warehouse import tables

QUESTION, FEATURES, SOURCE, AGE, CALIBRATION, BEHAVIOUR, NONE = (
    "question", "features", "data break", "age", "calibration", "behaviour", "",
)  # fmt: skip
PATIENCE_DAYS = 60  # a source that stays broken for longer is how the shop is now
PAUSE_DAYS = 7  # of data between two trainings that drift or a missed promise ask for
_ADVICE = {
    NONE: "Nothing to do: the next `refresh` scores with this model.",
    SOURCE: "Mend the source and load it again. Until then nothing is trained: the model would learn the gap.",
    AGE: "The next `refresh` trains; or train now.",
    CALIBRATION: "The next `refresh` trains; or train now. Compare the months before promoting.",
    BEHAVIOUR: "The next `refresh` trains; or train now. Look at what moved first: the cause may be a campaign.",
    QUESTION: "The next `refresh` trains; or train now.",
    FEATURES: "The next `refresh` trains; or train now.",
}


@dataclass(frozen=True)
class Due:
    """Whether training is due, and why (not), by which rule."""

    is_due: bool
    reason: str
    rule: str = NONE

    @property
    def advice(self) -> str:
        """The next step."""
        return _ADVICE[self.rule]


class Evidence:
    """What speaks for a training beyond age, looked up when it is asked for."""

    def __init__(
        self,
        home: Path,
        settings: Settings,
        model: Bundle,
        found: tuple[duckdb.DuckDBPyConnection, Drift] | None = None,
    ) -> None:
        """`found`: the promises of the publication that is being made, and its drift; else both are looked up."""
        self.home, self.settings, self.model, self.found = home, settings, model, found

    @cached_property
    def breaks(self) -> list[SourceBreak]:
        """Breaks of the source that last."""
        return self.drift.current_breaks

    @cached_property
    def drift(self) -> Drift:
        """How far today's customers are from those the model learned from."""
        return self.found[1] if self.found else drift_of(self.home, self.settings, self.model, with_past=False)

    @cached_property
    def missed(self) -> Record | None:
        """The newest promise of this version that is judged or under way, if what it promised is not what comes."""
        if self.found:
            return self._missed(self.found[0])
        if publish.current(self.home, "warehouse") is None:
            return None
        with publish.open_current(self.home, "warehouse") as con:
            return self._missed(con)

    def _missed(self, con: duckdb.DuckDBPyConnection) -> Record | None:
        if "promise_runs" not in tables(con):
            return None
        found = record(
            con,
            "select * from promise_runs where kind = 'run' and model_version = $version and is_kept is not null"
            " order by as_of_date desc limit 1",
            {"version": self.model.version},
        )
        return found if found and not found["is_kept"] else None


def training_due(home: Path, settings: Settings, evidence: Evidence | None = None) -> Due:
    """Due without a model, when the label, the economics or the features changed, when it is too old, when its promises
    break, or when customers behave differently from all it learned from.

    Age is counted in days of data between the model's and today's newest day. A training of the same code that found
    no usable signal counts like a model: trying every night would one day take chance for a signal. While a source is
    broken nothing but a model that cannot be used is reason enough.
    """
    asked = lineage.asked(settings)
    current = registry.readable_champion(home)
    model = current.facts if current else None
    with publish.open_current(home, "features") as con:
        newest = con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
        features = {row[0] for row in con.execute("select feature from feature_words").fetchall()}
    limit = settings.model.retrain_after_days
    changed = lineage.outdated(model, asked) if model else "there is no model yet"
    if current is None or model is None or changed:
        last = without_signal(home, asked, tuple(features))
        age = (newest - date.fromisoformat(last.facts["data_as_of"])).days if last else limit
        if last and age < limit and last.facts["code_hash"] == runs.code_hash():
            return Due(False, f"version {last.version} found no signal {age} days of data ago, the limit is {limit}")
        return Due(True, changed, QUESTION)
    missing = set(model["features"]) - features
    if missing:
        return Due(True, f"the data no longer give {len(missing)} of the model's features", FEATURES)
    if len(features - set(model["known_features"])) > 0:
        return Due(True, "the data give features that the model does not know", FEATURES)
    return _by_health(evidence or Evidence(home, settings, current), newest, limit)


def _by_health(evidence: Evidence, newest: date, limit: int) -> Due:
    """The verdict on a model that could go on as it is."""
    age = (newest - date.fromisoformat(evidence.model.facts["data_as_of"])).days
    fresh = [each for each in evidence.breaks if (newest - each.found.started_on).days < PATIENCE_DAYS]
    if fresh:
        return Due(False, "; ".join(each.sentence for each in fresh[:3]), SOURCE)
    if age >= limit:
        return Due(True, f"the model is {age} days of data old (limit {limit})", AGE)
    rested = _rested(evidence, newest)
    if age and rested and evidence.missed:
        return Due(True, _miss(evidence.missed), CALIBRATION)
    if age and rested and evidence.drift.moved_weight >= WEIGHTY:
        return Due(True, _moved(evidence.drift), BEHAVIOUR)
    return Due(False, f"the model is {age} days of data old, the limit is {limit}")


def _rested(evidence: Evidence, newest: date) -> bool:
    """Whether the newest training, put to use or not, is long enough ago to try again."""
    last = registry.newest(evidence.home)
    return last is None or (newest - date.fromisoformat(last.facts["data_as_of"])).days >= PAUSE_DAYS


def _miss(found: dict[str, Any]) -> str:
    """A missed promise in words."""
    comes = found["actual"] if found["actual"] is not None else found["estimate"]
    how = "came" if found["actual"] is not None else "are on the way, by the days so far"
    return (
        f"of the customers of {found['as_of_date']} {found['promised']:.1%} were promised to leave and {comes:.1%} "
        f"{how}, beyond the {found['slack']:.1%} that chance and season allow"
    )


def _moved(drift: Drift) -> str:
    """What moved, in words."""
    labels = list(drift.moved().sort_values("weight", ascending=False)["label"])
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return (
        f"customers behave differently from all the model learned from: {', '.join(labels[:3])}{more}, "
        f"{drift.moved_weight:.0%} of the model's weight"
    )
