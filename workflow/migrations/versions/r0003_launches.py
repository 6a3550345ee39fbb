"""When a campaign was closed, the secret its arms were drawn with, and what finds a campaign's tasks and contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column, a table and three indexes."""
    op.add_column("campaigns", sa.Column("closed_at", sa.DateTime))
    op.create_table(
        "campaign_assignments",
        sa.Column(
            "campaign_id", sa.String(32), sa.ForeignKey("campaigns.campaign_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
    )
    op.create_index("tasks_by_campaign", "tasks", ["campaign_id"])
    op.create_index("contacts_by_campaign", "contacts", ["campaign_id"])
    op.create_index("outcomes_by_contact", "outcomes", ["contact_id"])
