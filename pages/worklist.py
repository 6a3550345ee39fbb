"""Worklist: whom to contact this week, why, with what, and what it is worth."""

from dataclasses import replace

import streamlit as st

from pages.components import (
    access,
    data,
    deciding,
    sentences,
    widgets,
    worklist,
    worklist_map,
    worklist_saved,
    worklist_table,
)
from pages.components import worklist_bulk as bulk
from pages.components import worklist_figures as figures
from pages.components import worklist_words as own

access.enter()
TITLE = "Whom should we contact this week?"
if not data.is_published():
    widgets.no_data(TITLE)
    st.stop()

run, totals, plan = data.run_info(), data.totals(), data.plan_totals()
titles = data.suggestion_titles()
has_actions = bool(titles)
widgets.head(TITLE, run)
widgets.model_state(run)
if sentences.has_model(run) and not has_actions:
    widgets.finding(*own.nothing_suggested(data.waiting(), totals["has_consents"]))
notices, figures_row, map_place = st.container(), st.container(), st.container()
chosen = worklist.filters(data.list_options(), titles, run)
marked = worklist.decided()
with notices:
    deciding.notices()

with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
    show = worklist.scope(bool(plan)) if has_actions else own.EVERYBODY
    chosen = replace(chosen, with_suggestion=show == own.SUGGESTED, in_plan=show == own.PLANNED)
    known = worklist.sorts(run, has_actions)
    order = worklist.order(known)
    worklist_saved.menu(chosen)
    st.button("Reset filters", type="tertiary", on_click=worklist.reset)
    st.space("stretch")
    count_place = st.empty()
    summary = data.list_summary(chosen, marked)
    page = worklist.paging(summary["customers"])
with figures_row:
    summary |= data.planned_totals(chosen, marked) if has_actions else {}
    widgets.tiles(figures.tiles(summary, totals, plan, run, has_actions))
if has_actions:
    with map_place:
        worklist_map.section(chosen, marked, titles, run["currency"])
if not summary["customers"]:
    widgets.nothing_found(sentences.empty_list(data.loosening(chosen, marked), run))
    st.stop()

count_place.caption(worklist.position(page, summary["customers"]), width="content")
rows = data.list_page(chosen, order, page, worklist.SIZE, marked)
taken = worklist_table.taken_up(rows, worklist.today())
if has_actions:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bulk"):
        bulk.bar(bulk.Reach(chosen, marked, summary["customers"], run["run_id"], worklist.today()))
opened = worklist_table.table(rows, taken, run, order, known)
st.caption(own.list_note(sentences.left_out(totals, run), run, has_actions))
if opened:
    st.switch_page(access.page("customer"), query_params={"customer_id": opened})
