"""A new service initiative: what is done differently for whom, how it will be judged, and the launch."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from models.initiatives import GUARDRAILS, PRIMARY, WINDOWS, Base, window_of
from models.wording import symbol_of
from pages.components import campaign_decisions, campaign_parts, data, widgets, words
from pages.components import initiative_decisions as doors
from pages.components import initiative_words as own
from pages.components.campaign_decisions import Campaign, Terms
from pages.components.initiative_decisions import Initiative

Record = dict[str, Any]
NARROWED = {"stages": "lifecycle stages", "segments": "segments"}
SHARES = (20, 30, 40, 50)
ENROL_DAYS = 28
OLD = "These scores were published by an older version. Run `python -m pipelines score` to see who could come in."


def show(run: Record) -> None:
    """The whole part."""
    known = doors.catalogue() if data.has_initiatives() else {}
    if not known:
        widgets.nothing_found(OLD if not data.has_initiatives() else "No initiative can be read: see the notice above.")
        return
    picked = _pick(known)
    entered, told = st.columns([7, 4], gap="small")
    with entered:
        design = _what_card(picked, known[picked])
        design |= _whom_card(picked, run)
        chosen, left = doors.audience(design)
        design |= _measure_card(picked, design, run)
    with told:
        _power_card(design, chosen, left, run)
        _launch_card(picked, design, chosen)


def _pick(known: dict[str, Initiative]) -> str:
    """The initiative, by its title in the URL."""
    asked = campaign_parts.proposed()
    if asked in known:
        st.session_state["initiative"] = asked
    widgets.own_value("initiative", known)
    return st.selectbox(
        "Initiative", list(known), key="initiative", bind="query-params", width=460,
        format_func=lambda name: known[name].title,
        help="What may be tried, from the catalogue of initiatives; the shop may write its own.",
    )  # fmt: skip


def _what_card(picked: str, about: Initiative) -> Record:
    """Name, both arms in words, who does it."""
    with widgets.card("What changes", f"For customers {own.TRIGGERS[about.trigger]}"):
        places = st.columns(2, gap="small")
        name = places[0].text_input("Name", key=f"{picked}:service_name", max_chars=80, persist_state="session",
                                    placeholder=f"Such as “{about.title}, spring”")  # fmt: skip
        team = places[1].text_input("Who does it", key=f"{picked}:team", max_chars=80, persist_state="session",
                                    placeholder="Team or person in service; they get the tasks")  # fmt: skip
        places = st.columns(2, gap="small")  # a row of its own: on a phone the questions stand in their order
        treated = places[0].text_area("Done differently", value=about.treated, key=f"{picked}:treated", height=90,
                                      max_chars=300, persist_state="session")  # fmt: skip
        usual = places[1].text_area("As usual for the others", value=about.usual, key=f"{picked}:usual", height=90,
                                    max_chars=300, persist_state="session", help=own.USUAL_HELP)  # fmt: skip
    said = {"name": name, "team": team, "treated": treated, "usual": usual}
    return {key: (text or "").strip() for key, text in said.items()} | {
        "from": "service", "initiative": picked, "title": about.title, "trigger": about.trigger, "cost": about.cost,
        "channel": about.channel, "outcome": about.outcome, "window_days": about.window_days,
        "most_cost": about.most_cost,
    }  # fmt: skip


def _whom_card(picked: str, run: Record) -> Record:
    """Stages and segments that narrow the rule."""
    options = data.list_options()
    note = "It is the customer’s own matter, so consent is not asked; a no to the channel counts"
    with widgets.card("For whom", f"By the scores as of {words.day(run['as_of_date'])}. {note}"):
        return {
            name: place.multiselect(
                f"Only these {label}", options[name], key=f"{picked}:{name}", format_func=words.label,
                placeholder="All", persist_state="session",
            )
            for place, (name, label) in zip(st.columns(2, gap="small"), NARROWED.items(), strict=True)
        }  # fmt: skip


def _measure_card(picked: str, design: Record, run: Record) -> Record:
    """What decides, its window, both arms, how long customers come in, what it may cost."""
    with widgets.card("How we will know", "One outcome decides, fixed at the launch; the others are guardrails"):
        judged = _judged_by(st.columns(3, gap="small"), picked, design, run)
        days = window_of(judged["outcome"], judged["window_days"], int(run["horizon_days"]))
        return judged | _limits(st.columns(3, gap="small"), picked, design, (days, run["currency"]))


def _judged_by(places: Sequence[DeltaGenerator], picked: str, design: Record, run: Record) -> Record:
    """The outcome that decides, how long it is looked at, and the share served as usual."""
    outcome = places[0].selectbox(
        "What decides", PRIMARY, index=PRIMARY.index(design["outcome"]), key=f"{picked}:outcome",
        format_func=lambda one: own.NAMES[one][0], persist_state="session",
        help=" ".join(f"{name}: {about}" for name, about in (own.NAMES[one] for one in PRIMARY)),
    )  # fmt: skip
    window = places[1].selectbox(
        "Looked at for", WINDOWS, index=WINDOWS.index(design["window_days"]), key=f"{picked}:window",
        format_func=words.days, persist_state="session", disabled=outcome == "churn",
        help=f"Days after a customer came in. Churn is told by its own horizon of {run['horizon_days']} days.",
    )  # fmt: skip
    share = places[2].select_slider(
        "Served as usual", SHARES, value=50, key=f"{picked}:service_share", persist_state="session",
        format_func=lambda percent: f"{percent} %",
        help="Drawn at random when a customer comes in; half and half tells most.",
    )  # fmt: skip
    return {"outcome": outcome, "window_days": window, "share": share / 100}


def _limits(places: Sequence[DeltaGenerator], picked: str, design: Record, told: tuple[int, str]) -> Record:
    """Until when customers come in, what a treated one may cost more, and when the result comes."""
    days, currency = told
    until = places[0].date_input(
        "Customers come in until", value=campaign_decisions.today() + timedelta(days=ENROL_DAYS), key=f"{picked}:until",
        format="YYYY-MM-DD", persist_state="session",
        help="Fixed at the launch. Who meets the rule later than that stays out.",
    )  # fmt: skip
    most = places[1].number_input(
        f"Most extra cost, {symbol_of(currency)}", min_value=0.0, step=0.5, value=design["most_cost"],
        key=f"{picked}:most", persist_state="session",
        help="Per treated customer, contacts and new tickets together: a guardrail.",
    )  # fmt: skip
    stop_on = until + timedelta(days=days) if until else None
    places[2].text_input("Result after", value=words.day(stop_on), disabled=True,
                         help="The last window is over then. Nothing is shown before, to nobody.")  # fmt: skip
    return {"most_cost": most, "enrol_until": until, "stop_on": stop_on}


def _base(design: Record, bases: pd.DataFrame) -> Base | None:
    """What happened to customers alike without an initiative."""
    found = bases[
        (bases["trigger"] == design["trigger"]) & (bases["window_days"] == design["window_days"])
        & (bases["outcome"] == design["outcome"])
    ]  # fmt: skip
    if found.empty:
        return None
    row = found.iloc[0]
    return Base(float(row["value"]), int(row["n"]), int(row["customers"]), design["outcome"])


def _inflow(design: Record, bases: pd.DataFrame, chosen: int) -> float:
    """How many come in per week; a narrowed rule gets its share of today."""
    rows = bases[bases["trigger"] == design["trigger"]]
    everybody = data.initiative_sizes().get(design["trigger"], 0)
    weekly = float(rows["new_per_week"].iloc[0]) if len(rows) else 0.0
    narrowed = bool(design["stages"] or design["segments"])
    return weekly * (chosen / everybody if narrowed and everybody else 1.0)


def _power_card(design: Record, chosen: pd.DataFrame, left: dict[str, int], run: Record) -> None:
    """Who comes in, and what their number can tell."""
    bases, today = data.initiative_bases(), campaign_decisions.today()
    if chosen.empty and design["trigger"] not in set(bases["trigger"]) | set(data.initiative_sizes()):
        widgets.nothing_found(own.never_met(design["trigger"]))
        return
    base, weekly = _base(design, bases), _inflow(design, bases, len(chosen))
    customers = own.expected_customers(len(chosen), weekly, today, design["enrol_until"])
    with widgets.card(own.how_many(len(chosen), customers, weekly, design["enrol_until"]), "",
                      "The inflow is that of the last 13 weeks."):  # fmt: skip
        told = own.what_can_be_told(customers, design["share"], base)
        st.markdown(f"**{words.literal(told)}**", help=own.HOW)
        for sentence in (
            own.how_long(customers, design["share"], base, weekly),
            own.seen_before(base, design, window_of(design["outcome"], design["window_days"], run["horizon_days"])),
            *(f"{words.plural(count, 'customer')} left out: {reason}." for reason, count in left.items()),
        ):
            if sentence:
                st.caption(words.literal(sentence))
        names = ", ".join(own.NAMES[one][0] for one in GUARDRAILS if one != design["outcome"])
        st.markdown(f"**Guardrails** {words.literal(names)}", help=own.GUARDRAIL_HELP)


def _launch_card(picked: str, design: Record, chosen: pd.DataFrame) -> None:
    """Launch once nothing is missing."""
    found = own.missing(design, len(chosen), campaign_decisions.today())
    with widgets.card("Ready to launch" if not found else "Not ready yet"):
        if found:
            st.markdown(words.literal(own.what_is_missing(found)))
        with st.popover("Launch …", type="primary", disabled=bool(found), key=f"{picked}:launch_service"):
            st.markdown(
                f"{words.plural(len(chosen), 'customer')} come in now, "
                f"about {words.percent(1 - design['share'])} of them treated: they get a task for "
                f"{words.literal(design['team'] or 'nobody')}. The others are served as usual. Rule, arms, outcome and "
                f"dates then stand; the result comes after {words.day(design['stop_on'])}."
            )
            if st.button("Launch now", type="primary", key=f"{picked}:launch_service_now"):
                _launch(picked, design, chosen)


def _launch(picked: str, design: Record, chosen: pd.DataFrame) -> None:
    """Launch, and open the initiative where it now stands."""
    kept = {key: value for key, value in design.items() if key not in ("name", "share", "stop_on")}
    draft = Campaign(
        name=design["name"],
        brief=own.brief(design, design),
        audience={**kept, "enrol_until": design["enrol_until"].isoformat(), "due_days": 1},
        control_share=design["share"],
        stop_on=design["stop_on"],
    )
    terms = Terms(due_on=campaign_decisions.today() + timedelta(days=1), owner=design["team"])
    launched = doors.start(draft, chosen, terms)
    if launched:
        st.toast(f"{launched.name} is running")
        for key in [key for key in st.session_state if str(key).startswith(f"{picked}:")]:
            del st.session_state[key]
        campaign_parts.go(campaign_parts.RUNNING, campaign=launched.campaign_id)
    st.rerun()
