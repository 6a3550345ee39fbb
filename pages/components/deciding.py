"""What surrounds every decision: who makes it, in the sidebar, and what the workflow database would not do."""

from typing import Any

import streamlit as st

from pages.components import decisions, words


def name_tag() -> None:
    """Who decides, small, under the list of pages: a name to give, or the sign-in where one is configured."""
    with st.sidebar:
        if decisions.needs_sign_in():
            _signed_in()
        else:
            name = words.literal(decisions.person())
            with st.popover(f"Deciding as {name}", type="tertiary", key="name_tag"):
                st.text_input("Your name", value=decisions.person(), key="given_name", on_change=_remember,
                              max_chars=80)  # fmt: skip
                st.caption("Kept with each decision you make.")


def _remember() -> None:
    st.session_state["person"] = st.session_state["given_name"].strip()


def _signed_in() -> None:
    """The signed-in address, or the button that leads there."""
    if decisions.person():
        st.caption(f"Signed in as {words.literal(decisions.person())}")
        st.button("Sign out", type="tertiary", key="sign_out", on_click=st.logout)
    else:
        st.caption("Looking is free; deciding needs a name.")
        st.button("Sign in", type="tertiary", key="sign_in", on_click=st.login)


def notices() -> None:
    """What was refused since the last dismissal, at the place where a page calls this."""
    kept = st.session_state.get(decisions.PROBLEMS)
    if kept:
        with st.container(border=True, key="notices"):
            told, button = st.columns([12, 1], vertical_alignment="top")
            told.markdown("  \n".join(words.literal(line) for sentence in kept for line in sentence.splitlines()))
            button.button("Dismiss", type="tertiary", key="dismiss", on_click=kept.clear)


def rename(saved: Any, key: str) -> None:
    """Give a saved segment or view the name typed into the field `key`, which is then empty again."""
    name = st.session_state[key].strip()
    st.session_state[key] = ""
    if name and decisions.rename(saved, name):
        st.toast(f"Renamed to “{name}”.")


def remove(saved: Any) -> None:
    """Remove a saved segment or view."""
    if decisions.remove(saved):
        st.toast(f"“{saved.name}” is removed.")
