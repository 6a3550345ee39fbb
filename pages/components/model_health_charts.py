"""Charts of promises: what they allowed and what came, gaps and ROC AUC over time, tenths of risk."""

import altair as alt
import pandas as pd

from pages.components import model_health_words as own
from pages.components import words
from pages.components.charts import PERCENT
from pages.components.theme import AMBER, BLUE, GREY, VIOLET, dressed, hues
from pages.components.theme import TEXT as INK

DAY, VERSION, MADE, CUSTOMERS = "Day", "Version", "Made by", "Customers"
PROMISED, CAME, INTERVAL, ALLOWED, VERDICT, AUC, KNOWN = (
    "Promised", "Came", "Interval", "Allowed", "Verdict", "ROC AUC", "Known on",
)  # fmt: skip
TENTH, FEATURE, MONTH, PSI, WHY, BIN, SHARE = "Tenth", "Feature", "Month", "PSI", "Why", "Value", "Share"
TONES = {"as promised": BLUE, "beyond": AMBER, "rehearsed": GREY}
KIND_HUES = {"moved": AMBER, "broken": VIOLET, "learned": GREY, "calm": BLUE}
AUC_RANGE = "ROC AUC, interval"
NARROW = "containerSize()[0] < 620"
_WIDTH = alt.ExprRef(f"{NARROW} ? 9 : 20")


def promise_frame(runs: pd.DataFrame) -> pd.DataFrame:
    """Promises in people's words, oldest first, with the figures that charts need in small letters."""
    rows = runs.to_dict("records")
    told = [row["state"] in (own.MATURED, own.ESTIMATED) for row in rows]
    seen = [own.came(row) if is_told else None for row, is_told in zip(rows, told, strict=True)]
    low = [row["low"] if row["state"] == own.MATURED else row["estimate_low"] for row in rows]
    high = [row["high"] if row["state"] == own.MATURED else row["estimate_high"] for row in rows]
    frame = pd.DataFrame(
        {
            DAY: [words.day(row["as_of_date"]) for row in rows],
            VERSION: [row["model_version"] for row in rows],
            MADE: ["run" if own.is_run(row) else "rehearsal" for row in rows],
            CUSTOMERS: [words.count(row["n"]) for row in rows],
            PROMISED: [_rate_and_number(row["promised"], row["n"]) for row in rows],
            CAME: [_came(row) for row in rows],
            INTERVAL: [_interval(one, other) for one, other in zip(low, high, strict=True)],
            ALLOWED: [_allowed(row) for row in rows],
            VERDICT: [own.verdict(row) for row in rows],
            AUC: runs["auc"].map(_auc),
            AUC_RANGE: [_range(row["auc_low"], row["auc_high"]) for row in rows],
            KNOWN: [words.day(row["due_on"]) for row in rows],
            "day": pd.to_datetime(runs["as_of_date"]).to_numpy(),
            "promised": runs["promised"].astype(float).to_numpy(),
            "slack": runs["slack"].astype(float).to_numpy(),
            "seen": pd.Series(seen, dtype=float).to_numpy(),
            "low": pd.Series(low, dtype=float).to_numpy(),
            "high": pd.Series(high, dtype=float).to_numpy(),
            "area": runs["auc"].astype(float).to_numpy(),
            "area_low": runs["auc_low"].astype(float).to_numpy(),
            "area_high": runs["auc_high"].astype(float).to_numpy(),
            "state": [row["state"] if own.is_run(row) else own.REHEARSED for row in rows],
            "tone": ["rehearsed" if not own.is_run(row) else "as promised" if row["is_kept"] is not False else "beyond"
                     for row in rows],
        }
    )  # fmt: skip
    frame["gap"] = frame["seen"] - frame["promised"]
    return frame


def _rate_and_number(rate: float, n: int) -> str:
    return f"{words.rate(rate)} · {words.count(rate * n)}"


def _came(row: own.Record) -> str:
    if row["state"] == own.MATURED:
        return _rate_and_number(row["actual"], row["n"])
    return f"estimated {words.rate(row['estimate'])}" if row["state"] == own.ESTIMATED else words.MISSING


def _interval(low: float | None, high: float | None) -> str:
    return words.MISSING if words.is_missing(low) else f"{words.rate(low)} to {words.rate(high)}"


def _allowed(row: own.Record) -> str:
    return (
        f"{words.rate(max(row['promised'] - row['slack'], 0))} to {words.rate(min(row['promised'] + row['slack'], 1))}"
    )


def _auc(area: float | None) -> str:
    return words.MISSING if words.is_missing(area) else f"{area:.3f}"


def _range(low: float | None, high: float | None) -> str:
    return words.MISSING if words.is_missing(low) else f"{low:.3f} to {high:.3f}"


def _dates(frame: pd.DataFrame) -> alt.X:
    """The days of the lists on a time axis, each named where there is room."""
    days = [
        {"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in pd.to_datetime(frame["day"])
    ]
    axis = alt.Axis(format="%-d %b %y", labelOverlap="greedy", labelSeparation=8, values=days)
    return alt.X("day:T", title="Day of the list", scale=alt.Scale(type="utc", padding=26), axis=axis)


def promises(frame: pd.DataFrame, height: int = 290) -> alt.LayerChart:
    """What was promised (line) within what it allows (bar), and what came (dot) or is on its way (diamond)."""
    shown = frame.assign(
        top=(frame["promised"] + frame["slack"]).clip(upper=1),
        bottom=(frame["promised"] - frame["slack"]).clip(lower=0),
    )
    tip = [DAY, VERSION, MADE, CUSTOMERS, PROMISED, CAME, INTERVAL, ALLOWED, VERDICT]
    base = alt.Chart(shown).encode(x=_dates(shown), color=hues("tone", TONES), tooltip=tip)
    least, most = float(shown[["bottom", "low"]].min().min()), float(shown[["top", "high"]].max().max())
    room = 0.12 * (most - least)
    y = alt.Y("bottom:Q", title=None, scale=alt.Scale(domain=[max(least - room, 0), min(most + room, 1)], nice=False),
              axis=alt.Axis(labelExpr=PERCENT, tickCount=5))  # fmt: skip
    told = base.transform_filter("isValid(datum.seen)")
    layers = [
        base.mark_bar(width=_WIDTH, opacity=0.2, cornerRadius=2).encode(y=y, y2="top:Q"),
        base.mark_tick(thickness=2.5, width=_WIDTH, orient="horizontal").encode(y="promised:Q"),
        told.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q"),
        told.mark_point(filled=True, size=85, opacity=1).encode(
            y="seen:Q",
            shape=alt.Shape("state:N", legend=None, scale=alt.Scale(
                domain=["matured", "estimated", "rehearsed"], range=["circle", "diamond", "circle"])),
        ),
        base.transform_filter("datum.tone == 'beyond'").mark_text(dy=-14, fontWeight=600).encode(
            y="high:Q", text=alt.value("beyond")),
    ]  # fmt: skip
    return dressed(alt.layer(*layers), height)


def gaps(frame: pd.DataFrame, height: int = 230) -> alt.LayerChart:
    """Came − promised over time around zero, within the bar of what each promise allowed."""
    shown = frame[frame["seen"].notna()].assign(
        up=lambda rows: rows["slack"],
        down=lambda rows: -rows["slack"],
        told=lambda rows: rows["gap"].map(words.points),
        short=lambda rows: rows["told"].str.split(words.GAP).str[0],
    )
    tip = [DAY, VERSION, MADE, PROMISED, CAME, alt.Tooltip("told", title="Came − promised"), VERDICT]
    base = alt.Chart(shown).encode(x=_dates(shown), color=hues("tone", TONES), tooltip=tip)
    points = "(datum.value > 0 ? '+' : '') + format(datum.value * 100, '.0f')"
    y = alt.Y("down:Q", title="Percentage points", axis=alt.Axis(labelExpr=points, tickCount=5))
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK, opacity=0.5).encode(y="zero:Q")
    layers = [
        base.mark_bar(width=_WIDTH, opacity=0.2, cornerRadius=2).encode(y=y, y2="up:Q"),
        zero,
        base.mark_point(filled=True, size=85, opacity=1).encode(y="gap:Q"),
        base.mark_text(dy=-13).encode(y="gap:Q", text="short:N", color=alt.value(INK)),
    ]
    return dressed(alt.layer(*layers), height)


def areas(frame: pd.DataFrame, height: int = 230) -> alt.LayerChart:
    """ROC AUC of each judged promise with its interval."""
    shown = frame[frame["area"].notna()].assign(told=lambda rows: rows[AUC])
    base = alt.Chart(shown).encode(
        x=_dates(shown), color=hues("tone", TONES), tooltip=[DAY, VERSION, MADE, AUC, AUC_RANGE]
    )
    low, high = float(shown["area_low"].min()), float(shown["area_high"].max())
    y = alt.Y("area_low:Q", title=None, axis=alt.Axis(format=".2f", tickCount=5),
              scale=alt.Scale(domain=[min(0.5, low), max(high, 0.9)], nice=False))  # fmt: skip
    layers = [
        base.mark_rule(strokeWidth=1.5).encode(y=y, y2="area_high:Q"),
        base.mark_point(filled=True, size=85, opacity=1).encode(y="area:Q"),
        base.mark_text(dx=9, align="left").encode(y="area:Q", text="told:N", color=alt.value(INK)),
    ]
    return dressed(alt.layer(*layers), height)


def tenth_frame(tenths: pd.DataFrame) -> pd.DataFrame:
    """Tenths of one promise in people's words."""
    is_within = (tenths["low"] <= tenths["promised"]) & (tenths["promised"] <= tenths["high"])
    return pd.DataFrame(
        {
            TENTH: tenths["tenth"],
            CUSTOMERS: tenths["n"].map(words.count),
            PROMISED: tenths["promised"].map(words.rate),
            CAME: tenths["actual"].map(words.rate),
            INTERVAL: [_interval(low, high) for low, high in zip(tenths["low"], tenths["high"], strict=True)],
            VERDICT: is_within.map({True: "as promised", False: "beyond"}),
            "tone": is_within.map({True: "as promised", False: "beyond"}),
            **{name: tenths[name] for name in ("promised", "actual", "low", "high")},
        }
    )


def tenths(frame: pd.DataFrame, height: int = 290) -> alt.LayerChart:
    """Promised against what came per tenth of risk; calibrated is the diagonal."""
    axis = alt.Axis(labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X("promised:Q", title="Promised", scale=alt.Scale(domain=[0, 1]), axis=axis)
    scale = alt.Scale(domain=[0, 1])
    tip = [TENTH, CUSTOMERS, PROMISED, CAME, INTERVAL, VERDICT]
    base = alt.Chart(frame).encode(x=x, color=hues("tone", TONES), tooltip=tip)
    line = alt.Chart(pd.DataFrame({"promised": [0.0, 1.0], "actual": [0.0, 1.0]}))
    layers = [
        line.mark_line(color=INK, opacity=0.5, strokeWidth=1, strokeDash=[3, 3]).encode(
            x=x, y=alt.Y("actual:Q", title="Came", scale=scale, axis=axis)
        ),
        base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y="actual:Q"),
    ]
    return dressed(alt.layer(*layers), height)
