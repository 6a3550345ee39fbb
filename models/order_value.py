"""Expected margin from the own past orders alone: how many orders to expect times what one is worth.

MBG/NBD gives the number (models/order_forecast.py), Gamma-Gamma the worth (models/gamma_gamma.py). Nothing is learned
from outcomes, so it holds for any number of days ahead. It is a baseline, and what the value model starts from.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.btyd import BuyTillYouDie, Histories, fit_btyd
from models.gamma_gamma import GammaGamma, fit_gamma_gamma
from models.order_forecast import expected_orders, orders_if_staying
from models.rhythm import INPUTS, histories_of

WORTH = ("revenue_total", "margin_share")


@dataclass(frozen=True)
class ValueTerms:
    """What an expected value means. `stay_is_order`: staying is an order within the horizon, not a running contract."""

    horizon_days: int
    value_days: int
    discount_rate: float = 0.0
    stay_is_order: bool = True


@dataclass(frozen=True)
class OrderValue:
    """The two fitted models and the terms."""

    rhythm: BuyTillYouDie
    worth: GammaGamma
    terms: ValueTerms

    def margin(self, frame: pd.DataFrame, days: np.ndarray) -> np.ndarray:
        """Discounted margin per row over its `days`, if the customer stays; not a number without an order so far."""
        orders = np.full(len(frame), np.nan)
        values = frame[list(INPUTS)].to_numpy(dtype=float)
        known = np.isfinite(values).all(axis=1)
        for length in np.unique(days):
            rows = known & (days == length)
            orders[rows] = self._orders(histories_of(values[rows]), float(length))
        worth = self.worth.expected_value(np.maximum(margin_per_order(frame), 0), frame["order_days"].to_numpy(float))
        # Spread over the days, margin lies half of them ahead on average.
        return orders * worth * (1 + self.terms.discount_rate) ** (-days / 730.0)

    def p_stay(self, frame: pd.DataFrame) -> np.ndarray:
        """Chance of an order within the horizon, per row; 0 without an order so far."""
        values = frame[list(INPUTS)].to_numpy(dtype=float)
        known = np.isfinite(values).all(axis=1)
        stay = np.zeros(len(frame))
        stay[known] = 1 - self.rhythm.p_quiet(histories_of(values[known]), float(self.terms.horizon_days))
        return stay

    def _orders(self, histories: Histories, days: float) -> np.ndarray:
        horizon = float(min(self.terms.horizon_days, days))
        if self.terms.stay_is_order:
            return orders_if_staying(self.rhythm, histories, days, horizon)
        return expected_orders(self.rhythm, histories, days)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return {"rhythm": self.rhythm.to_dict(), "worth": self.worth.to_dict(), "terms": vars(self.terms)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "OrderValue":
        """The inverse of `to_dict`."""
        return cls(BuyTillYouDie(**values["rhythm"]), GammaGamma(**values["worth"]), ValueTerms(**values["terms"]))


def margin_per_order(frame: pd.DataFrame) -> np.ndarray:
    """Mean margin per day with an order, so far; 0 where unknown."""
    total = frame["revenue_total"].to_numpy(dtype=float) * frame["margin_share"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(total / frame["order_days"].to_numpy(dtype=float), posinf=0.0, neginf=0.0)


def fit_order_value(frame: pd.DataFrame, terms: ValueTerms) -> OrderValue | None:
    """Fit on the newest row of each customer (customer_id, as_of_date, features), stayed or not.

    None where the features are not there or tell no customers apart.
    """
    if any(name not in frame for name in (*INPUTS, *WORTH)) or frame["tenure_days"].nunique() < 2:
        return None
    newest = frame.sort_values("as_of_date", kind="stable").drop_duplicates("customer_id", keep="last")
    values = newest[list(INPUTS)].to_numpy(dtype=float)
    known = np.isfinite(values).all(axis=1)
    newest, values = newest[known], values[known]
    worth = fit_gamma_gamma(margin_per_order(newest), newest["order_days"].to_numpy(dtype=float))
    return OrderValue(fit_btyd(histories_of(values)), worth, terms) if worth else None
