"""The run at work, live, for everybody who looks: step, bar, trial, best, time left, cancel, log; and how it ended.

A fragment asks the run's small files once a second, so the page around it never waits and is not drawn anew, until a
run begins or ends: then the page is drawn once more and sees what was published.
"""

from functools import partial

import streamlit as st

from pages.components import decisions, run_words, running, words
from pages.components.running import RunState

Seen = tuple[str, bool] | None  # which run, and whether it is at work

_BUSY_SECONDS, _IDLE_SECONDS = 1.0, 4.0
_PATIENCE_SECONDS = 10  # after a polite request to stop


def show(*commands: str, place: str = "run") -> RunState | None:
    """Draw the run at work, else how the newest of these commands ended; returns that run, None without one.

    Where a page has two panels, each needs a `place` of its own.
    """
    current = running.state()
    if current and not current.is_running:
        current = running.last(*commands)
    pace = _BUSY_SECONDS if current and current.is_running else _IDLE_SECONDS
    st.fragment(_live, run_every=pace, key=f"{place}_panel")(commands, _seen(current), place)
    return current


def watch() -> None:
    """Draw nothing, but the whole page anew when any run begins or ends: for a page that shows no panel meanwhile."""
    st.fragment(_watch, run_every=_IDLE_SECONDS, key="run_watch")(_seen(running.state()))


def _watch(seen: Seen) -> None:
    if _seen(running.state()) != seen:
        st.rerun()


def _live(commands: tuple[str, ...], seen: Seen, place: str) -> None:
    """Draw the newest state; draw the whole page anew when a run began or ended since it was drawn."""
    current = running.state()
    if current and not current.is_running:
        current = running.last(*commands)
    if _seen(current) != seen:
        st.rerun()
    if current and current.is_running:
        _working(current, place)
    elif current:
        _over(current, place)


def _seen(run: RunState | None) -> Seen:
    return (run.job_id, run.is_running) if run else None


def _working(run: RunState, place: str) -> None:
    """A run at work: how far it is, and the way to stop it."""
    with st.container(border=True, key=f"{place}_working"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.literal(run_words.head(run))}**", width="stretch")
            _cancel(run, place)
        st.progress(min(max(run.share, 0.0), 1.0), text=words.literal(run_words.step(run)))
        st.caption(words.literal(run_words.figures(run)))
        _log(run, place)


def _cancel(run: RunState, place: str) -> None:
    """Stop a run: asked once, told who asked, and by force where it does not listen."""
    if run.cancel_asked_at is None:
        with st.popover("Cancel …", type="tertiary", key=f"{place}_cancel"):
            st.markdown("What it has done so far is dropped. The model in use and the published list stay as they are.")
            nobody = not decisions.person()
            st.button("Cancel the run", key=f"{place}_cancel_now", on_click=partial(running.cancel, run),
                      disabled=nobody, help="Sign in first." if nobody else None)  # fmt: skip
        return
    st.caption(f"Cancelling, asked by {words.literal(run.cancelled_by)}", width="content")
    if running.waited(run) > _PATIENCE_SECONDS:
        st.button(
            "End it now", key=f"{place}_end_now", type="tertiary", on_click=partial(running.cancel, run, at_once=True),
            help="Ends the process without waiting for the step it is at. Nothing published is harmed.",
        )  # fmt: skip


def _over(run: RunState, place: str) -> None:
    """A run that ended: how, and what it said."""
    told = words.literal(run_words.ended(run))
    with st.container(border=True, key=f"{place}_over"):
        st.markdown(f"{told}{_duration(run)}." if run.phase == running.DONE else f"**{told}.**  \n{_message(run)}")
        _log(run, place)


def _message(run: RunState) -> str:
    """What a run said at its end, line by line."""
    return "  \n".join(words.literal(line) for line in run.message.splitlines())


def _duration(run: RunState) -> str:
    return f", after {run_words.took((run.ended_at - run.started_at).total_seconds())}" if run.ended_at else ""


def _log(run: RunState, place: str) -> None:
    """What the run wrote, newest at the end; times are UTC."""
    if run.log:
        with st.expander("Log", key=f"{place}_log"):
            st.code("\n".join(run.log), language=None, wrap_lines=True, height=240 if len(run.log) > 12 else "content")
