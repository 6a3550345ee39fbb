"""The churn model: a prior, trees that start from its log-odds, trees that know nothing of it, and a calibration."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from models.calibrate import Calibrator
from models.prior import Prior
from models.treeshap import TreeShap

FRESH_SHARE = 1 / 3  # of the log-odds, that trees have which know nothing of the prior


class FeatureMismatchError(ValueError):
    """The frame lacks features that the model was trained on."""


@dataclass(frozen=True)
class ChurnModel:
    """A fitted model. Log-odds are those of churn within the horizon.

    The trees of `booster` add to the prior's log-odds. Those of `fresh` started from nothing: where they are used, the
    log-odds are the mean of both, `FRESH_SHARE` for theirs, because they are wrong about other customers. Both are None
    when no tree helped.
    """

    features: tuple[str, ...]
    prior: Prior
    booster: xgb.Booster | None = None
    calibrator: Calibrator = field(default_factory=Calibrator)
    fresh: xgb.Booster | None = None

    @property
    def kind(self) -> str:
        """`boosted` when trees are used, else `logistic`."""
        return "boosted" if self.boosters else "logistic"

    @property
    def share(self) -> float:
        """The weight of the prior and what adds to it in the log-odds."""
        return 1.0 if self.fresh is None else 1.0 - FRESH_SHARE

    @property
    def boosters(self) -> list[tuple[float, xgb.Booster]]:
        """The trees that there are, with their weight in the log-odds."""
        both = ((self.share, self.booster), (FRESH_SHARE, self.fresh))
        return [(share, trees) for share, trees in both if trees is not None]

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds before calibration; raises FeatureMismatchError."""
        self._require(frame)
        log_odds = self.share * self.prior.log_odds(frame)
        if self.boosters:
            rows = matrix(frame, self.features)
            log_odds = log_odds + sum(share * trees.predict(rows, output_margin=True) for share, trees in self.boosters)
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
        base = self.share * self.prior.intercept
        total = np.zeros((len(frame), len(self.features)), order="F")
        for share, tables in self._tables:
            total += share * tables.values(numbers(frame, self.features))
            base += share * tables.base
        linear = self.share * self.prior.contributions(frame)
        for column, name in enumerate(self.prior.features):
            total[:, self.features.index(name)] += linear[:, column]
        return total, base

    @cached_property
    def _tables(self) -> list[tuple[float, TreeShap]]:
        """The trees' answers, made once per model: scoring asks for them batch by batch."""
        return [(share, TreeShap.of(trees)) for share, trees in self.boosters]

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
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any], trees: bytes | None, fresh: bytes | None = None) -> "ChurnModel":
        """The inverse of `to_dict`; `trees` on the prior and `fresh` ones in XGBoost's UBJ format."""
        return cls(
            tuple(values["features"]),
            Prior.from_dict(values["prior"]),
            load_trees(trees) if trees else None,
            Calibrator(**values["calibrator"]),
            load_trees(fresh) if fresh else None,
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
