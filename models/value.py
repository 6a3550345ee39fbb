"""Expected value: the margin of the next twelve months if the customer stays.

It starts from what the customer's own orders let expect (models/order_value.py). Two things are learned from stayers
(models/value_fit.py): one level that makes the sums meet, and trees that shift money between customers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from models.churn import FeatureMismatchError, load_trees, matrix
from models.order_value import OrderValue
from models.season import season_of
from models.value_figures import OWN_PAST


@dataclass(frozen=True)
class ValueModel:
    """A fitted model; `kind` is one of models.value_figures: the trained one or a simple one that was no worse.

    `blank` is the margin per day of customers without any order so far.
    """

    kind: str = OWN_PAST
    value_days: int = 365
    base: OrderValue | None = None
    level: float = 1.0
    features: tuple[str, ...] = ()
    season: tuple[float, ...] = ()
    blank: float = 0.0
    booster: xgb.Booster | None = None

    def predict(self, frame: pd.DataFrame, days: np.ndarray | None = None) -> np.ndarray:
        """Money per customer (customer_id, as_of_date, features) over the value horizon, or over the `days` of each
        row; never negative. Raises FeatureMismatchError.
        """
        wanted = np.full(len(frame), float(self.value_days)) if days is None else np.asarray(days, dtype=float)
        try:
            start = self._start(frame, wanted)
        except KeyError as error:
            raise FeatureMismatchError(f"The value model was trained with features that are missing: {error}") from None
        missing = [name for name in self.features if name not in frame]
        if missing:
            raise FeatureMismatchError(f"The value model was trained with features that are missing: {missing}")
        if self.booster is not None:
            start = start * np.exp(self.booster.predict(matrix(frame, self.features), output_margin=True))
        return self.level * start

    def _start(self, frame: pd.DataFrame, days: np.ndarray) -> np.ndarray:
        """Money before the level and the trees."""
        if self.base is None:
            return past_yearly_margin(frame) * (days / 365.0)
        expected = self.base.margin(frame, days) * season_of(self.season, frame["as_of_date"], days)
        return np.where(np.isfinite(expected), expected, self.blank * days)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the trees as JSON-able values."""
        names = ("kind", "value_days", "level", "features", "season", "blank")
        told = {name: getattr(self, name) for name in names}
        return told | {"base": self.base.to_dict() if self.base else None, "has_trees": self.booster is not None}

    @classmethod
    def from_dict(cls, values: dict[str, Any], trees: bytes | None) -> "ValueModel":
        """The inverse of `to_dict`; `trees` in XGBoost's UBJ format."""
        return cls(
            values["kind"],
            values["value_days"],
            OrderValue.from_dict(values["base"]) if values["base"] else None,
            values["level"],
            tuple(values["features"]),
            tuple(values["season"]),
            values["blank"],
            load_trees(trees) if values["has_trees"] and trees else None,
        )


def contract_margin(monthly_fee: np.ndarray, gross_margin: float, discount_rate: float, days: int) -> np.ndarray:
    """Money per customer from running contracts if they run on: fee × margin share, discounted, at each month's end.

    A missing fee counts as none.
    """
    ends = np.arange(1, int(days / 365 * 12) + 1) / 12
    return np.nan_to_num(monthly_fee) * gross_margin * np.sum((1 + discount_rate) ** -ends)


def past_yearly_margin(frame: pd.DataFrame) -> np.ndarray:
    """The baseline: margin of the last 365 days, brought to a year for customers younger than that.

    A customer counts as at least 90 days old, so that a first order of yesterday is not taken for a daily one.
    """
    margin = frame["margin_365d"].to_numpy(dtype=float) if "margin_365d" in frame else np.zeros(len(frame))
    tenure = frame["tenure_days"].to_numpy(dtype=float) if "tenure_days" in frame else np.full(len(frame), 365.0)
    return np.nan_to_num(np.maximum(margin, 0) * 365.0 / np.clip(np.nan_to_num(tenure, nan=365.0), 90.0, 365.0))
