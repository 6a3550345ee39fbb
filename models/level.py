"""The level of the risk: how much churn is promised in all, apart from who is riskier than whom.

What a model promises in all is the churn of the windows it learned from. Two things make that wrong on the day to be
scored, and each has its remedy:

- *The shop is young*: the windows are few, all of one part of the year, and from a time when the customers on record
  were other ones. A buy-till-you-die model needs no outcomes; its level comes from the histories up to today. While
  less than a year of outcomes has been seen the risk takes the mean of both levels, in log-odds.
- *The season*: the window ahead is not the mean of the year. What the same model was off by on this day a year ago is
  added, most of it: one year is a single observation of a season.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from models.calibrate import expit, meeting_shift

SHARE = 0.5  # of the way to the rhythm's level while outcomes cover less than a year
FARTHEST = 0.5  # log-odds, about twelve points: a rhythm that says more than that fits the shop badly
YEAR_DAYS, SETTLED_DAYS = 365, 547  # every season seen once; from here on outcomes alone
SEASON_SHARE = 0.75  # of what the model was off by a year ago
NEAR_DAYS = 20  # how far from a year ago the nearest snapshot may lie


def level_shift(log_odds: np.ndarray, rhythm: np.ndarray, seen_days: int) -> float:
    """What to add to all `log_odds` of a day's customers, given the `rhythm`'s log-odds of no order for the same.

    `seen_days`: days from the first snapshot learned from to the end of the last outcome.
    """
    settled = (seen_days - YEAR_DAYS) / (SETTLED_DAYS - YEAR_DAYS)
    share = SHARE * float(np.clip(1 - settled, 0, 1))
    if not share or not len(log_odds):
        return 0.0
    return float(np.clip(share * meeting_shift(log_odds, float(expit(rhythm).mean())), -FARTHEST, FARTHEST))


def season_shift(off: Mapping[date, float], day: date) -> float:
    """What to add for the season of `day`, from what the model was `off` by on its snapshots, in log-odds.

    Between the snapshots around a year ago it is interpolated; 0 where none lies near.
    """
    if not off:
        return 0.0
    year_ago = day - timedelta(days=YEAR_DAYS)
    apart = np.array([(snapshot - year_ago).days for snapshot in sorted(off)], dtype=float)
    if np.abs(apart).min() > NEAR_DAYS:
        return 0.0
    return SEASON_SHARE * float(np.interp(0.0, apart, [off[snapshot] for snapshot in sorted(off)]))
