"""Overview: are we keeping customers, what did retention earn, what next?"""

import streamlit as st

from pages.components import (
    access,
    data,
    figures,
    overview_figures,
    overview_shop,
    overview_view,
    overview_words,
    report_buttons,
    widgets,
)

access.enter()
if not data.is_published():
    widgets.no_data(overview_words.TITLE)
    st.stop()
if not data.has_kpis():
    widgets.head(overview_words.TITLE, data.run_info())
    widgets.nothing_found(figures.OLD)
    st.stop()

shop = overview_shop.gathered(data)
with st.container(horizontal=True, vertical_alignment="center"):
    widgets.head(overview_words.TITLE, shop.run)
    report_buttons.show()
widgets.model_state(shop.run)
widgets.say(overview_words.sentence(shop))
widgets.tiles(overview_figures.tiles(shop))
overview_view.show(shop)
