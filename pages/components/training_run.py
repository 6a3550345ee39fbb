"""Is there enough to learn from, and the training itself: start, progress, result."""

from functools import partial

import streamlit as st

from pages.components import data, decisions, run_panel, running, training_parts, widgets, words
from pages.components import training_words as own
from pages.components.running import RunState


def section() -> None:
    """The part "Train" of the training page."""
    live, form = st.columns([8, 5], gap="medium")
    with live:
        newest = run_panel.show("train")
        result = running.last_done("train")
        if result:
            _result(result)
        elif newest is None:
            st.caption("No training was started yet since this home keeps a record of its runs.")
    with form:
        _start(newest)
    with widgets.card(own.enough_title(data.sufficiency()), "Known outcomes of the published data"):
        widgets.evidence()


def _start(newest: RunState | None) -> None:
    """What to train with, and the button."""
    with widgets.card("Train a new version", "Runs in a process of its own: this page may be closed meanwhile"):
        trials = st.segmented_control(
            "Search for parameters", list(own.TRIALS), key="trials", default=0, required=True,
            format_func=own.TRIALS.get, bind="query-params", help=own.TRIALS_HELP,
        )  # fmt: skip
        at_once = st.toggle("Put it to use if it is better", key="apply", bind="query-params", help=own.APPLY_HELP)
        busy = newest is not None and newest.is_running
        nobody = not decisions.person()
        st.button(
            "Train", key="train_now", type="primary", disabled=busy or nobody,
            on_click=partial(_train, int(trials or 0), bool(at_once)),
            help="Sign in first." if nobody else "One run at a time." if busy else None,
        )  # fmt: skip
        last = running.last_done("train")
        if last and last.facts.get("seconds"):
            st.caption(own.duration(last.facts["seconds"]))


def _train(trials: int, at_once: bool) -> None:
    running.start(["train", "--trials", str(trials), *([] if at_once else ["--propose"])])


def _result(run: RunState) -> None:
    """What the last training brought, beside the model that was in use."""
    with widgets.card(own.result(run.facts), own.judged(run.facts)):
        st.table(own.ladder(run.facts))
        st.caption(
            "In brackets: 95 % intervals, customers drawn again. Promised − actual in percentage points.",
            help="  \n".join(f"**{name}**: {meaning}" for name, meaning in own.METRICS.values()),
        )
        if st.button("Look at it beside the others", key="to_versions", type="tertiary"):
            training_parts.go(training_parts.VERSIONS)
        if run.facts.get("note"):
            st.caption(words.literal(run.facts["note"]))
