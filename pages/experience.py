"""Experience: what customers say, how they are served, and where that drives them away."""

import streamlit as st

from pages.components import (
    access,
    data,
    deciding,
    experience_calls,
    experience_service,
    experience_support,
    experience_view,
    experience_voice,
    journey_view,
    widgets,
)
from pages.components import experience_words as own
from pages.components.parts import Parts

access.enter()
if not data.is_published():
    widgets.no_data(own.TITLE)
    st.stop()

run = data.run_info()
widgets.head(own.TITLE, run)
widgets.model_state(run)
notices_place = st.container()
if not data.has_experience():
    widgets.nothing_found(own.OLD)
    st.stop()

experience_view.figures(run)
part = Parts("experience", own.PARTS).choose()
parts = {
    own.VOICE: experience_voice.show,
    own.SERVICE: experience_service.show,
    own.SUPPORT: experience_support.show,
    own.CALLS: experience_calls.show,
    own.JOURNEY: journey_view.show,
}
parts[part](run)
with notices_place:
    deciding.notices()  # last, so that what was refused just now is told at once
