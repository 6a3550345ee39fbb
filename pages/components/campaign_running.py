"""Launched campaigns: the list, one of them with its result, and what was learned of the actions."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import (
    campaign_audience,
    campaign_work,
    data,
    initiative_result,
    plan_view,
    result_figures,
    result_words,
    widgets,
    words,
)
from pages.components import campaign_decisions as doors
from pages.components.campaign_words import QUESTIONS
from pages.components.result_words import MEASURED, SHOP
from pages.components.segment_view import behind

Record = dict[str, Any]
LIST_HEIGHT = 36 + 30 * 7


def show(run: Record) -> None:
    """The whole part."""
    if not data.has_results():
        plan_view.not_yet()
        return
    results = data.campaign_results()
    known = [one for one in doors.listed() if one.status != "draft"]
    drawn = {one.campaign_id: doors.tally(one.campaign_id).arms for one in known}
    found = initiative_result.stated(result_figures.campaigns(known, results, doors.today(), drawn))
    widgets.tiles(result_figures.tiles(found, results, run))
    if found:
        picked = _choose([*result_figures.together(results), *found], run)
        _one(picked, results, run)
    else:
        widgets.nothing_found(
            "No campaign was launched yet, and the shop's log has none. Make a plan, then a campaign of it."
        )
    _learned(run)


def _choose(found: list[Record], run: Record) -> Record:
    """The list, and the campaign that is open: a click in the list opens another."""
    by_key = {one["key"]: one for one in found}
    start = _first(found)["key"]
    if st.session_state.get("campaign", start) not in by_key:
        st.session_state["campaign"] = start
    shown = result_figures.listed(found, run["currency"])
    left = ("Campaign", "Source", "State")
    columns = {
        name: st.column_config.TextColumn(alignment="left" if name in left else "right") for name in shown.columns
    }
    st.session_state["campaign_keys"] = list(by_key)
    with st.container(key="campaign_table"):
        st.dataframe(shown, key="campaigns_listed", hide_index=True, row_height=30, column_config=columns,
                     height=min(LIST_HEIGHT, 36 + 30 * len(shown)), on_select=_pick, selection_mode="single-cell",
                     placeholder=words.MISSING, alt="Campaigns, newest first")  # fmt: skip
    picked = st.selectbox(
        "Campaign", list(by_key), index=list(by_key).index(start), key="campaign", bind="query-params", width=420,
        format_func=lambda key: _label(by_key[key]),
    )  # fmt: skip
    return by_key[picked]


def _first(found: list[Record]) -> Record:
    """What to open unasked: the newest campaign that was launched here, else all that have a result together."""
    here = [one for one in found if one["campaign"]]
    return next(iter(here or found))


def _label(one: Mapping[str, Any]) -> str:
    """The name of a campaign, unlike any other's."""
    return f"{one['name']} (shop’s log)" if one["source"] == SHOP else one["name"]


def _pick() -> None:
    """Open the campaign whose row was clicked."""
    cells = st.session_state["campaigns_listed"]["selection"]["cells"]
    if cells:
        st.session_state["campaign"] = st.session_state["campaign_keys"][cells[0][0]]


def _one(one: Record, results: pd.DataFrame, run: Record) -> None:
    """One campaign: its result, or why there is none; checks, and what was done."""
    result, work = st.columns([7, 4], gap="small")
    if one["campaign"] and one["campaign"].is_service:
        _initiative(one, run, (result, work))
        return
    with result, widgets.card(*_heading(one, run)):
        if one["state"] == MEASURED:
            _measured(one, results, run)
        elif one["campaign"]:
            _brief(one["campaign"], run)
    with work:
        if one["campaign"]:
            campaign_work.show(one["campaign"], one["state"])
        _checks(one)
        if one["campaign"] and one["state"] == MEASURED:
            with st.expander("The brief"):
                _brief(one["campaign"], run)


def _initiative(one: Record, run: Record, places: Sequence[DeltaGenerator]) -> None:
    """One service initiative: the same places, told by its own outcomes."""
    with places[0], widgets.card(*initiative_result.heading(one, run["currency"])):
        initiative_result.show(one, run)
    with places[1]:
        campaign_work.show(one["campaign"], one["state"])
        initiative_result.checks(one)


def _heading(one: Record, run: Record) -> tuple[str, str]:
    """The finding, and what the state means."""
    told = result_words.state_told(one["state"], one["stop_on"])
    if one["state"] != MEASURED:
        return result_words.STATES[one["state"]], told
    n = f"n = {words.count(one['treated_n'])} contacted, {words.count(one['control_n'])} held out"
    found = result_figures.metric(one["rows"], "retention")
    return result_words.finding(found, run["currency"]), f"{told} {n}. {result_words.SOURCES[one['source']]}."


def _measured(one: Record, results: pd.DataFrame, run: Record) -> None:
    """Every metric, and retention per action."""
    right = st.column_config.TextColumn(alignment="right")
    shown = result_figures.metric_rows(one["rows"], run["currency"])
    columns = dict.fromkeys(shown.columns[1:], right)
    columns["Per customer"] = st.column_config.TextColumn(
        help=" ".join(f"{name}: {about}" for name, about in result_words.METRICS.values())
    )
    st.dataframe(shown, hide_index=True, row_height=30, height="content", column_config=columns,
                 placeholder=words.MISSING, alt="Results of the campaign")  # fmt: skip
    own = results[(results["campaign_id"] == one["campaign_id"]) & (results["source"] == one["source"])]
    per_action = own[own["action"] != ""]
    if per_action["action"].nunique() > 1:
        st.markdown("**By action**")
    frame = result_figures.action_frame(per_action, data.action_titles(), run["currency"])
    text = "Retention, treated minus control, by action"
    widgets.draw(result_figures.action_intervals(frame), "No action has both arms.", text)
    if len(frame):
        behind(frame, text, (result_figures.DIFFERENCE, result_figures.LOW, result_figures.HIGH))


def _checks(one: Record) -> None:
    """Sample ratio and guardrails in words."""
    checks = data.campaign_checks()
    own = checks[(checks["campaign_id"] == one["campaign_id"]) & (checks["source"] == one["source"])]
    if one["campaign"] and one["state"] != MEASURED:
        own = own[own["check_name"] == "sample ratio"]
    with widgets.card("Can it be trusted?", "" if len(own) else "Checked by the scores of a day after the launch"):
        for check in own.to_dict("records"):
            icon = ":material/check:" if check["is_ok"] else ":material/warning:"
            name = result_words.CHECKS.get(check["check_name"], words.label(check["check_name"]))
            state = "in order" if check["is_ok"] else "look at this"
            st.markdown(f"{icon} **{name}**, {state}. {words.literal(check['words'])}")


def _brief(campaign: doors.Campaign, run: Record) -> None:
    """What the campaign answered before its launch."""
    told = campaign_audience.told(campaign.audience, data.action_titles(), run["currency"])
    st.markdown(f"**Audience** {words.literal(told)}")
    for key, (question, _) in QUESTIONS.items():
        st.markdown(f"**{question}** {words.literal(campaign.brief.get(key, ''))}")


def _learned(run: Record) -> None:
    """What is believed of each action by now, and whether it may be told who is moved by a contact."""
    acceptances, uplift = st.columns([7, 4], gap="small")
    shown = acceptance_rows(data.action_acceptances(), data.action_titles())
    measured = int((shown["Badge"] == "measured").sum())
    title = f"{words.count(measured)} of {words.plural(len(shown), 'action')} measured, the others assumed"
    with acceptances, widgets.card(title, "Acceptance: share of those about to leave whom the action keeps"):
        right = st.column_config.TextColumn(alignment="right")
        st.dataframe(shown, hide_index=True, row_height=30, height=min(36 + 30 * len(shown), 36 + 30 * 8),
                     column_config=dict.fromkeys(("Assumed", "Now", "95 % interval", "Contacted", "Held out"), right),
                     placeholder=words.MISSING, alt="Acceptance of each action")  # fmt: skip
    uplift_states, titles = data.uplift_state(), data.action_titles()
    with uplift, widgets.card("Whom does contact move?", f"As of {words.day(run['as_of_date'])}"):
        if uplift_states.empty:
            st.markdown("No action was tried on enough customers at random to say.")
        for one in uplift_states.to_dict("records"):
            title = titles.get(one["action"], words.label(one["action"]))
            st.markdown(f"**{words.literal(title)}** {words.literal(one['words'])}")


def acceptance_rows(acceptances: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """One row per action in people's words, measured ones first."""
    everybody = acceptances[acceptances["segment"] == ""]
    everybody = everybody.sort_values("source", key=lambda names: names != "measured", kind="stable")
    return pd.DataFrame(
        {
            "Action": [titles.get(action, action) for action in everybody["action"]],
            "Assumed": everybody["assumed"].map(words.percent).tolist() if "assumed" in everybody else words.MISSING,
            "Now": everybody["mean"].map(words.percent).tolist(),
            "95 % interval": [
                f"{words.percent(low)} to {words.percent(high)}"
                for low, high in zip(everybody["low"], everybody["high"], strict=True)
            ],
            "Badge": everybody["source"].tolist(),
            "Contacted": everybody["treated_n"].map(words.count).tolist(),
            "Held out": everybody["control_n"].map(words.count).tolist(),
        }
    )
