"""Charts of the experience page: months with their interval, groups with their interval. Frame in, chart out.

Each takes columns named in people's words, so that the table behind it reads; small letters are for drawing alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from pages.components.charts import PERCENT
from pages.components.theme import TEXT as INK
from pages.components.theme import dressed

MONTH, SHOWN, INTERVAL, N, STATE, GROUP = "Month", "Shown as", "95 % interval", "N", "State", "Group"
RUNNING = "still running"
NARROW = "containerSize()[0] < 420"
BESIDE: dict[str, Any] = {"dx": 8, "align": "left", "fontSize": 11}  # a word to the right of a line's end
_DASHED = {"strokeDash": [4, 3], "opacity": 0.6, "strokeWidth": 1.2}


@dataclass(frozen=True)
class Axis:
    """How a measure's axis reads: label expression, ends (None: free), and whether it starts at zero."""

    label: str
    ends: tuple[float, float] | None = None
    title: str | None = None


AXES: Mapping[str, Axis] = {
    "csat": Axis(PERCENT, (0.0, 1.0)),
    "share": Axis(PERCENT),
    "nps": Axis("(datum.value > 0 ? '+' : '') + replace(format(datum.value, 'd'), '-', '−')"),
    "ces": Axis("format(datum.value, '.0f')", (1.0, 7.0)),
    "points": Axis("(datum.value > 0 ? '+' : '') + replace(format(datum.value * 100, 'd'), '-', '−')"),
    "hours": Axis("format(datum.value, '~s') + ' h'"),
}


def _measure(axis: Axis, field: str, frame: pd.DataFrame) -> alt.Y:
    """The upright axis of a measure; a scale with ends is cut to where the figures lie, with its ends kept inside."""
    lowest, highest = frame[["low", "high"]].min().min(), frame[["low", "high"]].max().max()
    scale = alt.Scale(zero=axis.ends is None, nice=True)
    if axis.ends is not None:
        room = 0.06 * (highest - lowest or 1.0)
        scale = alt.Scale(domain=[max(lowest - room, axis.ends[0]), min(highest + room, axis.ends[1])], nice=False)
    return alt.Y(f"{field}:Q", title=axis.title, scale=scale, axis=alt.Axis(labelExpr=axis.label, tickCount=5))


def _months_axis(frame: pd.DataFrame) -> alt.X:
    """Months along, every third named, with room to the right for the words at a line's end."""
    first, last = frame[MONTH].min(), frame[MONTH].max()
    room = last + max(last - first, pd.Timedelta(days=60)) * 0.12
    end = alt.ExprRef(f"utc({room.year}, {room.month - 1}, {room.day})")
    dates = [month.isoformat() for month in frame[MONTH].iloc[::-3]]
    return alt.X(f"yearmonth({MONTH}):T", title=None, scale=alt.Scale(type="utc", domainMax=end),
                 axis=alt.Axis(format="%b %y", labelOverlap="greedy", values=dates))  # fmt: skip


def months(frame: pd.DataFrame, measure: str, alt_text: str, height: int = 250) -> alt.Chart | alt.LayerChart | None:
    """A figure per month with its interval as a band; a month still running stays apart, hollow. None without any.

    `frame` has MONTH, SHOWN, INTERVAL, N, STATE and the numbers value, low, high (low and high may be missing).
    """
    if frame.empty:
        return None
    filled = frame.assign(low=frame["low"].fillna(frame["value"]), high=frame["high"].fillna(frame["value"]))
    axis = AXES[measure]
    x = _months_axis(filled)
    y = _measure(axis, "value", filled)
    tip = [alt.Tooltip(f"{MONTH}:T", format="%b %Y"), SHOWN, INTERVAL, N, STATE]
    over, running = filled[filled[STATE] != RUNNING], filled[filled[STATE] == RUNNING]
    hollow = {"size": 46, "filled": False, "strokeWidth": 1.6}
    layers = [
        alt.Chart(over).mark_area(opacity=0.14).encode(x=x, y=_measure(axis, "low", filled), y2="high"),
        alt.Chart(over).mark_line().encode(x=x, y=y),
        alt.Chart(over).mark_point(size=28, filled=True, opacity=1).encode(x=x, y=y, tooltip=tip),
        alt.Chart(running).mark_point(**hollow).encode(x=x, y=y, tooltip=tip),
        alt.Chart(running.assign(note="running")).mark_text(**BESIDE).encode(x=x, y=y, text="note:N"),
        alt.Chart(over.tail(1)).mark_text(**BESIDE, fontWeight=600).encode(x=x, y=y, text=SHOWN),
    ]
    if measure == "nps":
        zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=INK, **_DASHED).encode(y="value:Q")
        layers.insert(0, zero)
    return _told(alt.layer(*layers), height, alt_text)


def spread(frame: pd.DataFrame, alt_text: str, height: int = 250) -> alt.Chart | alt.LayerChart | None:
    """Hours per month: the median as a line, up to the 90th percentile as a band, both named at the last month.

    `frame` has MONTH, SHOWN, N, STATE and the numbers value (median) and high (90th percentile).
    """
    if frame.empty:
        return None
    over, running = frame[frame[STATE] != RUNNING], frame[frame[STATE] == RUNNING]
    x = _months_axis(frame)
    y = alt.Y("value:Q", title=None, axis=alt.Axis(labelExpr=AXES["hours"].label, tickCount=5))
    up = alt.Y("high:Q", title=None)
    tip = [alt.Tooltip(f"{MONTH}:T", format="%b %Y"), SHOWN, N, STATE]
    layers = [
        alt.Chart(over).mark_area(opacity=0.12).encode(x=x, y=alt.Y("value:Q", title=None), y2="high"),
        alt.Chart(over).mark_line(strokeDash=[5, 3], strokeWidth=1.4).encode(x=x, y=up),
        alt.Chart(over).mark_line().encode(x=x, y=y),
        alt.Chart(over).mark_point(size=28, filled=True, opacity=1).encode(x=x, y=y, tooltip=tip),
        alt.Chart(running).mark_point(size=46, filled=False, strokeWidth=1.6).encode(x=x, y=y, tooltip=tip),
        alt.Chart(over.tail(1).assign(note="9 of 10")).mark_text(**BESIDE).encode(x=x, y=up, text="note:N"),
        alt.Chart(over.tail(1).assign(note="half")).mark_text(**BESIDE, fontWeight=600).encode(x=x, y=y, text="note:N"),
    ]
    return _told(alt.layer(*layers), height, alt_text)


def of_due(frame: pd.DataFrame, alt_text: str, height: int = 96) -> alt.Chart | alt.LayerChart | None:
    """Bars of how many were due per month, filled as far as they were done; in words above each. None without any.

    `frame` has MONTH, SHOWN (such as `2 of 10`), INTERVAL, N and the numbers due and done.
    """
    if frame.empty:
        return None
    x = alt.X("month:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy"))
    y = alt.Y("due:Q", title=None, axis=None)
    base = alt.Chart(frame.assign(month=frame[MONTH].dt.strftime("%b %y"))).encode(
        x=x, tooltip=[alt.Tooltip(f"{MONTH}:T", format="%b %Y"), SHOWN, INTERVAL]
    )
    layers = [
        base.mark_bar(opacity=0.2, cornerRadiusEnd=2).encode(y=y),
        base.mark_bar().encode(y=alt.Y("done:Q", title=None)),
        base.mark_text(dy=-7, fontSize=alt.ExprRef(f"{NARROW} ? 8 : 10.5")).encode(y=y, text=SHOWN),
    ]
    return _told(alt.layer(*layers), height, alt_text)


def groups(
    frame: pd.DataFrame, measure: str, alt_text: str, whole: float | None = None
) -> alt.Chart | alt.LayerChart | None:
    """A figure per group with its interval, and in words at the right; pale where it rests on few. None without any.

    `frame` has GROUP, SHOWN, INTERVAL, N, told (words at the right), is_few and value, low, high. `whole` draws the
    shop's own figure as a dashed line.
    """
    if frame.empty:
        return None
    filled = frame.assign(low=frame["low"].fillna(frame["value"]), high=frame["high"].fillna(frame["value"]))
    axis = AXES[measure]
    lowest, highest = float(filled["low"].min()), float(filled["high"].max())
    lowest = min(lowest, 0.0) if axis.ends is None else lowest
    span = (highest - lowest) or 1.0
    end = alt.ExprRef(f"{highest + 0.05 * span} + ({NARROW} ? {0.5 * span} : {0.6 * span})")
    scale = alt.Scale(domainMin=lowest - 0.04 * span, domainMax=end, nice=False, zero=False)
    ticks = alt.Axis(labelExpr=f"datum.value > {highest + 0.06 * span} ? '' : {axis.label}", tickCount=6, domain=False)
    x = alt.X("value:Q", title=None, scale=scale, axis=ticks)
    y = alt.Y(f"{GROUP}:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, labelOpacity=1))
    pale = alt.condition("datum.is_few", alt.value(0.45), alt.value(1.0))
    base = alt.Chart(filled).encode(y=y, tooltip=[GROUP, SHOWN, INTERVAL, N])
    said = f"{NARROW} ? split(datum.told, /[,·]/)[0] : datum.told"  # a phone has no room for n: it is in the table
    layers = [
        base.mark_bar(height=3).encode(x=alt.X("low:Q", title=None), x2="high", opacity=pale),
        base.mark_point(filled=True, size=60).encode(x=x, opacity=pale),
        base.transform_calculate(said=said)
        .mark_text(align="left", fontSize=11)
        .encode(x=alt.datum(highest + 0.06 * span), text="said:N"),
    ]
    if whole is not None:
        line = alt.Chart(pd.DataFrame({"value": [whole]})).mark_rule(color=INK, **_DASHED)
        layers.insert(0, line.encode(x=alt.X("value:Q", title=None)))
    return _told(alt.layer(*layers), rows_high(len(frame)), alt_text)


def rows_high(*groups: int) -> int:
    """Pixels that cards with these many groups each need for their charts, with what lies between the charts."""
    return sum(28 + 23 * number for number in groups) + 152 * (len(groups) - 1)


def _told(chart: alt.LayerChart, height: int, alt_text: str) -> alt.Chart | alt.LayerChart:
    """A chart in the theme with its description in words."""
    return dressed(chart, height).properties(description=alt_text)
