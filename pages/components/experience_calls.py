"""Part "Call back": detractors who wait, overdue ones marked, a form to log the call, and how fast the loop closes."""

from functools import partial

import pandas as pd
import streamlit as st

from pages.components import (
    access,
    customer_decisions,
    customer_words,
    data,
    experience_charts,
    experience_frames,
    experience_loop,
    widgets,
    words,
)
from pages.components import experience_words as own
from pages.components.customer_decisions import RESULTS, Answer
from pages.components.experience_tables import behind
from pages.components.experience_words import Record

RULES = {"objection": "asked not to be contacted", "control arm": "is in a running campaign’s control group"}
HELP = (
    "A detractor answered 0 to 6 when asked whether they would recommend the shop. A call, a reply of the help desk or "
    "an outcome logged here ends the wait. Due 48 hours after the answer."
)
WIDTHS = {"State": 118, "Customer": 140, "Answer": 58, "Said": 190, "Answered": 92, "At risk": 76}


def show(run: Record) -> None:
    """Who waits, beside the form for the call and the share closed within 48 hours."""
    missing = own.missing(data.experience_notes(), "detractors")
    found = experience_loop.standing() if not missing else pd.DataFrame()
    if found.empty:
        widgets.nothing_found(missing or "Nobody answered 0 to 6 in the 90 days before "
                              f"{words.day(run['as_of_date'])}: there is nobody to call back.")  # fmt: skip
        return
    waiting = found[found["state"].isin(experience_loop.OPEN)]
    left, right = st.columns([13, 8], gap="small")
    with left:
        _list(found, run)
        _loop()
    with right:
        _call(waiting, run)


def _list(found: pd.DataFrame, run: Record) -> None:
    """Detractors of the last 90 days, those who wait first; a click takes one up."""
    counted = experience_loop.counted()
    waits = counted["waiting"] + counted["overdue"]
    late = "all" if counted["overdue"] == waits else words.count(counted["overdue"])
    title = f"{words.plural(waits, 'customer waits', 'customers wait')} for a call back, {late} for over 48 hours" \
            if waits else "Nobody waits for a call back"  # fmt: skip
    more = f" · the {len(found)} with most at risk" if counted["detractors"] > len(found) else ""
    note = f"Last answer 0 to 6 of 10 in the 90 days to {words.day(run['as_of_date'])} · n = " \
           f"{words.count(counted['detractors'])}{more}"  # fmt: skip
    shown = _shown(found, run)
    st.session_state["call_rows"] = list(found["customer_id"])
    columns = {name: st.column_config.TextColumn(width=width, alignment="right" if name in ("Answer", "At risk",
               "Answered") else "left") for name, width in WIDTHS.items()}  # fmt: skip
    with widgets.card(title, note, HELP):
        st.dataframe(shown, key=f"calls_{st.session_state.get('calls_round', 0)}", hide_index=True, row_height=30,
                     height=min(36 + 30 * len(shown), 276), column_config=columns, on_select=_picked,
                     selection_mode="single-cell", placeholder=words.MISSING,
                     alt="Detractors with their answer, and whether they still wait")  # fmt: skip


def _shown(found: pd.DataFrame, run: Record) -> pd.DataFrame:
    """Rows of the list in people's words."""
    rows = found.to_dict("records")
    return pd.DataFrame(
        {
            "State": [state(row, run) for row in rows],
            "Customer": [row["customer_id"] if words.is_missing(row["name"]) else row["name"] for row in rows],
            "Answer": [f"{row['score']} of 10" for row in rows],
            "Said": [None if words.is_missing(row["comment"]) else row["comment"] for row in rows],
            "Answered": [words.day(row["answered_at"]) for row in rows],
            "At risk": [words.money(row["value_at_risk"], run["currency"]) for row in rows],
        }
    )


def state(row: Record, run: Record) -> str:
    """Where a detractor stands, in few words: overdue by how long, due when, closed how."""
    if row["state"] in (experience_loop.CLOSED, experience_loop.LATE):
        return "Closed in time" if row["state"] == experience_loop.CLOSED else "Closed late"
    if row["barred"]:
        return "Not to be called"
    tried = ", tried" if row["tried"] else ""
    hours = (pd.Timestamp(run["as_of_date"]) - pd.Timestamp(row["due_at"])).total_seconds() / 3600
    if row["state"] == experience_loop.OVERDUE:
        late = words.days(hours / 24) if hours >= 24 else words.hours(hours)
        return f"Overdue {late}{tried}"
    return f"Due in {words.hours(max(-hours, 0))}{tried}"


def _picked() -> None:
    """Take up the customer whose row was clicked, if the customer still waits."""
    name = f"calls_{st.session_state.get('calls_round', 0)}"
    cells = st.session_state[name]["selection"]["cells"]
    if cells:
        st.session_state["detractor"] = st.session_state["call_rows"][cells[0][0]]
        st.session_state["calls_round"] = st.session_state.get("calls_round", 0) + 1


def _call(waiting: pd.DataFrame, run: Record) -> None:
    """The form for the call: whom, what they said, what came of it."""
    ids = [str(customer) for customer in waiting["customer_id"]]
    widgets.own_value("detractor", ids)
    if not ids:
        with widgets.card("Nobody is left to call", "A detractor of tomorrow appears here with the next scores."):
            pass
        return
    with widgets.card("Log the call", "Kept with your name; a call that reached nobody leaves the customer waiting."):
        chosen = st.selectbox("Customer number", ids, key="detractor", bind="query-params")
        row = waiting[waiting["customer_id"] == chosen].to_dict("records")[0]
        st.markdown(words.literal(_about(row, run)))
        st.page_link(access.page("customer"), label="Open the customer →", query_params={"customer_id": chosen})
        if row["barred"]:
            st.markdown(f"**Not to be called:** this customer {RULES.get(row['barred'], row['barred'])}.")
            return
        with st.form("call", border=False, clear_on_submit=True, enter_to_submit=False):
            st.pills("Outcome", RESULTS, key="call_result", format_func=customer_words.RESULTS.get)
            st.text_input("Note", key="call_note", max_chars=500, placeholder="In the customer’s words, if you can")
            st.form_submit_button("Log the call", type="primary", on_click=partial(_log, chosen, run))


def _about(row: Record, run: Record) -> str:
    """Who it is and what they said."""
    name = row["customer_id"] if words.is_missing(row["name"]) else row["name"]
    said = "" if words.is_missing(row["comment"]) else f": “{row['comment']}”"
    told = f"{name} answered {row['score']} of 10 on {words.day(row['answered_at'])}{said}."
    if words.is_missing(row["churn_risk"]):
        return told
    stake = words.money(row["value_at_risk"], run["currency"])
    return f"{told} Churn risk {words.percent(row['churn_risk'])}, {stake} at risk."


def _log(customer_id: str, run: Record) -> None:
    """Keep what came of a call, as a contact of the catalogue's service call where there is one."""
    result = st.session_state.get("call_result")
    if not result:
        st.toast("Choose an outcome first.")
        return
    call = _service_call()
    action, cost = (call["action"], float(call["contact_cost"])) if call else (None, None)
    note = st.session_state["call_note"].strip()
    said = Answer(customer_id, result, note, None, action, "phone" if call else None, cost, run.get("run_id"))
    if customer_decisions.log(said):
        st.toast("Logged.")


def _service_call() -> Record | None:
    """The catalogue's first call that puts something right; None where a shop has none."""
    calls = [one for one in data.catalogue().values() if one.get("kind") == "service recovery"]
    return next((one for one in calls if one.get("channel") == "phone"), None)


def _loop() -> None:
    """How many were called within 48 hours, by month of the answer."""
    loop = data.experience_loop()
    due, closed = int(loop["due"].sum()), int(loop["closed_48h"].sum())
    if not due:
        return
    title = f"{words.percent(closed / due)} got a call or a reply within 48 hours"
    note = f"Per month of the answer: how many of those due · n = {words.plural(due, 'detractor')}"
    with widgets.card(title, note):
        told = "Detractors called within 48 hours per month"
        frame = experience_frames.loop_months(loop)
        widgets.draw(experience_charts.of_due(frame, told))
        behind(frame, told)
