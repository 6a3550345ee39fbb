"""The churn model: a logistic prior, trees that start from its log-odds, and a calibration of their sum."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from models.calibrate import Calibrator
from models.prior import Prior
from models.treeshap import TreeShap


class FeatureMismatchError(ValueError):
    """The frame lacks features that the model was trained on."""


@dataclass(frozen=True)
class ChurnModel:
    """A fitted model; `booster` is None when no tree helped. Log-odds are those of churn within the horizon."""

    features: tuple[str, ...]
    prior: Prior
    booster: xgb.Booster | None = None
    calibrator: Calibrator = field(default_factory=Calibrator)

    @property
    def kind(self) -> str:
        """`boosted` when trees are used, else `logistic`."""
        return "boosted" if self.booster is not None else "logistic"

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds before calibration; raises FeatureMismatchError."""
        self._require(frame)
        log_odds = self.prior.log_odds(frame)
        if self.booster is not None:
            log_odds = log_odds + self.booster.predict(matrix(frame, self.features), output_margin=True)
        return log_odds

    def churn_risk(self, frame: pd.DataFrame) -> np.ndarray:
        """Calibrated probability of churn per row."""
        return self.calibrator.risk(self.log_odds(frame))

    def contributions(self, frame: pd.DataFrame) -> tuple[np.ndarray, float]:
        """Log-odds that each feature adds to a base common to all rows.

        Shape rows × `features`; base + row sum = log-odds before calibration. Trees by TreeSHAP (Lundberg et al. 2020,
        path-dependent), the prior by its linear terms.
        """
        self._require(frame)
        base = self.prior.intercept
        total = np.zeros((len(frame), len(self.features)), order="F")
        if self._tables is not None:
            total += self._tables.values(numbers(frame, self.features))
            base += self._tables.base
        linear = self.prior.contributions(frame)
        for column, name in enumerate(self.prior.features):
            total[:, self.features.index(name)] += linear[:, column]
        return total, base

    @cached_property
    def _tables(self) -> TreeShap | None:
        """The trees' answers, made once per model: scoring asks for them batch by batch."""
        return TreeShap.of(self.booster) if self.booster is not None else None

    def _require(self, frame: pd.DataFrame) -> None:
        missing = [name for name in self.features if name not in frame]
        if missing:
            raise FeatureMismatchError(f"The model was trained with features that are missing: {', '.join(missing)}")

    def to_dict(self) -> dict[str, Any]:
        """Everything but the trees as JSON-able values."""
        return {
            "features": list(self.features),
            "prior": self.prior.to_dict(),
            "calibrator": self.calibrator.to_dict(),
            "has_trees": self.booster is not None,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any], trees: bytes | None) -> "ChurnModel":
        """The inverse of `to_dict`; `trees` in XGBoost's UBJ format."""
        return cls(
            tuple(values["features"]),
            Prior.from_dict(values["prior"]),
            load_trees(trees) if values["has_trees"] and trees else None,
            Calibrator(**values["calibrator"]),
        )


def numbers(frame: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray:
    """The features as the trees see them, in the model's order: missing stays missing, infinite counts as missing."""
    values = frame[list(features)].to_numpy(dtype=np.float32, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.float32(np.nan))


def matrix(frame: pd.DataFrame, features: tuple[str, ...], **arguments: Any) -> xgb.DMatrix:
    """XGBoost's form of the features."""
    return xgb.DMatrix(numbers(frame, features), feature_names=list(features), **arguments)


def dump_trees(booster: xgb.Booster) -> bytes:
    """Trees in XGBoost's UBJ format."""
    return bytes(booster.save_raw("ubj"))


def load_trees(trees: bytes) -> xgb.Booster:
    """The inverse of `dump_trees`; predictions are identical."""
    booster = xgb.Booster()
    booster.load_model(bytearray(trees))
    return booster
