"""What can go wrong with the database of decisions, in words a person can act on; no message holds a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class WorkflowError(Exception):
    """The database of decisions did not do what was asked; nothing was written."""


class DatabaseUnreachableError(WorkflowError):
    """The database cannot be opened, or did not answer."""


class NewerDatabaseError(WorkflowError):
    """A newer version of the program wrote this database."""


class NotFoundError(WorkflowError):
    """No record of that id is there (any more)."""


class AlreadyThereError(WorkflowError):
    """Another record already stands where this one should."""


@dataclass(frozen=True)
class FieldChange:
    """One field that somebody else changed; `before` is None where their version is a new record."""

    field: str
    before: Any
    after: Any
    who: str
    at: datetime

    def words(self) -> str:
        """Who changed what, when, as a sentence."""
        moment = f"{self.at:%d %b %Y %H:%M} UTC"
        return f"{self.who} changed {self.field} from {_shown(self.before)} to {_shown(self.after)} on {moment}."


class EditConflictError(WorkflowError):
    """Somebody else saved the record after it was read; tells what they changed, and nothing was overwritten."""

    def __init__(self, record: str, record_id: str, seen_version: int, changes: Sequence[FieldChange]) -> None:
        """Word the message from what was saved after `seen_version`."""
        self.record = record
        self.record_id = record_id
        self.seen_version = seen_version
        self.changes = tuple(changes)
        told = " ".join(change.words() for change in changes)
        super().__init__(f"This {record} was changed meanwhile. {told} Yours was not saved: look at it and save again.")


def _shown(value: Any) -> str:
    """A value as it stands in a sentence."""
    return "nothing" if value in (None, "") else str(value)
