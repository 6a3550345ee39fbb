"""What can be opened again: a person's views of the worklist, and segments that everybody shares."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from pages.components import data, deciding, decisions
from pages.components.data import ListFilter
from pages.components.worklist import DEFAULTS, DIRECTIONS, FIELDS

PAGE = "worklist"
KEPT = (*(key for key in DEFAULTS if key != "page"), "sort", "order")


def menu(chosen: ListFilter) -> None:
    """The menu of views and segments."""
    with st.popover("Saved", key="saved"):
        views, shared = st.tabs(["My views", "Shared segments"])
        with views:
            _opened(decisions.views(PAGE), "view", "A view keeps filters, scope and order, for you alone.", _open)
            _new("view", "Keep this view as", _keep_view)
        with shared:
            _opened(decisions.saved_segments(), "segment", "A segment keeps a filter, for everybody.", _apply)
            _new("segment", "Keep this filter as", partial(_keep_segment, chosen))


def _opened(kept: list[Any], kind: str, about: str, open_it: Any) -> None:
    """Choose one of what was kept: open, rename or remove it."""
    st.caption(about)
    if not kept:
        return
    names = {one.name: one for one in kept}
    name = st.selectbox(f"Saved {kind}s", list(names), key=f"{kind}_name", label_visibility="collapsed")
    one = names[name]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button("Open", key=f"{kind}_open", type="primary", on_click=partial(open_it, one))
        st.button("Remove", key=f"{kind}_remove", type="tertiary", on_click=partial(deciding.remove, one))
    st.text_input("Rename to", key=f"{kind}_rename", placeholder=name, max_chars=80,
                  on_change=partial(deciding.rename, one, f"{kind}_rename"))  # fmt: skip


def _new(kind: str, label: str, keep: Any) -> None:
    name = st.text_input(label, key=f"new_{kind}", placeholder="A name, then Enter", max_chars=80)
    st.button("Keep", key=f"{kind}_keep", disabled=not name.strip(), on_click=partial(keep, name.strip()))


def _open(view: Any) -> None:
    """Show the page as the view keeps it."""
    state = {key: value for key, value in view.state.items() if key in KEPT}
    st.session_state.update({**DEFAULTS, "order": DIRECTIONS[0], **state})


def _apply(segment: Any) -> None:
    """Filter by a segment; what it does not say is not filtered."""
    st.session_state.update(DEFAULTS | state_of(data.filter_of(segment.definition)))


def state_of(chosen: ListFilter) -> Mapping[str, Any]:
    """The controls that say a filter."""
    given = {key: getattr(chosen, field) for key, field in FIELDS.items()}
    state = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    money = {key: int(state[key]) for key in ("min_value", "expected_from", "expected_to")}
    show = DEFAULTS["show"] if chosen.with_suggestion else "In the plan" if chosen.in_plan else "All customers"
    return {**state, **money, "held_out": not chosen.hide_held_out, "show": show}


def _keep_view(name: str) -> None:
    state = {key: st.session_state[key] for key in KEPT if key in st.session_state}
    if decisions.keep_view(PAGE, name, state):
        st.session_state["new_view"] = ""
        st.toast(f"Kept as “{name}”.")


def _keep_segment(chosen: ListFilter, name: str) -> None:
    if decisions.keep_segment(name, data.definition_of(chosen)):
        st.session_state["new_segment"] = ""
        st.toast(f"Kept for everybody as “{name}”.")
