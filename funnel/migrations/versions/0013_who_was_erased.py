"""that somebody was erased stays as a keyed digest with its date

Nobody was erased before this.
"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", Key, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("in_flight", sa.JSON(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_erasure_unfinished", "erasure", ["id"], postgresql_where=unfinished, sqlite_where=unfinished
    )


def downgrade() -> None:
    op.drop_table("erasure")
