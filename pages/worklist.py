"""Worklist: whom to contact this week, why, and what is at stake."""

import streamlit as st

from pages.components import access, data, figures, sentences, widgets, worklist

access.enter()
TITLE = "Whom should we contact this week?"
if not data.is_published():
    widgets.no_data(TITLE)
    st.stop()

run = data.run_info()
widgets.head(TITLE, run)
widgets.model_state(run)
figures_row = st.container()
chosen = worklist.filters(data.list_options(), run)
summary, totals = data.list_summary(chosen), data.totals()
with figures_row:
    widgets.tiles(figures.worklist(summary, totals, run))

with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    order = worklist.order(run)
    worklist.held_out()
    st.button("Reset filters", type="tertiary", on_click=worklist.reset)
    st.space("stretch")
    count_place = st.empty()
    page = worklist.paging(summary["customers"])
if not summary["customers"]:
    widgets.nothing_found(sentences.empty_list(data.loosening(chosen), run))
    st.stop()

count_place.caption(worklist.position(page, summary["customers"]), width="content")
opened = worklist.table(data.list_page(chosen, order, page, worklist.SIZE), run, order)
st.caption(sentences.list_note(totals, run))
if opened:
    st.switch_page(access.page("customer"), query_params={"customer_id": opened})
