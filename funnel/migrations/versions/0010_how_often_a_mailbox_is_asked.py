"""how often a mailbox was written to because somebody typed its address, and who wants no such mail"""

import sqlalchemy as sa
from alembic import op

from funnel.db import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailbox",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("never_at", UTCDateTime(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("mailbox")
