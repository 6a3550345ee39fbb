"""When a model must be trained again: the rule that `refresh` follows."""

from dataclasses import dataclass
from pathlib import Path

from pipelines import lineage, publish, registry
from pipelines.config import Settings


@dataclass(frozen=True)
class Due:
    """Whether training is due, and why (not)."""

    is_due: bool
    reason: str


def training_due(home: Path, settings: Settings) -> Due:
    """Due without a model, when the label, the economics or the features changed, or when it is too old.

    Age is counted in days of data between the model's and today's newest day.
    """
    model = registry.describe_champion(home)
    if model is None:
        return Due(True, "there is no model yet")
    with publish.open_current(home, "features") as con:
        newest = con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
        features = {row[0] for row in con.execute("select feature from feature_words").fetchall()}
    missing = set(model["features"]) - features
    changed = lineage.outdated(model, lineage.asked(settings))
    if changed:
        return Due(True, changed)
    if missing:
        return Due(True, f"the data no longer give {len(missing)} of the model's features")
    if len(features - set(model["known_features"])) > 0:
        return Due(True, "the data give features that the model does not know")
    age = (newest - model["data_as_of"]).days
    limit = settings.model.retrain_after_days
    if age >= limit:
        return Due(True, f"the model is {age} days of data old (limit {limit})")
    return Due(False, f"the model is {age} days of data old, the limit is {limit}")
