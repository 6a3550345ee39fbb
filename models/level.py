"""The level of the risk: how much churn is promised in all, apart from who is riskier than whom.

What a regression promises in all is the churn of the windows it learned from. While a shop is young these are few, all
of one part of the year, and from a time when its customers on record were other ones. A buy-till-you-die model needs no
outcomes: its level comes from the histories up to today. As long as less than a year of outcomes has been seen, the
risk takes the mean of both levels, in log-odds; from then on the outcomes' own level takes over.
"""

import numpy as np

from models.calibrate import expit, meeting_shift

SHARE = 0.5  # of the way to the rhythm's level while outcomes cover less than a year
YEAR_DAYS, SETTLED_DAYS = 365, 547  # every season seen once; from here on outcomes alone


def level_shift(log_odds: np.ndarray, rhythm: np.ndarray, seen_days: int) -> float:
    """What to add to all `log_odds` of a day's customers, given the `rhythm`'s log-odds of no order for the same.

    `seen_days`: days from the first snapshot learned from to the end of the last outcome.
    """
    settled = (seen_days - YEAR_DAYS) / (SETTLED_DAYS - YEAR_DAYS)
    share = SHARE * float(np.clip(1 - settled, 0, 1))
    return share * meeting_shift(log_odds, float(expit(rhythm).mean())) if share and len(log_odds) else 0.0
