"""Charts of drift: the heat map of features and months, one feature's distribution, the spread of risks over time."""

import altair as alt
import pandas as pd

from pages.components import model_health_words as own
from pages.components import words
from pages.components.charts import PERCENT
from pages.components.model_health_charts import BIN, FEATURE, KIND_HUES, MONTH, NARROW, PSI, SHARE, WHY
from pages.components.theme import BLUE, GREY, STRONGEST, dressed, hues
from pages.components.theme import TEXT as INK

WEIGHT, MISSING, WHEN = "Weight in the model", "Not known", "Customers of"
THEN = "training"
_TONE = {own.BEHAVIOUR: "moved", own.BREAK: "broken", own.LEARNED: "learned"}
RISK = "Risk"


def month_frame(months: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Features and months in people's words; `order` holds the features as they are to stand."""
    place = {name: at for at, name in enumerate(order)}
    rows = months.sort_values(
        ["feature", "as_of_date"], key=lambda held: held.map(place) if held.name == "feature" else held
    )
    return pd.DataFrame(
        {
            FEATURE: rows["label"],
            MONTH: pd.to_datetime(rows["as_of_date"]).dt.strftime("%-d %b %y"),
            PSI: rows["psi"].map(own.psi),
            WHY: rows["kind"].map(own.KINDS),
            MISSING: rows["missing_share"].map(words.percent),
            WEIGHT: rows["weight"].map(words.percent),
            "tone": rows["kind"].map(_TONE).fillna("calm"),
            "strength": rows["psi"].clip(upper=0.5),
            "shown": rows["psi"].map(
                lambda value: f"{value:.2f}" if 0.1 <= value < 10 else f"{value:.0f}" if value >= 10 else ""
            ),
            "feature": rows["feature"],
            "is_large": rows["psi"] >= own.LARGE,
        }
    )


def heat(frame: pd.DataFrame) -> alt.LayerChart:
    """PSI per feature (rows, what drifted first) and month: stronger is farther from the training rows."""
    x = alt.X(f"{MONTH}:O", sort=None, title=None, axis=alt.Axis(orient="top", domain=False, labelAngle=-45,
              labelAlign="left", labelOverlap=False))  # fmt: skip
    y = alt.Y(
        f"{FEATURE}:N",
        sort=None,
        title=None,
        axis=alt.Axis(domain=False, labelLimit=alt.ExprRef(f"{NARROW} ? 120 : 260")),
    )
    pick = alt.selection_point(name="square", fields=["feature"], on="click")
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=[FEATURE, MONTH, PSI, WHY, MISSING, WEIGHT])
    strength = alt.FillOpacity(
        "strength:Q", scale=alt.Scale(domain=[0, 0.1, 0.2, 0.5], range=[0.05, 0.12, 0.3, STRONGEST]), legend=None
    )
    squares = base.mark_rect(cornerRadius=2, cursor="pointer", stroke=INK, strokeOpacity=0.12, strokeWidth=0.5).encode(
        color=hues("tone", KIND_HUES), fillOpacity=strength
    ).add_params(pick)  # fmt: skip
    size = alt.ExprRef(f"{NARROW} ? 0 : 10")  # on a phone the colour says it, and the table behind
    text = base.mark_text(fontSize=size, cursor="pointer").encode(text="shown:N")
    return dressed(alt.layer(squares, text), 60 + 22 * frame[FEATURE].nunique())


def bin_frame(bins: pd.DataFrame, day: object, unit: str) -> pd.DataFrame:
    """One feature's distribution among the training rows and on a day, in people's words, shares of all."""
    parts = []
    for name, rows in ((THEN, bins[bins["as_of_date"].isna()]), ("day", bins[bins["as_of_date"] == day])):
        total = max(float(rows["rows"].sum()), 1.0)
        parts.append(
            pd.DataFrame(
                {
                    BIN: [own.bin_name(row, unit) for row in rows.to_dict("records")],
                    WHEN: "training" if name == THEN else words.day(day),
                    "Rows": rows["rows"].to_numpy(),
                    SHARE: [words.rate(count / total) for count in rows["rows"]],
                    "told": [words.percent(count / total) for count in rows["rows"]],
                    "share": (rows["rows"] / total).to_numpy(),
                    "who": name,
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    empty = frame.groupby(BIN)["share"].transform("max") == 0
    return frame[~empty].reset_index(drop=True)


def distribution(frame: pd.DataFrame, height: int = 260) -> alt.LayerChart:
    """Bars per bin of values: the chosen day beside the training rows, both labelled."""
    x = alt.X(
        f"{BIN}:N",
        sort=None,
        title=None,
        axis=alt.Axis(labelAngle=alt.ExprRef(f"{NARROW} ? -60 : 0"), labelOverlap=False, labelLimit=110),
    )
    offset = alt.XOffset("who:N", sort=[THEN, "day"])
    base = alt.Chart(frame).encode(x=x, xOffset=offset, tooltip=[BIN, WHEN, SHARE, "Rows"])
    y = alt.Y("share:Q", title="Share of customers", axis=alt.Axis(labelExpr=PERCENT, tickCount=4))
    bars = base.mark_bar(cornerRadiusEnd=2).encode(y=y, color=hues("who", {"day": BLUE, THEN: GREY}))
    size = alt.ExprRef(f"{NARROW} ? 0 : 10")
    some = base.transform_filter("datum.share >= 0.005")
    text = some.mark_text(dy=-7, fontSize=size).encode(y="share:Q", text="told:N")
    return dressed(alt.layer(bars, text), height)


def spread_frame(deciles: pd.DataFrame) -> pd.DataFrame:
    """How risks were spread per day, in people's words."""
    return pd.DataFrame(
        {
            "Day": deciles["as_of_date"].map(words.day),
            "Scored by": [
                f"model {version}, {'as published' if kind == 'run' else 'looking back'}"
                for version, kind in zip(deciles["model_version"], deciles["kind"], strict=True)
            ],
            "Customers": deciles["n"].map(words.count),
            "Lowest tenth up to": deciles["d1"].map(words.percent),
            "Half up to": deciles["d5"].map(words.percent),
            "Highest tenth from": deciles["d9"].map(words.percent),
            "Mean risk": deciles["mean"].map(words.rate),
            "day": pd.to_datetime(deciles["as_of_date"]).to_numpy(),
            "kind": deciles["kind"],
            **{f"d{place}": deciles[f"d{place}"] for place in range(11)},
            "mean": deciles["mean"],
        }
    )


def spread(frame: pd.DataFrame, height: int = 300) -> alt.LayerChart:
    """Deciles of risk over time: the model in use looking back as bands, published runs as marks."""
    back, runs = frame[frame["kind"] == "model"], frame[frame["kind"] == "run"]
    x = alt.X("day:T", title="Day of the list", scale=alt.Scale(type="utc", padding=14),
              axis=alt.Axis(format="%b %y", labelOverlap="greedy", tickCount=8))  # fmt: skip
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1])
    tip = ["Day", "Scored by", "Customers", "Lowest tenth up to", "Half up to", "Highest tenth from", "Mean risk"]
    base = alt.Chart(back).encode(x=x, tooltip=tip)
    bands = [
        base.mark_area(opacity=0.13).encode(
            y=alt.Y(f"d{low}:Q", title="Churn risk", scale=scale, axis=axis), y2=f"d{10 - low}:Q"
        )
        for low in (1, 2, 3, 4)
    ]
    marks = alt.Chart(runs).encode(x=x, tooltip=tip)
    published = [
        marks.mark_rule(strokeWidth=2, color=INK).encode(y=alt.Y("d1:Q", scale=scale), y2="d9:Q"),
        marks.mark_point(filled=True, size=60, opacity=1, color=INK).encode(y="d5:Q"),
    ]
    middle = base.mark_line().encode(y="d5:Q")
    last = back.head(1).melt(id_vars="day", value_vars=["d1", "d5", "d9"], var_name="which", value_name="at")
    last["told"] = last["which"].map({"d1": "lowest tenth", "d5": "half", "d9": "highest tenth"})
    labels = (
        alt.Chart(last).mark_text(align="left", dx=6, dy=-8).encode(x=x, y=alt.Y("at:Q", scale=scale), text="told:N")
    )
    return dressed(alt.layer(*bands, middle, *published, labels), height)
