"""What a comparison of two versions found, as it lies beside the registry: sums alone, no customer."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines import publish, registry
from pipelines.config import Settings
from pipelines.economics import terms_of

_METRICS = {"roc_auc": "ROC AUC", "log_loss": "log loss", "empc": "EMPC"}
_RULES = {"value_at_risk": "value at risk", "expected_net": "expected net"}


@dataclass(frozen=True)
class Comparison:
    """What differs between version `first` and version `second`; every difference is second − first.

    `figures` and `realised` are empty where `not_judged` says why both could not be judged on the same rows; `lists`
    are about the customers of `as_of`.
    """

    first: str
    second: str
    made_at: str
    features: str
    as_of: str
    customers: int
    terms: dict[str, float]
    lists: list[dict[str, Any]]
    test_date: str | None = None
    judged: int = 0
    not_judged: str = ""
    figures: list[dict[str, Any]] = field(default_factory=list)
    realised: list[dict[str, Any]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The comparison in plain lines."""
        head = f"Version {self.second} beside version {self.first}"
        told = [f"{head}: {self.not_judged}."] if self.not_judged else [self._judged(head), *self._figures()]
        return told + [self._list(row) for row in self.lists] + [self._earned(row) for row in self.realised]

    def _judged(self, head: str) -> str:
        return f"{head}, both judged on the same {self.judged:,} customers as of {self.test_date}:"

    def _figures(self) -> list[str]:
        shown = [row for row in self.figures if row["metric"] in _METRICS]
        return [
            f"  {_METRICS[row['metric']]:<9} {row['second']:.4f} against {row['first']:.4f}, difference "
            f"{row['value']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})"
            for row in shown
        ]

    def _list(self, row: dict[str, Any]) -> str:
        return (
            f"List of {self.as_of} by {_RULES[row['rule']]}: {row['changed']:,} of the first {row['size']:,} change; "
            f"contacting them is expected to earn {row['second'] - row['first']:+,.0f}."
        )

    def _earned(self, row: dict[str, Any]) -> str:
        return (
            f"List of {self.test_date} by {_RULES[row['rule']]}: contacting the first {row['size']:,} would have "
            f"earned {row['value']:+,.0f} ({row['low']:+,.0f} to {row['high']:+,.0f})."
        )

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-able facts."""
        return asdict(self)


def read(home: Path, first: str, second: str) -> Comparison | None:
    """The comparison kept last; None where there is none that can be read."""
    try:
        return Comparison(**json.loads(place_of(home, first, second).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_stale(home: Path, found: Comparison, settings: Settings) -> bool:
    """Whether features or economics have changed since."""
    features = publish.current(home, "features")
    return features is None or features.name != found.features or asdict(terms_of(settings)) != found.terms


def place_of(home: Path, first: str, second: str) -> Path:
    """Where the comparison of two versions lies."""
    return registry.folder(home) / "comparisons" / f"{first}-{second}.json"


def keep(home: Path, result: Comparison) -> None:
    """Keep a comparison in place of an earlier one of the same versions."""
    path = place_of(home, result.first, result.second)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(result.to_dict()), encoding="utf-8")
    unfinished.replace(path)
