"""The tables of what people decided. Moments are UTC without an offset; the migrations create exactly these tables."""

import json
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

TASK_STATUSES = ("open", "approved", "done", "dropped")
OPEN_STATUSES = ("open", "approved")
ARMS = ("treated", "control")
RESULTS = ("reached", "not reached", "accepted", "refused", "wrong reason", "do not contact")
CAMPAIGN_STATUSES = ("draft", "running", "finished")

Json = JSON(none_as_null=True)
RowNumber = BigInteger().with_variant(Integer(), "sqlite")


def to_json(value: Any) -> str:
    """How a JSON column is written: letters as they are, so that a name is found when it must be erased."""
    return json.dumps(value, ensure_ascii=False)


def among(column: str, allowed: tuple[str, ...]) -> CheckConstraint:
    """The check that a column holds one of the allowed words."""
    words = ", ".join(f"'{word}'" for word in allowed)
    return CheckConstraint(f"{column} in ({words})", name=f"{column}_is_known")


def _link(name: str) -> Column[str]:
    """A reference that empties itself when the record it names is erased."""
    table = {"campaign_id": "campaigns", "task_id": "tasks", "contact_id": "contacts"}[name]
    return Column(name, String(32), ForeignKey(f"{table}.{name}", ondelete="SET NULL"))


def _version() -> Column[int]:
    """The count of saves that optimistic locking compares."""
    return Column("version", Integer, nullable=False)


campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", String(32), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("brief", Json, nullable=False),
    Column("audience", Json, nullable=False),
    Column("control_share", Float, nullable=False),
    Column("stop_on", Date),
    Column("run_id", String(64)),
    Column("created_at", DateTime, nullable=False),
    Column("launched_at", DateTime),
    Column("closed_at", DateTime),
    _version(),
    among("status", CAMPAIGN_STATUSES),
    CheckConstraint("control_share >= 0 and control_share < 1", name="control_share_is_a_share"),
)

campaign_members = Table(
    "campaign_members",
    metadata,
    Column("campaign_id", String(32), ForeignKey("campaigns.campaign_id", ondelete="CASCADE"), primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("arm", String(16), nullable=False),
    Column("action", Text),
    Column("assigned_at", DateTime, nullable=False),
    among("arm", ARMS),
    Index("campaign_members_by_customer", "customer_id"),
)

# Apart from the campaign, so that no page that shows a campaign ever holds what its arms were drawn with.
campaign_assignments = Table(
    "campaign_assignments",
    metadata,
    Column("campaign_id", String(32), ForeignKey("campaigns.campaign_id", ondelete="CASCADE"), primary_key=True),
    Column("secret", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", String(32), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("run_id", String(64)),
    _link("campaign_id"),
    Column("owner", Text),
    Column("status", String(16), nullable=False),
    Column("due_on", Date),
    Column("snoozed_until", Date),
    Column("held_by", Text),
    Column("note", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    _version(),
    among("status", TASK_STATUSES),
    Index("tasks_by_customer", "customer_id"),
    Index("tasks_by_owner", "owner", "status"),
    Index("tasks_by_campaign", "campaign_id"),
    Index(
        "tasks_open_once",
        "customer_id",
        "action",
        unique=True,
        sqlite_where=text("status in ('open', 'approved')"),
        postgresql_where=text("status in ('open', 'approved')"),
    ),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", String(32), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("contacted_at", DateTime, nullable=False),
    Column("action", Text, nullable=False),
    Column("arm", String(16), nullable=False),
    Column("channel", Text),
    Column("cost", Float),
    Column("responded_at", DateTime),
    Column("run_id", String(64)),
    _link("task_id"),
    _link("campaign_id"),
    _version(),
    among("arm", ARMS),
    Index("contacts_by_customer", "customer_id", "contacted_at"),
    Index("contacts_by_moment", "contacted_at"),
    Index("contacts_by_campaign", "campaign_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", String(32), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("result", String(16), nullable=False),
    Column("note", Text, nullable=False),
    _link("task_id"),
    _link("contact_id"),
    Column("recorded_at", DateTime, nullable=False),
    _version(),
    among("result", RESULTS),
    Index("outcomes_by_customer", "customer_id"),
    Index("outcomes_by_contact", "contact_id"),
)

segments = Table(
    "segments",
    metadata,
    Column("segment_id", String(32), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("definition", Json, nullable=False),
    Column("created_at", DateTime, nullable=False),
    _version(),
)

views = Table(
    "views",
    metadata,
    Column("view_id", String(32), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Json, nullable=False),
    Column("created_at", DateTime, nullable=False),
    _version(),
    Index("views_by_owner", "owner", "page", "name", unique=True),
)

settings_history = Table(
    "settings_history",
    metadata,
    Column("change_id", RowNumber, primary_key=True),
    Column("setting", Text, nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("changed_at", DateTime, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("why", Text),
    Index("settings_history_by_setting", "setting", "change_id"),
)

audit_trail = Table(
    "audit_trail",
    metadata,
    Column("entry_id", RowNumber, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(64), nullable=False),
    Column("record", String(32), nullable=False),
    Column("record_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer_id", Text),
    Column("before", Json),
    Column("after", Json),
    Index("audit_trail_by_record", "record", "record_id", "version"),
    Index("audit_trail_by_customer", "customer_id"),
    Index("audit_trail_by_moment", "at"),
)
