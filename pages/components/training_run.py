"""Is there enough to learn from, and the training itself: start, progress, result."""

from functools import partial

import streamlit as st

from pages.components import data, decisions, run_panel, running, trained, training_parts, widgets, words
from pages.components import training_words as own
from pages.components.running import RunState
from pages.components.trained import Version


def section() -> None:
    """The part "Train" of the training page."""
    live, form = st.columns([8, 5], gap="medium")
    with live:
        newest = run_panel.show("train")
        versions = trained.versions()
        if versions:
            _result(versions[0])
        elif newest is None:
            st.caption("Nothing was trained yet.")
    with form:
        _start(newest)
    with widgets.card(own.enough_title(data.sufficiency()), "Known outcomes of the published data"):
        widgets.evidence()


def _start(newest: RunState | None) -> None:
    """What to train with, and the button."""
    with st.container(border=True, gap="small"):
        st.markdown("**Train a new version**")
        st.caption("Runs in a process of its own: this page may be closed meanwhile")
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
    running.start(["train", "--trials", str(trials), "--build", *([] if at_once else ["--propose"])])


def _result(version: Version) -> None:
    """What the newest training brought, beside the model that was in use."""
    with widgets.card(own.result(version), own.judged(version.facts)):
        st.table(own.ladder(version.facts))
        if told := own.gate(version.facts):
            st.markdown(words.literal(told))
        st.caption(
            "In brackets: 95 % intervals, customers drawn again. Promised − actual in percentage points.",
            help="  \n".join(f"**{name}**: {meaning}" for name, meaning in own.METRICS.values()),
        )
        with st.container(horizontal=True):
            label = "Compare and promote" if version.state == trained.PROPOSED else "All versions"
            if st.button(
                label, key="to_versions", help="Calibration, lift, profit, groups, drivers, who would be listed"
            ):
                training_parts.go(training_parts.VERSIONS, version=version.number)
            if version.state == trained.IN_USE and str(data.run_info()["model_version"]) != version.number:
                st.button(
                    "Score with it now", key="score_now", on_click=partial(running.start, ["score"]),
                    disabled=running.is_busy(), help="The published list is still the one of the version before.",
                )  # fmt: skip
