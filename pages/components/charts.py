"""Charts: frame in, Altair chart out. Each takes columns named in people's words, so that the table behind it reads.

Colour carries no meaning alone: every mark is labelled, and what is unfinished is hollow or dashed and says so.
"""

import altair as alt
import pandas as pd

from pages.components import words
from pages.components.theme import TEXT as INK
from pages.components.theme import dressed

MONTH, RATE, BEFORE, STATE, TEXT = "Month", "Rate", "Year before", "State", "Shown as"
PERCENT = "format(datum.value * 100, '.0f') + ' %'"
FINE_PERCENT = "format(datum.value * 100, '.1f') + ' %'"  # for rates whose axis would read 0 % all the way up
THOUSANDS = "datum.value ? format(datum.value, '~s') : '0'"


def rate_frame(months: pd.DataFrame, column: str, shown: int = 13) -> pd.DataFrame:
    """The newest `shown` months of a rate with the same month of the year before, in people's words."""
    frame = months[["month", column, "is_running"]].copy()
    before = frame.set_index(frame["month"] + pd.DateOffset(years=1))[column]
    frame[BEFORE] = frame["month"].map(before)
    frame = frame.rename(columns={"month": MONTH, column: RATE}).tail(shown)
    frame[STATE] = frame.pop("is_running").astype(bool).map({False: "complete", True: "still running"})
    frame[TEXT] = frame[RATE].map(words.rate)
    return frame[frame[RATE].notna()].reset_index(drop=True)


def outcome_frame(snapshots: pd.DataFrame) -> pd.DataFrame:
    """What came of past days, in the form of `rate_frame`: the churn rate of each day whose horizon is over."""
    days = snapshots.assign(
        month=pd.to_datetime(snapshots["as_of_date"]), is_running=~snapshots["is_labelled"].astype(bool)
    )
    return rate_frame(days, "churn_rate")


def rate_line(frame: pd.DataFrame, height: int = 176) -> alt.LayerChart | None:
    """A monthly rate as a line with the year before behind it; a month still running stays apart, hollow, named.

    None where no month has a rate yet.
    """
    if frame.empty:
        return None
    complete, running = frame[frame[STATE] == "complete"], frame[frame[STATE] != "complete"]
    dates = alt.Axis(format="%b %y", labelOverlap="greedy", tickCount=7)
    x = alt.X(f"yearmonth({MONTH}):T", title=None, scale=alt.Scale(type="utc"), axis=dates)
    percent = PERCENT if frame[RATE].max() > 0.04 else FINE_PERCENT
    y = alt.Y(f"{RATE}:Q", title=None, axis=alt.Axis(labelExpr=percent, tickCount=4), scale=alt.Scale(zero=True))
    tip = [alt.Tooltip(f"{MONTH}:T", format="%b %Y"), alt.Tooltip(TEXT, title="Churn rate"),
           alt.Tooltip(BEFORE, format=".1%"), alt.Tooltip(STATE)]  # fmt: skip
    dashed = {"color": INK, "opacity": 0.6, "strokeWidth": 1.2, "strokeDash": [2, 3]}
    hollow = {"size": 44, "filled": False, "strokeWidth": 1.6}
    layers = [
        alt.Chart(frame[frame[BEFORE].notna()]).mark_line(**dashed).encode(x=x, y=alt.Y(f"{BEFORE}:Q", title=None)),
        alt.Chart(complete).mark_line().encode(x=x, y=y),
        alt.Chart(complete).mark_point(size=26, filled=True, opacity=1).encode(x=x, y=y, tooltip=tip),
        alt.Chart(running).mark_point(**hollow).encode(x=x, y=y, tooltip=tip),
        _note(running.tail(1), RATE, "running", x),
        _note(complete.tail(1), RATE, None, x),
        _note(_widest_gap(complete), BEFORE, "year before", x),
    ]
    return dressed(alt.layer(*layers), height)


def _widest_gap(frame: pd.DataFrame) -> pd.DataFrame:
    """The row in which the two lines lie farthest apart: there is room for a word."""
    inner = frame.iloc[1:-1]  # at an end the word would run into the axis
    gap = (inner[RATE] - inner[BEFORE]).abs().dropna()
    return frame.loc[[gap.idxmax()]] if len(gap) else frame.head(0)


def _note(row: pd.DataFrame, column: str, note: str | None, x: alt.X) -> alt.Chart:
    """A word, or the value, beside a point, on the side away from the other line."""
    other = BEFORE if column == RATE else RATE
    is_below = bool((row[column] < row[other]).any())
    is_last = len(row) > 0 and note != "year before"
    mark = {"dy": 13 if is_below else -12, "align": "right" if is_last else "center"}
    text = row.assign(note=note or row[TEXT])
    return (
        alt.Chart(text).mark_text(**mark, fontWeight=400 if note else 600).encode(x=x, y=f"{column}:Q", text="note:N")
    )
