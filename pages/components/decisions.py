"""The second door: from pages to what people decided. One database per server and URL, one answer to its refusals.

Nothing here is cached longer than a rerun: what somebody else decided a second ago is seen by the next click.
"""

import getpass
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

import streamlit as st

import workflow
from pages.components import data, decision_words
from pipelines import config
from pipelines.errors import InputError
from workflow import WorkflowError, segments, standing, tasks
from workflow.errors import DatabaseUnreachableError
from workflow.segments import Kept, Segment, View
from workflow.standing import Choice, Step
from workflow.tasks import Task

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 5.0
_DOWN_UNTIL = "database_down_until"
PROBLEMS = "decision_problems"  # sentences that wait to be shown, in the session


@st.cache_resource(max_entries=3, show_spinner=False, on_release=lambda opened: opened.close())
def _opened(url: str) -> workflow.Database:
    """One open database per server and URL; an error is not kept, so the next rerun tries again."""
    return workflow.open_database(url)


def database() -> workflow.Database:
    """The workflow database of this home, made or brought up to date when it is first opened.

    Raises WorkflowError where it does not answer or the settings that name it are wrong: call it inside `tried`.
    """
    home = data.home()
    try:
        url = config.workflow_url(home, config.load_settings(home))
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return _opened(url)


def person() -> str:
    """Who answers for a decision: the signed-in address, else the name given in the sidebar.

    Where nobody gave one, the name of the account the server runs under. Empty where sign-in is configured and the
    visitor has not signed in: the workflow database then keeps no decision.
    """
    if needs_sign_in():
        return str(st.user.get("email") or st.user.get("name") or "") if st.user.get("is_logged_in") else ""
    return st.session_state.get("person") or account()


def needs_sign_in() -> bool:
    """Whether Streamlit's sign-in (`[auth]` in its secrets) is configured; names are then not free to choose."""
    return "is_logged_in" in st.user


def account() -> str:
    """The name of the account the server runs under, for a visitor who gave none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "somebody"


def tried(do: Callable[[], Answer], otherwise: Answer) -> Answer:
    """What `do` answers; where the workflow database refuses, its sentence is kept for `deciding.notices`.

    For reading and writing alike: a page stays whole when the database does not answer. One that did not is left
    alone for a few seconds, or a page with many questions would wait for each of them.
    """
    if time.monotonic() < st.session_state.get(_DOWN_UNTIL, 0.0):
        return otherwise
    try:
        return do()
    except WorkflowError as error:
        if isinstance(error, DatabaseUnreachableError):
            st.session_state[_DOWN_UNTIL] = time.monotonic() + PATIENCE_SECONDS
        problem(decision_words.refusal(error))
        return otherwise


def problem(sentence: str) -> None:
    """Keep a sentence that stays on the page until it is dismissed; the same one is kept once."""
    kept = st.session_state.setdefault(PROBLEMS, [])
    if sentence not in kept:
        kept.append(sentence)


def tasks_of(customer_ids: Sequence[str]) -> list[Task]:
    """All tasks of these customers, oldest first; none where the database does not answer, which is then told."""
    return tried(lambda: tasks.of_customers(database(), customer_ids), [])


def choice(owners: Sequence[str], states: Sequence[str], shows_snoozed: bool) -> Choice:
    """Whom a filter by owner and status leaves; anybody where the database does not answer, which is then told."""
    ask = partial(standing.chosen, owners=owners, states=states, on=date.today(), hide_snoozed=not shows_snoozed)
    return tried(lambda: ask(database()), Choice())


def task_owners() -> list[str]:
    """Everybody who has an open task, and whoever asks; by name."""
    return sorted({*tried(lambda: tasks.owners(database()), []), person()} - {""})


def arms_of(customer_ids: Sequence[str]) -> dict[str, str]:
    """The arm of those of these customers who are in a running campaign."""
    return tried(lambda: standing.arms(database(), customer_ids), {})


def stopped_of(customer_ids: Sequence[str]) -> dict[str, str]:
    """Which of these customers may not be contacted by what was decided since they were scored, and by which rule."""
    return tried(lambda: standing.stopped(database(), customer_ids), {})


def decide(
    wanted: Sequence[tuple[str, str | None]], change: Mapping[str, Any], seen: standing.Tasks, new: Mapping[str, Any]
) -> Step | None:
    """One change for many customers (`workflow.standing.decide`); None where it was refused, which is then told."""
    return tried(lambda: standing.decide(database(), wanted, change, seen, new, person()), None)


def undo(step: Step) -> Step | None:
    """Take a step back; None where it was refused, which is then told."""
    return tried(lambda: standing.undo(database(), step, person()), None)


def views(page: str) -> list[View]:
    """The visitor's saved views of a page, by name."""
    return tried(lambda: segments.views_of(database(), person(), page), [])


def saved_segments() -> list[Segment]:
    """Everybody's saved segments, by name."""
    return tried(lambda: segments.listed(database()), [])


def segment_makers() -> dict[str, str]:
    """Who made each saved segment, by its id."""
    return tried(lambda: segments.makers(database()), {})


def keep_view(page: str, name: str, state: dict[str, Any]) -> View | None:
    """Keep the state of a page under a name; None where it was refused, which is then told."""
    return tried(lambda: segments.add(database(), View(person(), page, name, state), person()), None)


def keep_segment(name: str, definition: dict[str, Any]) -> Segment | None:
    """Keep a filter as a segment for everybody; None where it was refused, which is then told."""
    return tried(lambda: segments.add(database(), Segment(name, definition), person()), None)


def rename(kept: Kept, name: str) -> Kept | None:
    """Give a view or segment another name; None where it was refused, which is then told."""
    return tried(lambda: segments.save(database(), replace(kept, name=name), person()), None)


def remove(kept: Kept) -> bool:
    """Remove a view or segment as it was seen; False where it was refused, which is then told."""

    def gone() -> bool:
        segments.remove(database(), kept, person())
        return True

    return tried(gone, False)
