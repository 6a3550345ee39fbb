"""What a training brought, in figures and sentences."""

from dataclasses import asdict, dataclass
from typing import Any

from models.baselines import RHYTHM
from models.bundle import Bundle
from models.card_value import value_line
from pipelines import gate
from pipelines.verdict import simple_note

RIVAL = "champion"
_TOLD = ("model", RIVAL, "logistic", RHYTHM, "recency")
_SHOWN = {"roc_auc": "ROC AUC", "log_loss": "log loss", "calibration_gap": "promised − actual"}


@dataclass(frozen=True)
class TrainReport:
    """What a training brought: the version, whether it is used and why, and the figures behind that."""

    version: str
    promoted: bool
    reason: str
    kind: str
    trees: int
    rows: int
    customers: int
    features: int
    windows: dict[str, Any]
    evaluation: dict[str, Any]
    value: dict[str, Any]
    importance: dict[str, float]
    sufficiency: list[dict[str, Any]]
    choice: dict[str, Any] | None
    note: str
    card: str
    seconds: float
    gate: dict[str, Any] | None = None

    def lines(self) -> list[str]:
        """The report in plain lines."""
        judged = self.evaluation
        return [
            f"Trained model version {self.version} ({self.kind}, {self.trees} trees, {self.features} features) "
            f"on {self.rows:,} rows of {self.customers:,} customers in {self.seconds:.0f} s.",
            f"Learned from {sufficiency_line(self.sufficiency)}.",
            f"Judged {judged['kind']} on {judged['n']:,} customers as of {judged['test_date']}, "
            f"of whom {judged['churn_rate']:.1%} churned:",
            *filter(None, (_line(model, judged["metrics"]) for model in _TOLD)),
            value_line(self.value),
            *filter(None, [self._chosen()]),
            *gate.lines(self.gate),
            f"{'In use now' if self.promoted else 'Not put to use'}: {self.reason}",
            f"Model card: {self.card}",
        ]

    def _chosen(self) -> str:
        """Trees or the simple model, with the figures behind it."""
        if not self.choice:
            return self.note
        return f"{'Simple model' if self.choice['used'] == 'simple' else 'Trees in use'}: {self.choice['reason']}."

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def sufficiency_line(rows: list[dict[str, Any]]) -> str:
    """What there is to learn from and what each level needs, from the rows of the sufficiency rule."""
    found = ", ".join(f"{row['found']:,} {row['what']}" for row in rows)
    needed = ", ".join(f"{row['needed']:,}" for row in rows)
    trees = ", ".join(f"{row['needed_for_trees']:,}" for row in rows)
    return f"{found} (the simple model needs {needed}; trees {trees})"


def _line(model: str, metrics: list[dict[str, Any]]) -> str:
    """One model's figures with their intervals; empty when it was not judged."""
    rows = {row["metric"]: row for row in metrics if row["model"] == model and row["population"] == "all"}
    told = [
        f"{words} {rows[name]['value']:.3f} ({rows[name]['low']:.3f} to {rows[name]['high']:.3f})"
        for name, words in _SHOWN.items()
        if name in rows and rows[name]["low"] is not None
    ]
    return f"  {model:<10} {', '.join(told)}" if told else ""


def report_of(bundle: Bundle, version: str, card: str, seconds: float) -> TrainReport:
    """The report of a registered version; `card` is the file of its model card, `seconds` what the training took."""
    facts = bundle.facts
    return TrainReport(
        version=version,
        promoted=facts["promoted"],
        reason=facts["reason"],
        kind=facts["kind"],
        trees=facts["rounds"] + facts["fresh_rounds"],
        rows=facts["rows"],
        customers=facts["customers"],
        features=len(facts["features"]),
        windows=facts["windows"],
        evaluation=facts["evaluation"],
        value=facts["value_figures"],
        importance=facts["importance"],
        sufficiency=facts["sufficiency"],
        choice=facts.get("choice"),
        note=simple_note(facts),
        card=card,
        seconds=seconds,
        gate=facts.get("gate"),
    )
