"""The journey map as a chart: touchpoints down, stages across; every square says its figure, the worst has a frame."""

import altair as alt
import pandas as pd

from pages.components import journey_words as own
from pages.components import words
from pages.components.theme import AMBER, BLUE, GREY, STRONGEST, dressed, hues
from pages.components.theme import TEXT as INK

TOUCHPOINT, STAGE, STATE, CUSTOMERS, TIMES = "Touchpoint", "Stage", "Beside customers alike", "Customers", "How often"
ROW, HEADS = 23, 40  # pixels per touchpoint, and above them
SURE, FAINT = 0.2, 0.04  # the difference that is coloured in full; the strength of what is no sure difference
PALE = 0.3  # of its strength for what few customers say
BETTER = 0.4  # of that strength for what is better: the eye shall go where it breaks
NARROW = "containerSize()[0] < 620"  # a phone: one figure per square, and heads that stand slanted
HIDDEN = ("code", "tone", "strength", "main", "beside", "is_worst", "is_chosen", "is_few")


def frame(cells: pd.DataFrame, measure: str, chosen: str) -> pd.DataFrame:
    """The squares in people's words, with what the chart needs for one of the measures."""
    told = table(cells)
    shown = {own.CHURN: _churn, own.RATING: _rating, own.DROP: _drop, own.VOLUME: _volume}[measure](cells)
    codes = [own.code(touchpoint, stage) for touchpoint, stage in zip(cells["touchpoint"], cells["stage"], strict=True)]
    found = pd.concat([told, shown], axis=1).assign(
        code=codes, is_worst=cells["is_worst"] & (measure == own.CHURN), is_chosen=[code == chosen for code in codes]
    )
    found["strength"] = found["strength"].where(~found["is_few"], found["strength"] * PALE)
    return found[found["main"] != ""].reset_index(drop=True)


def table(cells: pd.DataFrame) -> pd.DataFrame:
    """Every figure of every square in words, as the table behind the map shows it."""
    return pd.DataFrame(
        {
            TOUCHPOINT: cells["title"],
            STAGE: cells["stage"].map(own.STAGE_NAMES),
            CUSTOMERS: cells["customers"].map(words.count),
            TIMES: cells["volume"].map(words.count),
            own.RATING: _with_n(cells["rating"], cells["rating_n"]),
            own.DROP: _with_n(cells["drop_off"], cells["drop_n"]),
            own.CHURN: _with_n(cells["churn"], cells["followed"]),
            "95 % interval": [
                own.interval(low, high) for low, high in zip(cells["churn_low"], cells["churn_high"], strict=True)
            ],
            "Alike": cells["alike"].map(words.percent),
            "Difference, points": [
                words.MISSING
                if words.is_missing(gap)
                else f"{own.points(gap)} ({own.points(low)} to {own.points(high)})"
                for gap, low, high in zip(cells["difference"], cells["low"], cells["high"], strict=True)
            ],
            STATE: [words.label(own.state(row)) for row in cells.to_dict("records")],
        },
        index=cells.index,
    )


def _with_n(share: pd.Series, n: pd.Series) -> list[str]:
    pairs = zip(share, n, strict=True)
    return [f"{words.percent(one)} of {words.count(many)}" if many else words.MISSING for one, many in pairs]


def _shares(share: pd.Series, n: pd.Series) -> list[str]:
    return [words.percent(one) if many else "" for one, many in zip(share, n, strict=True)]


def _churn(cells: pd.DataFrame) -> pd.DataFrame:
    """Churn after the touchpoint; coloured where it differs for sure from that of customers alike."""
    is_few = cells["followed"] < own.FEW
    tone = pd.Series("same", index=cells.index).mask(cells["low"] > 0, "worse").mask(cells["high"] < 0, "better")
    tone = tone.mask(is_few, "same")
    depth = (cells["difference"].abs() / SURE).clip(0.15, 1)
    return pd.DataFrame(
        {
            "main": _shares(cells["churn"], cells["followed"]),
            "beside": cells["difference"].map(lambda gap: "" if words.is_missing(gap) else own.points(gap)),
            "tone": tone,
            "strength": depth.where(tone == "worse", depth * BETTER).where(tone != "same", FAINT),
            "is_few": is_few,
        }
    )


def _rating(cells: pd.DataFrame) -> pd.DataFrame:
    """The rating: the stronger, the fewer were content."""
    return pd.DataFrame(
        {
            "main": _shares(cells["rating"], cells["rating_n"]),
            "beside": cells["rating_n"].map(lambda n: f"n {words.count(n)}"),
            "tone": "worse",
            "strength": (1 - cells["rating"]).fillna(0),
            "is_few": cells["rating_n"] < own.FEW,
        }
    )


def _drop(cells: pd.DataFrame) -> pd.DataFrame:
    """Drop-off: the stronger, the more were not heard of again."""
    return pd.DataFrame(
        {
            "main": _shares(cells["drop_off"], cells["drop_n"]),
            "beside": cells["drop_n"].map(lambda n: f"n {words.count(n)}"),
            "tone": "worse",
            "strength": cells["drop_off"].fillna(0),
            "is_few": cells["drop_n"] < own.FEW,
        }
    )


def _volume(cells: pd.DataFrame) -> pd.DataFrame:
    """How many customers come by: the stronger, the more."""
    return pd.DataFrame(
        {
            "main": cells["customers"].map(lambda n: words.count(n) if n else ""),
            "beside": cells["volume"].map(lambda n: f"{words.count(n)} ×"),
            "tone": "better",
            "strength": (cells["customers"] / max(int(cells["customers"].max()), 1)) ** 0.5,
            "is_few": False,
        }
    )


def height(shown: pd.DataFrame) -> int:
    """Pixels of the map; a single row keeps room below the slanted heads of a phone."""
    return HEADS + ROW * max(shown[TOUCHPOINT].nunique(), 3)


def journey_map(shown: pd.DataFrame, measure: str) -> alt.LayerChart:
    """Touchpoints down, stages across; a click chooses a square."""
    stages = [name for name in own.STAGE_NAMES.values() if name in set(shown[STAGE])]
    x = alt.X(f"{STAGE}:N", sort=stages, title=None, axis=_heads())
    y = alt.Y(f"{TOUCHPOINT}:N", sort=list(dict.fromkeys(shown[TOUCHPOINT])), title=None,
              axis=alt.Axis(domain=False, labelLimit=160))  # fmt: skip
    told = ["95 % interval", "Alike", "Difference, points", STATE] if measure == own.CHURN else []
    tip = [TOUCHPOINT, STAGE, CUSTOMERS, TIMES, *([measure] if measure != own.VOLUME else []), *told]
    pick = alt.selection_point(name="square", fields=["code"], on="click")
    base = alt.Chart(shown).encode(x=x, y=y)
    pale = alt.OpacityValue(1, condition={"test": "datum.is_few", "value": 0.5})
    marked = " + (datum.is_worst ? '  worst' : '')" if len(stages) < len(own.STAGE_NAMES) else ""  # eight are narrow
    beside = f"datum.main + '  ' + datum.beside{marked}"
    figures = base.transform_calculate(told=f"{NARROW} ? replace(datum.main, /\\s*%/, '') : {beside}")
    figure = figures.mark_text(fontSize=11, cursor="pointer").encode(text="told:N", opacity=pale)
    touched = base.mark_rect(fillOpacity=0, cursor="pointer").encode(tooltip=tip).add_params(pick)
    return dressed(alt.layer(_squares(base), figure, touched), height(shown))


def _squares(base: alt.Chart) -> alt.Chart:
    """Coloured squares; a frame around the chosen one, a thick one around the worst."""
    line = alt.StrokeWidthValue(0.4, condition=[{"test": "datum.is_worst", "value": 2.6},
                                                {"test": "datum.is_chosen", "value": 1.6}])  # fmt: skip
    strong = alt.StrokeOpacityValue(0.15, condition={"test": "datum.is_worst || datum.is_chosen", "value": 0.95})
    strength = alt.FillOpacity("strength:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, STRONGEST]), legend=None)
    return base.mark_rect(cornerRadius=3, stroke=INK).encode(
        fillOpacity=strength, strokeWidth=line, strokeOpacity=strong,
        color=hues("tone", {"better": BLUE, "worse": AMBER, "same": GREY}),
    )  # fmt: skip


def _heads() -> alt.Axis:
    """Names above the columns of squares, all of them on any screen."""
    return alt.Axis(
        orient="top", domain=False, labelOverlap=False, labelLimit=120,
        labelAngle=alt.ExprRef(f"{NARROW} ? -45 : 0"),
        labelAlign=alt.ExprRef(f"{NARROW} ? 'left' : 'center'"),
    )  # fmt: skip
