"""Training: is there enough to learn from, what did a training bring, and which model goes live."""

import streamlit as st

from pages.components import (
    access,
    data,
    deciding,
    label_lab_view,
    run_panel,
    training_parts,
    training_run,
    version_view,
    widgets,
)

access.enter()
if not data.is_published():
    widgets.no_data(training_parts.TITLES[training_parts.TRAIN])
    run_panel.show("refresh")
    st.stop()

run = data.run_info()
part = training_parts.PAGE.head(run)
widgets.model_state(run)
deciding.notices()

if part == training_parts.TRAIN:
    training_run.section()
elif part == training_parts.VERSIONS:
    version_view.section()
    run_panel.watch()
else:
    label_lab_view.section()
    run_panel.watch()
