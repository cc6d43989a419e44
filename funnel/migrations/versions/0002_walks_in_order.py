"""the index by which publishing walks along everybody on a sequence gets their order"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_enrolment_sequence", "enrolment")
    op.create_index("ix_enrolment_sequence", "enrolment", ["sequence", "state", "id"])


def downgrade() -> None:
    op.drop_index("ix_enrolment_sequence", "enrolment")
    op.create_index("ix_enrolment_sequence", "enrolment", ["sequence", "state"])
