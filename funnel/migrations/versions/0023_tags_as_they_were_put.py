"""when which tag was put on a lead, by whom, and when it was taken off"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tagging",
        sa.Column("id", Key, primary_key=True),
        sa.Column("lead_id", Key, sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("put_by", sa.String(254), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=True),
        sa.Column("taken_by", sa.String(254), nullable=False),
    )
    op.create_index("ix_tagging_lead_id", "tagging", ["lead_id"])


def downgrade() -> None:
    op.drop_table("tagging")
