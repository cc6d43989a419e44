"""when the practice noted that it had answered who asked for a conversation

Where a time was written down and no other asked for since, it had.
"""

import sqlalchemy as sa
from alembic import op

from funnel.db import UTCDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ANSWERED = (
    "UPDATE booking_request SET answered_at = at WHERE booking_id IS NULL AND starts_at IS NOT NULL AND id NOT IN "
    "(SELECT booking_id FROM booking_request WHERE booking_id IS NOT NULL AND act = 'other_time')"
)


def upgrade() -> None:
    op.add_column("booking_request", sa.Column("answered_at", UTCDateTime(), nullable=True))
    op.execute(_ANSWERED)


def downgrade() -> None:
    op.drop_column("booking_request", "answered_at")
