"""Why the risk changed since the last run: three exact re-scorings as steps from then to now, and in words."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import customer_words, data, widgets, words
from pages.components.charts import TEXT
from pages.components.customer_charts import EFFECT, FROM, LOWERS, PLACE, RAISES, STEP, TO, TOTAL
from pages.components.segment_view import behind
from pages.components.theme import AMBER, BLUE, GREY, dressed, hues

Record = Mapping[str, Any]
PARTS = {"time_part": "Time passed", "behaviour_part": "What happened", "model_part": "The model"}


def why_changed(row: Record) -> None:
    """The parts of the change as a chart and in words, or why there is nothing to compare."""
    info, change = data.risk_change_info(), data.risk_change(row["customer_id"])
    if info is None or change is None:
        widgets.nothing_found(customer_words.not_compared(info, row))
        return
    note = f"As of {words.day(change['previous_as_of'])} and {words.day(info['as_of'])}; three re-scorings that add up"
    with widgets.card(customer_words.change_title(change), note):
        if words.is_missing(change["time_part"]):
            st.caption(words.literal(info["note"] or "What the last run knew of this customer is not known any more."))
            return
        left, right = st.columns([6, 5], gap="medium")
        with left:
            frame = steps(change)
            st.altair_chart(chart(frame), alt="Parts that add up from the risk then to the risk now")
            behind(frame[[STEP, EFFECT, TEXT]], "Parts that add up from the risk then to the risk now")
        with right:
            happened = data.happened_since(row["customer_id"], change["previous_as_of"])
            for name, (size, told) in zip(
                PARTS.values(), customer_words.change_lines(change, happened, info), strict=True
            ):
                st.markdown(f"**{name}: {size}**  \n{words.literal(told)}")


def steps(change: Record) -> pd.DataFrame:
    """Risk then, three steps, risk now, as running sums of probabilities; the steps add up exactly."""
    level = float(change["previous_risk"])
    rows = [{PLACE: 0, STEP: "Risk then", FROM: 0.0, TO: level, EFFECT: TOTAL, TEXT: words.percent(level)}]
    for column, name in PARTS.items():
        size = float(change[column])
        rows.append({PLACE: len(rows), STEP: name, FROM: level, TO: level + size,
                     EFFECT: RAISES if size > 0 else LOWERS, TEXT: customer_words.points(size)})  # fmt: skip
        level += size
    rows.append({PLACE: len(rows), STEP: "Risk now", FROM: 0.0, TO: level, EFFECT: TOTAL, TEXT: words.percent(level)})
    return pd.DataFrame(rows)


def chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Bars from probability to probability; ▲ and amber raise, ▼ and blue lower."""
    percent = "format(datum.value * 100, '.0f') + ' %'"
    top = min(1.0, float(frame[[FROM, TO]].max().max()) * 1.3 + 0.02)
    y = alt.Y(f"{STEP}:N", sort=alt.SortField(PLACE), title=None, axis=alt.Axis(labelOpacity=1, labelFontSize=12))
    x = alt.X(f"{FROM}:Q", title=None, scale=alt.Scale(domain=[0, top], nice=False),
              axis=alt.Axis(labelExpr=percent, tickCount=5))  # fmt: skip
    base = alt.Chart(frame.assign(end=frame[[FROM, TO]].max(axis=1))).encode(y=y)
    layers = [
        base.mark_bar(height={"band": 0.6}, cornerRadius=2).encode(
            x=x, x2=TO, tooltip=[STEP, alt.Tooltip(TEXT, title="Size"), EFFECT],
            color=hues(EFFECT, {LOWERS: BLUE, RAISES: AMBER, TOTAL: GREY}),
        ),
        base.mark_text(align="left", dx=5, fontWeight=500).encode(x=alt.X("end:Q"), text=TEXT),
    ]  # fmt: skip
    return dressed(alt.layer(*layers), 30 * len(frame) + 30)
