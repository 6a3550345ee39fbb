"""Charts of the page of segments: one hue that gets stronger with the figure, which every square says itself."""

import altair as alt
import pandas as pd

from pages.components import segment_words as own
from pages.components import words
from pages.components.theme import AMBER, BLUE, GREY, STRONGEST, dressed, hues
from pages.components.theme import TEXT as INK

CUSTOMERS, AMOUNT, RISK, SHOWN, CHOSEN = "Customers", "Value at risk", "Churn risk", "Shown as", "Chosen"
VALUE, BAND, FROM, TO, WAY = "Expected value", "Risk band", "From", "To", "Way"
GROUP, BOND, SCORE, THEN, NOW = "Group", "Bond", "Score", "Then", "Now"
NARROW = "containerSize()[0] < 620"  # a phone: heads stand slanted in one line instead of two upright ones
TWO_LINES = "[split(datum.label, ' ')[0], slice(datum.label, length(split(datum.label, ' ')[0]) + 1)]"
STRENGTH = [0.05, STRONGEST]  # so that words in the text's colour keep their contrast on light and dark grounds


def map_frame(
    cells: pd.DataFrame, names: dict[int, str], chosen: tuple[int | None, list[str]], currency: str
) -> pd.DataFrame:
    """Every square of the value × risk map in people's words, empty ones included."""
    full = pd.MultiIndex.from_product([names, own.BANDS], names=["value_class", "risk_band"])
    found = cells.set_index(["value_class", "risk_band"]).reindex(full).reset_index()
    count = found["customers"].fillna(0).astype(int)
    money = found["value_at_risk"].fillna(0)
    value, bands = chosen
    is_chosen = (found["value_class"] == value) | (value is None)
    is_chosen &= found["risk_band"].isin(bands) | (not bands)
    return pd.DataFrame(
        {
            VALUE: found["value_class"].map(names),
            BAND: found["risk_band"].map(words.label),
            CUSTOMERS: count,
            AMOUNT: [words.money(amount, currency) for amount in money],
            "Expected net of suggestions": [
                words.money(amount, currency) for amount in found["expected_net"].fillna(0)
            ],
            SHOWN: [words.money_tile(amount, currency) if n else "" for amount, n in zip(money, count, strict=True)],
            "people": [words.plural(n, "customer") if n else "" for n in count],
            "share": money / max(float(money.max()), 1e-9),
            CHOSEN: is_chosen & (value is not None or bool(bands)),
            "value_class": found["value_class"],
            "risk_band": found["risk_band"],
        }
    )


def value_risk_map(frame: pd.DataFrame, height: int = 330) -> alt.LayerChart:
    """Expected value up, churn risk to the right: the stronger the colour, the more is at risk."""
    x = alt.X(f"{BAND}:N", sort=[words.label(band) for band in own.BANDS], title="Churn risk",
              axis=alt.Axis(labelAngle=0, domain=False))  # fmt: skip
    y = alt.Y(f"{VALUE}:N", sort=list(frame[VALUE].unique())[::-1], title=None,
              axis=alt.Axis(domain=False, labelLimit=150))  # fmt: skip
    tip = [VALUE, BAND, alt.Tooltip(CUSTOMERS, format=","), AMOUNT, "Expected net of suggestions"]
    pick = alt.selection_point(name="square", fields=["value_class", "risk_band"], on="click")
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    marks = squares(base, "share").add_params(pick)
    size = alt.ExprRef(f"{NARROW} ? 11 : 13")
    money = base.mark_text(fontSize=size, fontWeight=600, dy=-8, cursor="pointer").encode(text=f"{SHOWN}:N")
    short = f"{NARROW} ? (datum.{CUSTOMERS} ? format(datum.{CUSTOMERS}, ',') : '') : datum.people"
    people = base.transform_calculate(told=short).mark_text(fontSize=11, dy=9, cursor="pointer").encode(text="told:N")
    return dressed(alt.layer(marks, money, people), height)


def squares(base: alt.Chart, share: str, is_clicked: bool = True) -> alt.Chart:
    """Squares whose strength follows a share, framed where they are chosen."""
    mark = {"cornerRadius": 3, "stroke": INK, "cursor": "pointer" if is_clicked else "default"}
    strength = alt.FillOpacity(f"{share}:Q", scale=alt.Scale(type="sqrt", domain=[0, 1], range=STRENGTH), legend=None)
    frame = {"condition": {"test": f"datum['{CHOSEN}']", "value": 2.5}, "value": 0.5}
    line = {"condition": {"test": f"datum['{CHOSEN}']", "value": 0.9}, "value": 0.2}
    return base.mark_rect(**mark).encode(fillOpacity=strength, strokeWidth=alt.StrokeWidthValue(**frame),
                                         strokeOpacity=alt.StrokeOpacityValue(**line))  # fmt: skip


def heads() -> alt.Axis:
    """Names above the columns of squares, all of them on any screen."""
    return alt.Axis(
        orient="top",
        domain=False,
        labelOverlap=False,
        labelLimit=140,
        labelAngle=alt.ExprRef(f"{NARROW} ? -45 : 0"),
        labelAlign=alt.ExprRef(f"{NARROW} ? 'left' : 'center'"),
        labelPadding=alt.ExprRef(f"{NARROW} ? 4 : 18"),
        labelExpr=f"{NARROW} ? datum.label : {TWO_LINES}",
    )


def grid_frame(grid: pd.DataFrame, chosen: list[str]) -> pd.DataFrame:
    """The squares of recency and frequency-and-money with the group each belongs to."""
    return pd.DataFrame(
        {
            "Recency": grid["r"],
            "Frequency and money": grid["fm"],
            GROUP: grid["segment"],
            "lines": [f"{name.replace(' ', '|', 1)}|{words.count(n)}" for name, n in
                      zip(grid["segment"], grid["customers"], strict=True)],
            CUSTOMERS: grid["customers"],
            "share": grid["customers"] / max(int(grid["customers"].max()), 1) if len(grid) else 0,
            CHOSEN: grid["segment"].isin(chosen),
        }
    )  # fmt: skip


def rfm_grid(frame: pd.DataFrame, height: int = 330) -> alt.LayerChart:
    """Which squares of recency (up) and frequency and money (right) make which group; the figure counts customers."""
    x = alt.X(
        "Frequency and money:O",
        title="Frequency and money, fifths (5 is most)",
        axis=alt.Axis(labelAngle=0, domain=False),
    )
    y = alt.Y("Recency:O", sort="descending", title="Recency, fifths (5 is newest)", axis=alt.Axis(domain=False))
    pick = alt.selection_point(name="square", fields=[GROUP], on="click")
    base = alt.Chart(frame).encode(
        x=x, y=y, tooltip=[GROUP, "Recency", "Frequency and money", alt.Tooltip(CUSTOMERS, format=",")]
    )
    text = base.mark_text(fontSize=10.5, lineBreak="|", dy=-8, cursor="pointer").encode(text="lines:N")
    return dressed(alt.layer(squares(base, "share").add_params(pick), text), height)


def move_frame(moves: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Moves in people's words, each with its share of the group it starts from."""
    place = {name: at for at, name in enumerate(own.ORDERS[dimension])}
    start, end = moves["from_group"].map(place), moves["to_group"].map(place)
    way = pd.Series("came", index=moves.index).where(start.isna(), "stayed")
    way = way.mask(end > start, "slid").mask(end < start, "rose")
    share = moves["customers"] / moves.groupby("from_group")["customers"].transform("sum")
    return pd.DataFrame(
        {
            FROM: moves["from_group"].map(words.label),
            TO: moves["to_group"].map(words.label),
            CUSTOMERS: moves["customers"],
            "Share of the group": share.map(words.percent),
            WAY: way,
            "tone": way.where(way.isin(["slid", "rose"]), "same"),
            "share": share,
            SHOWN: moves["customers"].map(words.count),
            CHOSEN: False,
            "to_group": moves["to_group"],
        }
    )


def flow(frame: pd.DataFrame, dimension: str, height: int = 360) -> alt.LayerChart:
    """From which group (left) to which (top): figures count customers, strength is the share of the group they left."""
    names = [words.label(name) for name in own.ordered([own.NOT_YET, *own.ORDERS[dimension]], dimension)]
    ends = [name for name in names if name != own.NOT_YET]
    x = alt.X(
        f"{TO}:N",
        sort=ends,
        title=None,
        axis=heads(),
    )
    y = alt.Y(f"{FROM}:N", sort=names, title=None, axis=alt.Axis(domain=False, labelLimit=120))
    tip = [FROM, TO, alt.Tooltip(CUSTOMERS, format=","), "Share of the group", WAY]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    marks = squares(base, "share", is_clicked=False).encode(
        color=hues("tone", {"rose": BLUE, "slid": AMBER, "same": GREY})
    )
    text = base.mark_text(fontSize=11).encode(text=f"{SHOWN}:N")
    return dressed(alt.layer(marks, text), height)


def stage_frame(groups: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Customers per stage now, and on the earlier day, as shares of all customers of the day."""
    then = before[before["from_group"] != own.NOT_YET].groupby("from_group")["customers"].sum()
    now = groups.set_index("group_name")["customers"]
    names = [name for name in own.STAGE_ORDER if name in now.index or name in then.index]
    frame = pd.DataFrame({GROUP: [words.label(name) for name in names]})
    frame[NOW] = (now.reindex(names).fillna(0) / max(now.sum(), 1)).to_numpy()
    frame[THEN] = (then.reindex(names).fillna(0) / max(then.sum(), 1)).to_numpy() if len(then) else float("nan")
    frame[CUSTOMERS] = now.reindex(names).fillna(0).astype(int).to_numpy()
    frame["Share now"], frame["Share then"] = frame[NOW].map(words.percent), frame[THEN].map(words.percent)
    frame[SHOWN] = [
        f"{share} · {words.count(n)}" for share, n in zip(frame["Share now"], frame[CUSTOMERS], strict=True)
    ]
    return frame


def stage_bars(frame: pd.DataFrame, height: int = 250) -> alt.LayerChart:
    """Bars: the share of customers in each stage now; a rule marks the share on the earlier day."""
    top = float(frame[[NOW, THEN]].max().max() or 1)
    y = alt.Y(f"{GROUP}:N", sort=None, title=None, axis=alt.Axis(domain=False))
    scale = alt.Scale(domain=[0, top * 1.35])
    tip = [GROUP, alt.Tooltip(CUSTOMERS, format=","), "Share now", "Share then"]
    base = alt.Chart(frame).encode(y=y, tooltip=tip)
    bars = base.mark_bar(height={"band": 0.62}, cornerRadiusEnd=2).encode(x=alt.X(f"{NOW}:Q", axis=None, scale=scale))
    then = (
        base.transform_filter(f"isValid(datum['{THEN}'])")
        .mark_tick(color=INK, thickness=2.5, height={"band": 0.86})
        .encode(x=alt.X(f"{THEN}:Q", axis=None))
    )
    base = base.transform_calculate(end=f"max(datum['{NOW}'], datum['{THEN}'] || 0)")
    text = base.mark_text(align="left", dx=7).encode(x=alt.X("end:Q", axis=None), text=f"{SHOWN}:N")
    return dressed(alt.layer(bars, then, text), height)


def bond_frame(profile: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """Scores per group and bond in people's words."""
    return pd.DataFrame(
        {
            GROUP: profile["segment"].map(lambda name: words.label(name) if name else "Whole shop"),
            BOND: profile["bond"].map(words.label),
            SCORE: profile["score"],
            SHOWN: [_score(score, gaps) for score, gaps in zip(profile["score"], profile["missing"], strict=True)],
            "Because": profile["evidence"].where(profile["evidence"] != "", "not known"),
            CUSTOMERS: profile["customers"],
            "share": (profile["score"] / 100).fillna(0),
            CHOSEN: profile["segment"] == chosen,
            "segment": profile["segment"],
        }
    )


def _score(score: float, gaps: str) -> str:
    """A score, with a star where a part of it is not known of this group: it is no match for the others."""
    return words.MISSING if words.is_missing(score) else f"{score:.0f}{'*' if 'fewer' in gaps else ''}"


def bonds(frame: pd.DataFrame, height: int = 350) -> alt.LayerChart:
    """Groups down, kinds of bond across: 0 is none, 100 all of them."""
    groups = ["Whole shop", *(name for name in own.RFM_ORDER if name in set(frame[GROUP]))]
    x = alt.X(
        f"{BOND}:N",
        sort=list(frame[BOND].unique()),
        title=None,
        axis=heads(),
    )
    y = alt.Y(
        f"{GROUP}:N",
        sort=[*groups, *(set(frame[GROUP]) - set(groups))],
        title=None,
        axis=alt.Axis(domain=False, labelLimit=130),
    )
    pick = alt.selection_point(name="square", fields=["segment"], on="click")
    base = alt.Chart(frame).encode(
        x=x, y=y, tooltip=[GROUP, BOND, alt.Tooltip(SHOWN, title=SCORE), "Because", alt.Tooltip(CUSTOMERS, format=",")]
    )
    text = base.mark_text(fontSize=12, cursor="pointer").encode(text=f"{SHOWN}:N")
    return dressed(alt.layer(squares(base, "share").add_params(pick), text), height)
