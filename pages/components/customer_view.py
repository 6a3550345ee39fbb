"""The customer page's parts: search, choice among matches, reasons in words, table of events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import customer_charts as charts
from pages.components import lane, sentences, widgets, words
from pages.components.charts import TEXT
from pages.components.segment_view import behind

Record = Mapping[str, Any]
SECTIONS = {
    "history": "What happened",
    "contacts": "Contacts and answers",
    "change": "Why the risk changed",
    "what if": "What if",
    "offers": "Rules and offers",
    "reasons": "What the risk is made of",
}
OF_A_RISK = ("change", "what if", "reasons")


def search() -> str:
    """The number of the wanted customer, or a part of a name; it stands in the URL as `customer_id`."""
    return st.text_input(
        "Find a customer", key="customer_id", placeholder="Find by name or number", bind="query-params",
        icon=":material/search:", label_visibility="collapsed", on_change=_forget_inputs,
    ).strip()  # fmt: skip


def _forget_inputs() -> None:
    """What was tried on one customer says nothing about the next."""
    for place in (st.session_state, st.query_params):
        for name in [name for name in place if name == "change" or str(name).startswith("if_")]:
            del place[name]


def choose(wanted: str, matches: pd.DataFrame, run: Record) -> None:
    """What to do without a known customer: pick one of the matches, or search for another."""
    if matches.empty:
        widgets.nothing_found(
            f"No customer has “{wanted}” in name or number. Check the spelling, or pick somebody from the worklist."
        )
        return
    most = "at risk" if sentences.has_model(run) else "revenue in the last 12 months"
    st.markdown("These match:" if wanted else f"Search by name or number, or pick one of those with most {most}:")
    shown = pd.DataFrame(
        {
            words.COLUMNS["name"]: matches["name"].fillna(matches["customer_id"]),
            words.COLUMNS["customer_id"]: matches["customer_id"],
            words.COLUMNS["country"]: matches["country"],
            words.COLUMNS["churn_risk"]: matches["churn_risk"].map(words.percent),
            words.COLUMNS["value_at_risk"]: matches["value_at_risk"].map(lambda v: words.money(v, run["currency"])),
            words.COLUMNS["last_ordered_at"]: matches["last_ordered_at"].map(words.day),
        }
    )
    right = st.column_config.TextColumn(alignment="right")
    columns: dict[str, Any] = {
        words.COLUMNS[name]: right for name in ("churn_risk", "value_at_risk", "last_ordered_at")
    }
    columns[lane.NUMBER] = st.column_config.TextColumn(lane.LABEL, width=lane.WIDTH, alignment="right")
    st.session_state["matches"] = list(matches["customer_id"])
    with st.container(key="matches_table"):
        st.dataframe(
            lane.numbered(shown), key="matched", hide_index=True, row_height=30, height="content",
            column_config=columns, on_select=_pick, selection_mode="single-cell", placeholder=words.MISSING,
            alt="Customers that match",
        )  # fmt: skip


def _pick() -> None:
    """Open the customer whose row was clicked."""
    row = lane.opened(st.session_state["matched"]["selection"])
    if row is not None:
        _forget_inputs()
        st.session_state["customer_id"] = st.session_state["matches"][row]


def section(has_risk: bool) -> str:
    """Which part of the case is looked at; it stands in the URL. Who has no risk has none of its parts."""
    offered = [name for name in SECTIONS if has_risk or name not in OF_A_RISK]
    chosen = st.segmented_control(
        "Section", offered, key="section", default=offered[0], required=True, format_func=SECTIONS.get,
        label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    return chosen or offered[0]


def why(reasons: pd.DataFrame, total: Record, row: Record) -> None:
    """The reasons as a waterfall that ends in the calibrated probability."""
    note = f"In log-odds, as of {words.day(total['as_of_date'])} · associated with the risk, not proven causes"
    with widgets.card(f"What the {words.percent(row['churn_risk'])} is made of", note):
        frame = charts.waterfall_frame(reasons, total)
        st.altair_chart(charts.waterfall(frame), alt="Reasons that add up to the churn risk, in log-odds")
        behind(frame[[charts.STEP, charts.EFFECT, TEXT]], "Reasons that add up to the churn risk")


def in_words(reasons: pd.DataFrame) -> None:
    """Up to three reasons that raise the risk and two that lower it, as text."""
    with widgets.card("The strongest reasons in words"):
        for title, sign, found in (
            ("Associated with a higher risk", "▲", reasons[reasons["contribution"] > 0].head(3)),
            ("Associated with a lower risk", "▼", reasons[reasons["contribution"] < 0].head(2)),
        ):
            lines = [f"{sign} {words.sentence(text)}" for text in found["reason"]] or ["Nothing that stands out"]
            st.caption(title)
            st.markdown("  \n".join(map(words.literal, lines)))


def history(events: pd.DataFrame, row: Record, run: Record) -> None:
    """Everything that happened on one time axis, and the table behind it."""
    if events.empty:
        widgets.nothing_found("Nothing has happened with this customer that the data know of.")
        return
    now = datetime.combine(run["as_of_date"], datetime.min.time())
    expected = expected_next(row)
    frame = charts.timeline_frame(events, run["currency"], now)
    note = f"{words.plural(len(events), 'event')}, size of a mark: amount"
    if expected:
        late = expected < now
        note += f" · next order {'was ' if late else ''}expected around {words.day(expected)}"
    with widgets.card("What happened so far", note):
        st.altair_chart(charts.timeline(frame, now, expected), alt="Events of this customer over time, by kind")
        with st.expander("The same as a table"):
            st.dataframe(
                frame[[charts.WHEN, charts.WHAT, charts.MONEY, charts.DETAIL]].iloc[::-1].assign(
                    **{charts.WHEN: lambda events: events[charts.WHEN].map(words.day)}
                ),
                hide_index=True, height=min(36 + 32 * max(len(frame), 1), 360), row_height=32,
                placeholder=words.MISSING, alt="Events of this customer, newest first",
                column_config={charts.MONEY: st.column_config.TextColumn(alignment="right")},
            )  # fmt: skip


def expected_next(row: Record) -> datetime | None:
    """The last order plus the customer's usual gap, or None without a rhythm."""
    if words.is_missing(row["typical_gap_days"]) or words.is_missing(row["last_ordered_at"]):
        return None
    return pd.Timestamp(row["last_ordered_at"]).to_pydatetime() + timedelta(days=float(row["typical_gap_days"]))
