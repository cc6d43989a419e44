"""Single e-mails that are alike, counted together: what a filter offers, and what a decision about many concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.insight.mails import MailFilter
from funnel.models import Delivery

_LOOKED_AT = 5_000  # the newest: a list of reasons is a help to choose, and must not read a year's mail
_MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class MailGroup:
    """So many mails of one state with the same reason; `sequence` and `lesson_id` are None for other mail."""

    state: str
    sequence: str | None
    lesson_id: str | None
    reason: str
    count: int


def mail_groups(session: Session, wanted: MailFilter, most: int) -> list[MailGroup]:
    """The largest groups of what is looked for, at most so many."""
    alike = (Delivery.state, Delivery.sequence, Delivery.lesson_id, Delivery.reason)
    size = func.count()
    query = select(*alike, size).where(*wanted.conditions()).group_by(*alike)
    rows = session.execute(query.order_by(size.desc(), func.min(Delivery.id)).limit(most))
    return [MailGroup(state, sequence, lesson, reason, n) for state, sequence, lesson, reason, n in rows]


def mails_counted(session: Session, wanted: MailFilter) -> int:
    """How many mails are looked for."""
    return session.scalar(select(func.count()).select_from(Delivery).where(*wanted.conditions())) or 0


def mail_ids(session: Session, wanted: MailFilter, most: int) -> list[int]:
    """The numbers of what is looked for, oldest first, at most so many."""
    query = select(Delivery.id).where(*wanted.conditions()).order_by(Delivery.id).limit(most)
    return list(session.scalars(query))


def reasons_of(session: Session, wanted: MailFilter) -> list[tuple[str, int]]:
    """The most frequent reasons among the newest of what is looked for, whatever reason it names; without the empty."""
    newest = (
        select(Delivery.reason)
        .where(*replace(wanted, reason=None).conditions(), Delivery.reason != "")
        .order_by(Delivery.id.desc())
        .limit(_LOOKED_AT)
        .subquery()
    )
    n = func.count()
    query = select(newest.c.reason, n).group_by(newest.c.reason).order_by(n.desc(), newest.c.reason)
    return [(reason, int(count)) for reason, count in session.execute(query.limit(_MOST_REASONS))]


def adapters_used(session: Session, newest: int = _LOOKED_AT) -> Sequence[str]:
    """By what the newest mails were handed over, by name."""
    rows = select(Delivery.adapter).order_by(Delivery.id.desc()).limit(newest).subquery()
    return session.scalars(select(rows.c.adapter).where(rows.c.adapter != "").distinct().order_by(rows.c.adapter)).all()
