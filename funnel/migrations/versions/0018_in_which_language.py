"""a reader has a language, and a sign-up that of its page until it is confirmed"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("language", sa.String(35), nullable=True))
    op.add_column("signup", sa.Column("typed_language", sa.String(35), nullable=True))


def downgrade() -> None:
    op.drop_column("signup", "typed_language")
    op.drop_column("lead", "language")
