"""Single e-mails: the delivery rows, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import AdminUser, Delivery, DeliveryState, Edition, EditionLesson, Lead, in_state

PAGE = 50


@dataclass(frozen=True, slots=True)
class MailLine:
    """One e-mail. `subject` and `edition` are those of the published lesson, empty and None for other mail.

    `at` is when it ended, else when it is next tried; all times are aware UTC, story time.
    """

    id: int
    kind: str
    state: str
    reason: str
    lead_id: int | None
    to: str
    sequence: str | None
    lesson_id: str | None
    subject: str
    edition: int | None
    attempts: int
    adapter: str
    created_at: datetime
    at: datetime
    ended: bool
    opened_at: datetime | None
    clicked_at: datetime | None
    machine_opened_at: datetime | None
    machine_clicked_at: datetime | None
    left_at: datetime | None


def mails_page(
    session: Session,
    states: Sequence[DeliveryState] = (),
    sequence: str | None = None,
    lesson_id: str | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> tuple[list[MailLine], int | None]:
    """The newest mails first, and the `before` of the next page (None on the last)."""
    query = select(Delivery).order_by(Delivery.id.desc()).limit(size + 1)
    if states:
        query = query.where(in_state(*states))
    if sequence is not None:
        query = query.where(Delivery.sequence == sequence)
    if lesson_id is not None:
        query = query.where(Delivery.lesson_id == lesson_id)
    if before is not None:
        query = query.where(Delivery.id < before)
    rows = session.scalars(query).all()
    shown = rows[:size]
    return mail_lines(session, shown), shown[-1].id if len(rows) > size else None


def mail_lines(session: Session, rows: Sequence[Delivery]) -> list[MailLine]:
    """These deliveries with their addresses and subjects, in the order given."""
    leads = _addresses(session, Lead, {row.lead_id for row in rows})
    admins = _addresses(session, AdminUser, {row.admin_id for row in rows})
    subjects = _subjects(session, {row.edition_lesson_id for row in rows})
    lines = []
    for row in rows:
        subject, edition = subjects.get(row.edition_lesson_id, ("", None))
        lines.append(
            MailLine(
                id=row.id,
                kind=row.kind,
                state=row.state,
                reason=row.reason,
                lead_id=row.lead_id,
                to=leads.get(row.lead_id) or admins.get(row.admin_id) or "",
                sequence=row.sequence,
                lesson_id=row.lesson_id,
                subject=subject,
                edition=edition,
                attempts=row.attempts,
                adapter=row.adapter,
                created_at=row.created_at,
                at=row.ended_at or row.not_before,
                ended=row.ended_at is not None,
                opened_at=row.opened_at,
                clicked_at=row.clicked_at,
                machine_opened_at=row.machine_opened_at,
                machine_clicked_at=row.machine_clicked_at,
                left_at=row.left_at,
            )
        )
    return lines


def _addresses(
    session: Session, model: type[Lead] | type[AdminUser], ids: Iterable[int | None]
) -> dict[int | None, str]:
    rows = session.execute(select(model.id, model.email).where(model.id.in_(ids)))
    return dict(rows.all())


def _subjects(session: Session, ids: Iterable[int | None]) -> dict[int | None, tuple[str, int | None]]:
    """The first subject and the edition's number of each published lesson."""
    lessons = session.execute(
        select(EditionLesson.id, EditionLesson.edition_id, EditionLesson.lesson_id).where(EditionLesson.id.in_(ids))
    ).all()
    editions = session.scalars(select(Edition).where(Edition.id.in_({row.edition_id for row in lessons})))
    known = {
        edition.id: (edition.number, {lesson["id"]: lesson["subjects"][0] for lesson in edition.source["lessons"]})
        for edition in editions
    }
    found: dict[int | None, tuple[str, int | None]] = {}
    for key, edition_id, lesson_id in lessons:
        number, subjects = known[edition_id]
        found[key] = (subjects.get(lesson_id, ""), number)
    return found
