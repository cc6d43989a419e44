"""what was answered to the questions of an offer"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Encrypted, Key, UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "given_answer",
        sa.Column("id", Key, primary_key=True),
        sa.Column("lead_id", Key, sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("asking_id", Key, nullable=False),
        sa.Column("offer", sa.String(64), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("plain", sa.Text(), nullable=True),
        sa.Column("sealed", Encrypted, nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("replaced_at", UTCDateTime(), nullable=True),
    )
    op.create_index("ix_given_answer_lead_id", "given_answer", ["lead_id"])
    op.create_index("ix_given_answer_asking_id", "given_answer", ["asking_id"])


def downgrade() -> None:
    op.drop_table("given_answer")
