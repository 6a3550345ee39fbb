"""Everything that was decided, as rows: what scoring, plan, exports and results read, from one moment's state."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select

from workflow.campaigns import IS_SERVICE
from workflow.database import Database
from workflow.schema import campaign_members, campaigns, contacts, outcomes, to_json

Rows = Sequence[Sequence[Any]]
PART = 50_000

_RUNNING = (campaigns.c.status == "running") & campaigns.c.stop_on.is_not(None)
_QUERIES: dict[str, Select[Any]] = {
    "campaigns": select(
        campaigns.c.campaign_id,
        campaigns.c.name,
        campaigns.c.status,
        campaigns.c.launched_at,
        campaigns.c.stop_on,
        campaigns.c.closed_at,
        campaigns.c.control_share,
    )
    .where(campaigns.c.launched_at.is_not(None))
    .order_by(campaigns.c.launched_at, campaigns.c.campaign_id),
    "members": select(
        campaign_members.c.campaign_id,
        campaign_members.c.customer_id,
        campaign_members.c.arm,
        campaign_members.c.action,
        campaign_members.c.assigned_at,
    ).order_by(campaign_members.c.campaign_id, campaign_members.c.customer_id),
    "contacts": select(
        contacts.c.contact_id,
        contacts.c.customer_id,
        contacts.c.contacted_at,
        contacts.c.action,
        contacts.c.arm,
        contacts.c.channel,
        contacts.c.cost,
        contacts.c.responded_at,
        contacts.c.campaign_id,
    ).order_by(contacts.c.contacted_at, contacts.c.contact_id),
    "outcomes": select(
        outcomes.c.outcome_id,
        outcomes.c.customer_id,
        outcomes.c.result,
        outcomes.c.note,
        outcomes.c.recorded_at,
        outcomes.c.contact_id,
        contacts.c.campaign_id,
    )
    .outerjoin(contacts, contacts.c.contact_id == outcomes.c.contact_id)
    .order_by(outcomes.c.recorded_at, outcomes.c.outcome_id),
    "objections": select(outcomes.c.customer_id).where(outcomes.c.result == "do not contact").distinct(),
    "held_out": select(campaign_members.c.customer_id, func.max(campaigns.c.stop_on))
    .join(campaigns, campaigns.c.campaign_id == campaign_members.c.campaign_id)
    .where(_RUNNING, ~IS_SERVICE, campaign_members.c.arm == "control")
    .group_by(campaign_members.c.customer_id),
    "withheld": select(campaign_members.c.customer_id, campaign_members.c.action, func.max(campaigns.c.stop_on))
    .join(campaigns, campaigns.c.campaign_id == campaign_members.c.campaign_id)
    .where(_RUNNING, IS_SERVICE, campaign_members.c.arm == "control")
    .group_by(campaign_members.c.customer_id, campaign_members.c.action),
    "initiatives": select(campaigns.c.campaign_id, campaigns.c.audience).where(
        IS_SERVICE, campaigns.c.launched_at.is_not(None)
    ),
}


def decided(database: Database) -> Iterator[tuple[str, Rows]]:
    """Parts of launched campaigns, members, contacts, outcomes, objections and whom they hold out, all of one state.

    Each part is the name of its rows and at most PART of them, so that years of contacts never lie in memory as Python
    objects. Whoever is held out, of everything or of one action, stands there with the first day on which they are
    free: the day after the last stop date. Service initiatives come with their design as JSON.
    """
    with database.read() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        for name, query in _QUERIES.items():
            for part in connection.execution_options(yield_per=PART).execute(query).partitions():
                rows = [tuple(row) for row in part]
                if name in ("held_out", "withheld"):
                    rows = [(*who, stop_on + timedelta(days=1)) for *who, stop_on in rows]
                if name == "initiatives":
                    rows = [(campaign_id, to_json(design)) for campaign_id, design in rows]
                yield name, rows
