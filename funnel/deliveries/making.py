"""The one place that makes a delivery: it begins to wait, to be sent from `not_before` (story time) on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from funnel.models import Delivery, DeliveryKind, DeliveryState


class LessonOf(NamedTuple):
    """Which lesson, as it was published, of whose enrolment, and the sign-up that led there."""

    lead_id: int
    signup_id: int | None
    enrolment_id: int
    sequence: str
    lesson_id: str
    edition_lesson_id: int


def new_lesson(
    lesson: LessonOf, now: datetime, *, not_before: datetime | None = None, local_date: date | None = None
) -> Delivery:
    """A lesson, due at once or from `not_before` on; `local_date` is the reader's day that it takes.

    Not in any session yet: the caller adds it.
    """
    return _new(DeliveryKind.LESSON, now, not_before or now, local_date=local_date, **lesson._asdict())


def new_mail(
    kind: DeliveryKind,
    now: datetime,
    *,
    lead_id: int | None = None,
    signup_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> Delivery:
    """A mail to a reader or to the practice, due at once. `detail` holds the numbers it needs, never content.

    The caller adds it.
    """
    return _new(kind, now, now, lead_id=lead_id, signup_id=signup_id, detail=detail or {})


def new_sign_in_mail(admin_id: int, sign_in_id: int, now: datetime) -> Delivery:
    """The mail that lets an admin in, due at once. The caller adds it."""
    return _new(DeliveryKind.SIGN_IN, now, now, admin_id=admin_id, detail={"sign_in_id": sign_in_id})


def _new(kind: DeliveryKind, now: datetime, not_before: datetime, **columns: Any) -> Delivery:
    return Delivery(kind=kind, state=DeliveryState.WAITING, created_at=now, not_before=not_before, **columns)
