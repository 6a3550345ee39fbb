"""Charts of the label lab: churn month by month, and the shop's own rhythm with the horizon in it."""

import altair as alt
import pandas as pd

from pages.components import label_lab_words as own
from pages.components.charts import PERCENT, THOUSANDS
from pages.components.theme import BLUE, GREY, dressed, hues


def lines(frame: pd.DataFrame, height: int = 210) -> alt.LayerChart | None:
    """Churn rate per month: the chosen definition strong, the others of the same customers thin, each with its name."""
    if frame.empty:
        return None
    frame = frame.assign(tone=frame["is_chosen"].map({True: "chosen", False: "other"}))
    dates = alt.Axis(format="%b %y", labelOverlap="greedy", tickCount=7)
    end = frame[own.MONTH].max() + pd.Timedelta(days=120)  # room for the names
    scale = alt.Scale(type="utc", domain=[frame[own.MONTH].min().isoformat(), end.isoformat()], nice=False)
    x = alt.X(f"{own.MONTH}:T", title=None, scale=scale, axis=dates)
    y = alt.Y(f"{own.RATE}:Q", title=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=4), scale=alt.Scale(zero=True))
    color = hues("tone", {"chosen": BLUE, "other": GREY})
    tip = [alt.Tooltip("name:N", title="Horizon"), alt.Tooltip(f"{own.MONTH}:T", format="%d %b %Y", title="From"),
           alt.Tooltip(own.SHOWN, title="Churn rate"), alt.Tooltip(own.ELIGIBLE)]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=y, color=color, detail=f"{own.DEFINITION}:N")
    width = {"condition": {"test": "datum.is_chosen", "value": 2.6}, "value": 1.2}
    points = base.mark_point(size=24, filled=True, opacity=1).encode(tooltip=tip)
    text = alt.Chart(_apart(frame)).mark_text(align="left", dx=6).encode(x=x, y="place:Q", text="name:N")
    return dressed(alt.layer(base.mark_line().encode(strokeWidth=alt.StrokeWidthValue(**width)), points, text), height)


def _apart(frame: pd.DataFrame) -> pd.DataFrame:
    """The last point of each line, with a place for its name that no other name covers."""
    last = frame.loc[frame.groupby(own.DEFINITION)[own.MONTH].idxmax()].sort_values(own.RATE)
    room, places = 0.075 * frame[own.RATE].max(), list(last[own.RATE])
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + room)
    return last.assign(place=places)


def rhythm(bands: pd.DataFrame, horizon: int, height: int = 210) -> alt.LayerChart | None:
    """Customers per ten days of their own mean distance between orders, with the horizon marked."""
    if not bands["Customers"].sum():
        return None
    bands = bands.assign(tone=(bands["to"] <= horizon).map({True: "within", False: "beyond"}))
    x = alt.X("from:Q", title="Own mean distance between orders, in days",
              scale=alt.Scale(domain=[0, 370], nice=False), axis=alt.Axis(values=list(range(0, 361, 60))))  # fmt: skip
    y = alt.Y("Customers:Q", title=None, axis=alt.Axis(tickCount=4, labelExpr=THOUSANDS))
    color = hues("tone", {"within": BLUE, "beyond": GREY})
    bars = alt.Chart(bands).mark_bar(binSpacing=1).encode(
        x=x, x2="to", y=y, y2=alt.datum(0), color=color, tooltip=["Every", alt.Tooltip("Customers", format=",")]
    )  # fmt: skip
    mark = alt.Chart(pd.DataFrame({"from": [horizon], "text": [f"horizon: {horizon} d"]})).encode(x=x)
    rule = mark.mark_rule(strokeDash=[4, 3], strokeWidth=1.4)
    text = mark.mark_text(align="left", dx=5, baseline="top", y=0, fontWeight=600).encode(text="text")
    return dressed(alt.layer(bars, rule, text), height)
