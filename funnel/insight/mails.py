"""Single e-mails: delivery rows for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from funnel.curriculum.subjects import chosen_subject
from funnel.models import AdminUser, Delivery, DeliveryState, Edition, EditionLesson, Lead, in_state

PAGE = 50


@dataclass(frozen=True, slots=True)
class MailLine:
    """One e-mail. `subject` is what it was sent with, `edition` that of its lesson; empty and None for other mail.

    `at` is when it ended, or when it is next tried. All times are aware UTC, story time.
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
    replied_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailFilter:
    """Which mails are looked for; what is left empty may be any.

    `reason` is the whole of it as it stands in the row, `adapter` what the mail was last handed to, and `since` and
    `until` (aware, UTC) bound when it was written: `until` is outside.
    """

    states: Sequence[DeliveryState] = ()
    sequence: str | None = None
    lesson_id: str | None = None
    reason: str | None = None
    adapter: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        equal = {
            Delivery.sequence: self.sequence,
            Delivery.lesson_id: self.lesson_id,
            Delivery.reason: self.reason,
            Delivery.adapter: self.adapter,
            Delivery.kind: self.kind,
        }
        found: list[ColumnElement[bool]] = [in_state(*self.states)] if self.states else []
        found += [column == value for column, value in equal.items() if value is not None]
        if self.since is not None:
            found.append(Delivery.created_at >= self.since)
        if self.until is not None:
            found.append(Delivery.created_at < self.until)
        return found


def mails_page(
    session: Session, wanted: MailFilter, before: int | None = None, size: int = PAGE
) -> tuple[list[MailLine], int | None]:
    """The newest mails first, and the `before` of the next page (None on the last)."""
    query = select(Delivery).where(*wanted.conditions()).order_by(Delivery.id.desc()).limit(size + 1)
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
        known, edition = subjects.get(row.edition_lesson_id, (None, None))
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
                subject=known.of(row) if known else "",
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
                replied_at=row.replied_at,
            )
        )
    return lines


def _addresses(
    session: Session, model: type[Lead] | type[AdminUser], ids: Iterable[int | None]
) -> dict[int | None, str]:
    rows = session.execute(select(model.id, model.email).where(model.id.in_(ids)))
    return dict(rows.all())


def _subjects(session: Session, ids: Iterable[int | None]) -> dict[int | None, tuple[_Subjects, int]]:
    """The subjects and the edition number of each published lesson."""
    compiled = EditionLesson.compiled
    query = (
        select(EditionLesson.id, Edition.number, compiled["subjects"], compiled["subject_discreet"].as_string())
        .join(Edition, Edition.id == EditionLesson.edition_id)
        .where(EditionLesson.id.in_(ids))
    )
    return {key: (_Subjects(each, discreet), number) for key, number, each, discreet in session.execute(query)}


class _Subjects(NamedTuple):
    """A lesson's subjects, and the discreet one."""

    each: Sequence[str]
    discreet: str

    def of(self, row: Delivery) -> str:
        """The subject this mail was or will be sent with, as it was written."""
        if row.filled.get("reader", {}).get("discreet"):
            return self.discreet
        # Mail from before the subject was kept got its subject by the same rule.
        chosen = row.filled.get("subject") or chosen_subject(self.each, row.lead_id or 0, row.lesson_id or "")
        return str(chosen)
