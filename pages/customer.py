"""Customer: how likely to leave, why, what is at stake and what happened so far."""

import streamlit as st

from pages.components import access, customer_view, data, figures, sentences, widgets

access.enter()
TITLE = "How does this customer stand?"
if not data.is_published():
    widgets.no_data(TITLE)
    st.stop()

run = data.run_info()
title_place, search_place = st.columns([3, 1], vertical_alignment="bottom")
with search_place:
    wanted = customer_view.search()
row = data.customer(wanted) if wanted else None
if row is None:
    with title_place:
        widgets.head(TITLE, run)
    widgets.model_state(run)
    customer_view.choose(wanted, data.find_customers(wanted), run)
    st.stop()

with title_place:
    widgets.head(row["name"] or row["customer_id"], run)
widgets.model_state(run)
widgets.say(sentences.verdict(row, run, data.second_orders()), is_verdict=True)
widgets.tiles(figures.customer(row, run))

reasons, total = data.customer_reasons(wanted), data.customer_log_odds(wanted)
if total:
    left, right = st.columns([7, 4], gap="small")
    with left:
        customer_view.why(reasons, total, row)
    with right:
        customer_view.in_words(reasons)
customer_view.history(data.customer_events(wanted), row, run)
