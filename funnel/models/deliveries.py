"""Each single e-mail."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Computed, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key
from funnel.models.indexes import partial_index
from funnel.models.named import NamedInTokens


class DeliveryKind(StrEnum):
    LESSON = "lesson"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"  # to confirm the address: once, where the practice wants it
    ASSET = "asset"
    SIGN_IN = "sign_in"
    NOTICE = "notice"  # to the practice: what a reader did about a conversation
    BOOKING = "booking"  # to a reader: her conversation was noted, has a time, or is cancelled
    SESSION = "session"  # the same about a session, which anybody can ask for, also who is on no list
    OWN_DATA = "own_data"  # a reader wants to see or erase what is kept of her
    NEW_ADDRESS = "new_address"  # asks the address that a reader wants her mail to go to
    OLD_ADDRESS = "old_address"  # tells the one it went to, with the way back
    ROUND = "round"  # when the course that she waits for begins
    NIGHT_ANSWER = "night_answer"  # she wrote while nobody reads
    TEST = "test"


class DeliveryState(StrEnum):
    WAITING = "waiting"  # due, or due again at `not_before`
    CLAIMED = "claimed"  # a worker holds it until `lease_until`
    HANDING_OVER = "handing_over"  # the last byte may be leaving
    ACCEPTED = "accepted"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"  # nobody knows whether it left; a person or a provider's event decides
    HELD = "held"  # could not be made; sent once that is fixed (`sending.mended`), or a person decides


AT_MOST_ONCE = (DeliveryKind.LESSON, DeliveryKind.REMINDER, DeliveryKind.TEST)
"""Where nobody knows whether one of these left, it is not sent again by itself. Of other mail two beat none."""
OPEN_STATES = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)
_LOOKUP = (
    "CASE WHEN state IN ('waiting', 'claimed', 'handing_over') THEN 'open' WHEN state <> 'accepted' THEN state END"
)


class Delivery(NamedInTokens, Base):
    """One e-mail to one lead: the row that is the truth about it."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "lesson_id"),
        # The scheduler: what waits and is not on the queue, which leases have expired? The dashboard: what failed, was
        # skipped, is held or unknown? No index may contain the state itself: PostgreSQL would then write every index
        # anew each time a row is claimed and handed over.
        partial_index("ix_delivery_lookup", "lookup_state", "not_before", where="lookup_state IS NOT NULL"),
        # The rule of one lesson a day needs a reader's local dates; the ledger all of a reader's mail.
        Index("ix_delivery_lead", "lead_id", "local_date"),
        # A provider's event names its mail by this id.
        partial_index("ix_delivery_provider_id", "provider_id", where="provider_id IS NOT NULL"),
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
    # Ids that a transactional mail needs, never content; and what people decided about the mail.
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING)
    # Computed by the database (PostgreSQL stores it, SQLite computes it when read; both index it): the state by which
    # mail is looked up (`in_state`), NULL for accepted mail.
    lookup_state: Mapped[str | None] = mapped_column(String(16), Computed(_LOOKUP, persisted=True), deferred=True)
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    local_date: Mapped[date | None]  # the reader's local day that a lesson takes
    not_before: Mapped[datetime]  # story time of the next attempt
    attempts: Mapped[int] = mapped_column(default=0)
    # Machine time until which its id counts as being on the queue.
    queue_lease_until: Mapped[datetime | None] = mapped_column("queued_until", key="queue_lease_until")
    lease_until: Mapped[datetime | None]  # machine time
    lease_by: Mapped[str] = mapped_column(String(64), default="")
    adapter: Mapped[str] = mapped_column(String(32), default="")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    # What the placeholders were filled with, and when, without the row's own ids and default values:
    # `publishing.history.sent_mail` makes the same mail again from it.
    filled: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ended_at: Mapped[datetime | None]  # story time of accepted, failed, skipped or unknown

    # The first of each, so that every page counts a delivery once (promise 9: people and machines apart).
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    machine_opened_at: Mapped[datetime | None]
    machine_clicked_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # the reader unsubscribed from this mail
    replied_at: Mapped[datetime | None]  # she answered it


def in_state(*states: DeliveryState) -> ColumnElement[bool]:
    """Whether a delivery is in one of these states; uses the index, except for accepted, which nearly all mail is."""
    found = Delivery.state.in_(states)
    if DeliveryState.ACCEPTED in states:
        return found
    return Delivery.lookup_state.in_({"open" if state in OPEN_STATES else state.value for state in states}) & found
