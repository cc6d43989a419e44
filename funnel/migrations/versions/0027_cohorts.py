"""the funnel of those who signed up on a day, by source, language and place; no more of what happened on a day

Sign-ups of before keep the day they had in UTC, and nobody knows any more on which kind of page they were sent.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_STAGES = {
    "signups": "created_at",
    "confirmed": "confirmed_at",
    "received": "received_at",
    "under_way": "under_way_at",
    "finished": "finished_at",
    "booked": "booked_at",
}
_COLUMNS = {"source": 100, "language": 35, "place": 16}
_COUNTERS = ("cohort_count", "cohort_gone")


def upgrade() -> None:
    for name in _COUNTERS:
        op.create_table(
            name,
            sa.Column("offer", sa.String(64), nullable=False),
            sa.Column("dimension", sa.String(16), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("value", sa.String(100), nullable=False),
            sa.Column("stage", sa.String(16), nullable=False),
            sa.Column("n", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("offer", "dimension", "day", "value", "stage", name=op.f(f"pk_{name}")),
        )
    # With a default, so that SQLite need not copy the table; every row gets its day at once.
    op.add_column("signup", sa.Column("day", sa.Date(), nullable=False, server_default="1970-01-01"))
    for column, length in _COLUMNS.items():
        op.add_column("signup", sa.Column(column, sa.String(length), nullable=True))
    _fill()
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("signup", "day", server_default=None)
    op.create_index("ix_signup_cohort", "signup", ["offer", "day"])
    _count()


def _fill() -> None:
    if op.get_bind().dialect.name == "postgresql":
        day, key = "CAST(timezone('UTC', created_at) AS date)", "lower(nullif(utm->>'{}', ''))"
    else:
        day, key = "date(created_at)", "lower(nullif(json_extract(utm, '$.{}'), ''))"
    source = f"coalesce({key.format('source')}, {key.format('utm_source')}, '')"
    op.execute(f"UPDATE signup SET day = {day}")  # noqa: S608  # nosec B608 # nothing of it comes from outside
    op.execute(
        f"UPDATE signup SET source = substr({source}, 1, 100) "  # noqa: S608  # nosec B608
        "WHERE lead_id NOT IN (SELECT id FROM lead WHERE state = 'erased')"
    )


def _count() -> None:
    for stage, column in _STAGES.items():
        into = "INSERT INTO cohort_count (offer, dimension, day, value, stage, n)"
        for dimension, value, by in (("", "''", "offer, day"), ("source", "source", "offer, day, source")):
            op.execute(
                f"{into} SELECT offer, '{dimension}', day, {value}, '{stage}', count(*) "  # noqa: S608  # nosec B608
                f"FROM signup WHERE {column} IS NOT NULL AND {value} IS NOT NULL GROUP BY {by}"
            )
    op.execute("DELETE FROM funnel_count WHERE stage NOT IN ('visits', 'begun', 'answered')")


def downgrade() -> None:
    op.drop_index("ix_signup_cohort", "signup")
    for column in ("day", *_COLUMNS):
        op.drop_column("signup", column)
    for name in _COUNTERS:
        op.drop_table(name)
