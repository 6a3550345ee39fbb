"""The chart of a table's days: rows, the range they usually have, and what is missing."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from pages.components import words
from pages.components.charts import THOUSANDS
from pages.components.data_health_words import DAYS, Record
from pages.components.theme import AMBER, BLUE, GREY, dressed, hues
from pages.components.theme import TEXT as INK

DAY, ROWS, USUAL, STATE, UNTIL = "Day", "Rows", "Usual", "State", "Until"
TEXT, EXPECTED = "Shown as", "Expected"
_ONE_DAY = pd.Timedelta(days=1)


def days_frame(days: pd.DataFrame) -> pd.DataFrame:
    """Days in people's words, without closed weekdays."""
    shown = days[days["state"] != "closed"]
    return pd.DataFrame(
        {
            DAY: pd.to_datetime(shown["day"]),
            ROWS: shown["rows"],
            USUAL: [f"{words.count(low)} to {words.count(high)}"
                    for low, high in zip(shown["low"], shown["high"], strict=True)],
            STATE: shown["state"].map(DAYS),
            "low": shown["low"],
            "high": shown["high"],
            "state": shown["state"],
        }
    ).reset_index(drop=True)  # fmt: skip


def told(frame: pd.DataFrame) -> pd.DataFrame:
    """The days as a table, newest first."""
    return frame.iloc[::-1].assign(**{DAY: lambda days: days[DAY].map(words.day)})


def gap_frame(gaps: Sequence[Record], days: pd.DataFrame) -> pd.DataFrame:
    """The gaps within the days shown, each from its first to the end of its last day."""
    first = days[DAY].min() if len(days) else pd.Timestamp.max
    rows = [
        {DAY: max(pd.Timestamp(gap["first_day"]), first), UNTIL: pd.Timestamp(gap["last_day"]) + _ONE_DAY,
         TEXT: f"{words.days(gap['days'])} missing", EXPECTED: f"about {words.count(gap['expected_rows'])} rows"}
        for gap in gaps if pd.Timestamp(gap["last_day"]) >= first
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=[DAY, UNTIL, TEXT, EXPECTED])
    return found.astype({DAY: "datetime64[ns]", UNTIL: "datetime64[ns]"})  # also where there is none


def days_chart(frame: pd.DataFrame, gaps: pd.DataFrame, height: int = 240) -> alt.LayerChart | None:
    """Rows per day over the usual range, gaps as marked stripes; None without days."""
    if frame.empty:
        return None
    x = alt.X(f"{DAY}:T", title=None, scale=alt.Scale(type="utc"),
              axis=alt.Axis(format="%d %b %y", labelOverlap="greedy", tickCount=8))  # fmt: skip
    y = alt.Y(f"{ROWS}:Q", title="Rows", scale=alt.Scale(zero=True),
              axis=alt.Axis(tickCount=4, labelExpr=THOUSANDS, titlePadding=8))  # fmt: skip
    tip = [alt.Tooltip(f"{DAY}:T", format="%a %d %b %Y"), alt.Tooltip(f"{ROWS}:Q", format=","), f"{USUAL}:N",
           f"{STATE}:N"]  # fmt: skip
    base = alt.Chart(frame).encode(x=x)
    tone = hues("tone", {"rows": BLUE, "quiet": GREY, "gap": AMBER})
    stripes = alt.Chart(gaps.assign(tone="gap")).encode(x=x, x2=UNTIL, color=tone)
    quiet = frame[frame["state"] == "quiet"].assign(tone="quiet")
    missing = [f"{TEXT}:N", f"{EXPECTED}:N", alt.Tooltip(f"{DAY}:T", format="%d %b %Y")]
    layers = [
        base.mark_area(color=INK, opacity=0.1).encode(y=alt.Y("low:Q", title="Rows"), y2="high:Q"),
        stripes.mark_rect(opacity=0.35).encode(tooltip=missing),
        base.transform_calculate(tone="'rows'").mark_line(strokeWidth=1.2).encode(y=y, color=tone),
        base.mark_point(size=60, opacity=0).encode(y=y, tooltip=tip),
        alt.Chart(quiet).mark_point(size=34, filled=False, strokeWidth=1.4, opacity=1)
        .encode(x=x, y=y, color=tone, tooltip=tip),
        alt.Chart(gaps).mark_text(align="right", baseline="top", dx=-4, y=4, fontWeight=600)
        .encode(x=x, text=f"{TEXT}:N"),
    ]  # fmt: skip
    return dressed(alt.layer(*layers), height)
