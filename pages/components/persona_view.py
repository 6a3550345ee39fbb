"""Personas: who they are in a rule of three conditions, what they are worth, and what to do for them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, persona_names, segment_choice, widgets, words
from pages.components import persona_charts as charts
from pages.components import segment_words as own

Record = Mapping[str, Any]


def show(names: Mapping[str, str], run: Record) -> None:
    """The personas as a table, beside the one that is chosen, else the first."""
    found, state = data.personas(), data.persona_state()
    if found.empty:
        widgets.nothing_found(f"There are no personas. {state.get('words', '')}")
        return
    picked = (st.session_state.get("who") or [found["persona_id"].iloc[0]])[0]
    chosen = found[found["persona_id"] == picked]
    row = (chosen if len(chosen) else found).iloc[0].to_dict()
    left, right = st.columns([7, 5], gap="small")
    kept = f"; {words.count(state['kept'])} known from the last run" if state["kept"] else ""
    note = (
        f"Same drivers of risk, alike in behaviour{kept} · n = {words.count(state['customers'])}, "
        f"{words.day(run['as_of_date'])} · click a row to choose"
    )
    with left, widgets.card(own.persona_title(found, state, names), note):
        _table(found, names, run)
    with right:
        _one(row, names, run)


def _table(found: pd.DataFrame, names: Mapping[str, str], run: Record) -> None:
    shown = pd.DataFrame(
        {
            "Persona": found["persona_id"].map(names),
            "Rule": found["rule"].map(words.sentence),
            "Customers": found["customers"].map(words.count),
            "Churn risk": found["mean_risk"].map(words.percent),
            "Value at risk": found["value_at_risk"].map(lambda amount: words.money(amount, run["currency"])),
        }
    )
    right = {name: st.column_config.TextColumn(alignment="right", width=84) for name in shown.columns[2:]}
    left = {
        "Persona": st.column_config.TextColumn(width=132),
        "Rule": st.column_config.TextColumn(width=250),
    }
    st.session_state["persona_rows"] = list(found["persona_id"])
    with st.container(key="persona_table"):
        st.dataframe(shown, key=segment_choice.chart_key("personas"), hide_index=True, row_height=58,
                     height="content", column_config=left | right, on_select=_on_row, selection_mode="single-cell",
                     placeholder=words.MISSING, alt="Personas with rule, size, risk and money")  # fmt: skip


def _on_row() -> None:
    """Choose the persona whose row was clicked."""
    cells = st.session_state[segment_choice.chart_key("personas")]["selection"]["cells"]
    if cells:
        segment_choice.choose(who=[st.session_state["persona_rows"][cells[0][0]]])
        st.session_state["personas_round"] = st.session_state.get("personas_round", 0) + 1


def _one(row: Record, names: Mapping[str, str], run: Record) -> None:
    """One persona: rule and how good it is, reasons, channel, play, name."""
    called = names.get(row["persona_id"], row["name"])
    value, at_risk = (words.money(row[name], run["currency"]) for name in ("expected_value", "value_at_risk"))
    note = (
        f"{words.plural(row['customers'], 'customer')} · {words.percent(row['mean_risk'])} churn risk · "
        f"{value} expected value, {at_risk} of it at risk"
    )
    with widgets.card(called, note):
        st.markdown(f"**Rule.** {words.literal(words.sentence(row['rule']) or 'No rule tells them apart')}.")
        st.caption(_how_good(row))
        st.markdown(words.literal(_reason(row)))
        frame = charts.reason_frame(data.persona_reason_groups(), row["persona_id"])
        st.altair_chart(charts.reason_bars(frame), alt=f"What drives the risk of {called}, beyond the whole shop")
        st.markdown(f"**Play.** {words.literal(_play(row, run))}  \n**Channel.** {words.literal(_channel(row))}")
        with st.container(horizontal=True, gap="small"):
            _rename(row["persona_id"], called)
            with st.popover("As a table", type="tertiary"):
                st.dataframe(frame.drop(columns=charts.SCORE), hide_index=True, row_height=30, height="content",
                             alt="Log-odds beyond the shop by group of features")  # fmt: skip


def _how_good(row: Record) -> str:
    if words.is_missing(row["rule_customers"]) or not row["rule"]:
        return "Its customers lie between the others."
    return (
        f"{words.percent(row['rule_precision'])} of the {words.count(row['rule_customers'])} customers it names are of "
        f"this persona, {words.percent(row['rule_coverage'])} of the persona are named."
    )


def _reason(row: Record) -> str:
    if words.is_missing(row["top_reason"]):
        return "Nothing stands out that raises their risk."
    return (
        f"What raises the risk most, for {words.percent(row['top_reason_share'])} of them: "
        f"{row['top_reason'][0].lower()}{row['top_reason'][1:]}. Groups of reasons beside the shop’s mean, in log-odds:"
    )


def _play(row: Record, run: Record) -> str:
    if words.is_missing(row["play"]):
        return "No allowed action is expected to earn anything: leave them alone."
    return (
        f"{row['play_title']}: {words.money(row['play_net'], run['currency'])} expected net from "
        f"{words.plural(row['play_customers'], 'customer')}."
    )


def _channel(row: Record) -> str:
    if words.is_missing(row["best_channel"]):
        if not data.totals()["has_consents"]:
            return "Not known: the data hold no consents."
        return "Not known: no channel reaches a fifth of them with consent."
    reach = f"{words.percent(row['channel_reach'])} may be reached by it"
    if words.is_missing(row["channel_rate"]):
        return f"{words.label(row['best_channel'])}: {reach}; nobody’s answers are known yet."
    return (
        f"{words.label(row['best_channel'])}: {words.percent(row['channel_rate'])} answered "
        f"(smoothed, {words.plural(row['channel_contacts'], 'contact')}); {reach}."
    )


def _rename(persona_id: str, called: str) -> None:
    """Give the persona a name of the team's own."""
    with st.popover("Rename"):
        st.text_input("Name for everybody", key="persona_name", placeholder=called, max_chars=80)
        st.button("Keep name", key="keep_name", on_click=_named, args=(persona_id,))
        st.caption("Kept as a saved segment, so that the worklist and campaigns know it by this name.")
        if persona_id in persona_names.given():
            st.button("Back to the name of the rule", key="drop_name", type="tertiary",
                      on_click=persona_names.rename, args=(persona_id, ""))  # fmt: skip


def _named(persona_id: str) -> None:
    name = st.session_state["persona_name"].strip()
    if name and persona_names.rename(persona_id, name):
        st.session_state["persona_name"] = ""
        st.toast(f"Now called “{name}” by everybody.")
