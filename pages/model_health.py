"""Model health: do the probabilities keep their word, and is it time to train again?"""

import streamlit as st

from pages.components import access, data, model_health_drift, model_health_promises, model_health_view, widgets
from pages.components import model_health_words as own
from pages.components.parts import Parts

access.enter()
if not data.is_published():
    widgets.no_data(own.TITLE)
    st.stop()

run = data.run_info()
widgets.head(own.TITLE, run)
widgets.model_state(run)
advice = data.retrain_advice() if data.has_model_health() else None
if advice is None:
    widgets.nothing_found(own.NO_MODEL if data.has_model_health() else own.OLD)
    st.stop()

model_health_view.headline(advice, run)
part = Parts("health", own.PARTS).choose()
if part == own.PROMISES:
    model_health_promises.promises()
elif part == own.CALIBRATION:
    model_health_promises.calibration()
elif part == own.DRIFT:
    model_health_view.data_breaks()
    model_health_drift.drift()
else:
    model_health_drift.risks()
