"""Charts of the part "Versions": differences with their intervals, promise and outcome, gains, lift, groups."""

import math
from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from pages.components import version_figures as figures
from pages.components.charts import FINE_PERCENT, PERCENT
from pages.components.theme import AMBER, BLUE, GREY, VIOLET, dressed, hues
from pages.components.theme import TEXT as INK
from pages.components.version_figures import CAME, CUSTOMERS, DAY, GAP, GROUP, HIGH, LOW, MODEL, PROMISED, SHOWN, VALUE

LINE, SHARE, FOUND, LIFT, TENTH = "Line", "Contacted", "Leavers found", "Lift", "Tenth by risk"
POINTS = "(datum.value > 0 ? '+' : '') + format(datum.value * 100, '.0f')"
PHONE = "containerSize()[0] < 420"
_DASHED = {"strokeDash": [4, 3], "opacity": 0.7}


def differences(frame: pd.DataFrame, title: str, note: str) -> alt.LayerChart | None:
    """Difference to every other model with its interval and, in a column of its own, in figures; None without any."""
    if frame.empty:
        return None
    low, high = min(0.0, float(frame[LOW].min())), max(0.0, float(frame[HIGH].max()))
    span = (high - low) or 0.01
    end = alt.ExprRef(f"{high + 0.06 * span} + ({PHONE} ? 0 : {0.9 * span})")  # a phone has no room for the figures
    room = alt.Scale(domainMin=low - 0.06 * span, domainMax=end, nice=False, zero=False)
    ticks = [tick for tick in _ticks(low, high) if low - 0.05 * span <= tick <= high + 0.05 * span]
    axis = alt.Axis(values=ticks, format="+.2~f", domain=False, titleAnchor="start")
    x = alt.X(f"{LOW}:Q", title=title, axis=axis, scale=room)
    labels = alt.Axis(labelLimit=alt.ExprRef(f"{PHONE} ? 150 : 220"), labelOpacity=1)
    y = alt.Y(f"{MODEL}:N", sort=None, title=None, axis=labels)
    base = alt.Chart(frame).encode(y=y, tooltip=[MODEL, alt.Tooltip(SHOWN, title=note)])
    zero = alt.Chart(pd.DataFrame({LOW: [0.0]})).mark_rule(**_DASHED).encode(x=x)
    layers = [
        zero,
        base.mark_bar(height=3, opacity=0.55).encode(x=x, x2=HIGH),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X(f"{VALUE}:Q")),
        base.mark_text(align="left", fontSize=alt.ExprRef(f"{PHONE} ? 0 : 11.5")).encode(
            x=alt.datum(high + 0.12 * span), text=SHOWN
        ),
    ]
    return dressed(alt.layer(*layers), 50 + 30 * len(frame))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, 0 among them."""
    step = 10.0 ** math.floor(math.log10((high - low) or 0.01))
    step = step / 2 if (high - low) / step < 3 else step
    return [number * step for number in range(math.floor(low / step), math.ceil(high / step) + 1)]


def months(frame: pd.DataFrame, height: int = 210) -> alt.LayerChart | None:
    """Promised churn beside what came, per judged snapshot."""
    if frame.empty:
        return None
    x = alt.X(f"{DAY}:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %y", tickCount=6))
    low, high = frame[[PROMISED, CAME]].min().min(), frame[[PROMISED, CAME]].max().max()
    y = alt.Y("value:Q", title=None, axis=alt.Axis(labelExpr=PERCENT if high - low > 0.04 else FINE_PERCENT,
              tickCount=5), scale=alt.Scale(zero=False, padding=14))  # fmt: skip
    long = frame.melt([DAY, SHOWN, "Unseen by"], [PROMISED, CAME], var_name=LINE)
    colour = hues(LINE, {PROMISED: BLUE, CAME: VIOLET})
    tip = [alt.Tooltip(f"{DAY}:T", format="%d %b %Y"), SHOWN, "Unseen by"]
    base = alt.Chart(long).encode(x=x, y=y, color=colour)
    dash = alt.StrokeDash(f"{LINE}:N", scale=alt.Scale(domain=[PROMISED, CAME], range=[[5, 3], [1, 0]]), legend=None)
    last = long[long[DAY] == frame[DAY].max()]
    above = frame.iloc[-1][PROMISED] >= frame.iloc[-1][CAME]
    names = [
        alt.Chart(last[last[LINE] == name])
        .mark_text(align="right", dy=-13 if (name == PROMISED) == above else 15, fontWeight=600)
        .encode(x=x, y=y, text=f"{LINE}:N", color=colour)
        for name in (PROMISED, CAME)
    ]
    layers = [
        base.mark_line().encode(strokeDash=dash),
        base.mark_point(filled=True, size=45, opacity=1).encode(tooltip=tip),
        *names,
    ]
    return dressed(alt.layer(*layers), height)


def tenths(frame: pd.DataFrame, height: int = 210) -> alt.LayerChart | None:
    """What came against what was promised, tenth by tenth; on the dashed line every promise is kept."""
    if frame.empty:
        return None
    axis = alt.Axis(labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X(f"{PROMISED}:Q", title="Promised", scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y(f"{CAME}:Q", title="Came", scale=alt.Scale(domain=[0, 1]), axis=axis)
    tip = ["Tenth", SHOWN, alt.Tooltip(CUSTOMERS, format=",")]
    kept = alt.Chart(pd.DataFrame({PROMISED: [0.0, 1.0], CAME: [0.0, 1.0]}))
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    layers = [
        kept.mark_line(color=INK, strokeWidth=1.2, **_DASHED).encode(x=x, y=y),
        base.mark_rule(strokeWidth=2, opacity=0.45).encode(y=alt.Y(f"{LOW}:Q"), y2=HIGH),
        base.mark_point(filled=True, size=50, opacity=1).encode(y=y),
    ]
    return dressed(alt.layer(*layers), height)


def named_lines(order: Mapping[str, int], place: str = "bottom-right") -> alt.Color:
    """Colours of lines, with their names in a corner that the lines leave free."""
    names = {position: word for word, position in order.items()}
    domain = [names.get(position, f"unused {position}") for position in range(max(order.values()) + 1)]
    legend = alt.Legend(
        orient=place, title=None, values=list(order), symbolType="stroke", symbolStrokeWidth=3, labelFontSize=11.5,
        labelColor=INK, labelLimit=260, symbolSize=160,
    )  # fmt: skip
    return alt.Color(f"{LINE}:N", scale=alt.Scale(domain=domain), legend=legend)


def gains(frame: pd.DataFrame, own: str, rival: str | None, height: int = 280) -> alt.LayerChart:
    """Share of the leavers among the riskiest: this version, the one in use then, the simple models behind them in
    grey; by chance lies on the dashed line. Each line is named where it runs.
    """
    axis = alt.Axis(labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X(f"{SHARE}:Q", title="Share of customers, riskiest first", scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y(f"{FOUND}:Q", title="Share of those who left", scale=alt.Scale(domain=[0, 1]), axis=axis)
    colour = hues("who", {_OWN: BLUE, _RIVAL: AMBER, _SIMPLE: GREY})
    lines = frame.assign(who=[_OWN if name == own else _RIVAL if name == rival else _SIMPLE for name in frame[LINE]])
    tip = [LINE, alt.Tooltip(SHARE, format=".0%"), alt.Tooltip(FOUND, format=".0%")]
    drawn = [
        alt.Chart(lines[lines["who"] == who]).mark_line(**look).encode(x=x, y=y, color=colour, detail=LINE)
        for who, look in _LOOKS.items()
    ]
    below = lines[lines["who"] == _SIMPLE]
    names = [
        _named(lines[lines[LINE] == own], own, 0.22, {"align": "right", "dx": -8, "dy": -6}),
        _named(lines[lines[LINE] == rival], f"{rival} (dashed)", 0.5, {"align": "right", "dx": -8, "dy": -9}),
        _named(
            below[below[FOUND] == below.groupby(SHARE)[FOUND].transform("min")], _SIMPLE, 0.46, {"dx": 10, "dy": 14}
        ),
    ]
    layers = [
        alt.Chart(pd.DataFrame({SHARE: [0.0, 1.0], FOUND: [0.0, 1.0]}))
        .mark_line(color=INK, strokeWidth=1.2, **_DASHED)
        .encode(x=x, y=y),
        *drawn,
        *(alt.Chart(row).mark_text(**look).encode(x=x, y=y, text="name:N", color=colour) for row, look in names),
        alt.Chart(frame).mark_point(size=120, opacity=0).encode(x=x, y=y, tooltip=tip),
    ]
    return dressed(alt.layer(*layers), height)


_OWN, _RIVAL, _SIMPLE = "this version", "in use then", "simple models"
_LOOKS: dict[str, dict[str, Any]] = {
    _SIMPLE: {"strokeWidth": 1.3, "opacity": 0.8},
    _OWN: {"strokeWidth": 2.6},
    _RIVAL: {"strokeWidth": 2, "strokeDash": [6, 4]},
}


def _named(line: pd.DataFrame, name: str, share: float, look: dict[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Where a line's name stands, and how."""
    near = line[(line[SHARE] - share).abs() < 1e-9].head(1)
    return near.assign(name=name), {"align": "left", "fontWeight": 600} | look


def lifts(frame: pd.DataFrame, height: int = 280) -> alt.LayerChart:
    """Lift per tenth, riskiest first, each with its interval; at 1 a tenth churns like everybody."""
    x = alt.X(f"{TENTH}:O", title="Tenth of customers, riskiest first", axis=alt.Axis(labelAngle=0))
    y = alt.Y(f"{LIFT}:Q", title="Churn rate over that of all", axis=alt.Axis(tickCount=5, format=".1~f"))
    base = alt.Chart(frame).encode(x=x, tooltip=[TENTH, SHOWN, PROMISED, CAME, alt.Tooltip(CUSTOMERS, format=",")])
    one = alt.Chart(pd.DataFrame({LIFT: [1.0]})).mark_rule(**_DASHED).encode(y=y)
    layers = [
        base.mark_bar(width={"band": 0.68}, cornerRadiusEnd=2).encode(y=y),
        base.mark_rule(strokeWidth=1.6, opacity=0.7).encode(y=alt.Y(f"{LOW}:Q"), y2=HIGH),
        one,
        base.mark_text(dy=-8, baseline="bottom").encode(y=alt.Y(f"{HIGH}:Q"), text="short:N"),
    ]
    return dressed(alt.layer(*layers), height)


def groups(frame: pd.DataFrame) -> alt.LayerChart:
    """Promised minus came per group with its interval; what is beyond chance stands out and says so."""
    x = alt.X(f"{LOW}:Q", title="Promised − came, points", axis=alt.Axis(labelExpr=POINTS, tickCount=7))
    y = alt.Y(f"{GROUP}:N", sort=None, title=None, axis=alt.Axis(labelLimit=230, labelOpacity=1))
    colour = hues(figures.MARK, {"": BLUE, "worst": AMBER, "beyond chance": GREY})
    tip = [figures.DIMENSION, GROUP, PROMISED, CAME, SHOWN, alt.Tooltip(CUSTOMERS, format=","), "ROC AUC"]
    base = alt.Chart(frame).encode(y=y, tooltip=tip, color=colour)
    zero = alt.Chart(pd.DataFrame({LOW: [0.0]})).mark_rule(**_DASHED).encode(x=x)
    layers = [
        zero,
        base.mark_bar(height=3, opacity=0.55).encode(x=x, x2=HIGH),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X(f"{GAP}:Q")),
        alt.Chart(frame).mark_text(align="left", dx=8).encode(y=y, x=alt.X(f"{HIGH}:Q"), text=SHOWN),
    ]
    return dressed(alt.layer(*layers), 46 + 27 * len(frame))
