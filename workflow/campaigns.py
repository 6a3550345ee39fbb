"""Campaigns and their members: arms are fixed at launch, and no function changes them afterwards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from workflow import audit, records
from workflow.audit import Event
from workflow.database import Database, utc_now
from workflow.errors import WorkflowError
from workflow.records import Kind, new_id
from workflow.schema import ARMS, CAMPAIGN_STATUSES, campaign_members, campaigns


@dataclass(frozen=True)
class Brief:
    """The six questions that a campaign answers before it is launched."""

    bond: str = ""
    who: str = ""
    how: str = ""
    instrument: str = ""
    how_often_and_when: str = ""
    with_whom: str = ""

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The questions that still have no answer."""
        return tuple(question.name for question in fields(self) if not getattr(self, question.name).strip())


@dataclass(frozen=True)
class Campaign:
    """One campaign. `audience` says in JSON where its customers come from; `control_share` lies in [0, 1)."""

    name: str
    brief: dict[str, str] = field(default_factory=lambda: asdict(Brief()))
    audience: dict[str, Any] = field(default_factory=dict)
    control_share: float = 0.1
    stop_on: date | None = None
    status: str = "draft"
    run_id: str | None = None
    campaign_id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=utc_now)
    launched_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse a status that no page knows and a control group that leaves nobody."""
        records.one_of("status", self.status, CAMPAIGN_STATUSES)
        if not 0 <= self.control_share < 1:
            raise WorkflowError(f"control_share is {self.control_share}; it must lie in [0, 1).")


@dataclass(frozen=True)
class Member:
    """One customer of a launched campaign; those of arm `control` are not contacted."""

    customer_id: str
    arm: str
    action: str | None = None

    def __post_init__(self) -> None:
        """Refuse an arm that no result could count."""
        records.one_of("arm", self.arm, ARMS)


CAMPAIGNS = Kind(campaigns, Campaign, "campaign", frozenset({"created_at"}))
_AFTER_LAUNCH = ("brief", "audience", "control_share", "stop_on", "run_id", "launched_at")


def add(database: Database, new: Campaign, by: str) -> Campaign:
    """Add a draft; raises AlreadyThereError when the name is taken."""
    if new.status != "draft":
        raise WorkflowError("A campaign starts as a draft and is launched with its members.")
    with database.write(by) as change:
        return records.add(change, CAMPAIGNS, [replace(new, created_at=change.at)])[0]


def get(database: Database, campaign_id: str) -> Campaign:
    """One campaign; raises NotFoundError."""
    return records.get(database, CAMPAIGNS, campaign_id)


def listed(database: Database) -> list[Campaign]:
    """All campaigns, oldest first."""
    with database.read() as connection:
        return records.find(connection, CAMPAIGNS, order=campaigns.c.created_at)


def save(database: Database, campaign: Campaign, by: str) -> Campaign:
    """Save an edited campaign; raises EditConflictError, NotFoundError, WorkflowError for what its launch fixed."""
    with database.write(by) as change:
        for old in records.find(change.connection, CAMPAIGNS, campaigns.c.campaign_id == campaign.campaign_id):
            if old.version == campaign.version:
                _refuse_late_change(old, campaign)
        return records.save(change, CAMPAIGNS, campaign)


def launch(database: Database, campaign: Campaign, chosen: Sequence[Member], by: str) -> Campaign:
    """Launch a draft with its members: from now on brief, stop date, audience and arms stand.

    Of two people who launch the same draft, one does and the other gets EditConflictError. Raises WorkflowError while
    the brief, the stop date or the members are missing.
    """
    _refuse_early_launch(campaign, chosen)
    with database.write(by) as change:
        fresh = replace(campaign, status="running", launched_at=change.at)
        launched = records.save(change, CAMPAIGNS, fresh)
        fixed = {"campaign_id": launched.campaign_id, "assigned_at": change.at}
        change.connection.execute(insert(campaign_members), [asdict(member) | fixed for member in chosen])
        arms = dict(Counter(member.arm for member in chosen))
        line = Event("members assigned", "campaign", launched.campaign_id, launched.version, None, arms)
        audit.write(change, [line])
    return launched


def members(database: Database, campaign_id: str) -> list[Member]:
    """A campaign's members, by customer."""
    table = campaign_members.c
    query = select(table.customer_id, table.arm, table.action).where(table.campaign_id == campaign_id)
    with database.read() as connection:
        return [Member(**row) for row in connection.execute(query.order_by(table.customer_id)).mappings()]


def held_out(database: Database) -> frozenset[str]:
    """Customers in the control arm of a campaign that is running, for contacts and exports to leave out."""
    query = (
        select(campaign_members.c.customer_id)
        .join(campaigns, campaigns.c.campaign_id == campaign_members.c.campaign_id)
        .where(campaigns.c.status == "running", campaign_members.c.arm == "control")
    )
    with database.read() as connection:
        return frozenset(connection.execute(query).scalars())


def _refuse_late_change(old: Campaign, new: Campaign) -> None:
    """What a result rests on does not move after the launch, and only a launch makes a draft run."""
    if old.status == "draft":
        if new.status != "draft":
            raise WorkflowError("A draft runs only by its launch, which fixes its members.")
        return
    moved = [name for name in _AFTER_LAUNCH if getattr(old, name) != getattr(new, name)]
    if moved or new.status == "draft" or (old.status, new.status) == ("finished", "running"):
        raise WorkflowError(
            f"Fixed since the launch: {', '.join(moved) or 'the status'}. Start a new campaign instead."
        )


def _refuse_early_launch(campaign: Campaign, chosen: Sequence[Member]) -> None:
    """A launch needs a draft, six answers, a stop date and each member once."""
    missing = list(Brief(**campaign.brief).unanswered)
    if campaign.stop_on is None:
        missing.append("stop_on")
    if not chosen:
        missing.append("members")
    if missing:
        raise WorkflowError(f"Not launched: {', '.join(missing)} missing.")
    if campaign.status != "draft":
        raise WorkflowError(f"{campaign.name!r} is {campaign.status}: only a draft is launched.")
    twice = [customer for customer, count in Counter(member.customer_id for member in chosen).items() if count > 1]
    if twice:
        raise WorkflowError(f"Not launched: {len(twice)} customers stand among the members twice.")
