"""Data health: can what came in be trusted, and what would a new file look like?"""

import streamlit as st

from pages.components import access, data, data_health_parts, data_health_view, upload_view, widgets

access.enter()
title_place, part_place = st.columns([9, 4], vertical_alignment="bottom")
with part_place, st.container(horizontal=True, horizontal_alignment="right"):
    part = data_health_parts.choose()
run = data.run_info() if data.is_published() else None
with title_place:
    data_health_parts.head(part, run)

if part == data_health_parts.UPLOAD:
    upload_view.section()
elif run is None:
    widgets.first_steps()
else:
    widgets.model_state(run)
    data_health_view.section(run)
