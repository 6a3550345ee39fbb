"""Choosing a definition: who and why, what changes then, the next step, and the history."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, decisions, definitions, running, trained, training_parts, widgets, words
from pages.components import label_lab_words as own

_SEEN, _WHY = "lab_seen", "lab_why"


def show(cell: Mapping[str, Any], in_use: str, active_days: int) -> None:
    """The shown definition in words, and the way to make it the shop's."""
    with widgets.card(own.told(cell, active_days), "This is the chosen definition" if own.key(cell) == in_use else ""):
        if own.key(cell) != in_use:
            _button(cell)
        _next_step(cell, in_use)


def _button(cell: Mapping[str, Any]) -> None:
    """Opens the dialog, or says why it cannot."""
    variable = definitions.held_by()
    if variable:
        st.caption(
            words.literal(
                f"The environment variable {variable} holds the definition, and it overrides the settings file: "
                "change it there."
            )
        )
        return
    nobody = not decisions.person()
    pressed = st.button(
        "Make it ours …", key="lab_choose", type="primary", disabled=nobody, help="Sign in first." if nobody else None
    )
    if pressed:
        st.session_state[_SEEN] = definitions.fingerprint()
        _dialog(cell)


@st.dialog("Change what we call churn")
def _dialog(cell: Mapping[str, Any]) -> None:
    """Who and why; the list stays until a model for the new definition is promoted."""
    run = data.run_info()
    before = own.name({"eligibility": run["eligibility"], "horizon_days": run["horizon_days"]})
    st.markdown(f"From **{before}** to **{own.name(cell)}**, decided by **{words.literal(decisions.person())}**.")
    st.text_area("Why", key=_WHY, max_chars=500, placeholder="What speaks for it, in a sentence")
    st.caption(
        "It is written into the settings file and kept in the history. The published list goes on answering the old "
        "question until a model for the new one is in use: train one next, or the nightly refresh does."
    )
    why = str(st.session_state.get(_WHY) or "").strip()
    if st.button("Change it", key="lab_change", type="primary"):
        if not why:
            st.markdown(":red[Say why: a change without a reason is not kept.]")
        elif definitions.choose(cell["eligibility"], cell["horizon_days"], why, st.session_state.get(_SEEN, "")):
            st.toast(f"{own.name(cell)} is what we call churn from now on.")
            st.rerun()
        else:
            st.rerun()  # the refusal stands on the page


def _next_step(cell: Mapping[str, Any], in_use: str) -> None:
    """Where the published list answers another question than the settings: the training that closes the gap."""
    run = data.run_info()
    published = f"{run['eligibility']}-{run['horizon_days']}"
    if own.key(cell) != in_use or in_use == published:
        return
    before = own.name({"eligibility": run["eligibility"], "horizon_days": run["horizon_days"]})
    waiting = _waiting(cell)
    if waiting:
        st.markdown(f"The published list still answers **{before}**. Version {waiting} answers this one and waits.")
        if st.button("Compare and promote", key="lab_promote", type="primary"):
            training_parts.go(training_parts.VERSIONS, version=waiting)
        return
    st.markdown(
        f"The published list still answers **{before}**. Next: train a model for this definition. It rebuilds the "
        "features, trains, and leaves the list as it is until somebody promotes the new version."
    )
    busy, nobody = running.is_busy(), not decisions.person()
    pressed = st.button(
        "Train a model for it", key="lab_train", type="primary", disabled=busy or nobody,
        help="Sign in first." if nobody else "One run at a time." if busy else None,
    )  # fmt: skip
    if pressed and running.start(["train", "--build", "--propose"]):
        training_parts.go(training_parts.TRAIN)


def _waiting(cell: Mapping[str, Any]) -> str:
    """The newest version that answers a definition and waits to be put to use; empty where none does."""
    question = cell["eligibility"], cell["horizon_days"]
    for version in trained.versions():
        label = version.facts.get("label", {})
        if version.state == trained.PROPOSED and (label.get("eligibility"), label.get("horizon_days")) == question:
            return version.number
    return ""


def history(lines: Sequence[Any]) -> None:
    """Who changed the definition, when, from what to what, and why."""
    with widgets.card("Who chose what", "Changes made on pages and by promotions; an editor leaves no line here"):
        if not lines:
            st.caption("Nobody has changed the definition here yet: the settings file, or the default, holds.")
            return
        rows = [
            {
                "When": words.day(line.changed_at),
                "Who": line.changed_by,
                "What": f"{_SETTINGS.get(line.setting, line.setting)}: {_value(line.before)} → {_value(line.after)}",
                "Why": line.why or "",
            }
            for line in lines[:20]
        ]
        st.table(pd.DataFrame(rows).set_index("When"))


_SETTINGS = {
    "churn.horizon_days": "Horizon in days",
    "churn.eligibility": "Who is looked at",
    "churn.active_days": "Active days",
    "churn.due_factor": "Width of the due window",
}


def _value(value: Any) -> str:
    return own.WHO.get(value, str(value)) if value is not None else "default"
