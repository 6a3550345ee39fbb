"""A door to the workflow database for one customer's case. Nothing here draws; every refusal becomes a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pages.components import decisions
from workflow import case, outcomes, tasks
from workflow.case import NOT_MADE, Answer, Case
from workflow.outcomes import Outcome
from workflow.schema import RESULTS
from workflow.tasks import Task

__all__ = ["NOT_MADE", "RESULTS", "Answer", "Case", "Outcome", "Task"]

DUE_DAYS = 7


def case_of(customer_id: str) -> Case:
    """What was decided about a customer; nothing where the database does not answer, which is then told."""
    return decisions.tried(lambda: case.about(decisions.database(), customer_id), Case())


def outcomes_of(customer_ids: Sequence[str]) -> list[Outcome]:
    """What was logged about these customers, oldest first; nothing where the database does not answer."""
    return decisions.tried(lambda: outcomes.of_customers(decisions.database(), customer_ids), [])


def log(said: Answer) -> bool:
    """Log what came of a contact; False where it was refused, which is then told."""
    return _done(lambda: case.log(decisions.database(), said, decisions.person()))


def correct(outcome: Outcome, result: str, note: str) -> bool:
    """Correct an outcome as it was seen; False where it was refused, which is then told."""
    edited = replace(outcome, result=result, note=note)
    return _done(lambda: outcomes.save(decisions.database(), edited, decisions.person()))


def take_up(customer_id: str, action: str, run_id: str | None) -> bool:
    """Make a task of a suggested action, for whoever asks, due in a week; False where it was refused."""
    by = decisions.person()
    task = Task(customer_id, action, by, due_on=date.today() + timedelta(days=DUE_DAYS), run_id=run_id)
    return _done(lambda: tasks.add(decisions.database(), [task], by))


def _done(write: Callable[[], Any]) -> bool:
    return decisions.tried(lambda: bool(write()) or True, False)
