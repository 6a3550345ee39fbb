"""A new campaign: for whom, six questions, how it will be measured, and the launch. Drafts are kept for everybody."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import campaign_audience, campaign_parts, campaign_words, data, plan_view, widgets, words
from pages.components import campaign_decisions as doors
from pages.components.campaign_decisions import Campaign, Terms
from pages.components.campaign_parts import FRESH
from pages.components.campaign_words import FILTER, QUESTIONS

Record = dict[str, Any]
SHARES = (0, 5, 10, 15, 20, 30, 40, 50)
DUE_DAYS = 7


def show(run: Record) -> None:
    """The whole part: a draft, or a fresh start."""
    if not data.has_plan():
        plan_view.not_yet()
        return
    _take_up(campaign_parts.proposed())
    known = doors.listed()
    draft, prefix = _draft(known, run)
    entered, told = st.columns([7, 4], gap="small")
    with entered:
        draft, chosen, left = _audience_card(draft, prefix, run)
        draft = _brief_card(draft, prefix, chosen, run)
        draft, terms = _measure_card(draft, prefix, chosen, run)
    with told:
        _summary_card(chosen, left, run)
        _decide_card(draft, prefix, chosen, terms)


def _take_up(action: str | None) -> None:
    """A fresh campaign that tests one action: everybody whom it fits, half of them left alone."""
    if action in data.action_titles():
        started = {"from": FILTER, "action": action, "share": 50}
        st.session_state.update({"draft": FRESH, **{f"{FRESH}:{name}": value for name, value in started.items()}})


def _draft(known: list[Campaign], run: Record) -> tuple[Campaign, str]:
    """The draft that is open, as it was when it was opened, and what its controls' names begin with."""
    drafts = {one.name: one for one in known if one.status == "draft" and not one.is_service}
    if st.session_state.get("draft", FRESH) not in (FRESH, *drafts):
        st.session_state["draft"] = FRESH
    if drafts:
        st.selectbox("Draft", [FRESH, *drafts], key="draft", bind="query-params", width=360,
                     format_func=lambda name: "A new one" if name == FRESH else name)  # fmt: skip
    picked = drafts.get(st.session_state.get("draft", FRESH))
    if picked is None:
        start = Campaign(name="", stop_on=doors.today() + timedelta(days=int(run["horizon_days"])))
        return start, FRESH
    # What was on the screen when it was opened decides who is told of a change in between, not what is newest now.
    return st.session_state.setdefault(f"seen:{picked.campaign_id}", picked), picked.campaign_id


def _audience_card(draft: Campaign, prefix: str, run: Record) -> tuple[Campaign, pd.DataFrame, Record]:
    """Name and audience."""
    with widgets.card("For whom", "Only customers who may be contacted now come along"):
        name = st.text_input("Name", value=draft.name, key=f"{prefix}:name", max_chars=80, persist_state="session",
                             placeholder="What everybody calls it, such as “Autumn calls”")  # fmt: skip
        definition = campaign_audience.choose(draft.audience, prefix, run)
        with st.spinner("Looking who that is …"):
            chosen, left = doors.audience(definition) if campaign_audience.is_whole(definition) else (doors.NOBODY, {})
    return replace(draft, name=name.strip(), audience=definition), chosen, left


def _brief_card(draft: Campaign, prefix: str, chosen: pd.DataFrame, run: Record) -> Campaign:
    """The six questions, each with a suggestion in grey that answers nothing by itself."""
    suggested = campaign_words.suggestions(chosen, data.catalogue(), run)
    answers = {}
    with widgets.card("The brief", "Without six answers nothing is launched; what stands in grey is a suggestion"):
        with st.container(key="brief"):
            places = [place for _ in range(3) for place in st.columns(2, gap="small")]
        for place, (key, (question, about)) in zip(places, QUESTIONS.items(), strict=True):
            answers[key] = place.text_area(
                question, value=draft.brief.get(key, ""), key=f"{prefix}:{key}", height=82, help=about, max_chars=600,
                placeholder=suggested[key], persist_state="session",
            )  # fmt: skip
    return replace(draft, brief={key: (answer or "").strip() for key, answer in answers.items()})


def _measure_card(draft: Campaign, prefix: str, chosen: pd.DataFrame, run: Record) -> tuple[Campaign, Terms]:
    """Control group, stop date, who gets the tasks."""
    today = doors.today()
    with widgets.card("How we will know", "Fixed at the launch: nobody changes arms or the stop date afterwards"):
        places = st.columns([1.3, 1, 1, 1], gap="small")
        share = places[0].select_slider(
            "Held out as control", SHARES, value=_nearest(draft.control_share), key=f"{prefix}:share",
            format_func=lambda percent: f"{percent} %", persist_state="session",
            help="Drawn at random at the launch and left alone until the stop date, to measure the effect.",
        )  # fmt: skip
        stop_on = places[1].date_input(
            "Stop date", value=draft.stop_on, key=f"{prefix}:stop_on", format="YYYY-MM-DD", persist_state="session",
            help=f"The day through which the control group is left alone; results are shown after it. At least the "
            f"horizon of {run['horizon_days']} days, or less can be seen than happens.",
        )  # fmt: skip
        due_on = places[2].date_input("Tasks due", value=today + timedelta(days=DUE_DAYS), key=f"{prefix}:due_on",
                                      format="YYYY-MM-DD", persist_state="session",
                                      help="The day by which every customer should be contacted.")  # fmt: skip
        owner = places[3].text_input(
            "Tasks go to", key=f"{prefix}:owner", placeholder="nobody yet", max_chars=80, persist_state="session",
            help="The owner of the tasks; empty: assign them later.",
        )  # fmt: skip
        without = share == 0 and st.checkbox("This campaign measures nothing, on purpose", key=f"{prefix}:unmeasured",
                                             persist_state="session")  # fmt: skip
        _power(chosen, share / 100)
    terms = Terms(due_on=due_on, owner=owner.strip() or None, measures_nothing=bool(without))
    return replace(draft, control_share=share / 100, stop_on=stop_on), terms


def _nearest(share: float) -> int:
    """A share as the slider's step."""
    return min(SHARES, key=lambda percent: abs(percent / 100 - share))


def _power(chosen: pd.DataFrame, share: float) -> None:
    """What these arms can tell from chance, live."""
    base = 1 - float(chosen["churn_risk"].mean()) if len(chosen) else None
    expected = campaign_words.expected_difference(chosen, data.catalogue())
    told = campaign_words.what_can_be_told(len(chosen), share, base)
    st.markdown(f"**{words.literal(told)}**", help=campaign_words.HOW_TOLD)
    further = campaign_words.what_is_expected(len(chosen), share, base, expected)
    if further:
        st.caption(words.literal(further))


def _summary_card(chosen: pd.DataFrame, left: Record, run: Record) -> None:
    """Who and what it is by now."""
    currency = run["currency"]
    title = (
        f"{words.plural(len(chosen), 'customer')}, expected net {words.money(chosen['expected_net'].sum(), currency)}"
    )
    hours = words.hours(chosen["agent_minutes"].sum() / 60)
    with widgets.card(
        title, f"Cost {words.money(chosen['cost'].sum(), currency)}, {hours} of agents, before anybody is held out"
    ):
        if chosen.empty:
            st.caption("Nobody may be contacted in this choice. Widen the filter or choose another action.")
        else:
            titles = data.action_titles()
            by_action = chosen.groupby("action", observed=True).agg(
                n=("customer_id", "size"), net=("expected_net", "sum")
            )
            by_action = by_action.sort_values("net", ascending=False)
            shown = pd.DataFrame(
                {
                    "Action": [titles.get(action, action) for action in by_action.index],
                    "Customers": by_action["n"].map(words.count).tolist(),
                    "Expected net": by_action["net"].map(partial(words.money, currency=currency)).tolist(),
                }
            )
            right = st.column_config.TextColumn(alignment="right", width=92)
            st.dataframe(shown, hide_index=True, row_height=30, height="content", alt="Actions of the campaign",
                         column_config={"Customers": right, "Expected net": right})  # fmt: skip
        for reason, count in left.items():
            st.caption(f"{words.plural(count, 'customer')} left out: {reason}.")


def _decide_card(draft: Campaign, prefix: str, chosen: pd.DataFrame, terms: Terms) -> None:
    """Save, or launch once nothing is missing."""
    missing = campaign_words.missing(draft.name, draft.brief, len(chosen), draft.control_share, terms.measures_nothing)
    if campaign_words.stop_is_missing(draft.stop_on, doors.today()):
        missing.append("stop_on")
    with widgets.card("Ready to launch" if not missing else "Not ready yet"):
        if missing:
            st.markdown(words.literal(campaign_words.what_is_missing(missing)))
        with st.container(horizontal=True, gap="small"):
            with st.popover("Launch …", type="primary", disabled=bool(missing), key=f"{prefix}:launch"):
                _ask(draft, prefix, chosen, terms)
            if st.button("Save draft", key=f"{prefix}:save", disabled=not draft.name,
                         help="Drafts are seen by everybody who works here."):  # fmt: skip
                _save(draft, prefix)


def _ask(draft: Campaign, prefix: str, chosen: pd.DataFrame, terms: Terms) -> None:
    """The one question before a launch, with what will happen."""
    treated, held = campaign_words.arms(len(chosen), draft.control_share)
    st.markdown(
        f"About {words.plural(treated, 'customer')} get a task and a line in the contact log; about "
        f"{words.count(held)} are held out through {words.day(draft.stop_on)}. Arms, brief and stop date then stand."
    )
    if st.button("Launch now", type="primary", key=f"{prefix}:launch_now"):
        kept = doors.keep(draft if prefix != FRESH else replace(draft, campaign_id=doors.fresh_id()), prefix == FRESH)
        launched = doors.start(kept, chosen, terms) if kept else None
        if launched:
            st.toast(f"{launched.name} is running")
            _forget(prefix)
            campaign_parts.go(campaign_parts.RUNNING, campaign=launched.name)
        if kept:
            _opened(kept, prefix)
        st.rerun()


def _save(draft: Campaign, prefix: str) -> None:
    """Keep the draft; where somebody was faster, what is on the screen stays and the next save counts."""
    kept = doors.keep(draft if prefix != FRESH else replace(draft, campaign_id=doors.fresh_id()), prefix == FRESH)
    if kept:
        st.toast("Draft saved")
        _opened(kept, prefix)
    elif prefix != FRESH:
        newest = doors.newest(prefix)
        if newest:
            st.session_state[f"seen:{prefix}"] = newest
    st.rerun()


def _opened(kept: Campaign, prefix: str) -> None:
    """From now on the saved draft is the one on the screen."""
    st.session_state[f"seen:{kept.campaign_id}"] = kept
    if prefix == FRESH:
        _forget(prefix)
        campaign_parts.go(campaign_parts.NEW, draft=kept.name)


def _forget(prefix: str) -> None:
    """Let go of what was typed into the controls of a draft."""
    for key in [key for key in st.session_state if str(key).startswith(f"{prefix}:")]:
        del st.session_state[key]
