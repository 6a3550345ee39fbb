"""Two versions side by side: the same customers, and whom the list of either would hold. Computed by a run."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import decisions, list_words, run_panel, running, trained, widgets, words
from pages.components import version_words as own
from pages.components.trained import Comparison, Version

Run = Mapping[str, Any]


def lists(version: Version, run: Run) -> None:
    """Choose the other version, compare, and see who would be contacted."""
    others = {other.number: other for other in trained.versions() if other.number != version.number}
    if not others:
        widgets.nothing_found("There is no other version to compare with yet. Train another one in the part Train.")
        return
    in_use = [number for number, other in others.items() if other.state == trained.IN_USE]
    numbers = [*in_use, *(number for number in others if number not in in_use)]
    left, right = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    widgets.own_value("beside", numbers)
    with left:
        beside = st.selectbox("Beside version", numbers, key="beside", bind="query-params")
    found, is_stale = trained.comparison(str(beside), version.number)
    with right, st.container(horizontal=True, vertical_alignment="center"):
        _start(str(beside), version.number, found)
        if found:
            st.caption(words.literal(list_words.made(found, is_stale)))
    last = running.last("compare")
    if last and last.phase != running.DONE and not running.is_busy():  # a run at work is shown above
        run_panel.show("compare", place="compare")
    if found is None:
        widgets.nothing_found(list_words.not_yet(str(beside), version.number))
        return
    _people(found, run)
    _figures(found, run)


def _start(first: str, second: str, found: Comparison | None) -> None:
    busy, nobody = running.is_busy(), not decisions.person()
    st.button(
        "Compare anew" if found else "Compare", key="compare_now", type="secondary" if found else "primary",
        disabled=busy or nobody, on_click=partial(running.start, ["compare", first, second]),
        help="Sign in first." if nobody else "One run at a time." if busy else
        "Runs in a process of its own; nothing published changes.",
    )  # fmt: skip


def _people(found: Comparison, run: Run) -> None:
    """Who would be contacted, by either rule."""
    currency = run["currency"]
    for row, place in zip(found.lists, st.columns(len(found.lists), gap="small"), strict=True):
        realised = next((one for one in found.realised if one["rule"] == row["rule"]), None)
        with place, widgets.card(list_words.changed(row), list_words.list_note(row, found), list_words.LIST_HELP):
            st.table(list_words.money_table(row, realised, found, currency), hide_index=True)
            moves = list_words.moves_frame(row)
            if len(moves):
                with st.expander("Who join and who leave"):
                    st.dataframe(moves, hide_index=True, row_height=30, height="content" if len(moves) < 14 else 420,
                                 alt="Customers who join and leave the list by group")  # fmt: skip


def _figures(found: Comparison, run: Run) -> None:
    """Figures of both on the same customers."""
    if found.not_judged:
        st.caption(words.literal(f"Figures side by side: {found.not_judged}."))
        return
    day = words.day(pd.Timestamp(found.test_date))
    note = f"n = {words.count(found.judged)}, {day}, version {found.second} minus version {found.first}"
    with widgets.card(list_words.figures_title(found), note, own.PAIRED):
        st.dataframe(list_words.figures_frame(found, run["currency"]), hide_index=True, row_height=30, height="content",
                     alt="Figures of both versions on the same customers")  # fmt: skip
