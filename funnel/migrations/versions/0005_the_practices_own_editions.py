"""the practice's own editions, and the files they name

What readers meet beside the lessons was read from the folder of each process. It is published like a sequence now.
"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_edition",
        sa.Column("id", Key, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("source", sa.JSON, nullable=False),
        sa.Column("published_at", UTCDateTime, nullable=False),
        sa.Column("published_by", sa.String(120), nullable=False),
    )
    op.create_table(
        "kept_file",
        sa.Column("name", sa.String(96), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "file_count",
        sa.Column("asset", sa.String(255), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.create_table(
        "file_part",
        sa.Column("name", sa.String(96), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("file_part", "file_count", "kept_file", "practice_edition"):
        op.drop_table(table)
