"""What the gate found about the chosen version, putting it to use with a note, going back, and who did so before."""

import pandas as pd
import streamlit as st

from pages.components import decisions, promote_words, run_panel, running, trained, widgets, words
from pages.components.trained import IN_USE, Version

_NOTE, _JOB = "promotion_note", "promotion_job"
_HEIGHT = 36 + 30 * 6


def section(version: Version) -> None:
    """The gate's verdict and, beside it, the way to put the version to use or back."""
    gate, before = version.facts.get("gate"), trained.in_use_before()
    with st.container(horizontal=True, vertical_alignment="center", key="gate_line"):
        st.markdown(promote_words.verdict(gate), width="content", help=promote_words.GATE_HELP)
        _looked_at(gate)
        if version.state == IN_USE:
            _button(f"Go back to version {before} …" if before else "Go back …", _no_way_back(before), before, True)
        else:
            _button(f"Put version {version.number} to use …", _no_way(version), version.number, False)
    findings = promote_words.findings(gate)
    if findings:
        with st.container(border=True, key="gate_findings"):
            st.markdown(findings)
    _progress()


def _looked_at(gate: promote_words.Gate) -> None:
    """What the gate looked at, line by line."""
    if gate and gate["checked"]:
        with st.popover("What it looked at", type="tertiary", key="gate_checked"):
            st.markdown("\n".join(f"- {words.literal(line)}" for line in gate["checked"]))


def _button(label: str, obstacle: str, number: str | None, is_back: bool) -> None:
    """The button that opens the dialog, or says why it does not."""
    if st.button(label, key="promote_open", disabled=bool(obstacle), help=obstacle or None) and number:
        st.session_state[_NOTE] = ""
        _dialog(number, is_back)


def _no_way(version: Version) -> str:
    """Why a version cannot be put to use now; empty when it can."""
    return promote_words.obstacle(version) or _not_now()


def _no_way_back(before: str | None) -> str:
    """Why there is no going back now; empty when there is."""
    return _not_now() if before else "No other version was in use before this one."


def _not_now() -> str:
    if not decisions.person():
        return "Sign in first: a version is put to use by somebody."
    return "A run is at work; one at a time." if running.is_busy() else ""


@st.dialog("Which version is in use")
def _dialog(number: str, is_back: bool) -> None:
    """What will happen, why, and the press that starts it."""
    version = next(found for found in trained.versions() if found.number == number)
    for line in promote_words.consequences(version, trained.label_changes(version), decisions.person()):
        st.markdown(line)
    st.text_area("Note", key=_NOTE, max_chars=500, placeholder="Why, in a sentence")
    note = str(st.session_state.get(_NOTE) or "").strip()
    if not st.button(f"{'Go back to' if is_back else 'Use'} version {number}", key="promote_now", type="primary"):
        return
    if not note:
        st.markdown(":red[Say why: a change without a reason is not kept.]")
        return
    run = running.start(["rollback", "--note", note] if is_back else ["promote", number, "--note", note])
    st.session_state[_JOB] = run.job_id if run else None
    st.rerun()


def _progress() -> None:
    """The run at work, and how the one that was started here ended, until another version is looked at."""
    if running.is_busy() or st.session_state.get(_JOB):
        run_panel.show("promote", "rollback")


def history() -> None:
    """Who put which version to use when, in place of which, and why."""
    lines = trained.promotions()
    if not lines:
        return
    with widgets.card("Which version was in use, and who decided", "Newest first. Times are UTC."):
        shown = pd.DataFrame([promote_words.row(line) for line in lines])
        st.dataframe(
            shown, key="promotions", hide_index=True, row_height=30, placeholder=words.MISSING,
            height="content" if len(shown) < 7 else _HEIGHT, alt="Changes of the version in use, newest first",
        )  # fmt: skip
