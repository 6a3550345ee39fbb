"""What the rhythm of past orders says, as a term of the prior: the log-odds of no order in the horizon, from MBG/NBD.

The term is one number per customer, yet reasons name features. So its difference from a reference customer is shared
among the three features it comes from by their Shapley values (Shapley 1953: a feature's mean effect over all orders in
which the customer's values can replace the reference's). The shares add up to the difference exactly.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from models.btyd import BuyTillYouDie, Histories, fit_btyd

INPUTS = ("order_days", "days_since_last_order", "tenure_days")
LIMIT = 6.0  # log-odds beyond which four parameters know less than they claim: 0.25 % and 99.75 %


@dataclass(frozen=True)
class Rhythm:
    """A fitted MBG/NBD, the horizon it looks ahead, and the customer (values of `INPUTS`) it compares with."""

    model: BuyTillYouDie
    horizon_days: int
    reference: tuple[float, float, float]

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of no order in the horizon, per row; a customer without orders counts as the reference."""
        return self._quiet(_inputs(frame, self.reference))

    @property
    def base(self) -> float:
        """Log-odds of the reference customer."""
        return float(self._quiet(np.array([self.reference]))[0])

    def contributions(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds that each of `INPUTS` adds to `base`; shape rows × 3, sums to `log_odds`."""
        own = _inputs(frame, self.reference)
        known = {taken: self._quiet(np.where(taken, own, self.reference)) for taken in _coalitions()}
        shares = np.zeros(own.shape)
        orders = list(permutations(range(len(INPUTS))))
        for order in orders:
            taken = [False] * len(INPUTS)
            for place in order:
                before = known[tuple(taken)]
                taken[place] = True
                shares[:, place] += (known[tuple(taken)] - before) / len(orders)
        return shares

    def _quiet(self, values: np.ndarray) -> np.ndarray:
        return np.clip(self.model.quiet_log_odds(histories_of(values), self.horizon_days), -LIMIT, LIMIT)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return {
            "model": self.model.to_dict(),
            "horizon_days": self.horizon_days,
            "reference": list(self.reference),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Rhythm":
        """The inverse of `to_dict`."""
        order_days, recency, tenure = values["reference"]
        return cls(BuyTillYouDie(**values["model"]), int(values["horizon_days"]), (order_days, recency, tenure))


def _coalitions() -> list[tuple[bool, ...]]:
    """Every choice of inputs that are the customer's own."""
    return [tuple(bool(number >> place & 1) for place in range(len(INPUTS))) for number in range(2 ** len(INPUTS))]


def _inputs(frame: pd.DataFrame, reference: tuple[float, float, float]) -> np.ndarray:
    """Values of `INPUTS`, rows × 3; where any is missing all are the reference's."""
    values = frame[list(INPUTS)].to_numpy(dtype=float)
    return np.where(np.isnan(values).any(axis=1, keepdims=True), reference, values)


def histories_of(values: np.ndarray) -> Histories:
    """Order histories of rows of `INPUTS`, rows × 3.

    Mixtures with the reference can be odd: no last order before the first.
    """
    order_days, recency, tenure = values.T
    last = np.where(order_days > 1, np.maximum(tenure - recency, 0.0), 0.0)
    return Histories(np.maximum(order_days - 1, 0.0), last, tenure)


def fit_rhythm(frame: pd.DataFrame, horizon_days: int, scored: pd.DataFrame | None = None) -> Rhythm | None:
    """Fit on the newest row of each customer (customer_id, as_of_date, `INPUTS`), or None where the inputs are not
    there or tell no customers apart. `scored`: later rows that have no outcome yet; histories need none.

    A customer may have left the eligible before the newest snapshot. Their last row still counts in full: whether one
    is eligible follows from the history alone, and a likelihood does not change with when one stops looking for a
    reason that the history itself gives.
    """
    if any(name not in frame or frame[name].nunique() < 2 for name in INPUTS):
        return None
    parts = [part[["customer_id", "as_of_date", *INPUTS]] for part in (frame, scored) if part is not None]
    rows = pd.concat([part.assign(as_of_date=pd.to_datetime(part["as_of_date"])) for part in parts])
    newest = rows.sort_values("as_of_date", kind="stable").drop_duplicates("customer_id", keep="last")
    values = newest[list(INPUTS)].dropna().to_numpy(dtype=float)
    order_days, recency, tenure = (float(value) for value in np.expm1(np.log1p(values).mean(axis=0)))
    return Rhythm(fit_btyd(histories_of(values)), horizon_days, (order_days, recency, tenure))
