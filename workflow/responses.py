"""Writing imported answers down: as outcomes of the contacts they answer, once, however often a file comes."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select

from workflow import records
from workflow.campaigns import CAMPAIGNS
from workflow.contacts import CONTACTS, Contact
from workflow.database import Change, Database
from workflow.errors import NotFoundError, WorkflowError
from workflow.outcomes import OUTCOMES, Outcome
from workflow.records import new_id
from workflow.schema import OPEN_STATUSES, campaigns, contacts, outcomes, tasks
from workflow.tasks import TASKS

OBJECTION = "do not contact"
_NO_ANSWER = "not reached"


@dataclass(frozen=True)
class Recorded:
    """What an import did: answers added (objections among them), answers known before, and rows it refused.

    `rejects` has the columns row, column, value and reason.
    """

    added: int
    objections: int
    known: int
    rejects: pd.DataFrame


@dataclass(frozen=True)
class _Seen:
    """What stands in the database before an import: contacts by customer, answers by contact, and objections."""

    contacts: dict[str, Contact]
    answers: set[tuple[str | None, str]]
    objecting: set[str]


@dataclass
class _Sorted:
    """The rows of an import by what becomes of them."""

    added: dict[str, Outcome] = field(default_factory=dict)
    answered: dict[str, datetime] = field(default_factory=dict)
    known: int = 0
    rejects: list[tuple[Any, ...]] = field(default_factory=list)


def record_responses(database: Database, campaign_id: str, answers: pd.DataFrame, by: str) -> Recorded:
    """Write answers to a campaign down, all in one transaction; a file that comes twice adds nothing.

    `answers` as `pipelines.responses.read_responses` gives them. Each becomes an outcome of the contact it answers,
    tells when that was answered (the earliest moment, else now), and finishes its task unless nobody was reached. An
    objection counts whoever it is from; any other answer must be from somebody the campaign contacted, on or after the
    day of its launch. Raises NotFoundError, and WorkflowError for a draft.
    """
    with database.write(by) as change:
        seen = _seen(change, campaign_id)
        found = _Sorted()
        for row in answers.to_dict("records"):
            _sort(row, seen, found, change.at)
        records.add(change, OUTCOMES, list(found.added.values()))
        _answer(change, seen.contacts.values(), found.answered)
    objections = sum(outcome.result == OBJECTION for outcome in found.added.values())
    rejects = pd.DataFrame(found.rejects, columns=["row", "column", "value", "reason"])
    return Recorded(len(found.added), objections, found.known, rejects)


def _sort(row: Mapping[Any, Any], seen: _Seen, found: _Sorted, at: datetime) -> None:
    """Put one row where it belongs."""
    contact = seen.contacts.get(row["customer_id"])
    moment = None if pd.isna(row["responded_at"]) else row["responded_at"].to_pydatetime()
    reason = _refusal(row, contact, moment)
    if reason:
        found.rejects.append((row["row"], *reason))
        return
    outcome = _outcome(row, contact, at)
    if outcome.outcome_id in found.added or _is_known(outcome, seen):
        found.known += 1
    else:
        found.added[outcome.outcome_id] = outcome
        if outcome.result == OBJECTION:
            seen.objecting.add(outcome.customer_id)
    if contact is not None and outcome.result != _NO_ANSWER:
        when = max(moment or at, contact.contacted_at)  # a file may know the day alone
        found.answered[contact.contact_id] = min(when, found.answered.get(contact.contact_id, when))


def _seen(change: Change, campaign_id: str) -> _Seen:
    """Read what an import rests on."""
    connection = change.connection
    found = records.find(connection, CAMPAIGNS, campaigns.c.campaign_id == campaign_id)
    if not found:
        raise NotFoundError(f"There is no campaign {campaign_id!r}.")
    if found[0].status == "draft":
        raise WorkflowError(f"{found[0].name!r} was not launched yet: nobody can have answered it.")
    made = records.find(connection, CONTACTS, contacts.c.campaign_id == campaign_id, contacts.c.arm == "treated")
    answers = select(outcomes.c.contact_id, outcomes.c.result).join(
        contacts, contacts.c.contact_id == outcomes.c.contact_id
    )
    known = connection.execute(answers.where(contacts.c.campaign_id == campaign_id))
    objecting = connection.execute(select(outcomes.c.customer_id).where(outcomes.c.result == OBJECTION)).scalars()
    return _Seen(
        {one.customer_id: one for one in made}, {(contact, result) for contact, result in known}, set(objecting)
    )


def _refusal(row: Mapping[Any, Any], contact: Contact | None, moment: datetime | None) -> tuple[str, str, str] | None:
    """Why an answer cannot be one to this campaign; an objection always counts."""
    if row["result"] == OBJECTION:
        return None
    if contact is None:
        return "customer_id", row["customer_id"], "This customer was not contacted in this campaign."
    if moment is not None and moment.date() < contact.contacted_at.date():
        return (
            "responded_at",
            f"{moment:%Y-%m-%d}",
            f"The campaign was launched later, on {contact.contacted_at:%Y-%m-%d}.",
        )
    return None


def _outcome(row: Mapping[Any, Any], contact: Contact | None, at: datetime) -> Outcome:
    """An answer as an outcome; the same answer to the same contact has the same id whoever imports it."""
    contact_id = contact.contact_id if contact else None
    same = hashlib.sha256(f"{contact_id}:{row['result']}".encode()).hexdigest()[:32] if contact else new_id()
    task_id = contact.task_id if contact else None
    return Outcome(row["customer_id"], row["result"], row["note"], task_id, contact_id, same, at)


def _is_known(outcome: Outcome, seen: _Seen) -> bool:
    """Whether an answer was written down before, by an import or by hand."""
    if outcome.contact_id is None:
        return outcome.customer_id in seen.objecting
    return (outcome.contact_id, outcome.result) in seen.answers


def _answer(change: Change, made: Iterable[Contact], answered: dict[str, datetime]) -> None:
    """Say when contacts were answered, and finish their tasks."""
    edited = [
        replace(one, responded_at=answered[one.contact_id])
        for one in made
        if one.contact_id in answered and (one.responded_at is None or answered[one.contact_id] < one.responded_at)
    ]
    ids = [one.task_id for one in edited if one.task_id]
    still_open = [
        task
        for part in records.chunks(ids)
        for task in records.find(change.connection, TASKS, tasks.c.task_id.in_(part), tasks.c.status.in_(OPEN_STATUSES))
    ]
    done = records.save_all(change, CONTACTS, edited)
    settled = records.save_all(change, TASKS, [replace(task, status="done") for task in still_open])
    for conflict in (*done.conflicts, *settled.conflicts):
        raise conflict
