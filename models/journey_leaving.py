"""Who leaves within a horizon after a day: by not ordering, or by the end of a contract."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.journey import Days, Rhythms, keys

_FAR = 10_000_000


@dataclass(frozen=True)
class Leaving:
    """When customers leave: by not ordering within the horizon, or by the end of their contract."""

    horizon: int
    active_days: int
    contracts: pd.DataFrame | None  # customer_number, day, end_day, is_switched, sorted; None: orders count

    def of(self, rhythms: Rhythms, place: Days, customer: Days, day: Days) -> pd.DataFrame:
        """Whether each could leave on its day (`is_known`), and whether they did within the horizon (`churned`)."""
        if self.contracts is not None:
            return self._by_contract(self.contracts, customer, day)
        is_known = (place >= 0) & (day - rhythms.day[place] <= self.active_days)
        return pd.DataFrame({"is_known": is_known, "churned": rhythms.next_day[place] - day > self.horizon})

    def _by_contract(self, contracts: pd.DataFrame, customer: Days, day: Days) -> pd.DataFrame:
        owner, start, end = (whole_numbers(contracts[name]) for name in ("customer_number", "day", "end_day"))
        at = np.searchsorted(keys(owner, start), keys(customer, day), side="right") - 1
        if not len(owner):
            return pd.DataFrame({"is_known": np.zeros(len(day), bool), "churned": False})
        is_known = (at >= 0) & (owner[np.maximum(at, 0)] == customer) & (end[at] > day)
        is_switched = contracts["is_switched"].to_numpy(dtype=bool)[at]
        return pd.DataFrame({"is_known": is_known, "churned": (end[at] <= day + self.horizon) & ~is_switched})


def whole_numbers(values: pd.Series) -> Days:
    """Whole numbers, far away where there is none."""
    return np.asarray(values.fillna(_FAR), dtype=np.int64)
