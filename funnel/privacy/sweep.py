"""What has grown old goes: in bounded batches, a little at a time (`periods` says by which time).

Figures do not change by it: what they count stands on rows that stay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import among
from funnel.models import (
    NOT_ENDED,
    AddressChange,
    AskedMailbox,
    BookingRequest,
    Consent,
    ConsentKind,
    Enrolment,
    Event,
    EventKind,
    GivenAnswer,
    HookBody,
    HookState,
    Lead,
    LeadState,
    QuizResult,
    Signup,
    WrittenBack,
)
from funnel.people.answers import answers_too_old
from funnel.people.mailboxes import forget_mailboxes
from funnel.people.quiz_results import too_old
from funnel.people.tally import forget_origins
from funnel.privacy.erase import end_unconfirmed
from funnel.privacy.files import delete_file, old_mail_files
from funnel.privacy.periods import (
    ADDRESSES,
    AGENTS,
    EVENTS,
    KINDS,
    MAILBOXES,
    QUIZ,
    REPORTS,
    RETURNED,
    SESSIONS,
    UNCONFIRMED,
    Kind,
)
from funnel.privacy.sessions import delete_session_row, old_sessions
from funnel.tracking.verdicts import SWEPT, without_program

AGAIN_AFTER = timedelta(hours=1)  # machine time between two sweeps
_AT_ONCE = 200
_WITH_PROGRAM = (EventKind.OPENED, EventKind.CLICKED, EventKind.DOWNLOADED)
_LATE = timedelta(days=2)  # an event may be stored so long after it came


class Sweeper:
    """`step` takes away one batch, if there is any. Nothing is kept: a new process begins at the beginning."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kinds = list(KINDS)
        self._swept_to: datetime | None = None  # the programs of events before this are gone
        self._next: datetime | None = None

    def step(self) -> bool:
        """One batch. True if there may be more to do now. Raises what the database raises."""
        machine = self._context.clock.machine_now()
        if not self._kinds:
            if self._next is not None and machine < self._next:
                return False
            self._kinds = list(KINDS)
        if not self._sweep(self._kinds[0]):
            self._kinds.pop(0)
        if not self._kinds:
            self._next = machine + AGAIN_AFTER
        return bool(self._kinds)

    def all(self) -> dict[str, int]:
        """Everything that is old, now; how many of each kind."""
        done = dict.fromkeys((kind.name for kind in KINDS), 0)
        for kind in KINDS:
            while n := self._sweep(kind):
                done[kind.name] += n
        return done

    def _sweep(self, kind: Kind) -> int:
        context = self._context
        cutoff = kind.cutoff(context)
        if kind is AGENTS:
            since = None if self._swept_to is None else self._swept_to - _LATE
            n = _sweep_agents(context, cutoff, since)
            if not n:
                self._swept_to = cutoff
            return n
        return _SWEEPS[kind](context, cutoff)


def count_old(context: Context) -> dict[str, int]:
    """How many of each kind a sweep would take away now. Changes nothing."""
    with context.db.read() as session:
        return {kind.name: _COUNTS[kind](session, context, kind.cutoff(context)) for kind in KINDS}


def _sweep_unconfirmed(context: Context, cutoff: datetime) -> int:
    with context.db.read() as session:
        leads = list(session.scalars(select(Lead.id).where(*_unconfirmed(cutoff)).limit(_AT_ONCE)))
    for number in leads:
        end_unconfirmed(context, number, cutoff, context.clock.now())
    return len(leads) or _blank_asked(context, cutoff) or _drop_answers(context, cutoff)


def _drop_answers(context: Context, cutoff: datetime) -> int:
    """What readers answered once more, at a sign-up that they never confirmed."""
    with context.db.write() as session:
        old = list(session.scalars(select(GivenAnswer.id).where(answers_too_old(cutoff)).limit(_AT_ONCE)))
        session.execute(delete(GivenAnswer).where(among(GivenAnswer.id, old)))
    return len(old)


def _unconfirmed(cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whoever has never confirmed anything, and asked for nothing since."""
    younger = select(Signup.id).where(Signup.lead_id == Lead.id, Signup.asked_at >= cutoff)
    under_way = select(Enrolment.id).where(Enrolment.lead_id == Lead.id, Enrolment.state.in_(NOT_ENDED))
    waits = select(BookingRequest.id).where(BookingRequest.lead_id == Lead.id)  # what she asked for has its own time
    return (
        ~waits.exists(),
        Lead.state.in_((LeadState.ASKED, LeadState.LEFT)),
        Lead.confirmed_at.is_(None),
        Lead.created_at < cutoff,
        ~younger.exists(),
        ~under_way.exists(),
    )


def _blank_asked(context: Context, cutoff: datetime) -> int:
    """Readers' further sign-ups that were never confirmed: what was typed, and that it was asked for."""
    with context.db.write() as session:
        rows = session.scalars(select(Signup).where(_asked_only(cutoff)).limit(_AT_ONCE).with_for_update()).all()
        forget_origins(session, rows)
        for row in rows:
            row.typed_name, row.typed_zone, row.typed_language, row.utm = "", None, None, {}
            session.execute(
                delete(Consent).where(
                    Consent.lead_id == row.lead_id, Consent.offer == row.offer, Consent.kind == ConsentKind.ASKED
                )
            )
    return len(rows)


def _asked_only(cutoff: datetime) -> ColumnElement[bool]:
    asked = select(Consent.id).where(
        Consent.lead_id == Signup.lead_id, Consent.offer == Signup.offer, Consent.kind == ConsentKind.ASKED
    )
    typed = or_(
        Signup.typed_name != "",
        Signup.typed_zone.is_not(None),
        Signup.typed_language.is_not(None),
        cast(Signup.utm, String) != "{}",
        Signup.source.is_not(None),
    )
    return and_(Signup.confirmed_at.is_(None), Signup.asked_at < cutoff, or_(typed, asked.exists()))


def _sweep_agents(context: Context, cutoff: datetime, since: datetime | None) -> int:
    with context.db.write() as session:
        query = select(Event).where(*_with_program(cutoff, since)).order_by(Event.at).limit(_AT_ONCE)
        events = session.scalars(query.with_for_update()).all()
        for event in events:
            event.raw = without_program(event.raw)
        origins = select(Consent.id).where(*_with_origin(cutoff)).limit(_AT_ONCE)
        changed = session.execute(
            update(Consent)
            .where(Consent.id.in_(list(session.scalars(origins))))
            .values(origin="")
            .returning(Consent.id)
        ).all()
    return len(events) + len(changed)


def _with_program(cutoff: datetime, since: datetime | None = None) -> tuple[ColumnElement[bool], ...]:
    later = () if since is None else (Event.at >= since,)
    is_swept = cast(Event.raw, String).contains(f'"{SWEPT}"')
    return (Event.at < cutoff, *later, Event.kind.in_(_WITH_PROGRAM), ~is_swept)


def _with_origin(cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Consent.at < cutoff, Consent.origin != "")


def _sweep_events(context: Context, cutoff: datetime) -> int:
    with context.db.write() as session:
        old = list(session.scalars(select(Event.id).where(Event.at < cutoff).order_by(Event.at).limit(_AT_ONCE)))
        session.execute(delete(Event).where(among(Event.id, old)))
        letters = list(session.scalars(select(WrittenBack.id).where(WrittenBack.at < cutoff).limit(_AT_ONCE)))
        session.execute(delete(WrittenBack).where(among(WrittenBack.id, letters)))
    return len(old) + len(letters)


def _sweep_reports(context: Context, cutoff: datetime) -> int:
    """Looks at the oldest few only, by their number, so that it costs nothing where there is nothing to delete.

    None that still waits to be worked on.
    """
    oldest = select(HookBody.id, HookBody.state, HookBody.received_at).order_by(HookBody.id).limit(_AT_ONCE)
    with context.db.read() as session:
        old = [row.id for row in session.execute(oldest) if row.state != HookState.NEW and row.received_at < cutoff]
    if old:
        with context.db.write() as session:
            session.execute(delete(HookBody).where(among(HookBody.id, old)))
    return len(old)


def _sweep_files(context: Context, cutoff: datetime) -> int:
    deleted = 0
    for path in old_mail_files(context.settings.data_dir, cutoff):
        deleted += delete_file(path)
        if deleted == _AT_ONCE:
            break
    return deleted


def _sweep_quiz(context: Context, _: datetime) -> int:
    with context.db.write() as session:
        old = list(session.scalars(select(QuizResult.id).where(_old_results(context)).limit(_AT_ONCE)))
        session.execute(delete(QuizResult).where(among(QuizResult.id, old)))
    return len(old)


def _old_results(context: Context) -> ColumnElement[bool]:
    """Each has a date of its own, which its owner was told; one that was never confirmed goes with the sign-up."""
    return too_old(context.clock.now(), UNCONFIRMED.cutoff(context))


def _sweep_sessions(context: Context, cutoff: datetime) -> int:
    with context.db.read() as session:
        old = list(session.scalars(select(BookingRequest.id).where(old_sessions(cutoff)).limit(_AT_ONCE)))
    return sum(delete_session_row(context, number, context.clock.now()) for number in old)


def _sweep_mailboxes(context: Context, _: datetime) -> int:
    with context.db.write() as session:
        forget_mailboxes(session, context.clock.now())
    return 0


def _sweep_addresses(context: Context, cutoff: datetime) -> int:
    """Of a change that was made its digests stay, so that an older backup does not bring anybody back."""
    with context.db.write() as session:
        never = select(AddressChange.id).where(*_unanswered(cutoff)).limit(_AT_ONCE)
        gone = session.scalars(
            delete(AddressChange).where(AddressChange.id.in_(list(session.scalars(never)))).returning(AddressChange.id)
        ).all()
        made = select(AddressChange).where(*_settled(cutoff)).limit(_AT_ONCE).with_for_update()
        settled = session.scalars(made).all()
        for change in settled:
            change.old_email = change.new_email = ""
    return len(gone) + len(settled)


def _unanswered(cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    return AddressChange.confirmed_at.is_(None), AddressChange.asked_at < cutoff


def _settled(cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    return AddressChange.confirmed_at < cutoff, AddressChange.old_email != ""


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0


_of_confirmed = Signup.lead_id.in_(select(Lead.id).where(Lead.confirmed_at.is_not(None)))
_SWEEPS: dict[Kind, Callable[[Context, datetime], int]] = {
    UNCONFIRMED: _sweep_unconfirmed,
    EVENTS: _sweep_events,
    QUIZ: _sweep_quiz,
    SESSIONS: _sweep_sessions,
    REPORTS: _sweep_reports,
    RETURNED: _sweep_files,
    MAILBOXES: _sweep_mailboxes,
    ADDRESSES: _sweep_addresses,
}
_COUNTS: dict[Kind, Callable[[Session, Context, datetime], int]] = {
    UNCONFIRMED: lambda session, _, cutoff: (
        _count(session, *_unconfirmed(cutoff)) + _count(session, _asked_only(cutoff), _of_confirmed)
    ),
    AGENTS: lambda session, _, cutoff: _count(session, *_with_program(cutoff)) + _count(session, *_with_origin(cutoff)),
    EVENTS: lambda session, _, cutoff: _count(session, Event.at < cutoff) + _count(session, WrittenBack.at < cutoff),
    QUIZ: lambda session, context, _: _count(session, _old_results(context)),
    SESSIONS: lambda session, _, cutoff: _count(session, old_sessions(cutoff)),
    REPORTS: lambda session, _, cutoff: _count(session, HookBody.state != HookState.NEW, HookBody.received_at < cutoff),
    RETURNED: lambda _, context, cutoff: len(old_mail_files(context.settings.data_dir, cutoff)),
    ADDRESSES: lambda session, _, cutoff: _count(session, *_unanswered(cutoff)) + _count(session, *_settled(cutoff)),
    MAILBOXES: lambda session, _, cutoff: _count(
        session, AskedMailbox.never_at.is_(None), AskedMailbox.last_at < cutoff
    ),
}
