"""Detractors who wait for a call back as they stand now: what was published, and what was logged here since."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from pages.components import customer_decisions, data, decisions
from pages.components.customer_decisions import NOT_MADE, Outcome
from pages.components.experience_words import Record

SHOWN = 200
WAITING, OVERDUE, CLOSED, LATE = "waiting", "overdue", "closed", "closed_late"
OPEN = (OVERDUE, WAITING)


@dataclass(frozen=True)
class Since:
    """What was logged here about a detractor after the answer: the newest outcome, and the first one that talked."""

    newest: Outcome | None = None
    talked_at: datetime | None = None


def standing() -> pd.DataFrame:
    """Detractors, open ones first, with column `state` as it is now, `tried` (newest outcome) and `barred` (rule).

    At most `SHOWN`, those with most at risk first.
    """
    found = data.experience_detractors(SHOWN)
    ids = [str(customer) for customer in found["customer_id"]]
    logged = _logged(found, customer_decisions.outcomes_of(ids))
    barred = decisions.stopped_of(ids)
    since = [logged.get(customer, Since()) for customer in ids]
    states = [_state(row, one) for row, one in zip(found.to_dict("records"), since, strict=True)]
    stood = found.assign(
        state=states,
        tried=pd.Series([one.newest.result if one.newest else None for one in since], index=found.index, dtype=object),
        barred=pd.Series([barred.get(customer) for customer in ids], index=found.index, dtype=object),
    )
    order = stood["state"].map({OVERDUE: 0, WAITING: 0, LATE: 1, CLOSED: 1})
    return stood.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def counted() -> Record:
    """Detractors, waiting and overdue ones, less those of the list who were talked to since the publication."""
    published = data.experience_waiting()
    if not published["detractors"]:
        return published
    before, now = data.experience_detractors(SHOWN), standing()
    done = {
        state: int((before["state"] == state).sum() - (now["state"] == state).sum()) for state in (WAITING, OVERDUE)
    }
    return published | {state: published[state] - done[state] for state in done}


def _logged(found: pd.DataFrame, outcomes: list[Outcome]) -> dict[str, Since]:
    """Outcomes after each customer's answer, oldest first."""
    answered = dict(zip(found["customer_id"], pd.to_datetime(found["answered_at"]), strict=True))
    logged: dict[str, Since] = {}
    for outcome in outcomes:
        if outcome.recorded_at <= answered[outcome.customer_id]:
            continue
        before = logged.get(outcome.customer_id, Since())
        talked = outcome.recorded_at if outcome.result not in NOT_MADE else None
        logged[outcome.customer_id] = Since(outcome, before.talked_at or talked)
    return logged


def _state(row: Record, since: Since) -> str:
    """The state as published, unless somebody talked to the customer since."""
    if row["state"] not in OPEN or since.talked_at is None:
        return str(row["state"])
    return CLOSED if since.talked_at <= row["due_at"] else LATE
