"""When a model must be trained again: the rule that `refresh` follows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines import lineage, publish, registry, runs
from pipelines.config import Settings
from pipelines.verdict import without_signal


@dataclass(frozen=True)
class Due:
    """Whether training is due, and why (not)."""

    is_due: bool
    reason: str


def training_due(home: Path, settings: Settings) -> Due:
    """Due without a model, when the label, the economics or the features changed, or when it is too old.

    Age is counted in days of data between the model's and today's newest day. A training of the same code that found
    no usable signal counts like a model: trying every night would one day take chance for a signal.
    """
    asked = lineage.asked(settings)
    model = registry.describe_champion(home) if registry.readable_champion(home) else None
    with publish.open_current(home, "features") as con:
        newest = con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
        features = {row[0] for row in con.execute("select feature from feature_words").fetchall()}
    limit = settings.model.retrain_after_days
    changed = lineage.outdated(model, asked) if model else "there is no model yet"
    if model is None or changed:
        last = without_signal(home, asked, tuple(features))
        age = (newest - date.fromisoformat(last.facts["data_as_of"])).days if last else limit
        if last and age < limit and last.facts["code_hash"] == runs.code_hash():
            return Due(False, f"version {last.version} found no signal {age} days of data ago, the limit is {limit}")
        return Due(True, changed)
    missing = set(model["features"]) - features
    if missing:
        return Due(True, f"the data no longer give {len(missing)} of the model's features")
    if len(features - set(model["known_features"])) > 0:
        return Due(True, "the data give features that the model does not know")
    age = (newest - model["data_as_of"]).days
    if age >= limit:
        return Due(True, f"the model is {age} days of data old (limit {limit})")
    return Due(False, f"the model is {age} days of data old, the limit is {limit}")
