"""Who must not be contacted by now, whatever the last scoring knew: held out, objecting, busy, or just contacted."""

from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from workflow.campaigns import leaves_alone, withholds
from workflow.database import Database
from workflow.schema import OPEN_STATUSES, campaign_members, campaigns, contacts, outcomes, tasks

HELD_OUT, OBJECTED, BUSY, CONTACTED, IN_IT = (
    "held out by another running campaign",
    "asked not to be contacted",
    "already have an open task",
    "were contacted since the last scoring",
    "are in a running initiative of the same kind",
)


def leave_out(
    database: Database, audience: pd.DataFrame, since: datetime | None = None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """An audience (customer_id, action) without those who must not be contacted by now, and how many left, by reason.

    `since` is when the scores behind the audience were made: whoever was contacted after it waits for the next ones,
    because the contact policy has not counted that contact yet. Who meets two reasons counts for the first.
    """
    with database.read() as connection:
        people = {
            HELD_OUT: held_out(connection, database.clock().date()),
            OBJECTED: objecting(connection),
            BUSY: {customer for customer, _ in open_tasks(connection)},
            CONTACTED: _contacted(connection, since),
        }
        is_withheld = _pairs(audience).isin(withheld(connection, database.clock().date()))
    left = {HELD_OUT: int(is_withheld.sum())}
    audience = audience[~is_withheld]
    for reason, ids in people.items():
        is_out = audience["customer_id"].isin(ids)
        left[reason] = left.get(reason, 0) + int(is_out.sum())
        audience = audience[~is_out]
    return audience.reset_index(drop=True), {reason: count for reason, count in left.items() if count}


def refusals(connection: Connection, rows: pd.DataFrame, today: date, campaign_id: str) -> dict[str, int]:
    """How many rows of customer_id and action a launch must refuse, by reason; its own campaign aside."""
    customers, pairs = rows["customer_id"], _pairs(rows)
    busy = pairs.isin(open_tasks(connection))
    alone = customers.isin(held_out(connection, today, but=campaign_id)).to_numpy()
    found = {
        HELD_OUT: int((alone | pairs.isin(withheld(connection, today, but=campaign_id))).sum()),
        OBJECTED: int(customers.isin(objecting(connection)).sum()),
        BUSY: int(busy.sum()),
    }
    return {reason: count for reason, count in found.items() if count}


def for_service(connection: Connection, rows: pd.DataFrame, today: date) -> tuple[pd.DataFrame, dict[str, int]]:
    """Whom a service initiative may still take in, of rows of customer_id and action; and how many not, by reason.

    Their own matter is dealt with, so that other tasks and contacts of late are no hindrance.
    """
    found: dict[str, int] = {}
    people, pairs = rows["customer_id"], _pairs(rows)
    out = {
        IN_IT: pairs.isin(_taken_in(connection, today)),
        HELD_OUT: people.isin(held_out(connection, today)).to_numpy(),
        OBJECTED: people.isin(objecting(connection)).to_numpy(),
        BUSY: pairs.isin(open_tasks(connection)),
    }
    stays = np.ones(len(rows), dtype=bool)
    for reason, is_out in out.items():
        found[reason] = int((stays & is_out).sum())
        stays &= ~is_out
    return rows[stays].reset_index(drop=True), {reason: count for reason, count in found.items() if count}


def held_out(connection: Connection, today: date, but: str = "") -> set[str]:
    """Who is in the control arm of a running campaign, other than one; of service initiatives nobody."""
    member = campaign_members.c
    query = (
        select(member.customer_id)
        .join(campaigns, campaigns.c.campaign_id == member.campaign_id)
        .where(leaves_alone(today), member.arm == "control", member.campaign_id != but)
    )
    return set(connection.execute(query).scalars())


def withheld(connection: Connection, today: date, but: str = "") -> set[tuple[str, str]]:
    """Customer and action of everybody from whom a running service initiative, other than one, withholds it."""
    member = campaign_members.c
    query = (
        select(member.customer_id, member.action)
        .join(campaigns, campaigns.c.campaign_id == member.campaign_id)
        .where(withholds(today), member.arm == "control", member.campaign_id != but)
    )
    return {(customer, action) for customer, action in connection.execute(query)}


def objecting(connection: Connection) -> set[str]:
    """Who asked not to be contacted any more."""
    query = select(outcomes.c.customer_id).where(outcomes.c.result == "do not contact")
    return set(connection.execute(query).scalars())


def open_tasks(connection: Connection) -> list[tuple[str, str]]:
    """Customer and action of every open task."""
    query = select(tasks.c.customer_id, tasks.c.action).where(tasks.c.status.in_(OPEN_STATUSES))
    return [(customer, action) for customer, action in connection.execute(query)]


def _taken_in(connection: Connection, today: date) -> list[tuple[str, str]]:
    """Customer and action of both arms of running service initiatives."""
    member = campaign_members.c
    query = (
        select(member.customer_id, member.action)
        .join(campaigns, campaigns.c.campaign_id == member.campaign_id)
        .where(withholds(today))
    )
    return [(customer, action) for customer, action in connection.execute(query)]


def _pairs(rows: pd.DataFrame) -> pd.MultiIndex:
    """Customer and action of each row."""
    return pd.MultiIndex.from_frame(rows[["customer_id", "action"]])


def _contacted(connection: Connection, since: datetime | None) -> set[str]:
    """Who was contacted at or after a moment; nobody without one."""
    if since is None:
        return set()
    log = contacts.c
    query = select(log.customer_id).where(log.arm == "treated", log.contacted_at >= since)
    return set(connection.execute(query).scalars())
