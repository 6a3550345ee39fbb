"""Charts of the overview: retention with what was expected of it, and the bridge of revenue.

Frame in, Altair chart out; each also gives the table behind it, in people's words.
"""

import altair as alt
import pandas as pd

from pages.components import words
from pages.components.charts import FINE_PERCENT, PERCENT
from pages.components.theme import AMBER, BLUE, GREY, RED, dressed, hues
from pages.components.theme import TEXT as INK

MONTH, RATE, BEFORE, EXPECTED, RANGE, STATE = "Month", "Retention", "Year before", "Expected", "95 % range", "State"
PART, AMOUNT, SHARE = "Part", "Revenue", "Of the start"
SHOWN = 13
PARTS = {"start": "Start", "expansion": "Expansion", "contraction": "Contraction", "churned": "Churned",
         "won_back": "Won back", "new": "New", "end": "End"}  # fmt: skip
LOST = {"contraction", "churned"}
TONES = {"gained": BLUE, "lost": RED, "smaller": AMBER, "level": GREY}


def retention_frame(months: pd.DataFrame, forecast: pd.DataFrame) -> pd.DataFrame:
    """One row per month, the newest 13 that are over and those forecast: rate, year before, expected with its range."""
    over = months[~months["is_running"].astype(bool) & months["retention_rate"].notna()].set_index("month")
    rates, before = over["retention_rate"].tail(SHOWN), over["retention_rate"]
    before.index = before.index + pd.DateOffset(years=1)
    band = forecast.assign(month=pd.to_datetime(forecast["month"])).set_index("month") if len(forecast) else None
    index = rates.index if band is None else rates.index.union(band.index[band.index >= rates.index.min()])
    frame = pd.DataFrame({MONTH: [f"{month:%b %y}" for month in index]}, index=index)
    frame["rate"], frame["before"] = rates.reindex(index), before.reindex(index)
    for name in ("expected", "low", "high", "state"):
        frame[name] = float("nan") if band is None else band[name].reindex(index)
    frame[RATE], frame[BEFORE] = frame["rate"].map(words.rate), frame["before"].map(words.rate)
    frame[EXPECTED] = frame["expected"].map(words.rate)
    frame[RANGE] = [
        words.MISSING if words.is_missing(low) else f"{words.rate(low)} to {words.rate(high)}"
        for low, high in zip(frame["low"], frame["high"], strict=True)
    ]
    frame[STATE] = frame["state"].where(frame["state"].notna(), "over")
    return frame.reset_index(drop=True)


def retention_line(frame: pd.DataFrame, height: int = 160) -> alt.LayerChart | None:
    """Retention per month, the year before dotted, and bars for where it was expected to come to lie.

    None where no month has a rate yet. The axis does not start at 0: a line is read by its height, not its length.
    """
    if frame["rate"].notna().sum() == 0:
        return None
    known = frame[["rate", "before", "low", "high"]]
    low, high = float(known.min().min()), float(known.max().max())
    room = max((high - low) * 0.18, 0.002)
    told = list(frame[MONTH])[::-3][::-1] if len(frame) > 8 else list(frame[MONTH])
    months = alt.Axis(labelAngle=0, values=told, labelOverlap=False)
    x = alt.X(f"{MONTH}:O", sort=list(frame[MONTH]), title=None, axis=months)
    axis = alt.Axis(labelExpr=PERCENT if high - low > 0.08 else FINE_PERCENT, tickCount=4)
    low, high = max(low - 1.8 * room, 0), min(high + room, 1.0)  # below, there is room for a word
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    y = alt.Y("rate:Q", title=None, axis=axis, scale=scale)
    tip = [MONTH, RATE, BEFORE, EXPECTED, RANGE, STATE]
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    expected, rated = (base.transform_filter(f"isValid(datum.{name})") for name in ("low", "rate"))
    layers = [
        expected.mark_bar(size=11, opacity=0.24, cornerRadius=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q"),
        expected.mark_tick(size=11, thickness=2, opacity=0.8).encode(y=alt.Y("expected:Q", title=None)),
        base.transform_filter("isValid(datum.before)")
        .mark_line(color=INK, opacity=0.6, strokeWidth=1.2, strokeDash=[2, 3])
        .encode(y=alt.Y("before:Q", title=None)),
        rated.mark_line().encode(y=y),
        rated.mark_point(size=26, filled=True, opacity=1).encode(y=y),
        *_names(frame, x),
    ]
    return dressed(alt.layer(*layers).properties(description=_read_out(frame)), height)


def _names(frame: pd.DataFrame, x: alt.X) -> list[alt.Chart]:
    """Words beside the lines themselves: the newest rate, the year before, what is expected."""
    rated = frame[frame["rate"].notna()]
    last = rated.tail(1)
    last = last.assign(told=last[RATE], at=last[["rate", "before", "high"]].max(axis=1), up=-11)
    gap = (rated["rate"] - rated["before"]).abs().iloc[1:-2].dropna()
    past = rated.loc[[gap.idxmax()]] if len(gap) else rated.head(0)
    past = past.assign(
        told="year before", at=past["before"], up=(past["before"] < past["rate"]).map({True: 13, False: -9})
    )
    coming = frame[frame["rate"].isna() & frame["low"].notna()]
    coming = coming.loc[[coming["low"].idxmin()]] if len(coming) else coming
    coming = coming.assign(told="expected", at=coming["low"], up=13)
    drawn = []
    for row, weight in ((last, 600), (past, 400), (coming, 400)):
        mark = {"dy": int(row["up"].iloc[0]) if len(row) else 0, "fontWeight": weight}
        at = row.index[0] if len(row) else 0
        side = "left" if at < 2 else "right" if at >= len(frame) - 2 else "center"
        drawn.append(
            alt.Chart(row).mark_text(align=side, dx={"left": -6, "right": 6}.get(side, 0), **mark)
            .encode(x=x, y=alt.Y("at:Q", title=None), text="told:N")
        )  # fmt: skip
    return drawn


def _read_out(frame: pd.DataFrame) -> str:
    """What the chart shows, for who cannot see it."""
    rated, coming = frame[frame["rate"].notna()], frame[frame["rate"].isna()]
    first, last = rated.iloc[0], rated.iloc[-1]
    text = f"Retention per month: {first[RATE]} in {first[MONTH]}, {last[RATE]} in {last[MONTH]}"
    if len(coming):
        text += f"; expected for {coming.iloc[-1][MONTH]}: {coming.iloc[-1][RANGE]}"
    return text


def bridge_frame(row: pd.Series, currency: str) -> pd.DataFrame:
    """One row per part of a month's bridge: the amount, and where its bar runs, counted from the month's start."""
    start, at, rows = float(row["start"]), 0.0, []
    for name, label in PARTS.items():
        amount = float(row[name])
        step = 0.0 if name == "start" else amount - start if name == "end" else -amount if name in LOST else amount
        from_at = 0.0 if name in ("start", "end") else at
        at = from_at + step
        tone = (
            "level" if name in ("start", "end") else {"churned": "lost", "contraction": "smaller"}.get(name, "gained")
        )
        told = words.money_tile(amount if name in ("start", "end") else step, currency)
        told = f"+{told}" if tone == "gained" and step > 0 else told
        rows.append({PART: label, AMOUNT: told, SHARE: _of(amount if name == "end" else step, start, name),
                     "from": from_at, "to": at, "tone": tone})  # fmt: skip
    return pd.DataFrame(rows)


def _of(step: float, start: float, name: str) -> str:
    """A part as a share of the start: signed, but for the end, which is all of it."""
    if name == "start" or not start:
        return words.MISSING
    return words.rate(step / start) if name == "end" else f"{'+' if step > 0 else ''}{words.rate(step / start)}"


def bridge_bars(frame: pd.DataFrame, height: int = 160) -> alt.LayerChart:
    """From the month's start to its end: each bar begins where the one above it ended; 0 is the start."""
    ends = frame[["from", "to"]]
    low, high = float(ends.min().min()), float(ends.max().max())
    span = max(high - low, 1.0)
    scale = alt.Scale(domain=[low - span * 0.02, high + span * 0.42], nice=False)
    y = alt.Y(f"{PART}:N", sort=None, title=None, axis=alt.Axis(domain=False, labelOpacity=1))
    base = alt.Chart(frame.assign(end=ends.max(axis=1))).encode(y=y, tooltip=[PART, AMOUNT, SHARE])
    layers = [
        alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK, opacity=0.4).encode(x=alt.X("at:Q", axis=None)),
        base.mark_bar(height={"band": 0.66}, cornerRadius=1).encode(
            x=alt.X("from:Q", axis=None, scale=scale), x2="to:Q", color=hues("tone", TONES)),
        base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q", axis=None), text=f"{AMOUNT}:N"),
    ]  # fmt: skip
    told = "; ".join(f"{part} {amount}" for part, amount in zip(frame[PART], frame[AMOUNT], strict=True))
    return dressed(alt.layer(*layers).properties(description=f"Bridge of revenue: {told}"), height)
