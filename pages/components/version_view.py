"""The part "Versions" of the training page: the list, the chosen version's verdict, and what it brought."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import data, trained, version_promote, widgets, words
from pages.components import version_figures as figures
from pages.components import version_words as own
from pages.components.trained import Version
from pages.components.version_drivers import drivers
from pages.components.version_lists import lists
from pages.components.version_money import money
from pages.components.version_result import groups, ranking, result

_WIDTHS = {"Version": 62, "State": 92, "Trained": 128, "Data up to": 96, "Predicts": 250, "ROC AUC": 158,
           "Log loss": 158, "Judged on": 76, "Kind": 92}  # fmt: skip
_ROUND = "version_list_round"


def section() -> None:
    """The whole part; version and part stand in the URL."""
    found = trained.versions()
    if not found:
        widgets.nothing_found(own.NONE_YET)
        return
    run = data.run_info()
    _list(found)
    version = _head(found)
    widgets.own_value("show", own.PARTS)
    with st.container(horizontal=True, key="version_parts"):
        part = st.segmented_control(
            "What to look at", list(own.PARTS), key="show", default=own.RESULT, required=True,
            format_func=own.PARTS.get, bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
    parts = {own.RESULT: result, own.RANKING: ranking, own.MONEY: money, own.GROUPS: groups, own.DRIVERS: drivers,
             own.LISTS: lists}  # fmt: skip
    parts[part](version, run)
    version_promote.history()


def _list(found: Sequence[Version]) -> None:
    """Every version; a click on a row chooses it."""
    frame = figures.list_frame(found)
    columns: dict[str, Any] = {name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()}
    for name, metric in (("ROC AUC", "roc_auc"), ("Log loss", "log_loss")):
        columns[name] = st.column_config.TextColumn(
            width=158, help=f"{own.METRICS[metric][1]} In brackets: 95 % interval, customers drawn again."
        )
    columns["Predicts"] = st.column_config.TextColumn(
        width=250, help="What counts as churned, and whom the question is asked about. Figures of versions that "
        "predict something else cannot be compared."
    )  # fmt: skip
    key = f"version_list_{st.session_state.get(_ROUND, 0)}"
    st.session_state["version_rows"] = list(frame["Version"])
    st.dataframe(
        frame, key=key, hide_index=True, row_height=30, height="content" if len(frame) < 7 else 240,
        column_config=columns, on_select=_on_row, selection_mode="single-cell", placeholder=words.MISSING,
        alt="Every model version with its figures",
    )  # fmt: skip


def _on_row() -> None:
    """Choose the version whose row was clicked; the next table starts with nothing clicked."""
    key = f"version_list_{st.session_state.get(_ROUND, 0)}"
    cells = st.session_state[key]["selection"]["cells"]
    if cells:
        st.session_state["version"] = st.session_state["version_rows"][cells[0][0]]
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _head(found: Sequence[Version]) -> Version:
    """The chosen version's verdict, its card, and the way to put it to use."""
    by_number = {version.number: version for version in found}
    left, right = st.columns([3, 1], vertical_alignment="center")
    with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        card_place = st.container(width="content")
        widgets.own_value("version", by_number)
        # Plain numbers: they stand in the address, and a link must hold when a version's state changes.
        number = st.selectbox("Version", list(by_number), key="version", bind="query-params", width=110,
                              label_visibility="collapsed")  # fmt: skip
    version = by_number[number]
    with left, st.container(gap="xxsmall"):
        widgets.say(f"Version {version.number}. {own.verdict(version)}.", is_verdict=True)
        st.caption(words.literal(f"{own.scope(version)} · {own.label_told(version.facts['label'])}"), help=own.PAIRED)
    with card_place:
        _card(version)
    version_promote.section(version)
    return version


def _card(version: Version) -> None:
    """The model card to read and to keep."""
    with st.popover("Model card", type="tertiary", width="content", key="version_card"):
        st.download_button(
            "Download", version.card, f"model_card_{version.number}.md", "text/markdown", key="card_file",
            disabled=not version.card, on_click="ignore",
        )  # fmt: skip
        st.markdown(version.card or "The card of this version is gone.")
