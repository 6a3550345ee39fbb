"""Loyalty of five kinds: what binds each group to the shop, and on what evidence."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, segment_choice, widgets, words
from pages.components import segment_charts as charts
from pages.components import segment_words as own
from pages.components.segment_view import behind

Record = Mapping[str, Any]


def show(run: Record) -> None:
    """Five kinds of bond per group; a click tells one group's evidence and what would strengthen its weakest."""
    profile = data.loyalty_profile()
    picked = (st.session_state.get("rfm") or [""])[0]
    frame = charts.bond_frame(profile, picked)
    left, right = st.columns([7, 5], gap="small")
    note = "Of 100 customers or orders so many show the bond · compare groups, not kinds · *: a part is not known"
    with left, widgets.card(own.loyalty_title(profile), note):
        st.altair_chart(charts.bonds(frame), key=segment_choice.chart_key("bonds"), on_select=_on_bonds,
                        selection_mode="square", alt="Loyalty of five kinds by RFM group, 0 to 100")  # fmt: skip
        behind(frame, "Loyalty of five kinds by RFM group", ("share", charts.CHOSEN, charts.SCORE))
    mine = profile[profile["segment"] == picked]
    with right:
        _evidence(mine if len(mine) else profile[profile["segment"] == ""], profile, run)


def _on_bonds() -> None:
    square = segment_choice.clicked("bonds")
    if square:
        segment_choice.choose(rfm=[square["segment"]] if square["segment"] else [])


def _evidence(mine: pd.DataFrame, profile: pd.DataFrame, run: Record) -> None:
    """What one group's bonds rest on, beside the whole shop, and which actions fit the weakest."""
    shop = profile[profile["segment"] == ""].set_index("bond")["score"]
    name = words.label(mine["segment"].iloc[0]) if len(mine) and mine["segment"].iloc[0] else "the whole shop"
    size = mine["customers"].iloc[0] if len(mine) else 0
    with widgets.card(f"What binds {name}", f"n = {words.plural(size, 'customer')}, {words.day(run['as_of_date'])}"):
        rows = mine.to_dict("records")
        for row in rows:
            st.markdown(_bond(row, shop))
        beyond = {row["bond"]: row["score"] - shop[row["bond"]] for row in rows if not words.is_missing(row["score"])}
        below = {bond: points for bond, points in beyond.items() if points < -0.5}
        weakest = min(below, key=lambda bond: below[bond], default=None)
        actions = data.bond_actions().get(weakest or "", []) if name != "the whole shop" else []
        if actions:
            told = f"Furthest below the shop: {weakest}. Actions that strengthen it: {', '.join(actions)}."
            st.caption(words.literal(told))


def _bond(row: Record, shop: pd.Series) -> str:
    """One bond with its score beside the whole shop's, what it rests on, and what is left out."""
    if words.is_missing(row["score"]):
        score = "**not known**"
    else:
        score = f"**{row['score']:.0f}**" + (f" (shop {shop[row['bond']]:.0f})" if row["segment"] else "")
    lines = [row["evidence"], f"Left out: {row['missing']}." if row["missing"] else ""]
    return f"{words.label(row['bond'])} {score}  \n" + words.literal(" ".join(filter(None, lines)))
