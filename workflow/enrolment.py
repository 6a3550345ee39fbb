"""Taking customers into a running service initiative as they come: the same draw, the same terms, no second look."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import select, update

from models.assignment import is_control
from workflow import records
from workflow.availability import for_service
from workflow.campaigns import CAMPAIGNS, Campaign
from workflow.database import Change, Database
from workflow.errors import WorkflowError
from workflow.launch import Terms, fingerprint, one_at_a_time, rows_of, write_members
from workflow.schema import campaign_assignments, campaign_members, campaigns


@dataclass(frozen=True)
class Enrolled:
    """Whom an enrolment took in, by arm, and how many it left out for which reason."""

    treated: int
    control: int
    left_out: dict[str, int]

    @property
    def customers(self) -> int:
        """Everybody who was taken in."""
        return self.treated + self.control


def allowed(database: Database, audience: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Whom a service initiative may take in by now, of rows of customer_id and action; and how many not, by reason."""
    with database.read() as connection:
        return for_service(connection, audience, database.clock().date())


def enrol_until(campaign: Campaign) -> date | None:
    """The last day on which a service initiative takes customers in; None where it takes in those of the launch."""
    told = campaign.audience.get("enrol_until")
    return date.fromisoformat(told) if told else None


def is_enrolling(campaign: Campaign, today: date) -> bool:
    """Whether a service initiative still takes customers in."""
    last = enrol_until(campaign)
    return campaign.is_service and campaign.status == "running" and last is not None and today <= last


def enrol(database: Database, campaign_id: str, audience: pd.DataFrame, by: str) -> Enrolled:
    """Take newly eligible customers into a running initiative, each in an arm drawn with the key of its launch.

    `audience` as `launch` takes it; who is in it already, or may not be, is left out and counted. Raises WorkflowError
    where the initiative takes in nobody any more: the last day was fixed at the launch, so that nobody goes on until
    the result looks good.
    """
    with database.write(by) as change:
        one_at_a_time(change.connection)
        campaign = _open(change, campaign_id)
        rows, left = (audience, {}) if audience.empty else for_service(change.connection, audience, change.at.date())
        if rows.empty:
            return Enrolled(0, 0, left)
        rows = rows_of(rows)
        secret = change.connection.execute(
            select(campaign_assignments.c.secret).where(campaign_assignments.c.campaign_id == campaign_id)
        ).scalar_one()
        held = is_control(list(rows["customer_id"]), f"{campaign_id}:{secret}", campaign.control_share)
        rows = rows.assign(arm=np.where(held, "control", "treated"))
        days = timedelta(days=int(campaign.audience.get("due_days", 1)))
        terms = Terms(due_on=change.at.date() + days, owner=campaign.audience.get("team") or None)
        write_members(change, campaign, rows, terms)
        _seal(change, campaign_id, secret)
    arms = Counter(rows["arm"])
    return Enrolled(arms["treated"], arms["control"], left)


def _open(change: Change, campaign_id: str) -> Campaign:
    """The initiative as it stands, if it still takes somebody in."""
    found = records.find(change.connection, CAMPAIGNS, campaigns.c.campaign_id == campaign_id)
    if not found or not is_enrolling(found[0], change.at.date()):
        raise WorkflowError("Nobody was taken in: this initiative is over, or takes in only those of its launch.")
    return found[0]


def _seal(change: Change, campaign_id: str, secret: str) -> None:
    """Make the fingerprint that of everybody who is in it now."""
    member = campaign_members.c
    query = select(member.customer_id, member.arm, member.action).where(member.campaign_id == campaign_id)
    everybody = pd.DataFrame(change.connection.execute(query.order_by(member.customer_id)).mappings().all())
    table = campaign_assignments
    change.connection.execute(
        update(table).where(table.c.campaign_id == campaign_id).values(fingerprint=fingerprint(everybody, secret))
    )
