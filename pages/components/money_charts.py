"""The chart of what contacting would earn, expected and realised, by the share of customers contacted."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from models.profit import ProfitCurve
from models.wording import symbol_of
from pages.components import version_words as own
from pages.components import words
from pages.components.charts import PERCENT
from pages.components.theme import AMBER, BLUE, GREY, dressed
from pages.components.theme import TEXT as INK
from pages.components.trained import Version
from pages.components.version_charts import LINE, named_lines

SHARE, MONEY, LOW, HIGH = "Contacted", "Money", "From", "To"


def title(curve: ProfitCurve, currency: str) -> str:
    """What contacting the right share would have earned, beside everybody."""
    best = curve.best
    if curve.contacted[best] == 0:
        return "On these terms no contact is expected to earn anything"
    everybody = curve.realised[-1]
    told = (
        f"Contacting {words.percent(curve.share[best])} would have earned {words.money(curve.realised[best], currency)}"
    )
    return f"{told}, everybody {words.money(everybody, currency)}"


def frame(curves: Mapping[str, ProfitCurve], version: Version) -> pd.DataFrame:
    """Lines of the chart: expected and realised of this version, realised of the one in use then."""
    mine = curves[own.OWN]
    lines = {"Expected": mine.expected, "Realised": mine.realised}
    parts = [_line(name, mine, values, name == "Realised") for name, values in lines.items()]
    if own.RIVAL in curves:
        rival = curves[own.RIVAL]
        parts.append(_line(f"{own.contender(own.RIVAL, version)}: realised", rival, rival.realised, False))
    return pd.concat(parts, ignore_index=True)


def _line(name: str, curve: ProfitCurve, values: np.ndarray, has_band: bool) -> pd.DataFrame:
    nothing = np.full(len(values), np.nan)
    low, high = (curve.low, curve.high) if has_band else (nothing, nothing)
    return pd.DataFrame(
        {LINE: name, SHARE: curve.share, "Customers": curve.contacted, MONEY: values, LOW: low, HIGH: high}
    )


def lines(frame: pd.DataFrame, curve: ProfitCurve, currency: str) -> alt.LayerChart:
    """Money by share contacted; the band is the interval of what was realised."""
    sign = symbol_of(currency)
    shown = f"(datum.value < 0 ? '−' : '') + (datum.value ? '{sign}\u00a0' + format(abs(datum.value), '~s') : '0')"
    axis = alt.Axis(labelExpr=shown, tickCount=6)
    x = alt.X(f"{SHARE}:Q", title="Share of customers contacted, those first who are expected to earn most",
              scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(labelExpr=PERCENT, tickCount=5))  # fmt: skip
    y = alt.Y(f"{MONEY}:Q", title=None, axis=axis)
    names = list(dict.fromkeys(frame[LINE]))
    colour = named_lines(dict(zip(names, (GREY, BLUE, AMBER), strict=False)))
    dash = alt.StrokeDash(f"{LINE}:N", scale=alt.Scale(domain=names, range=[[5, 3], [1, 0], [8, 5]][: len(names)]),
                          legend=None)  # fmt: skip
    tip = [
        LINE,
        alt.Tooltip(SHARE, format=".0%"),
        alt.Tooltip("Customers", format=","),
        alt.Tooltip(MONEY, format=",.0f"),
    ]
    realised = frame[frame[LINE] == "Realised"]
    best = pd.DataFrame({SHARE: [curve.share[curve.best]], MONEY: [curve.realised[curve.best]]})
    layers = [
        alt.Chart(realised).mark_area(opacity=0.16).encode(x=x, y=alt.Y(f"{LOW}:Q", axis=axis), y2=HIGH),
        alt.Chart(pd.DataFrame({MONEY: [0.0]})).mark_rule(opacity=0.5).encode(y=y),
        alt.Chart(frame).mark_line().encode(x=x, y=y, color=colour, strokeDash=dash),
        alt.Chart(best).mark_point(size=70, filled=True, opacity=1, color=INK).encode(x=x, y=y),
        alt.Chart(best)
        .mark_text(dy=-13, fontWeight=600, align="right" if curve.share[curve.best] > 0.7 else "left")
        .encode(x=x, y=y, text=alt.value("worth contacting")),
        alt.Chart(frame).mark_point(size=90, opacity=0).encode(x=x, y=y, tooltip=tip),
    ]
    return dressed(alt.layer(*layers), 300)


def told(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The lines as a table."""
    shown = frame.assign(**{SHARE: frame[SHARE].map(words.percent)})
    return shown.assign(
        **{name: frame[name].map(lambda amount: words.money(amount, currency)) for name in (MONEY, LOW, HIGH)}
    )
