"""The run at work, live, for everybody who looks: step, bar, trial, best, time left, cancel, log; and how it ended.

A fragment asks the run's small files once a second, so the page around it never waits and is not drawn anew, until a
run begins or ends: then the page is drawn once more and sees what was published.
"""

from functools import partial

import streamlit as st

from pages.components import run_words, running, words
from pages.components.running import RunState

_BUSY_SECONDS, _IDLE_SECONDS = 1.0, 4.0
_PATIENCE_SECONDS = 10  # after a polite request to stop


def show(*commands: str) -> RunState | None:
    """Draw the run at work, else how the newest of these commands ended; returns that run, None without one."""
    current = running.state()
    if current and not current.is_running:
        current = running.last(*commands)
    pace = _BUSY_SECONDS if current and current.is_running else _IDLE_SECONDS
    st.fragment(_live, run_every=pace, key="run_panel")(commands, _seen(current))
    return current


def _live(commands: tuple[str, ...], seen: tuple[str, bool] | None) -> None:
    """Draw the newest state; draw the whole page anew when a run began or ended since it was drawn."""
    current = running.state()
    if current and not current.is_running:
        current = running.last(*commands)
    if _seen(current) != seen:
        st.rerun()
    if current and current.is_running:
        _working(current)
    elif current:
        _over(current)


def _seen(run: RunState | None) -> tuple[str, bool] | None:
    return (run.job_id, run.is_running) if run else None


def _working(run: RunState) -> None:
    """A run at work: how far it is, and the way to stop it."""
    with st.container(border=True, key="run_working"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.literal(run_words.head(run))}**", width="stretch")
            _cancel(run)
        st.progress(min(max(run.share, 0.0), 1.0), text=words.literal(run_words.step(run)))
        st.caption(words.literal(run_words.figures(run)))
        _log(run)


def _cancel(run: RunState) -> None:
    """Stop a run: asked once, told who asked, and by force where it does not listen."""
    if run.cancel_asked_at is None:
        with st.popover("Cancel …", type="tertiary", key="run_cancel"):
            st.markdown("What it has done so far is dropped. The model in use and the published list stay as they are.")
            st.button("Cancel the run", key="run_cancel_now", on_click=partial(running.cancel, run))
        return
    st.caption(f"Cancelling, asked by {words.literal(run.cancelled_by)}", width="content")
    if running.waited(run) > _PATIENCE_SECONDS:
        st.button(
            "End it now", key="run_end_now", type="tertiary", on_click=partial(running.cancel, run, at_once=True),
            help="Ends the process without waiting for the step it is at. Nothing published is harmed.",
        )  # fmt: skip


def _over(run: RunState) -> None:
    """A run that ended: how, and what it said."""
    told = words.literal(run_words.ended(run))
    with st.container(border=True, key="run_over"):
        st.markdown(f"{told}{_duration(run)}." if run.phase == running.DONE else f"**{told}.**  \n{_message(run)}")
        _log(run)


def _message(run: RunState) -> str:
    """What a run said at its end, line by line."""
    return "  \n".join(words.literal(line) for line in run.message.splitlines())


def _duration(run: RunState) -> str:
    return f", after {run_words.took((run.ended_at - run.started_at).total_seconds())}" if run.ended_at else ""


def _log(run: RunState) -> None:
    """What the run wrote, newest at the end; times are UTC."""
    if run.log:
        with st.expander("Log", key="run_log"):
            st.code("\n".join(run.log), language=None, wrap_lines=True, height=240 if len(run.log) > 12 else "content")
