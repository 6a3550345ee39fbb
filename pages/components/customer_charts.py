"""Charts of one customer: the waterfall of reasons and the time axis of everything that happened."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pandas as pd

from pages.components import words
from pages.components.charts import TEXT
from pages.components.theme import AMBER, BLUE, GREEN, GREY, RED, VIOLET, dressed, hues

STEP, FROM, TO, EFFECT, PLACE = "Step", "From", "To", "Association", "Place"
RAISES, LOWERS, TOTAL = "raises the risk", "lowers the risk", "total"
WHEN, END, WHAT, DETAIL, MONEY = "When", "Until", "What", "Detail", "Amount"
SHAPES = ["circle", "triangle-down", "square", "diamond", "triangle-up", "M-0.18,-1H0.18V1H-0.18Z", "triangle-right"]
# Words take at most 390 pixels, and on a phone half of what there is, so that the bars stay in sight.
ROOM_FOR_WORDS = alt.ExprRef("min(390, max(110, containerSize()[0] * 0.52))")
STILL = {"ticket": "still open", "contract": "still running"}
LANES = ["order", "refund", "ticket", "survey", "contact", "touchpoint", "contract"]


def waterfall_frame(reasons: pd.DataFrame, total: Mapping[str, Any]) -> pd.DataFrame:
    """Start, reasons, everything else and total as running sums in log-odds; the steps add up exactly."""
    steps = [("Where every customer starts", float(total["base_log_odds"]), TOTAL)]
    steps += [
        (str(words.sentence(row.reason)), float(row.contribution), RAISES if row.contribution > 0 else LOWERS)
        for row in reasons.itertuples()
    ]
    other = float(total["other_log_odds"])
    steps.append(("Everything else taken together", other, RAISES if other > 0 else LOWERS))
    rows, level = [], 0.0
    for place, (name, size, effect) in enumerate(steps):
        rows.append({PLACE: place, STEP: name, FROM: level, TO: level + size, EFFECT: effect, TEXT: _signed(size)})
        level += size
    rows[0][TEXT] = ""
    rows.append({PLACE: len(rows), STEP: "Churn risk of this customer", FROM: 0.0, TO: level, EFFECT: TOTAL,
                 TEXT: words.percent(total["churn_risk"])})  # fmt: skip
    return pd.DataFrame(rows)


def waterfall(frame: pd.DataFrame) -> alt.LayerChart:
    """Bars from sum to sum: amber and ▲ raise, blue and ▼ lower; only the last bar carries a probability."""
    low, high = frame[[FROM, TO]].min().min(), frame[[FROM, TO]].max().max()
    room = (high - low or 1) * 0.16
    y = alt.Y(f"{STEP}:N", sort=alt.SortField(PLACE), title=None,
              axis=alt.Axis(labelLimit=ROOM_FOR_WORDS, labelOpacity=1, labelFontSize=12))  # fmt: skip
    x = alt.X(f"{FROM}:Q", title="← lower risk · log-odds, where reasons add up · higher risk →",
              scale=alt.Scale(domain=[low - room, high + room], nice=False),
              axis=alt.Axis(labels=False, grid=False, titlePadding=4))  # fmt: skip
    tip = [alt.Tooltip(STEP), alt.Tooltip(EFFECT), alt.Tooltip(TEXT, title="Size (log-odds); total as probability")]
    frame = frame.assign(end=frame[[FROM, TO]].max(axis=1))
    base = alt.Chart(frame).encode(y=y)
    layers = [
        alt.Chart(pd.DataFrame({FROM: [0.0]})).mark_rule(opacity=0.2).encode(x=x),
        base.mark_bar(height={"band": 0.62}, cornerRadius=2).encode(
            x=x, x2=TO, tooltip=tip, color=hues(EFFECT, {LOWERS: BLUE, RAISES: AMBER, TOTAL: GREY})
        ),
        base.mark_text(align="left", dx=5, fontWeight=500).encode(x=alt.X("end:Q"), text=TEXT),
    ]
    return dressed(alt.layer(*layers), 24 * len(frame) + 34)


def timeline_frame(events: pd.DataFrame, currency: str, now: datetime) -> pd.DataFrame:
    """Events in people's words; tickets and contracts without an end last until `now`."""
    is_survey = events["kind"] == "survey"  # its amount is a score, not money
    money = events["amount"].where(~is_survey)
    sold = events["amount"].where(events["kind"].isin(["order", "refund"]))
    end = events["ended_at"].where(events["ended_at"].notna(), events["occurred_at"])
    is_open = events["kind"].isin(["ticket", "contract"]) & events["ended_at"].isna()
    return pd.DataFrame(
        {
            WHEN: events["occurred_at"],
            END: end.where(~is_open, pd.Timestamp(now)),
            WHAT: events["kind"].map(lambda kind: words.KINDS.get(kind, words.label(kind))),
            MONEY: money.map(lambda amount: words.money(amount, currency)),
            DETAIL: [_detail(event) for event in events.assign(is_open=is_open, is_survey=is_survey).itertuples()],
            "size": sold.abs().fillna(0.2 * sold.abs().max()).fillna(1.0),
        }
    )


def _detail(event: Any) -> str:
    """What the mark does not show: a survey's score, what is still open or running, the channel of an order."""
    text = "" if words.is_missing(event.detail) else str(event.detail)
    if event.is_survey and not words.is_missing(event.amount):
        return f"{text.upper()}{words.GAP}{event.amount:g}"
    return ", ".join(
        part for part in (words.label(text) if text else "", STILL.get(event.kind, "") if event.is_open else "") if part
    )


def timeline(frame: pd.DataFrame, now: datetime, expected: datetime | None) -> alt.LayerChart:
    """Everything that happened on one time axis, one lane per kind, with today and the expected next order."""
    kinds = list(frame[WHAT].unique())
    lanes = [words.KINDS[lane] for lane in LANES if words.KINDS[lane] in kinds or lane == "order"]
    lanes += [kind for kind in kinds if kind not in lanes]
    ends = [now, *([expected] if expected else [])]
    start = frame[WHEN].min() if len(frame) else now - timedelta(days=365)
    span = max(ends) - start
    edges = [(start - span * 0.02).isoformat(), (max(ends) + span * 0.06).isoformat()]
    form = "%b %y" if span > timedelta(days=180) else "%-d %b"  # a month's name would stand there several times
    dates = alt.Axis(format=form, tickCount=10, labelOverlap="greedy")
    x = alt.X(f"{WHEN}:T", title=None, axis=dates, scale=alt.Scale(type="utc", domain=edges))
    y = alt.Y(f"{WHAT}:N", sort=lanes, title=None, scale=alt.Scale(domain=lanes),
              axis=alt.Axis(grid=True, labelOpacity=1, labelFontSize=12))  # fmt: skip
    tip = [alt.Tooltip(WHEN, type="temporal", format="%d %b %Y"), WHAT, MONEY, DETAIL]
    domain = [words.KINDS[lane] for lane in LANES]
    shape = alt.Shape(f"{WHAT}:N", legend=None, scale=alt.Scale(domain=domain, range=SHAPES))
    # One colour more than there are: a contract has that of orders, and a lane and a shape of its own.
    colour = hues(WHAT, dict(zip(domain, (BLUE, RED, AMBER, VIOLET, GREEN, GREY, GREY + 1), strict=True)))
    marks = alt.Chart(frame).encode(x=x, y=y, color=colour)
    layers = [
        marks.transform_filter(f"datum['{END}'] > datum['{WHEN}']")
        .mark_rule(strokeWidth=5, opacity=0.45, strokeCap="round").encode(x2=END, tooltip=tip),
        marks.mark_point(filled=True, opacity=0.75).encode(
            shape=shape, tooltip=tip,
            size=alt.Size("size:Q", legend=None, scale=alt.Scale(range=[36, 260], zero=True))),
        *_marker(now, x),
        *(_expected(expected, lanes[0], x, y) if expected else []),
    ]  # fmt: skip
    return dressed(alt.layer(*layers), 26 * len(lanes) + 44)


def _marker(at: datetime, x: alt.X) -> list[alt.Chart]:
    """A vertical line through all lanes at the day of the prediction."""
    base = alt.Chart(pd.DataFrame({WHEN: [at], TEXT: [f"as of {words.day(at)}"]})).encode(x=x)
    return [base.mark_rule(opacity=0.6),
            base.mark_text(align="right", dx=-4, y=-4, baseline="bottom", opacity=0.8).encode(text=TEXT)]  # fmt: skip


def _expected(at: datetime, lane: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """A hollow order where the next one was or is expected."""
    note = f"next order expected {words.day(at)}"
    base = alt.Chart(pd.DataFrame({WHEN: [at], WHAT: [lane], TEXT: [note]})).encode(x=x, y=y, tooltip=[TEXT])
    hollow = {"filled": False, "size": 150, "strokeWidth": 1.8, "strokeDash": [3, 2], "opacity": 1}
    return [base.mark_point(**hollow)]


def _signed(size: float) -> str:
    """A contribution with its direction as a sign that does not need colour."""
    return f"{'▲' if size > 0 else '▼'} {abs(size):.2f}"
