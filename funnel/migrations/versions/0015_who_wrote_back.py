"""who answered a mail, when, and what was written where a practice keeps that"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Encrypted, Key, UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("replied_at", UTCDateTime(), nullable=True))
    op.add_column("delivery", sa.Column("replied_at", UTCDateTime(), nullable=True))
    op.create_table(
        "written_back",
        sa.Column("id", Key, primary_key=True),
        sa.Column("lead_id", Key, sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("delivery_id", Key, sa.ForeignKey("delivery.id"), nullable=True),
        sa.Column("words", Encrypted, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_written_back_lead_id", "written_back", ["lead_id"])


def downgrade() -> None:
    op.drop_table("written_back")
    op.drop_column("delivery", "replied_at")
    op.drop_column("lead", "replied_at")
