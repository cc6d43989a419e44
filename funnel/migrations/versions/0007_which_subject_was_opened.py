"""how many mails went out with each of several subjects, and how many of them were opened"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subject_count",
        sa.Column("sequence", sa.String(64), primary_key=True),
        sa.Column("lesson_id", sa.String(64), primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("opened", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("subject_count")
