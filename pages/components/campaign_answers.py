"""Answers from a mail tool or a call list: a file is read, its rejects are shown, and one click keeps the rest."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import campaign_decisions as doors
from pages.components import words
from pages.components.campaign_decisions import Campaign

SHOWN = 5
HEADS = {"row": "Row", "column": "Column", "value": "Value", "reason": "Why not"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def show(campaign: Campaign) -> None:
    """The upload of one campaign, and what the last one did."""
    given = st.file_uploader(
        "Answers from the mail tool", type=["csv", "xlsx"], key=f"answers:{campaign.campaign_id}",
        help="One row per answer: customer number and result, such as accepted, refused or unsubscribed; if known the "
        "moment and a note.",
    )  # fmt: skip
    read = doors.read_answers(given.getvalue(), given.name) if given else None
    if isinstance(read, str):
        st.markdown(words.literal(read))
    elif read:
        _to_keep(campaign, *read)
    _kept(st.session_state.get(_key(campaign)))


def _to_keep(campaign: Campaign, answers: pd.DataFrame, rejects: pd.DataFrame) -> None:
    """What the file holds, before anything is kept."""
    st.markdown(f"{words.plural(len(answers), 'answer')} can be kept.")
    _refused(rejects, "cannot be read", "unread")
    if len(answers) and st.button(f"Keep {words.plural(len(answers), 'answer')}", type="primary", key="keep_answers"):
        kept = doors.keep_answers(campaign.campaign_id, answers)
        if kept:
            st.session_state[_key(campaign)] = kept
            st.toast(f"{words.plural(kept.added, 'answer')} kept")
        st.rerun()


def _kept(kept: Any) -> None:
    """What the last import did."""
    if kept is None:
        return
    objections = f", {words.count(kept.objections)} of them objections" if kept.objections else ""
    added = words.plural(kept.added, "answer")
    st.caption(f"Last file: {added} kept{objections}; {words.count(kept.known)} known before.")
    _refused(kept.rejects, "of nobody this campaign contacted", "not_kept")


def _refused(rejects: pd.DataFrame, why: str, key: str) -> None:
    """Rows that were refused: the first ones, and all as a file."""
    if rejects.empty:
        return
    st.markdown(f"{words.plural(len(rejects), 'row')} {why}:")
    st.dataframe(rejects.head(SHOWN).rename(columns=HEADS), hide_index=True, row_height=30, height="content",
                 key=f"{key}_rows", alt="Rows that were refused")  # fmt: skip
    st.download_button("All of them as CSV", csv(rejects), "rejects.csv", key=key, on_click="ignore",
                       icon=":material/download:")  # fmt: skip


def csv(rows: pd.DataFrame) -> bytes:
    """A table as a file; what begins like a formula is kept from being one in a spreadsheet."""
    safe = rows.astype(str).map(lambda text: f"'{text}" if text.startswith(FORMULA_STARTS) else text)
    return safe.to_csv(index=False).encode("utf-8-sig")


def _key(campaign: Campaign) -> str:
    return f"kept_answers:{campaign.campaign_id}"
