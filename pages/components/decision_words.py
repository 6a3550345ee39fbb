"""Words for what people decided: fields, statuses, and who changed what before you did."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pages.components import words

FIELDS = {
    "owner": "the owner",
    "status": "the status",
    "due_on": "the due date",
    "snoozed_until": "the day it is put off to",
    "held_by": "the rule that holds it back",
    "note": "the note",
    "campaign_id": "the campaign",
    "name": "the name",
    "definition": "who belongs to it",
    "state": "what it shows",
    "brief": "the brief",
    "audience": "the audience",
    "control_share": "the control share",
    "stop_on": "the stop date",
    "launched_at": "the launch",
    "result": "the outcome",
}
STATUSES = {
    "none": "Not taken up",
    "open": "Open",
    "approved": "Approved",
    "snoozed": "Snoozed",
    "done": "Done",
    "dropped": "Dropped",
}


def refusal(error: Exception) -> str:
    """The sentence for a refusal; of an edit that came second, who changed what and when, in people's words."""
    changes = getattr(error, "changes", ())
    if not changes:
        return str(error)
    return f"Somebody was faster. {told(changes)}. Yours was not saved: look at it and save again."


def told(changes: Sequence[Any]) -> str:
    """Who changed what from what to what, and when; one person’s changes of one moment stand together."""
    together: dict[tuple[str, datetime], list[str]] = {}
    for change in changes:
        what = FIELDS.get(change.field, words.label(change.field).lower())
        moved = f"{what} from {shown(change.before)} to {shown(change.after)}"
        together.setdefault((change.who, change.at), []).append(moved)
    return "; ".join(
        f"{who} changed {' and '.join(moves)} on {words.day(at)} at {at:%H:%M} UTC"
        for (who, at), moves in together.items()
    )


def shown(value: Any) -> str:
    """A stored value as it stands in a sentence."""
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, str) and value in STATUSES:
        return f"“{STATUSES[value].lower()}”"
    if isinstance(value, (dict, list)):
        return "other contents"
    return words.day(_moment(value)) if _moment(value) else str(value)


def _moment(value: Any) -> date | None:
    """A day or moment as the audit trail keeps it, in ISO 8601."""
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and len(value) >= 10 else None
    except ValueError:
        return None
