"""Saved segments: what everybody keeps under a name, counted anew on the present list."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.components import access, data, deciding, decisions, segment_choice, widgets, words

Record = Mapping[str, Any]
SHOWN = 60


def show(edges: Sequence[Record], names: Mapping[str, str], run: Record) -> None:
    """One row per saved segment: who is meant, how many they are now, who made it, and what can be done."""
    kept = decisions.saved_segments()
    if not kept:
        widgets.nothing_found(
            "No segment is saved yet. Choose customers above or on another tab, then press “Save as segment”."
        )
        return
    makers = decisions.segment_makers()
    note = "Shared by everybody, in the worklist and in campaigns; counted anew with every score"
    with (
        widgets.card(f"{words.plural(len(kept), 'segment')} saved", note),
        st.container(height=380 if len(kept) > 6 else "content", border=False),
    ):
        for segment in kept[:SHOWN]:
            _row(segment, makers.get(segment.segment_id, ""), (edges, names, run))
        if len(kept) > SHOWN:
            st.caption(f"The first {SHOWN} by name. The worklist's menu “Saved” has them all.")


def _row(segment: Any, maker: str, shop: tuple[Sequence[Record], Mapping[str, str], Record]) -> None:
    edges, names, run = shop
    chosen = data.filter_of(segment.definition)
    summary = data.list_summary(chosen)
    money = f", {words.money(summary['value_at_risk'], run['currency'])} at risk" if summary["value_at_risk"] else ""
    made = f"by {maker} on {words.day(segment.created_at)}" if maker else words.day(segment.created_at)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{words.literal(segment.name)}** · {words.plural(summary['customers'], 'customer')}{money}")
            st.caption(words.literal(f"{segment_choice.told(chosen, edges, names, run['currency'])} · {made}"))
        controls = segment_choice.controls_of(chosen, edges, names, data.expansion_opportunities())
        st.button("Choose", key=f"choose_{segment.segment_id}", disabled=controls is None,
                  on_click=st.session_state.update, args=(controls or {},),
                  help="Choose them on every tab of this page; greyed where it has no such filter.")  # fmt: skip
        opens = st.button("Open", key=f"open_{segment.segment_id}", disabled=not summary["customers"],
                          help="Open in the worklist")  # fmt: skip
        with st.popover("Edit"):
            key = f"name_{segment.segment_id}"
            st.text_input("Another name", key=key, placeholder=segment.name, max_chars=80,
                          on_change=partial(deciding.rename, segment, key))  # fmt: skip
            st.button("Remove", key=f"remove_{segment.segment_id}", on_click=partial(deciding.remove, segment))
            st.caption("Removing takes it away for everybody; campaigns that were launched stay as they are.")
    if opens:
        st.switch_page(access.page("worklist"), query_params=segment_choice.address(chosen, names))
