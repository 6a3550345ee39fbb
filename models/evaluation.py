"""The report of one training run: model against baselines, on all eligible and on recently active customers."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from models.evaluate import Estimate, Resamples, calibration_table, difference, estimates, metric_draws
from models.slices import slice_table

MODEL = "model"
PAIRED = ("roc_auc", "log_loss")
BASE_RATE = "base_rate"
NO_RANKING = "its ranking is not better than chance beyond its interval"
NO_PROBABILITY = "its probabilities are worse than the churn rate alone beyond their interval"


@dataclass(frozen=True)
class Evaluation:
    """What was measured, JSON-able. `kind`: "out of time" or "out of customers" where history was too short.

    `metrics`: one row per population × model × metric; `differences`: model − other, paired, negative log loss is
    better; `calibration`: tenths by risk; `months`: risk promised and churn seen per judged snapshot; `slices`:
    groups of the judged customers.
    """

    kind: str
    test_date: str
    n: int
    churn_rate: float
    metrics: list[dict[str, Any]] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    calibration: list[dict[str, float]] = field(default_factory=list)
    months: list[dict[str, Any]] = field(default_factory=list)
    slices: list[dict[str, Any]] = field(default_factory=list)

    def metric(self, metric: str, model: str = MODEL, population: str = "all") -> Estimate | None:
        """One figure, or None if it was not measured."""
        return self._find(self.metrics, metric, model, population)

    def difference(self, metric: str, other: str, population: str = "all") -> Estimate | None:
        """Model − other, or None if it was not measured."""
        return self._find(self.differences, metric, other, population)

    @property
    def has_signal(self) -> bool:
        """Whether the model says more than the churn rate of all: nothing is lacking."""
        return not self.lacking

    @property
    def lacking(self) -> str:
        """Why the model says no more than the churn rate of all, as a clause; empty when it does.

        The ranking must be better than chance beyond its interval, and, because the risks are multiplied with money,
        the probabilities may not be worse than the churn rate alone beyond theirs.
        """
        auc, loss = self.metric("roc_auc"), self.difference("log_loss", BASE_RATE)
        if auc is None or not auc.low > 0.5:
            return NO_RANKING
        return NO_PROBABILITY if loss is not None and loss.low > 0 else ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what could not be measured is None."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @staticmethod
    def _find(rows: list[dict[str, Any]], metric: str, model: str, population: str) -> Estimate | None:
        for row in rows:
            if (row["metric"], row["model"], row["population"]) == (metric, model, population):
                return Estimate(row["value"], row["low"], row["high"], row["n"])
        return None


def _plain(value: Any) -> Any:
    """The value with every NaN turned into None: JSON knows no NaN."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value


def evaluate(
    rows: pd.DataFrame, log_odds: dict[str, np.ndarray], horizon_days: int, kind: str, months: list[dict[str, Any]]
) -> Evaluation:
    """Measure calibrated log-odds of `MODEL` and others on the same rows (customer_id, as_of_date, churned, …)."""
    churned = rows["churned"].to_numpy(dtype=float)
    metrics: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    newest = str(pd.Timestamp(rows["as_of_date"].max()).date())
    for population, mask in _populations(rows, horizon_days).items():
        if not 0 < churned[mask].sum() < mask.sum():
            continue
        part, n = Resamples.of(rows.loc[mask, "customer_id"]), int(mask.sum())
        draws = {name: metric_draws(churned[mask], odds[mask], part) for name, odds in log_odds.items()}
        where = {"population": population, "as_of_date": newest}
        for name, values in draws.items():
            metrics += [where | {"model": name, "metric": key} | asdict(e) for key, e in estimates(values, n).items()]
            if name != MODEL:
                paired = {key: difference(draws[MODEL], values, key, n) for key in PAIRED}
                differences += [where | {"model": name, "metric": key} | asdict(e) for key, e in paired.items()]
    table = calibration_table(churned, log_odds[MODEL], Resamples.of(rows["customer_id"]))
    slices = slice_table(rows, log_odds[MODEL])
    return Evaluation(kind, newest, len(rows), float(churned.mean()), metrics, differences, table, months, slices)


def _populations(rows: pd.DataFrame, horizon_days: int) -> dict[str, np.ndarray]:
    """All eligible rows, and those that ordered within the last two horizons."""
    populations = {"all": np.ones(len(rows), dtype=bool)}
    if "days_since_last_order" in rows:
        recent = (rows["days_since_last_order"] < 2 * horizon_days).to_numpy()
        if 0 < recent.sum() < len(rows):
            populations["active_2h"] = recent
    return populations


def month_row(rows: pd.DataFrame, risk: np.ndarray, part: str) -> dict[str, Any]:
    """Promised and seen churn of one snapshot; `part` is `test`, unseen by every choice, or `fold`."""
    return {
        "as_of_date": str(pd.Timestamp(rows["as_of_date"].iloc[0]).date()),
        "n": len(rows),
        "promised": float(np.mean(risk)),
        "actual": float(rows["churned"].mean()),
        "part": part,
    }
