"""What can be known: the chance of no order within a horizon, from the hidden traits and the formulas of the shop.

It knows everybody's traits, the hazard after the last order with all that happened to it, the mean of the gap that
follows, and every contact with its planted effect; it does not know who has left. No model that sees the tables alone
can rank better but by luck, so it is the measure of how much of what can be known a model has found.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.special import gammaincc

from pipelines.quoting import sql_text
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.draws import Floats
from pipelines.sample.seasons import FIRST_DAY, SEASONS, demand

_PAUSES = 8  # points of the grid over the length of a break


@dataclass(frozen=True)
class _Past:
    """Where the customers stand on a day: one row each, times in days since the first day of the window."""

    frame: pd.DataFrame
    as_of: float

    def numbers(self, name: str) -> Floats:
        """A column as floats."""
        return self.frame[name].to_numpy(dtype=float)


def churn_chances(folder: Path, as_of: date, horizon_days: int, c: Coefficients | None = None) -> pd.Series:
    """Return the true chance of no order in [as_of, as_of + horizon), by customer_id.

    One value per customer with an order before the day that was not cancelled; `folder` holds a sample shop as Parquet,
    written with the coefficients `c`. P(left | silent) = q / (q + (1 − q) · S(silence)) with q the leave probability
    after the last order and S the chance of a gap longer than so many days of the customer's demand; a contact since
    then moves q by its planted effect.
    """
    c = c or Coefficients()
    past = _Past(_standing(folder, as_of), float((as_of - FIRST_DAY).days))
    waited = _survival(past, past.as_of, c)
    longer = _survival(past, past.as_of + horizon_days, c)
    left, there = past.numbers("leave_probability"), (1 - past.numbers("leave_probability")) * waited
    return pd.Series(
        (left + (1 - past.numbers("leave_probability")) * longer) / (left + there), past.frame["customer_id"]
    )


def _standing(folder: Path, as_of: date) -> pd.DataFrame:
    """One row per customer with an order before the day: the last order, its decision, and the traits."""
    files = {name: sql_text(str(folder / f"{name}.parquet")) for name in ("orders", "truth_orders", "truth")}
    with duckdb.connect() as con:
        return con.execute(
            f"""
            select
                customer_id,
                epoch(max(ordered_at) - ?::timestamp) / 86400 as last_order,
                arg_max(leave_probability, ordered_at) as leave_probability,
                arg_max(expected_gap_days, ordered_at) as expected_gap_days,
                any_value(regularity) as regularity,
                any_value(season) as season,
                bool_or(status = 'completed') as is_known,
            from {files["orders"]} as orders
            inner join {files["truth_orders"]} as truth_orders using (order_id, customer_id)
            inner join {files["truth"]} as truth using (customer_id)
            where ordered_at < ?
            group by customer_id
            having is_known
            order by customer_id
            """,
            [FIRST_DAY, as_of],
        ).df()


def _survival(past: _Past, day: float, c: Coefficients) -> Floats:
    """Return the chance that the next order of who stays falls on that day or later."""
    kind = past.frame["season"].map(SEASONS.index).to_numpy()
    last = past.numbers("last_order")
    needed = (demand(np.full(len(last), day), kind) - demand(last, kind)) / past.numbers("expected_gap_days")
    shape = past.numbers("regularity")
    stretches = 2.0 + (c.rhythm.pause_longest - 2.0) * (np.arange(_PAUSES) + 0.5) / _PAUSES
    paused = np.mean([gammaincc(shape, shape * needed / stretch) for stretch in stretches], axis=0)
    longer = (1 - c.rhythm.pause) * gammaincc(shape, shape * needed) + c.rhythm.pause * paused
    return np.where(day - last > 1, (1 - c.rhythm.same_day) * longer, 1.0)
