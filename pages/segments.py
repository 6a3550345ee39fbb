"""Segments: who the customers are, what they are worth, and where they drift."""

import streamlit as st

from pages.components import (
    access,
    data,
    deciding,
    persona_names,
    persona_view,
    segment_choice,
    segment_expansion,
    segment_loyalty,
    segment_movement,
    segment_saved,
    widgets,
)
from pages.components import segment_view as view
from pages.components import segment_words as own
from pages.components.parts import Parts

access.enter()
if not data.is_published():
    widgets.no_data(own.TITLE)
    st.stop()

run = data.run_info()
widgets.head(own.TITLE, run)
widgets.model_state(run)
notices_place = st.container()
if not data.has_segments():
    widgets.nothing_found(own.OLD)
    st.stop()

names, edges = persona_names.names(), data.value_edges()
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="segment_head"):
    tab = Parts("tab", dict(zip(own.TABS, own.TABS, strict=True))).choose()
    st.space("stretch")
    actions_place = st.container(horizontal=True, gap="small", width="content", vertical_alignment="center")
figures_place = st.container()
chosen = segment_choice.controls(edges, data.list_options(), names, run)
with actions_place:
    segment_choice.actions(chosen, names)
with figures_place:
    segment_choice.figures(chosen, run)
parts = {
    own.MAP: (view.value_map, edges, run),
    own.RFM: (view.rfm, run),
    own.LIFE: (view.lifecycle, run),
    own.WHO: (persona_view.show, names, run),
    own.MOVES: (segment_movement.show, run),
    own.LOYALTY: (segment_loyalty.show, run),
    own.EXPANSION: (segment_expansion.show, names, run),
    own.SAVED: (segment_saved.show, edges, names, run),
}
show, *given = parts[tab]
show(*given)
with notices_place:
    deciding.notices()  # last, so that what was refused just now is told at once
