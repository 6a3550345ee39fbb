"""Campaigns: what the budget is worth, what to try next, and whether it worked."""

import streamlit as st

from pages.components import (
    access,
    campaign_new,
    campaign_parts,
    campaign_running,
    data,
    deciding,
    initiative_new,
    plan_view,
    widgets,
)

access.enter()
if not data.is_published():
    widgets.no_data(campaign_parts.TITLES[campaign_parts.PLAN])
    st.stop()

run = data.run_info()
part = campaign_parts.PAGE.head(run)
widgets.model_state(run)
deciding.notices()

if part == campaign_parts.PLAN:
    plan_view.show(run)
elif part == campaign_parts.NEW:
    campaign_new.show(run)
elif part == campaign_parts.SERVICE:
    initiative_new.show(run)
else:
    campaign_running.show(run)
