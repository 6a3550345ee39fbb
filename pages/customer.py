"""Customer: how likely to leave, why, what is at stake, what to do, and what happened, was said and was done."""

import streamlit as st

from pages.components import (
    access,
    customer_case,
    customer_changes,
    customer_decisions,
    customer_offers,
    customer_view,
    customer_what_if,
    customer_words,
    data,
    deciding,
    figures,
    proactive_view,
    sentences,
    widgets,
)

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

row = row | {"contract": data.customer_contract(wanted)}
case = customer_decisions.case_of(wanted)
offers = data.customer_offers(wanted)
offer = customer_offers.suggested(offers, row, case)
reasons, total = data.customer_reasons(wanted), data.customer_log_odds(wanted)
events = data.customer_events(wanted)

with title_place:
    widgets.head(row["name"] or row["customer_id"], run)
widgets.model_state(run)
deciding.notices()
widgets.say(sentences.verdict(row, run, data.second_orders(), customer_words.against(offer)), is_verdict=True)
proactive_view.told(data.customer_troubles(wanted), run)
widgets.tiles(figures.customer(row, run))

if total:
    left, right = st.columns([8, 5], gap="small")
    with left:
        customer_offers.card(offers, offer, row, run, case)
    with right:
        customer_view.in_words(reasons)

section = customer_view.section(bool(total))
if section == "history":
    customer_view.history(events, row, run)
if section == "change":
    customer_changes.why_changed(row)
if section == "what if":
    customer_what_if.what_if(row, run)
if section == "reasons" and total:
    customer_view.why(reasons, total, row)
if section == "contacts":
    customer_case.case(row, case, events, offers, run)
if section == "offers":
    customer_offers.rules(offers, row, run)
    customer_offers.recommendations(data.customer_recommendations(wanted))
