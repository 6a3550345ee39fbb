"""Charts of what a model looks at: features by weight, customers by contribution, the course of one feature."""

import altair as alt
import numpy as np
import pandas as pd

from pages.components.theme import AMBER, dressed, hues
from pages.components.version_charts import PHONE

FEATURE, WEIGHT, GIVEN, PLACE, TOLD, JITTER, VALUE = (
    "Feature", "Weight", "Contribution", "Low to high", "Value", "jitter", "value"
)  # fmt: skip
LABELS = alt.ExprRef(f"{PHONE} ? 130 : 230")  # a phone has no room for a whole label beside the marks
# From low to high, readable on light and dark grounds and by who sees no red or green.
SCALE = ["#4C94C4", "#9AA7B0", "#DB7A3B"]


def bars(frame: pd.DataFrame) -> alt.LayerChart:
    """Mean contribution per feature."""
    top = float(frame[WEIGHT].max())
    y = alt.Y(f"{FEATURE}:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABELS, labelOpacity=1))
    x = alt.X(f"{WEIGHT}:Q", axis=None, scale=alt.Scale(domain=[0, top * 1.15]))
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=[FEATURE, alt.Tooltip(WEIGHT, format=".3f")])
    layers = [
        base.mark_bar(height={"band": 0.68}, cornerRadiusEnd=2),
        base.mark_text(align="left", dx=5).encode(text=alt.Text(f"{WEIGHT}:Q", format=".2f")),
    ]
    return dressed(alt.layer(*layers), 24 * len(frame) + 12)


def jitter(given: np.ndarray, bins: int = 60) -> np.ndarray:
    """Where a point stands in its row so that equal ones do not hide each other, −1 to 1; the same every time."""
    if not len(given):
        return given
    span = max(float(np.ptp(given)), 1e-9)
    place = np.floor((given - given.min()) / span * bins).astype(int)
    counts = np.bincount(place)
    nth = pd.Series(place).groupby(place).cumcount().to_numpy()
    side = np.where(nth % 2 == 0, 1, -1) * ((nth + 1) // 2)
    return side / max(int(counts.max()) / 2, 6.0)


def swarm(frame: pd.DataFrame, order: list[str]) -> alt.LayerChart:
    """One point per customer and feature: its contribution, coloured by how high the value is among all."""
    x = alt.X(f"{GIVEN}:Q", title="Lowers the risk  ←  contribution in log-odds  →  raises it",
              axis=alt.Axis(tickCount=6, format="+.1~f"))  # fmt: skip
    y = alt.Y(f"{FEATURE}:N", sort=order, title=None, axis=alt.Axis(labelLimit=LABELS, labelOpacity=1, domain=False))
    legend = alt.Legend(title=None, orient="top", gradientLength=120, gradientThickness=8, values=[0, 1],
                        labelExpr="datum.value ? 'high value' : 'low value'")  # fmt: skip
    colour = alt.Color(f"{PLACE}:Q", scale=alt.Scale(domain=[0, 0.5, 1], range=SCALE, interpolate="rgb"), legend=legend)
    offset = alt.YOffset(f"{JITTER}:Q", scale=alt.Scale(domain=[-1.15, 1.15]))
    points = (
        alt.Chart(frame)
        .mark_circle(size=16, opacity=0.8)
        .encode(x=x, y=y, yOffset=offset, color=colour, tooltip=[FEATURE, TOLD, alt.Tooltip(GIVEN, format="+.2f")])
    )
    zero = alt.Chart(pd.DataFrame({GIVEN: [0.0]})).mark_rule(strokeDash=[4, 3], opacity=0.7).encode(x=x)
    return dressed(alt.layer(zero, points), 34 * len(order) + 30)


def course(frame: pd.DataFrame, label: str, unit: str, symbol: str) -> alt.LayerChart | None:
    """Contribution by value: a point per customer, and the middle of them along the values."""
    if frame.empty:
        return None
    told = {
        "share": "format(datum.value * 100, '.0f') + ' %'",
        "money": f"'{symbol}\u00a0' + format(datum.value, '~s')",
        "flag": "datum.value == 1 ? 'yes' : datum.value == 0 ? 'no' : ''",
    }.get(unit, "format(datum.value, '~s')")
    low, high = frame[VALUE].quantile([0.005, 0.995])
    near = frame[frame[VALUE].between(low, high)]
    named = f"{label}, {unit}" if unit in ("days", "hours") and unit not in label.lower() else label
    x = alt.X(f"{VALUE}:Q", title=named, scale=alt.Scale(zero=False, nice=False, padding=8),
              axis=alt.Axis(labelExpr=told, tickCount=6))  # fmt: skip
    y = alt.Y(f"{GIVEN}:Q", title="Contribution, log-odds", axis=alt.Axis(tickCount=5, format="+.1~f"))
    points = (
        alt.Chart(near)
        .mark_circle(size=18, opacity=0.45)
        .encode(x=x, y=y, tooltip=[TOLD, alt.Tooltip(GIVEN, format="+.2f")])
    )
    zero = alt.Chart(pd.DataFrame({GIVEN: [0.0]})).mark_rule(strokeDash=[4, 3], opacity=0.7).encode(y=y)
    layers = [zero, points]
    middle = _middle(near)
    if len(middle) > 2:
        colour = hues("line", {"middle": AMBER})
        layers.append(alt.Chart(middle.assign(line="middle")).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour))
    return dressed(alt.layer(*layers), 290)


def _middle(frame: pd.DataFrame, parts: int = 20) -> pd.DataFrame:
    """Median contribution in parts of equal size along the values."""
    part = pd.qcut(frame[VALUE], parts, duplicates="drop", labels=False)
    return frame.groupby(part)[[VALUE, GIVEN]].median().reset_index(drop=True)
