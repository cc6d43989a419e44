"""when a channel's rest was ended by hand, so that what failed before counts no more"""

import sqlalchemy as sa
from alembic import op

from funnel.db import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_resume",
        sa.Column("adapter", sa.String(32), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("adapter", name=op.f("pk_channel_resume")),
    )


def downgrade() -> None:
    op.drop_table("channel_resume")
