"""What a model version consists of, as files: JSON and XGBoost's UBJ, nothing that executes when it is read."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.churn import ChurnModel, dump_trees
from models.value import ValueModel

MODEL, VALUE_TREES = "model.json", "value.ubj"
CHURN, REHEARSAL = "churn", "rehearsal"  # their trees lie in NAME.ubj and NAME_fresh.ubj


@dataclass(frozen=True)
class Bundle:
    """Everything that scoring needs. `facts` is JSON-able: label, dates, metrics, features known at training."""

    churn: ChurnModel
    value: ValueModel
    facts: dict[str, Any] = field(default_factory=dict)
    rehearsal: ChurnModel | None = None  # the procedure as of the test date, for a fair comparison with a successor
    version: str | None = None

    @property
    def kind(self) -> str:
        """`boosted` or `logistic`."""
        return self.churn.kind

    @property
    def trained_at(self) -> datetime:
        """When the version was trained, UTC."""
        return datetime.fromisoformat(self.facts["trained_at"])

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Rows model, metric, value, low, high, n, as_of_date; the version's own model is called `champion`.

        Figures on customers active within two horizons have the metric's name with `_active_2h`.
        """
        return [_metric_row(row) for row in self.facts["evaluation"]["metrics"]]


def _metric_row(row: dict[str, Any]) -> dict[str, Any]:
    suffix = "" if row["population"] == "all" else f"_{row['population']}"
    names = {"model": "champion", "champion": "previous"}
    renamed = {"model": names.get(row["model"], row["model"]), "metric": row["metric"] + suffix}
    return {name: value for name, value in (row | renamed).items() if name != "population"}


def to_files(bundle: Bundle) -> dict[str, bytes]:
    """File name → content."""
    trees = _trees(CHURN, bundle.churn)
    if bundle.value.booster is not None:
        trees[VALUE_TREES] = dump_trees(bundle.value.booster)
    if bundle.rehearsal is not None:
        trees |= _trees(REHEARSAL, bundle.rehearsal)
    described = {
        "churn": bundle.churn.to_dict(),
        "value": bundle.value.to_dict(),
        "rehearsal": bundle.rehearsal.to_dict() if bundle.rehearsal else None,
        "facts": bundle.facts,
        "trees": sorted(trees),
    }
    return {MODEL: json.dumps(described, indent=1, sort_keys=True).encode()} | trees


def _trees(name: str, model: ChurnModel) -> dict[str, bytes]:
    both = ((f"{name}.ubj", model.booster), (f"{name}_fresh.ubj", model.fresh))
    return {file: dump_trees(trees) for file, trees in both if trees is not None}


def _churn(described: dict[str, Any], name: str, files: dict[str, bytes]) -> ChurnModel:
    return ChurnModel.from_dict(described, files.get(f"{name}.ubj"), files.get(f"{name}_fresh.ubj"))


def from_files(files: dict[str, bytes], version: str | None = None) -> Bundle:
    """The inverse of `to_files`; predictions are identical. Raises ValueError where trees are missing."""
    described = json.loads(files[MODEL])
    missing = sorted(set(described.get("trees", ())) - set(files))
    if missing:  # without them the rest would predict as another model
        raise ValueError(f"{', '.join(missing)} missing")
    rehearsal = described["rehearsal"]
    return Bundle(
        _churn(described["churn"], CHURN, files),
        ValueModel.from_dict(described["value"], files.get(VALUE_TREES)),
        described["facts"],
        _churn(rehearsal, REHEARSAL, files) if rehearsal else None,
        version,
    )
