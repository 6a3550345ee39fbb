"""What drives the risk of one persona, beside the whole shop."""

import altair as alt
import pandas as pd

from pages.components import words
from pages.components.segment_charts import GROUP, SCORE, SHOWN, WAY
from pages.components.theme import AMBER, BLUE, dressed, hues


def reason_frame(groups: pd.DataFrame, persona: str) -> pd.DataFrame:
    """What each group of features adds to a persona's log-odds beyond the whole shop's mean, strongest first."""
    mine = groups[groups["persona_id"] == persona]
    beyond = mine["log_odds"] - mine["shop_log_odds"]
    frame = pd.DataFrame({GROUP: mine["feature_group"].map(words.label), SCORE: beyond}).assign(
        order=beyond.abs(), **{SHOWN: [_signed(value) for value in beyond]}
    )
    frame[WAY] = ["raises the risk" if value > 0 else "lowers the risk" for value in beyond]
    return frame.sort_values("order", ascending=False).head(5).drop(columns="order").reset_index(drop=True)


def _signed(value: float) -> str:
    """Two digits with a sign; nothing has none."""
    return f"{value:+.2f}".replace("-", "−") if round(abs(value), 2) else "0.00"


def reason_bars(frame: pd.DataFrame, height: int = 132) -> alt.LayerChart:
    """Bars to the right raise the risk, to the left lower it, each beside its group of features."""
    reach = float(frame[SCORE].abs().max() or 1) * 1.4
    x = alt.X(f"{SCORE}:Q", title=None, axis=None, scale=alt.Scale(domain=[-reach, reach]))
    y = alt.Y(f"{GROUP}:N", sort=None, title=None, axis=alt.Axis(domain=False, labelLimit=140))
    base = alt.Chart(frame).encode(
        x=x, y=y, tooltip=[GROUP, alt.Tooltip(SHOWN, title="Log-odds beyond the shop’s"), WAY]
    )
    color = hues(WAY, {"lowers the risk": BLUE, "raises the risk": AMBER})
    bars = base.mark_bar(height={"band": 0.62}, cornerRadiusEnd=2).encode(color=color)
    right = base.transform_filter(f"datum['{SCORE}'] > 0").mark_text(align="left", dx=4).encode(text=f"{SHOWN}:N")
    left = base.transform_filter(f"datum['{SCORE}'] <= 0").mark_text(align="right", dx=-4).encode(text=f"{SHOWN}:N")
    return dressed(alt.layer(bars, right, left), height)
