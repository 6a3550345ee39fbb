"""What a version keeps of the rows it was judged on, so that its figures can be reckoned anew under other economics.

Nothing here names a customer: rows stand in a drawn order, customers have a drawn number, money and features are
rounded to three digits.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.calibrate import expit
from models.churn import ChurnModel
from models.slices import groups

CUSTOMER, CHURNED, VALUE = "customer", "churned", "expected_value"
RISK = "risk "  # before the name of a contender
GROUP = "group "  # before the name of a dimension
DRIVER_ROWS = 1_500


@dataclass(frozen=True)
class Judged:
    """The rows that were judged (customer_id, as_of_date, churned, features), and calibrated log-odds per contender."""

    rows: pd.DataFrame
    log_odds: dict[str, np.ndarray]


@dataclass(frozen=True)
class Drivers:
    """Features and what each adds to the log-odds, same columns and rows; one row per customer of a sample."""

    values: pd.DataFrame
    contributions: pd.DataFrame


def anonymous_rows(judged: Judged, expected_value: np.ndarray, seed: int) -> pd.DataFrame:
    """One row per judged row: customer (a drawn number), churned, expected_value, `risk …` per contender, `group …` per
    dimension of models.slices.
    """
    rng = np.random.default_rng(seed)
    codes, customers = pd.factorize(judged.rows["customer_id"])
    kept = {
        CUSTOMER: rng.permutation(len(customers))[codes],
        CHURNED: judged.rows["churned"].to_numpy(dtype=np.int8),
        VALUE: rounded(expected_value),
    }
    kept |= {RISK + name: expit(odds).astype(np.float32) for name, odds in judged.log_odds.items()}
    kept |= {GROUP + name: found.astype(object).to_numpy() for name, found in groups(judged.rows).items()}
    return _shuffled(pd.DataFrame(kept), rng)


def drivers_of(model: ChurnModel, rows: pd.DataFrame, contributions: np.ndarray, seed: int) -> Drivers:
    """A drawn part of the rows with their contributions (rows × the model's features)."""
    features = list(model.features)
    chosen = np.random.default_rng(seed).permutation(len(rows))[:DRIVER_ROWS]
    values = rows[features].to_numpy(dtype=float)[chosen]
    return Drivers(
        pd.DataFrame(rounded(values), columns=features),
        pd.DataFrame(contributions[chosen].astype(np.float32), columns=features),
    )


def rounded(values: np.ndarray, digits: int = 3) -> np.ndarray:
    """Values with so many significant digits; what is missing stays so."""
    values = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(values == 0, 0.0, np.floor(np.log10(np.abs(values))))
        scale = 10.0 ** (digits - 1 - np.nan_to_num(size, nan=0.0, posinf=0.0, neginf=0.0))
    return (np.round(values * scale) / scale).astype(np.float32)


def _shuffled(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
