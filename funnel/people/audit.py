"""The audit log: who of the practice changed what. Never a reader's words or address, only her number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import AdminRole, AdminUser, AuditEntry

PAGE = 50


@dataclass(frozen=True, slots=True)
class NotedChange:
    """What somebody did. `about` is a kind (lead, booking, user) and a number; no `actor` is the command line."""

    what: str
    about: tuple[str, int] | None = None
    actor: int | None = None
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry as it is shown. `at` is machine time; `who` an address, or what stands for one."""

    id: int
    at: datetime
    who: str
    change: NotedChange


def note_change(session: Session, change: NotedChange, machine_now: datetime) -> None:
    """Adds the entry to this session. Where that makes the change too, there is never one without the other."""
    kind, number = change.about or ("", None)
    session.add(
        AuditEntry(
            at=machine_now, actor_id=change.actor, what=change.what, about_kind=kind, about_id=number,
            before=dict(change.before), after=dict(change.after),
        )
    )  # fmt: skip


def audit_lines(session: Session, before: int | None = None, size: int = PAGE) -> tuple[list[AuditLine], int | None]:
    """The newest changes first, and the `before` of the next page (None on the last)."""
    query = select(AuditEntry, AdminUser).join(AdminUser, AdminUser.id == AuditEntry.actor_id, isouter=True)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = session.execute(query.order_by(AuditEntry.id.desc()).limit(size + 1)).all()
    lines = [_line(entry, actor) for entry, actor in rows[:size]]
    return lines, lines[-1].id if len(rows) > size else None


def _line(entry: AuditEntry, actor: AdminUser | None) -> AuditLine:
    about = None if entry.about_id is None else (entry.about_kind, entry.about_id)
    who = "command line" if actor is None else actor.email
    if actor is not None and actor.role == AdminRole.NOBODY:
        who = f"somebody who was removed (user {actor.id})"
    return AuditLine(entry.id, entry.at, who, NotedChange(entry.what, about, entry.actor_id, entry.before, entry.after))
