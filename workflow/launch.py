"""Launching a campaign: arms drawn at random and stored, tasks, and the contact log, in one transaction."""

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, insert, select, text

from models.assignment import control_group
from workflow import audit, records
from workflow.audit import Event
from workflow.availability import leave_out, refusals
from workflow.campaigns import CAMPAIGNS, Brief, Campaign
from workflow.database import Change, Database
from workflow.errors import WorkflowError
from workflow.records import new_id
from workflow.schema import campaign_assignments, campaign_members, contacts, tasks

__all__ = ["Terms", "fingerprint_of", "launch", "leave_out"]

DUE_AFTER = timedelta(days=7)
_ROWS = 10_000  # per statement: SQLAlchemy copies them


@dataclass(frozen=True)
class Terms:
    """How the tasks are handed out, and whether the campaign does without a control group on purpose.

    `due_on` is a week after the launch unless given; `owner` None leaves the tasks to be assigned.
    """

    due_on: date | None = None
    owner: str | None = None
    measures_nothing: bool = False


def launch(
    database: Database, campaign: Campaign, audience: pd.DataFrame, run_id: str, by: str, terms: Terms = Terms()
) -> Campaign:
    """Launch a draft: from now on brief, stop date, audience and arms stand.

    `audience` has one row per customer: customer_id, action and, where known, channel and contact_cost (else cost), as
    `pipelines.audience` gives them. Treated customers get a task and a line in the contact log that belong together,
    those held out a line of arm `control`. A million rows are fine. Of two people who launch the same draft one does,
    the other gets EditConflictError. Raises WorkflowError, with nothing written, where the brief, the stop date or the
    audience is not ready, or somebody in it must not be contacted (`leave_out` takes them out).
    """
    rows = rows_of(audience)
    _refuse_early(campaign, terms)
    if campaign.control_share > 0 and len(rows) == 1:
        raise WorkflowError("Not launched: of one customer nobody can be held out. Choose more, or measure nothing.")
    with database.write(by) as change:
        one_at_a_time(change.connection)
        fresh = replace(campaign, status="running", run_id=run_id, launched_at=change.at)
        launched = records.save(change, CAMPAIGNS, fresh)
        _refuse_past(launched, change.at.date())
        _refuse_people(change, launched, rows)
        write_members(change, launched, _with_arms(change, launched, rows), terms)
    return launched


def fingerprint_of(database: Database, campaign_id: str) -> str:
    """What the arms of a launched campaign can be checked against: a keyed hash that names nobody; empty before."""
    query = select(campaign_assignments.c.fingerprint).where(campaign_assignments.c.campaign_id == campaign_id)
    with database.read() as connection:
        return connection.execute(query).scalar() or ""


def rows_of(audience: pd.DataFrame) -> pd.DataFrame:
    """The audience by customer, each once and with an action; money where it is known."""
    missing = {"customer_id", "action"} - set(audience.columns)
    if missing:
        raise WorkflowError(f"Not launched: the audience has no column {', '.join(sorted(missing))}.")
    rows = pd.DataFrame(
        {
            "customer_id": audience["customer_id"].astype(object),
            "action": audience["action"].astype(object),
            "channel": audience["channel"].astype(object) if "channel" in audience else None,
            "cost": next((audience[name] for name in ("contact_cost", "cost") if name in audience), np.nan),
        }
    )
    if rows.empty:
        raise WorkflowError("Not launched: members missing. The audience is empty.")
    if rows[["customer_id", "action"]].isna().any(axis=None) or (rows[["customer_id", "action"]] == "").any(axis=None):
        raise WorkflowError("Not launched: somebody in the audience has no number or no action.")
    twice = int(rows["customer_id"].duplicated().sum())
    if twice:
        raise WorkflowError(f"Not launched: {twice} customers stand in the audience twice.")
    return rows.sort_values("customer_id", ignore_index=True)


def _refuse_early(campaign: Campaign, terms: Terms) -> None:
    """A launch needs a draft, six answers, a stop date, and a word on the control group."""
    missing = list(Brief(**campaign.brief).unanswered)
    if campaign.stop_on is None:
        missing.append("stop_on")
    if missing:
        raise WorkflowError(f"Not launched: {', '.join(missing)} missing.")
    if campaign.status != "draft":
        raise WorkflowError(f"{campaign.name!r} is {campaign.status}: only a draft is launched.")
    if campaign.control_share == 0 and not terms.measures_nothing:
        raise WorkflowError(
            "Not launched: without a control group nobody will know what it earned. Hold some customers out, or say "
            "that this campaign measures nothing."
        )
    if campaign.control_share > 0 and terms.measures_nothing:
        raise WorkflowError("Not launched: a campaign that measures nothing holds nobody out; set its share to 0.")


def _refuse_past(campaign: Campaign, today: date) -> None:
    """The stop date lies ahead."""
    if campaign.stop_on is not None and campaign.stop_on <= today:
        raise WorkflowError(f"Not launched: the stop date {campaign.stop_on} is not after today, {today}.")


def one_at_a_time(connection: Connection) -> None:
    """Of two launches the second sees whom the first holds out; SQLite lets one writer in anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("lock table campaigns in share row exclusive mode"))


def _refuse_people(change: Change, campaign: Campaign, rows: pd.DataFrame) -> None:
    """Nobody held out elsewhere, nobody who objected, nobody with the same task open."""
    found = refusals(change.connection, rows, change.at.date(), campaign.campaign_id)
    if found:
        told = ", ".join(f"{count:,} {reason}" for reason, count in found.items())
        raise WorkflowError(f"Not launched: of {len(rows):,} customers {told}. Choose the audience anew.")


def _with_arms(change: Change, campaign: Campaign, rows: pd.DataFrame) -> pd.DataFrame:
    """The audience with its arms, drawn with a secret that did not exist before this moment and is kept with them."""
    secret = secrets.token_hex(32)
    held = control_group(list(rows["customer_id"]), f"{campaign.campaign_id}:{secret}", campaign.control_share)
    rows = rows.assign(arm=np.where(held, "control", "treated"))
    kept = {"campaign_id": campaign.campaign_id, "secret": secret, "fingerprint": fingerprint(rows, secret)}
    change.connection.execute(insert(campaign_assignments), [kept])
    return rows


def fingerprint(members: pd.DataFrame, secret: str) -> str:
    """A keyed hash of customers, arms and actions, in the order of the customers."""
    lines = "\n".join(f"{row.customer_id}\t{row.arm}\t{row.action}" for row in members.itertuples())
    return hmac.new(secret.encode(), lines.encode(), hashlib.sha256).hexdigest()


def write_members(change: Change, campaign: Campaign, rows: pd.DataFrame, terms: Terms) -> None:
    """Members, tasks and contact log of a launch, with one line of audit that counts them: they are fixed anyway."""
    given = _records(rows)
    one = {"campaign_id": campaign.campaign_id}
    member = {**one, "assigned_at": change.at}
    task = _task(campaign, change, terms)
    contact = {**one, "run_id": campaign.run_id, "version": 1, "contacted_at": change.at, "responded_at": None}
    named = ("customer_id", "action", "arm")
    _insert(change, campaign_members, ({**member, **{name: row[name] for name in named}} for row in given))
    treated = (row for row in given if row["task_id"])
    _insert(
        change,
        tasks,
        ({**task, **{name: row[name] for name in ("customer_id", "action", "task_id")}} for row in treated),
    )
    _insert(change, contacts, ({**contact, "contact_id": new_id(), **row} for row in given))
    arms = dict(Counter(row["arm"] for row in given))
    audit.write(change, [Event("members assigned", "campaign", campaign.campaign_id, campaign.version, None, arms)])


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The audience as the contact log keeps it; a withheld contact has no task and costs nothing."""
    columns = [rows[name].tolist() for name in ("customer_id", "action", "arm", "channel", "cost")]
    return [
        {
            "customer_id": str(who),
            "action": str(action),
            "arm": arm,
            "channel": None if pd.isna(channel) else str(channel),
            "cost": 0.0 if arm == "control" else (None if pd.isna(cost) else float(cost)),
            "task_id": None if arm == "control" else new_id(),
        }
        for who, action, arm, channel, cost in zip(*columns, strict=True)
    ]


def _task(campaign: Campaign, change: Change, terms: Terms) -> dict[str, Any]:
    """What all tasks of a launch have in common."""
    return {
        "campaign_id": campaign.campaign_id,
        "run_id": campaign.run_id,
        "owner": terms.owner,
        "status": "open",
        "due_on": terms.due_on or change.at.date() + DUE_AFTER,
        "snoozed_until": None,
        "held_by": None,
        "note": "",
        "created_at": change.at,
        "version": 1,
    }


def _insert(change: Change, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows in parts."""
    waiting = iter(rows)
    while part := list(islice(waiting, _ROWS)):
        change.connection.execute(insert(table), part)
