"""The figures of the journey's cells with their intervals, and the one cell that is worst."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from models.journey import ALL_STAGES, NO_ORDER, TOUCHPOINTS, Days, Moments, named
from models.journey_alike import Alike
from models.wilson import wilson

LEAST_FOLLOWED = 50  # customers of a cell whose outcome is known, before it can be worst
LEAST_WORSE = 0.02  # points beside customers alike that even the cautious end must show
_Z = 1.959964
CELLS = len(ALL_STAGES) * len(TOUCHPOINTS)


def followed(moments: Moments, standing: pd.DataFrame, outcome: pd.DataFrame, alike: Alike | None) -> pd.DataFrame:
    """One row per cell of first moments: customers followed, how many dropped off and churned, churn of those alike.

    `outcome`, row by row with `moments`, has dropped, is_known and churned.
    """
    is_known = outcome["is_known"].to_numpy(dtype=bool)
    cell, known = moments.cell, moments.cell[is_known]
    counted = pd.DataFrame(
        {
            "drop_n": np.bincount(cell, minlength=CELLS),
            "dropped": _sum(cell, outcome["dropped"]),
            "followed": np.bincount(known, minlength=CELLS),
            "churned": _sum(known, outcome["churned"][is_known]),
        }
    )
    if alike is None:
        return named(counted.assign(alike=np.nan, error=np.nan), counted["drop_n"].to_numpy() > 0)
    expected = alike.by_group(standing[is_known], known, CELLS)
    return named(pd.concat([counted, expected], axis=1), counted["drop_n"].to_numpy() > 0)


def _sum(cell: Days, values: pd.Series) -> NDArray[np.int64]:
    return np.bincount(cell, weights=values.to_numpy(dtype=float), minlength=CELLS).astype(np.int64)


def judged(cells: pd.DataFrame) -> pd.DataFrame:
    """Shares and 95 % intervals of counted cells, the difference from customers alike, and which cell is worst.

    Needs stage, touchpoint, customers, rating_n, rating_good, drop_n, dropped, followed, churned, alike, error. The
    interval of the difference joins Wilson's of the cell with that of the expectation (as Newcombe 1998, method 10).
    """
    told = cells.copy()
    for name, count, of in (
        ("rating", "rating_good", "rating_n"),
        ("drop_off", "dropped", "drop_n"),
        ("churn", "churned", "followed"),
    ):
        told[[name, f"{name}_low", f"{name}_high"]] = _shares(cells[count], cells[of])
    told["difference"] = told["churn"] - told["alike"]
    below = np.hypot(told["churn"] - told["churn_low"], _Z * told["error"])
    above = np.hypot(told["churn_high"] - told["churn"], _Z * told["error"])
    told["low"], told["high"] = (told["difference"] - below).clip(-1, 1), (told["difference"] + above).clip(-1, 1)
    worst = worst_cell(told)
    return told.assign(is_worst=told.index == worst if worst is not None else False)


def _shares(count: pd.Series, of: pd.Series) -> NDArray[np.float64]:
    """Shares with the ends of their intervals, row by row; nothing where nobody was counted."""
    pairs = zip(count, of, strict=True)
    return np.array([(k / n, *wilson(k / n, n)) if n else (np.nan,) * 3 for k, n in pairs]).reshape(-1, 3)


def worst_cell(cells: pd.DataFrame) -> object | None:
    """The index of the cell that costs the shop most customers, or None where none is surely worse than its like.

    Looked at are touchpoints the shop answers for with enough customers followed. Of each, the cautious end of the
    difference counts, widened for looking at many cells (Bonferroni), times the customers a year who come by: a cell of
    few has a wide interval and few customers, so that chance does not make it the worst.
    """
    is_shop = cells["touchpoint"].map(lambda name: TOUCHPOINTS[name].is_shop)
    here = cells[
        is_shop & (cells["stage"] != NO_ORDER) & (cells["followed"] >= LEAST_FOLLOWED) & cells["alike"].notna()
    ]
    if here.empty:
        return None
    wider = float(norm.ppf(1 - 0.025 / len(here))) / _Z
    cautious = here["difference"] - wider * (here["difference"] - here["low"])
    lost = (cautious * here["customers"])[cautious >= LEAST_WORSE]
    return lost.idxmax() if len(lost) else None
