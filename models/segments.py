"""RFM groups: quintiles of recency, frequency and monetary value, and eleven names that cover every combination."""

import numpy as np
import pandas as pd

# Rows: recency 5 (newest) to 1; columns: mean of frequency and monetary quintile, rounded half up, 1 to 5.
GRID: dict[int, tuple[str, str, str, str, str]] = {
    5: ("New", "Potential loyalist", "Potential loyalist", "Champions", "Champions"),
    4: ("Promising", "Potential loyalist", "Loyal", "Loyal", "Champions"),
    3: ("Promising", "Need attention", "Need attention", "Loyal", "Loyal"),
    2: ("About to sleep", "About to sleep", "At risk", "At risk", "Cannot lose"),
    1: ("Lost", "Hibernating", "At risk", "Cannot lose", "Cannot lose"),
}
SEGMENTS = tuple(sorted({name for row in GRID.values() for name in row}))
RISK_BANDS = ("low", "medium", "high", "very high")


def quintile(values: np.ndarray) -> np.ndarray:
    """1–5 by the share of customers with a strictly smaller value: equal values share one quintile.

    A missing value is the smallest.
    """
    filled = np.where(np.isnan(values), -np.inf, values)
    below = np.searchsorted(np.sort(filled), filled, side="left")
    return 1 + np.minimum(5 * below // max(len(values), 1), 4)


def quintile_edges(values: np.ndarray) -> np.ndarray:
    """The four values above which `quintile` gives 2, 3, 4 and 5, so that others can be placed among these customers.

    Without customers nobody is above anything.
    """
    filled = np.sort(np.where(np.isnan(values), -np.inf, values))
    if not len(filled):
        return np.full(4, np.inf)
    return filled[-(-len(filled) * np.arange(1, 5) // 5) - 1]


def rfm(customers: pd.DataFrame) -> pd.DataFrame:
    """One row per customer, same index: r, f, m (5 is best) and segment.

    Read from days_since_last_order, order_days and revenue_total.
    """
    r = quintile(-customers["days_since_last_order"].to_numpy(dtype=float))
    f = quintile(customers["order_days"].to_numpy(dtype=float))
    m = quintile(customers["revenue_total"].to_numpy(dtype=float))
    return pd.DataFrame({"segment": segment(r, f, m), "r": r, "f": f, "m": m}, index=customers.index)


def segment(r: np.ndarray, f: np.ndarray, m: np.ndarray) -> np.ndarray:
    """The group's name for quintiles 1–5."""
    names = np.array([GRID[row] for row in range(1, 6)], dtype=object)
    return names[np.asarray(r) - 1, (np.asarray(f) + np.asarray(m) + 1) // 2 - 1]


def risk_band(churn_risk: np.ndarray, bands: tuple[float, float, float]) -> np.ndarray:
    """Low, medium, high or very high; `bands` are the lower edges of the last three."""
    return np.array(RISK_BANDS, dtype=object)[np.searchsorted(bands, churn_risk, side="right")]
