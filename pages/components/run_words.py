"""Words about runs of the pipeline: what they do, how far they are, how they ended."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from pages.components import running, words
from pages.components.running import RunState

_STEPS = {
    "load": "Loading the rows to learn from",
    "search": "Searching for parameters",
    "rehearse": "Rehearsing: trained on what was known before the test",
    "fit": "Fitting on every known outcome",
    "value": "Learning what customers are worth",
    "register": "Registering the version",
    "customers": "Where each customer stands",
    "score": "Scoring customers",
    "changes": "Why risks changed",
    "recommendations": "What to recommend",
    "actions": "Weighing actions",
    "plan": "Making the plan",
    "personas": "Finding personas",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ENDS = {
    running.DONE: "is done",
    running.FAILED: "failed",
    running.CANCELLED: "was cancelled",
    running.KILLED: "ended without a word",
}


def head(run: RunState) -> str:
    """What runs, who started it and when: the title of the panel."""
    what = running.title(run).removeprefix("a ").removeprefix("the ")
    return f"{what[0].upper()}{what[1:]}: {run.by}, {_started(run)}"


def ended(run: RunState) -> str:
    """How the last run ended, as a sentence: `The training that Anna started at 14:03 is done`."""
    what = running.title(run).removeprefix("a ").removeprefix("the ")
    by = f" by {run.cancelled_by}" if run.phase == running.CANCELLED and run.cancelled_by else ""
    return f"The {what} that {run.by} {_started(run)} {_ENDS.get(run.phase, '')}{by}"


def _started(run: RunState) -> str:
    where = " in a terminal" if run.place == "terminal" else ""
    return f"started{where} at {clock(run.started_at)}"


def clock(moment: datetime) -> str:
    """A moment in the viewer's own time: `14:03`, with the day in front if it was not today."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    there = moment.replace(tzinfo=UTC).astimezone(zone)
    is_today = there.date() == datetime.now(zone).date()
    return f"{there:%H:%M}" if is_today else f"{there:%H:%M} on {words.day(there)}"


def step(run: RunState) -> str:
    """What a run does at the moment."""
    if run.detail.get("trial"):
        return (
            f"Searching for parameters: trial {words.count(run.detail['trial'])} of {words.count(run.detail['trials'])}"
        )
    if not run.step:
        return "Starting"
    told = _STEPS.get(run.step) or words.label(run.step)
    return _DAY.sub(lambda found: words.day(datetime.fromisoformat(found[0])), told)


def figures(run: RunState) -> str:
    """Share done, best trial so far and time left, as far as they are known."""
    best = run.detail.get("best")
    known = [
        words.percent(run.share),
        best and f"best log loss so far {best:.4f} (trial {words.count(run.detail['best_trial'])})",
        left(run.seconds_left),
    ]
    return " · ".join(part for part in known if part)


def left(seconds: float | None) -> str:
    """Time left, as coarse as it is known: `about 2 min left`; nothing while nobody can tell."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10}{words.GAP}s left"
    return f"about {took(seconds)} left" if seconds >= 5400 else f"about {round(seconds / 60)}{words.GAP}min left"


def took(seconds: float) -> str:
    """A duration: `48 s`, `12 min`, `1.5 h`."""
    if seconds < 90:
        return f"{round(seconds)}{words.GAP}s"
    return f"{round(seconds / 60)}{words.GAP}min" if seconds < 5400 else words.hours(seconds / 3600)
