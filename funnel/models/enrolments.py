"""One lead on one sequence."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key
from funnel.models.indexes import partial_index


class EnrolmentState(StrEnum):
    ACTIVE = "active"
    WAITING = "waiting"  # for the date of a round to be set
    FINISHED = "finished"
    STOPPED = "stopped"  # `reason` says why: left, bounced, complained, erased, booked, client …


NOT_ENDED = (EnrolmentState.ACTIVE, EnrolmentState.WAITING)


class Enrolment(Base):
    """One lead on one sequence, from its start to its end. Progress is the set of lesson ids that have a delivery."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("lead_id", "sequence", "round"),
        # The scheduler, every tick: which active enrolments are due?
        partial_index("ix_enrolment_due", "due_at", where="state = 'active'"),
        # Publishing goes through everybody on a sequence.
        Index("ix_enrolment_sequence", "sequence", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    signup_id: Mapped[int | None] = mapped_column(ForeignKey("signup.id"))  # the offer this enrolment came from
    sequence: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default=EnrolmentState.ACTIVE)
    reason: Mapped[str] = mapped_column(String(64), default="")
    trigger: Mapped[str] = mapped_column(String(80), default="")  # confirm, finished:<sequence>, by_hand …
    started_on: Mapped[date]  # the reader's local date of day 0; where the course begins together, the round's
    started_at: Mapped[datetime]
    shift_days: Mapped[int] = mapped_column(default=0)  # by how much the whole calendar was moved
    # Lesson ids that an edit put behind this reader: never sent.
    skipped_by_edit: Mapped[list[str]] = mapped_column("passed", key="skipped_by_edit", default=list)
    due_at: Mapped[datetime | None]  # when the next lesson is due, UTC; None where nothing is left
    was_due_at: Mapped[datetime | None]  # `due_at` when it was stopped: if that was a mistake, it goes on from there
    ended_at: Mapped[datetime | None]
