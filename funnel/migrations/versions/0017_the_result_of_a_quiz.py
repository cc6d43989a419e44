"""the result of a quiz, of who asked us to keep it"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Encrypted, Key, UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quiz_result",
        sa.Column("id", Key, primary_key=True),
        sa.Column("lead_id", Key, sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("asking_id", Key, nullable=False),
        sa.Column("offer", sa.String(64), nullable=False),
        sa.Column("result", Encrypted, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("replaced_at", UTCDateTime(), nullable=True),
        sa.Column("until", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_quiz_result_lead_id", "quiz_result", ["lead_id"])
    op.create_index("ix_quiz_result_asking_id", "quiz_result", ["asking_id"])
    op.create_index("ix_quiz_result_until", "quiz_result", ["until"])


def downgrade() -> None:
    op.drop_table("quiz_result")
