"""Campaigns: drafts are edited, `workflow.launch` fixes members and arms, and closing ends them. Nothing else moves."""

from collections.abc import Collection, Set
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from workflow import audit, records
from workflow.audit import Event
from workflow.database import Change, Database, utc_now
from workflow.errors import WorkflowError
from workflow.records import Kind, new_id
from workflow.schema import (
    ARMS,
    CAMPAIGN_STATUSES,
    OPEN_STATUSES,
    campaign_members,
    campaigns,
    contacts,
    outcomes,
    tasks,
)
from workflow.tasks import TASKS


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
    closed_at: datetime | None = None
    version: int = 1

    @property
    def is_service(self) -> bool:
        """Whether it changes how customers are served instead of contacting them with an offer."""
        return self.audience.get("from") == SERVICE

    @property
    def is_called_off(self) -> bool:
        """Whether it was closed before its stop date was over: its control group is free, so it has no result."""
        return self.closed_at is not None and self.stop_on is not None and self.closed_at.date() <= self.stop_on

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


@dataclass(frozen=True)
class Tally:
    """How far a campaign is, in customers: members by arm, tasks by status, answers by result."""

    arms: dict[str, int]
    tasks: dict[str, int]
    results: dict[str, int]


CAMPAIGNS = Kind(campaigns, Campaign, "campaign", frozenset({"created_at"}))
SERVICE = "service"  # where the audience of an initiative of the help desk comes from
IS_SERVICE = func.coalesce(campaigns.c.audience["from"].as_string(), "") == SERVICE
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


def close(database: Database, campaign: Campaign, by: str, nobody_contacted: bool = False) -> Campaign:
    """Close a running campaign and drop its open tasks; raises EditConflictError, WorkflowError.

    Up to its stop date that calls it off: the control group is free again and no result is ever shown, so that nobody
    stops an experiment because of what it shows so far. `nobody_contacted` says that what stands open was not done:
    its lines leave the contact log, and those customers may be contacted again at once.
    """
    if campaign.status != "running":
        raise WorkflowError(f"{campaign.name!r} is {campaign.status}: only a running campaign is closed.")
    with database.write(by) as change:
        closed = records.save(change, CAMPAIGNS, replace(campaign, status="finished", closed_at=change.at))
        if nobody_contacted:
            _take_back(change, closed)
        _settle(change, closed.campaign_id, "dropped")
    return closed


def mark_sent(database: Database, campaign_id: str, customer_ids: Collection[str], by: str) -> int:
    """Mark what is `still_to_do` of the customers in a file as done, once it was sent; returns how many tasks.

    What is put off, and whom the file left out, was not contacted by it and stays open.
    """
    with database.write(by) as change:
        return _settle(change, campaign_id, "done", set(customer_ids), _is_due(change.at.date()))


def members(database: Database, campaign_id: str) -> list[Member]:
    """A campaign's members, by customer."""
    table = campaign_members.c
    query = select(table.customer_id, table.arm, table.action).where(table.campaign_id == campaign_id)
    with database.read() as connection:
        return [Member(**row) for row in connection.execute(query.order_by(table.customer_id)).mappings()]


def tally(database: Database, campaign_id: str) -> Tally:
    """How far a campaign is."""
    answered = outcomes.join(contacts, contacts.c.contact_id == outcomes.c.contact_id)
    with database.read() as connection:

        def counted(column: Any, source: Any, belongs: ColumnElement[bool]) -> dict[str, int]:
            query = select(column, func.count()).select_from(source).where(belongs).group_by(column)
            return dict(map(tuple, connection.execute(query)))

        return Tally(
            counted(campaign_members.c.arm, campaign_members, campaign_members.c.campaign_id == campaign_id),
            counted(tasks.c.status, tasks, tasks.c.campaign_id == campaign_id),
            counted(outcomes.c.result, answered, contacts.c.campaign_id == campaign_id),
        )


def still_to_do(database: Database, campaign_id: str) -> frozenset[str]:
    """Customers whose task of the campaign stands open and is not put off beyond today."""
    is_due = _is_due(database.clock().date())
    query = select(tasks.c.customer_id).where(
        tasks.c.campaign_id == campaign_id, tasks.c.status.in_(OPEN_STATUSES), is_due
    )
    with database.read() as connection:
        return frozenset(connection.execute(query).scalars())


def is_running(on: date) -> ColumnElement[bool]:
    """The condition that a campaign holds its control group out on a day: through the stop date, unless closed."""
    return (campaigns.c.status == "running") & (campaigns.c.stop_on >= on)


def leaves_alone(on: date) -> ColumnElement[bool]:
    """The condition that nothing at all is done for a campaign's control group on a day.

    A service initiative withholds its own action alone: its two arms are alike in everything else.
    """
    return is_running(on) & ~IS_SERVICE


def withholds(on: date) -> ColumnElement[bool]:
    """The condition that a service initiative runs on a day, which withholds its own action from its control group."""
    return is_running(on) & IS_SERVICE


def _is_due(on: date) -> ColumnElement[bool]:
    """The condition that a task is not put off beyond a day."""
    return tasks.c.snoozed_until.is_(None) | (tasks.c.snoozed_until <= on)


def _settle(
    change: Change, campaign_id: str, status: str, only: Set[str] | None = None, *conditions: ColumnElement[bool]
) -> int:
    """Give the open tasks of a campaign that meet all conditions another status; `only` those of some customers."""
    belongs = (tasks.c.campaign_id == campaign_id, tasks.c.status.in_(OPEN_STATUSES), *conditions)
    found = records.find(change.connection, TASKS, *belongs)
    settled = [replace(task, status=status) for task in found if only is None or task.customer_id in only]
    records.save_all(change, TASKS, settled)
    return len(settled)


def _take_back(change: Change, campaign: Campaign) -> None:
    """Remove the contact log's lines of tasks that still stand open, and say how many in the audit trail."""
    undone = select(tasks.c.task_id).where(
        tasks.c.campaign_id == campaign.campaign_id, tasks.c.status.in_(OPEN_STATUSES)
    )
    removed = change.connection.execute(delete(contacts).where(contacts.c.task_id.in_(undone))).rowcount
    said = {"contacts": removed}
    audit.write(change, [Event("contacts taken back", "campaign", campaign.campaign_id, campaign.version, said, None)])


def _refuse_late_change(old: Campaign, new: Campaign) -> None:
    """What a result rests on does not move after the launch, and the status moves by launching and closing alone."""
    if old.status == "draft":
        if new.status != "draft":
            raise WorkflowError("A draft runs only by its launch, which fixes its members.")
        return
    moved = [name for name in (*_AFTER_LAUNCH, "status", "closed_at") if getattr(old, name) != getattr(new, name)]
    if moved:
        raise WorkflowError(f"Fixed since the launch: {', '.join(moved)}. Start a new campaign instead.")
