"""Tasks, contacts, outcomes, campaigns with their members, saved segments and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OPEN = sa.text("status in ('open', 'approved')")
_ARM = "arm in ('treated', 'control')"


def upgrade() -> None:
    """Create the tables, those that others refer to first."""
    _campaigns()
    _tasks()
    _contacts()
    _outcomes()
    _segments()
    _audit_trail()


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), primary_key=True)


def _link(name: str, table: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"{table}.{name}", ondelete="SET NULL"))


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer, nullable=False)


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        _id("campaign_id"),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("brief", sa.JSON, nullable=False),
        sa.Column("audience", sa.JSON, nullable=False),
        sa.Column("control_share", sa.Float, nullable=False),
        sa.Column("stop_on", sa.Date),
        sa.Column("run_id", sa.String(64)),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("launched_at", sa.DateTime),
        _version(),
        sa.CheckConstraint("status in ('draft', 'running', 'finished')", name="status_is_known"),
        sa.CheckConstraint("control_share >= 0 and control_share < 1", name="control_share_is_a_share"),
    )
    op.create_table(
        "campaign_members",
        sa.Column(
            "campaign_id", sa.String(32), sa.ForeignKey("campaigns.campaign_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("arm", sa.String(16), nullable=False),
        sa.Column("action", sa.Text),
        sa.Column("assigned_at", sa.DateTime, nullable=False),
        sa.CheckConstraint(_ARM, name="arm_is_known"),
    )
    op.create_index("campaign_members_by_customer", "campaign_members", ["customer_id"])


def _tasks() -> None:
    op.create_table(
        "tasks",
        _id("task_id"),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("run_id", sa.String(64)),
        _link("campaign_id", "campaigns"),
        sa.Column("owner", sa.Text),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("snoozed_until", sa.Date),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        _version(),
        sa.CheckConstraint("status in ('open', 'approved', 'done', 'dropped')", name="status_is_known"),
    )
    op.create_index("tasks_by_customer", "tasks", ["customer_id"])
    op.create_index("tasks_by_owner", "tasks", ["owner", "status"])
    columns = ["customer_id", "action"]
    op.create_index("tasks_open_once", "tasks", columns, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)


def _contacts() -> None:
    op.create_table(
        "contacts",
        _id("contact_id"),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("contacted_at", sa.DateTime, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("arm", sa.String(16), nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("cost", sa.Float),
        sa.Column("responded_at", sa.DateTime),
        sa.Column("run_id", sa.String(64)),
        _link("task_id", "tasks"),
        _link("campaign_id", "campaigns"),
        _version(),
        sa.CheckConstraint(_ARM, name="arm_is_known"),
    )
    op.create_index("contacts_by_customer", "contacts", ["customer_id", "contacted_at"])
    op.create_index("contacts_by_moment", "contacts", ["contacted_at"])


def _outcomes() -> None:
    results = "'reached', 'not reached', 'accepted', 'refused', 'wrong reason', 'do not contact'"
    op.create_table(
        "outcomes",
        _id("outcome_id"),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        _link("task_id", "tasks"),
        _link("contact_id", "contacts"),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        _version(),
        sa.CheckConstraint(f"result in ({results})", name="result_is_known"),
    )
    op.create_index("outcomes_by_customer", "outcomes", ["customer_id"])


def _segments() -> None:
    op.create_table(
        "segments",
        _id("segment_id"),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        _version(),
    )


def _audit_trail() -> None:
    op.create_table(
        "audit_trail",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("record", sa.String(32), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
    )
    op.create_index("audit_trail_by_record", "audit_trail", ["record", "record_id", "version"])
    op.create_index("audit_trail_by_customer", "audit_trail", ["customer_id"])
    op.create_index("audit_trail_by_moment", "audit_trail", ["at"])
