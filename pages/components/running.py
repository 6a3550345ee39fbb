"""A door to runs of the pipeline: start one in a process of its own, watch it, cancel it. Nothing here draws."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pages.components import data, decisions
from pipelines import background, page_commands
from pipelines.background import CANCELLED, DONE, FAILED, KILLED, RUNNING, RunState
from pipelines.errors import BusyError, InputError

__all__ = ["CANCELLED", "DONE", "FAILED", "KILLED", "RUNNING", "RunState"]


def state() -> RunState | None:
    """The run at work, else the newest one; asked anew each time."""
    return background.state(data.home())


def last(*commands: str) -> RunState | None:
    """The newest run of one of these commands, at work or not."""
    return background.last(data.home(), *commands)


def last_done(*commands: str) -> RunState | None:
    """The newest run of one of these commands that did its work."""
    return background.last(data.home(), *commands, phase=DONE)


def is_busy() -> bool:
    """Whether a run is at work, started from a page or in a terminal."""
    current = state()
    return current is not None and current.is_running


def start(words: Sequence[str]) -> RunState | None:
    """Start a command of `pipelines.page_commands` for whoever decides; None where it was refused, which is then told.

    One run at a time: who comes second is told who started the first and when.
    """
    try:
        return background.start(data.home(), words, decisions.person())
    except (BusyError, InputError) as error:
        decisions.problem(str(error))
        return None


def cancel(run: RunState, at_once: bool = False) -> None:
    """Ask a run to stop, or end it at once."""
    background.cancel(data.home(), run.job_id, decisions.person(), at_once)


def title(run: RunState) -> str:
    """What a run is: `a training`."""
    return page_commands.title(run.name)


def waited(run: RunState) -> float:
    """Seconds since somebody asked a run to stop; 0 where nobody did."""
    asked = run.cancel_asked_at
    return (datetime.now(UTC).replace(tzinfo=None) - asked).total_seconds() if asked else 0.0
