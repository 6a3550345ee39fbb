"""Which pages there are, in which group, and who may open them."""

import streamlit as st

# One line per page: its file in pages/ and its name. Groups say what people do there. No icons: Streamlit would load
# the icon of the open page from a font server, for the browser's tab.
PAGES = {
    "Keep": (("worklist", "Worklist"), ("customer", "Customer"), ("campaigns", "Campaigns")),
    "Understand": (("overview", "Overview"), ("segments", "Segments"), ("experience", "Experience")),
    "Trust": (("training", "Training"), ("model_health", "Model health"), ("data_health", "Data health")),
}
START = "overview"


def page(name: str) -> st.Page:
    """One page of the list, for links and switches."""
    title = dict(entry for group in PAGES.values() for entry in group)[name]
    return st.Page(f"pages/{name}.py", title=title, url_path=name)


def navigation() -> st.Page:
    """Register the pages the visitor may open and return the one that was asked for."""
    st.session_state["came_through_entry"] = True
    # Streamlit serves its default page under `/` alone; a hidden one that leads on lets every page keep its address.
    start = st.Page(_start, title="Stammkunde", url_path="start", default=True, visibility="hidden")
    groups = {group: [page(name) for name, _ in entries] for group, entries in PAGES.items()}
    current = st.navigation({"": [start], **groups})
    _recall(current)
    return current


def _recall(current: st.Page) -> None:
    """Open a page again with the filters or the customer it was left with, unless its address asks for others.

    Streamlit clears the address when pages are switched; whoever comes back from a customer expects the same list.
    """
    addresses = st.session_state.setdefault("addresses", {})
    has_arrived = st.session_state.get("open_page") != current.url_path
    st.session_state["open_page"] = current.url_path
    if has_arrived and not st.query_params and addresses.get(current.url_path):
        st.switch_page(current, query_params=addresses[current.url_path])
    addresses[current.url_path] = {name: st.query_params.get_all(name) for name in st.query_params}


def _start() -> None:
    st.switch_page(page(START))


def enter() -> None:
    """Send a visitor through `app.py` first; the first call of every page.

    A folder named `pages` switches on Streamlit's old navigation until `st.navigation` has run once in the server: a
    deep link as the very first visit would then run the page's file alone, without sign-in, theme and page list.
    """
    if not st.session_state.get("came_through_entry"):
        navigation()
        st.rerun()
