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
AMOUNT, CUSTOMERS, RISK_FROM, RISK_TO = "Value at risk", "Customers", "Risk from", "Risk to"


def rate_frame(months: pd.DataFrame, column: str, shown: int = 13) -> pd.DataFrame:
    """The newest `shown` months of a rate with the same month of the year before, in people's words."""
    frame = months[["month", column, "is_complete"]].copy()
    before = frame.set_index(frame["month"] + pd.DateOffset(years=1))[column]
    frame[BEFORE] = frame["month"].map(before)
    frame = frame.rename(columns={"month": MONTH, column: RATE}).tail(shown)
    frame[STATE] = frame.pop("is_complete").map({True: "complete", False: "still running"})
    frame[TEXT] = frame[RATE].map(words.rate)
    return frame[frame[RATE].notna()].reset_index(drop=True)


def outcome_frame(snapshots: pd.DataFrame) -> pd.DataFrame:
    """What came of past days, in the form of `rate_frame`: the churn rate of each day whose horizon is over."""
    days = snapshots.rename(columns={"as_of_date": "month", "is_labelled": "is_complete"})
    return rate_frame(days.assign(month=pd.to_datetime(days["month"])), "churn_rate")


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


def amount_frame(groups: pd.DataFrame, dimension: str, title: str, currency: str) -> pd.DataFrame:
    """Value at risk per group in people's words, largest first; without any risk the revenue of 12 months."""
    has_risk = groups["mean_risk"].notna().any()
    frame = pd.DataFrame(
        {
            title: groups[dimension].map(words.label),
            AMOUNT: groups["value_at_risk" if has_risk else "revenue_12m"].fillna(0).round(2),
            CUSTOMERS: groups["customers"],
            "Mean risk": groups["mean_risk"].map(words.percent),
        }
    )
    frame[TEXT] = [
        f"{words.money_tile(amount, currency)} · {words.count(n)}"
        for amount, n in zip(frame[AMOUNT], frame[CUSTOMERS], strict=True)
    ]
    return frame.sort_values(AMOUNT, ascending=False, ignore_index=True)


def amount_bars(frame: pd.DataFrame, title: str, height: int = 176) -> alt.LayerChart | None:
    """Zero-based bars of money per group, each labelled with its amount and number of customers; None without any."""
    if frame.empty:
        return None
    top = float(frame[AMOUNT].max() or 1)
    y = alt.Y(f"{title}:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, labelOpacity=1))
    # Room on the right for the longest label, in the bars' own unit.
    x = alt.X(f"{AMOUNT}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top * 1.45]))
    has_risk = bool((frame["Mean risk"] != words.MISSING).any())
    what = "Value at risk" if has_risk else "Revenue of 12 months"
    tip = [alt.Tooltip(title), alt.Tooltip(TEXT, title=f"{what} · customers"), *([alt.Tooltip("Mean risk")] * has_risk)]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    layers = [base.mark_bar(height={"band": 0.68}, cornerRadiusEnd=2),
              base.mark_text(align="left", dx=5).encode(text=TEXT)]  # fmt: skip
    return dressed(alt.layer(*layers), height)


def risk_frame(bins: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Customers per band of churn risk in people's words."""
    return pd.DataFrame(
        {
            "Churn risk": [
                f"{words.percent(low)} to {words.percent(high)}"
                for low, high in zip(bins["risk_from"], bins["risk_to"], strict=True)
            ],
            CUSTOMERS: bins["customers"],
            AMOUNT: bins["value_at_risk"].map(lambda amount: words.money(amount, currency)),
            RISK_FROM: bins["risk_from"],
            RISK_TO: bins["risk_to"],
        }
    )


def risk_bars(frame: pd.DataFrame, mean_risk: float | None, height: int = 176) -> alt.LayerChart | None:
    """How churn risk is spread over customers, with the mean marked; None without any customer."""
    if mean_risk is None:
        return None
    x = alt.X(f"{RISK_FROM}:Q", title="Churn risk", scale=alt.Scale(domain=[0, 1], nice=False),
              axis=alt.Axis(labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1]))  # fmt: skip
    bars = (
        alt.Chart(frame)
        .mark_bar(binSpacing=1.5)
        .encode(
            x=x,
            x2=RISK_TO,
            y2=alt.datum(0),
            tooltip=["Churn risk", alt.Tooltip(CUSTOMERS, format=","), AMOUNT],
            y=alt.Y(
                f"{CUSTOMERS}:Q", title="Customers", axis=alt.Axis(tickCount=4, labelExpr=THOUSANDS, titlePadding=8)
            ),
        )
    )
    mean = alt.Chart(pd.DataFrame({RISK_FROM: [mean_risk], TEXT: [f"mean {words.percent(mean_risk)}"]})).encode(x=x)
    layers = [bars, mean.mark_rule(strokeDash=[4, 3], strokeWidth=1.2),
              mean.mark_text(align="left", dx=5, fontWeight=600, baseline="top", y=0).encode(text=TEXT)]  # fmt: skip
    return dressed(alt.layer(*layers), height)
