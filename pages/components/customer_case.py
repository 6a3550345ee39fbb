"""The customer's case: log what came of a contact, tasks, and everything that was said and done, with who did it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import customer_decisions, customer_words, data, decision_words, widgets, words
from pages.components.customer_decisions import RESULTS, Answer, Case, Outcome, Task

Record = Mapping[str, Any]
NOTHING = "no particular action"
SHOP = "the shop’s data"


def case(row: Record, found: Case, events: pd.DataFrame, offers: pd.DataFrame, run: Record) -> None:
    """The form for an outcome beside tasks and history."""
    left, right = st.columns([4, 7], gap="small")
    with left:
        _log(row, found, offers, run)
    with right:
        _tasks(found)
        _history(found, events)


def _log(row: Record, found: Case, offers: pd.DataFrame, run: Record) -> None:
    """The form: what came of which task or action; it empties itself once logged."""
    about: dict[str, Task | str | None] = {f"Task: {_title(task.action)}": task for task in found.open_tasks}
    taken = {task.action for task in found.open_tasks}
    about |= {str(one["title"]): str(one["action"]) for one in offers.to_dict("records") if one["action"] not in taken}
    about[NOTHING[0].upper() + NOTHING[1:]] = None
    with (
        widgets.card("What came of it", "Kept with your name; lists and exports follow it."),
        st.form("log", border=False, clear_on_submit=True, enter_to_submit=False),
    ):
        st.pills("Outcome", RESULTS, key="said_result", format_func=customer_words.RESULTS.get)
        st.selectbox("Of what", list(about), key="said_about")
        st.text_input("Note", key="said_note", max_chars=500, placeholder="In the customer’s words, if you can")
        st.checkbox("The task is done with it", value=True, key="said_closes", disabled=not found.open_tasks)
        st.form_submit_button("Log it", type="primary", on_click=partial(_logged, row, about, offers, run))


def _logged(row: Record, about: Mapping[str, Task | str | None], offers: pd.DataFrame, run: Record) -> None:
    """Write what the form holds, with the task as it was seen when the form was drawn."""
    said, state = st.session_state, st.session_state
    if not said.get("said_result"):
        st.toast("Choose an outcome first.")
        return
    what = about.get(state["said_about"])
    task = what if isinstance(what, Task) else None
    action = task.action if task else what if isinstance(what, str) else None
    offer = offers[offers["action"] == action]
    answer = Answer(
        row["customer_id"], said["said_result"], state["said_note"].strip(), task, None if task else action,
        offer["channel"].iloc[0] if len(offer) else None,
        float(offer["contact_cost"].iloc[0]) if len(offer) else None, run.get("run_id"), bool(state["said_closes"]),
    )  # fmt: skip
    if customer_decisions.log(answer):
        st.toast("Logged.")


def _title(action: str) -> str:
    """The title of an action, or its id where the catalogue has none of it any more."""
    return str(data.action_titles().get(action, words.label(action)))


def _tasks(found: Case) -> None:
    """Tasks of this customer, newest first."""
    if not found.tasks:
        return
    rows = [
        {
            "Task": words.literal(_title(task.action)),
            "Owner": words.literal(task.owner or words.MISSING),
            "Status": decision_words.STATUSES.get(task.status, words.label(task.status)),
            "Due": words.day(task.due_on),
            "Note": words.literal(task.note) or words.MISSING,
        }
        for task in reversed(found.tasks)
    ]
    open_tasks = len(found.open_tasks)
    with widgets.card(f"{words.plural(open_tasks, 'open task')}" if open_tasks else "No open task"):
        st.table(pd.DataFrame(rows).set_index("Task"), border="horizontal")


def _history(found: Case, events: pd.DataFrame) -> None:
    """Contacts and outcomes, newest first, each with who made or logged it."""
    rows = history(found, events)
    with widgets.card(
        f"{words.plural(len(rows), 'contact or answer', 'contacts and answers')} so far" if len(rows)
        else "No contact so far",
        "Those logged here, and those in the shop’s data.",
    ):  # fmt: skip
        if len(rows):
            st.table(rows.set_index("When"), border="horizontal")
        _correct(found)


def history(found: Case, events: pd.DataFrame) -> pd.DataFrame:
    """Contacts and outcomes in people's words, newest first: When, What, Who, Note."""
    entries: list[tuple[datetime, str, str, str]] = []
    for event in events[events["kind"] == "contact"].to_dict("records"):
        entries.append(
            (pd.Timestamp(event["occurred_at"]).to_pydatetime(), f"Contact: {_held(event['detail'])}", SHOP, "")
        )
    for contact in found.contacts:
        kind = "Held out of" if contact.arm == "control" else "Contact"
        entries.append((contact.contacted_at, f"{kind}: {_title(contact.action)}", _who(found, contact.contact_id), ""))
    for outcome in found.outcomes:
        told = customer_words.RESULTS.get(outcome.result, outcome.result)
        entries.append((outcome.recorded_at, told, _who(found, outcome.outcome_id), outcome.note))
    entries.sort(key=lambda entry: entry[0], reverse=True)
    return pd.DataFrame(
        [
            {"When": words.day(when), "What": words.literal(what), "Who": words.literal(who),
             "Note": words.literal(note) or words.MISSING}
            for when, what, who, note in entries
        ],
        columns=["When", "What", "Who", "Note"],
    )  # fmt: skip


def _held(detail: str | None) -> str:
    """A contact of the shop's data in words; the mark of a control group stays."""
    action, _, rest = str(detail or "").partition(" (")
    return _title(action) + (f" ({rest}" if rest else "")


def _who(found: Case, record_id: str) -> str:
    return found.who.get(record_id, words.MISSING)


def _correct(found: Case) -> None:
    """A small form to correct an outcome that was logged wrongly; whoever is second is told."""
    if not found.outcomes:
        return
    with st.popover("Correct an entry", type="tertiary"):
        newest = list(reversed(found.outcomes))
        names = [f"{words.day(one.recorded_at)}: {customer_words.RESULTS[one.result]}" for one in newest]
        with st.form("correct", border=False, enter_to_submit=False):
            st.selectbox("Entry", range(len(newest)), key="wrong_entry", format_func=names.__getitem__)
            st.selectbox("It was", RESULTS, key="right_result", format_func=customer_words.RESULTS.get,
                         index=RESULTS.index(newest[0].result))  # fmt: skip
            st.text_input("Note", value=newest[0].note, key="right_note", max_chars=500)
            st.form_submit_button("Correct it", on_click=partial(_corrected, newest))


def _corrected(newest: list[Outcome]) -> None:
    state = st.session_state
    outcome = newest[state["wrong_entry"]]
    if customer_decisions.correct(outcome, state["right_result"], state["right_note"].strip()):
        st.toast("Corrected.")
