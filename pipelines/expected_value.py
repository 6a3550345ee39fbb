"""The expected value as published: the version's own forecast of orders, and what a running contract will bring."""

import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.value import contract_margin
from pipelines.config import Settings


def expected_value(model: Bundle, frame: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Money per customer over the value horizon if they stay; raises FeatureMismatchError."""
    return model.value.predict(frame) + _contract_margin(frame, settings)


def _contract_margin(frame: pd.DataFrame, settings: Settings) -> np.ndarray:
    """What running contracts will bring where contracts are predicted; the model's value knows of orders alone."""
    if settings.churn.eligibility != "subscribed" or "monthly_fee" not in frame:
        return np.zeros(len(frame))
    terms = settings.economics
    fee = frame["monthly_fee"].to_numpy(dtype=float)
    return contract_margin(fee, terms.gross_margin, terms.discount_rate, terms.value_horizon_days)
