"""The entry: page list, theme, and one friendly answer to anything that goes wrong. No logic."""

import logging

import streamlit as st

from pages.components import access, deciding, widgets

st.set_page_config(
    page_title="Stammkunde",
    page_icon="static/icon.svg",
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={"About": "Stammkunde keeps customers: who is about to stop buying, why, and what each is worth."},
)
widgets.frame()
page = access.navigation()
deciding.name_tag()
try:
    page.run()
except Exception:
    logging.getLogger("stammkunde").exception("Page %s failed", page.url_path)
    widgets.went_wrong()
