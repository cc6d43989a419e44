"""Who walks where, and each single e-mail."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Computed, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of only these rows, on either database."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class EnrolmentState(StrEnum):
    ACTIVE = "active"
    FINISHED = "finished"
    STOPPED = "stopped"  # `reason` says why: left, bounced, complained, erased, booked, client …


class Enrolment(Base):
    """One lead's enrolment through one sequence. Progress is the set of lesson ids that have a delivery row."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("lead_id", "sequence", "round"),
        # The clock's question, every tick: which active enrolments are due?
        _partial("ix_enrolment_due", "due_at", where="state = 'active'"),
        # Publishing walks along everybody on a sequence.
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
    started_on: Mapped[date]  # the reader's local date of day 0
    started_at: Mapped[datetime]
    shift_days: Mapped[int] = mapped_column(default=0)  # by how much the whole calendar was moved
    skipped_by_edit: Mapped[list[str]] = mapped_column(
        "passed", default=list
    )  # lesson ids an edit put behind this reader: never sent
    due_at: Mapped[datetime | None]  # when the next lesson is due, UTC; None where nothing is left
    ended_at: Mapped[datetime | None]


class DeliveryKind(StrEnum):
    LESSON = "lesson"
    CONFIRMATION = "confirmation"
    ASSET = "asset"
    SIGN_IN = "sign_in"
    NOTICE = "notice"  # to the practice: somebody asked for a conversation
    TEST = "test"


class DeliveryState(StrEnum):
    WAITING = "waiting"  # due, or due again at `not_before`
    CLAIMED = "claimed"  # a worker holds it until `lease_until`
    HANDING_OVER = "handing_over"  # the last byte may be leaving
    ACCEPTED = "accepted"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"  # nobody knows whether it went; a person or the provider's event decides
    HELD = "held"  # could not be made; goes when that is mended (`sending.mended`), or a person decides


OPEN_STATES = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)
_LOOKUP = (
    "CASE WHEN state IN ('waiting', 'claimed', 'handing_over') THEN 'open' WHEN state <> 'accepted' THEN state END"
)


class Delivery(Base):
    """One e-mail to one lead: the row that is the truth about it."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "lesson_id"),
        # The clock's questions: what waits and is not on the queue; whose lease has run out? And the dashboard's: what
        # failed, was skipped, is held or unknown? No index may hold the state itself: PostgreSQL would write a row that
        # is claimed and handed over into all of them anew, each time.
        _partial("ix_delivery_lookup", "lookup_state", "not_before", where="lookup_state IS NOT NULL"),
        # The one-lesson-a-day rule asks for a reader's local dates; the ledger for all of a reader's mail.
        Index("ix_delivery_lead", "lead_id", "local_date"),
        # A provider's event names its mail.
        _partial("ix_delivery_provider_id", "provider_id", where="provider_id IS NOT NULL"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"))  # None: not to a reader
    admin_id: Mapped[int | None] = mapped_column(ForeignKey("admin_user.id"))
    signup_id: Mapped[int | None] = mapped_column(ForeignKey("signup.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    sequence: Mapped[str | None] = mapped_column(String(64))
    lesson_id: Mapped[str | None] = mapped_column(String(64))
    edition_lesson_id: Mapped[int | None] = mapped_column(ForeignKey("edition_lesson.id"))
    # Numbers a transactional mail needs, never content; what people decided about it.
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING)
    # The database's own (PostgreSQL keeps it, SQLite works it out, both have it in the index): the state as far as mail
    # is looked for by it (`in_state`), NULL of accepted mail.
    lookup_state: Mapped[str | None] = mapped_column(String(16), Computed(_LOOKUP, persisted=True), deferred=True)
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    local_date: Mapped[date | None]  # a lesson's day on the reader's wall
    not_before: Mapped[datetime]  # story time of the next attempt
    attempts: Mapped[int] = mapped_column(default=0)
    queued_until: Mapped[datetime | None]  # machine time until which its id is trusted to be on the queue
    lease_until: Mapped[datetime | None]  # machine time
    lease_by: Mapped[str] = mapped_column(String(64), default="")
    adapter: Mapped[str] = mapped_column(String(32), default="")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    # What the blanks were filled with, but for the row's own numbers and what is as usual, and when:
    # `publishing.history.sent_mail` makes the mail again from it.
    filled: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ended_at: Mapped[datetime | None]  # story time of accepted, failed, skipped or unknown

    # First of each, so that every page counts a delivery once (promise 9: people and machines apart).
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    machine_opened_at: Mapped[datetime | None]
    machine_clicked_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # the reader unsubscribed from this mail


def in_state(*states: DeliveryState) -> ColumnElement[bool]:
    """Whether a delivery is in one of these states: found by index, but for accepted, which nearly all mail is."""
    found = Delivery.state.in_(states)
    if DeliveryState.ACCEPTED in states:
        return found
    return Delivery.lookup_state.in_({"open" if state in OPEN_STATES else state.value for state in states}) & found
