"""One press for many customers: assign, snooze, approve, export, and take the last press back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from pages.components import data, decisions, words
from pages.components import worklist_words as own
from pages.components.data import ListFilter, Marked
from pages.components.worklist_table import clear, selected

SELECTED, ALL = "selected", "all"
DUE_DAYS = 7  # nothing is taken up without a day by which it should be done


@dataclass(frozen=True)
class Reach:
    """Whom a press would reach: the filter in force, how many it holds, and the run that suggested the actions."""

    chosen: ListFilter
    marked: Marked
    customers: int
    run_id: str
    on: date

    def wanted(self) -> list[tuple[str, str | None]]:
        """Customers with their suggested actions: the selected ones, or all of the filter, best first."""
        if is_all():
            return data.suggested(self.chosen, self.marked, decisions.standing.AT_ONCE)
        return [(customer, action) for customer, (action, _) in selected().items()]


def is_all() -> bool:
    """Whether a press works on all customers of the filter."""
    return st.session_state.get("work_on") == ALL


def bar(reach: Reach) -> None:
    """The row of buttons above the table."""
    chosen = len(selected())
    names = {SELECTED: f"Selected: {words.count(chosen)}", ALL: f"All {words.count(reach.customers)} of this filter"}
    st.segmented_control("Work on", (SELECTED, ALL), key="work_on", format_func=names.get, default=SELECTED,
                         required=True, label_visibility="collapsed")  # fmt: skip
    nobody = not is_all() and not chosen
    most = decisions.standing.AT_ONCE
    if is_all() and reach.customers > most:
        st.caption(f"A press reaches the first {words.count(most)} by expected net.", width="content")
    _assign(reach, nobody)
    _snooze(reach, nobody)
    st.button("Approve", key="approve", disabled=nobody, help="Says that the suggested action may be carried out.",
              on_click=partial(_press, reach, {"status": "approved"}, "approved"))  # fmt: skip
    _export(reach, nobody)
    if chosen:
        st.button("Clear selection", key="clear", type="tertiary", on_click=clear)
    last = st.session_state.get("last_step")
    if last:
        st.button(f"Undo: {last[0]}", key="undo", type="tertiary", icon=":material/undo:", on_click=_undo,
                  help="Takes the last press back, except where others went on with it.")  # fmt: skip


def _presses() -> int:
    """How many presses were made: a menu whose key counts them is closed after each."""
    return st.session_state.get("presses", 0)


def _assign(reach: Reach, nobody: bool) -> None:
    with st.popover("Assign", disabled=nobody, key=f"assign_{_presses()}"):
        owner = st.selectbox("To", decisions.task_owners(), key="assign_to", index=None, accept_new_options=True,
                             placeholder="A name; new ones are fine")  # fmt: skip
        due = st.date_input("Due", reach.on + timedelta(days=DUE_DAYS), key="assign_due", format="DD/MM/YYYY")
        name = (owner or "").strip()
        st.button("Assign", key="assign_now", type="primary", disabled=not name,
                  on_click=partial(_press, reach, {"owner": name, "due_on": due}, f"assigned to {name}"))  # fmt: skip


def _snooze(reach: Reach, nobody: bool) -> None:
    with st.popover("Snooze", disabled=nobody, key=f"snooze_{_presses()}"):
        until = st.date_input("Until", reach.on + timedelta(days=DUE_DAYS), key="snooze_until", format="DD/MM/YYYY",
                              min_value=reach.on + timedelta(days=1))  # fmt: skip
        st.caption("They rest out of sight until that day.")
        press = partial(_press, reach, {"snoozed_until": until}, f"put off to {words.day(until)}")
        st.button("Snooze", key="snooze_now", type="primary", on_click=press)


def _export(reach: Reach, nobody: bool) -> None:
    with st.popover("Export", disabled=nobody, key="export"):
        st.caption("Customers with a suggestion who may be contacted now.")
        st.caption("Never held out, without consent or with an objection.")
        # Who was selected is exported whatever the filter says now, as the other presses do.
        chosen, marked = (reach.chosen, reach.marked) if is_all() else (ListFilter(), Marked())
        only = None if is_all() else tuple(selected())
        for kind, label in (("csv", "CSV for mail tools"), ("xlsx", "XLSX for a spreadsheet")):
            # Made when it is asked for, outside this script: what was selected must go along.
            made = partial(data.list_file, chosen, marked, only, kind)
            st.download_button(label, made, file_name=f"worklist.{kind}", key=f"export_{kind}",
                               on_click="ignore", disabled=nobody)  # fmt: skip


def _press(reach: Reach, change: Mapping[str, Any], done: str) -> None:
    """Carry a change out, say what it did, and keep it for undo."""
    new = {"due_on": reach.on + timedelta(days=DUE_DAYS), "run_id": reach.run_id}
    step = decisions.decide(reach.wanted(), change, st.session_state.get("seen_tasks", {}), new)
    st.session_state["presses"] = _presses() + 1
    if step is None:
        return
    if step.conflicts:
        names = {
            customer: name for customer, (_, name) in {**st.session_state.get("page_rows", {}), **selected()}.items()
        }
        decisions.problem(own.second(step, names))
    if step.customers:
        st.session_state["last_step"] = (f"{words.plural(step.customers, 'customer')} {done}", step)
    st.toast(own.told(done, step))


def _undo() -> None:
    """Take the last press back."""
    _, step = st.session_state.pop("last_step")
    back = decisions.undo(step)
    if back is None:
        return
    if back.conflicts:
        decisions.problem(own.second(back, {}))
    st.toast(own.told("as before", back))
