"""Erasing a person: everything about her goes, figures go on counting her, and she is not mailed again.

1. A line in the log beside the database: from now on a restart takes up what was broken off.
2. What others wrote: bodies of webhooks, returned and caught mail. It is looked for while her address is still known.
3. One transaction: what is under way ends, what waits is cancelled, rows are deleted or blanked, the digests written.
4. Files that came in between, and what the database itself leaves behind (`scrub`).
5. `finish`, by the clock: mail that a worker was handing over is blanked once its outcome is known, and what the
   database would not give up at once is asked for again.

Whatever dies when, the same again does what is left; the clock does it by itself (`log_keeping`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.addresses import email_key
from funnel.db import among
from funnel.enrolment.stopping import skip, stop_enrolments
from funnel.models import Delivery, DeliveryState, Erasure, Lead, LeadState, Signup
from funnel.people.addresses import had_until
from funnel.people.leads import find_lead
from funnel.privacy import rows
from funnel.privacy.erasure_log import Erased, note_erased, read_log
from funnel.privacy.files import delete_files
from funnel.privacy.scrub import scrub
from funnel.privacy.traces import Traces
from funnel.sending.held import give_up

ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Erasing:
    """What an erasure did. `known`: somebody had this address; `in_flight` mails are blanked once they have arrived.

    `stuck` files may name her and cannot be deleted by this user; `scrubbed` is False where the clock has yet to see to
    what the database itself left behind.
    """

    known: bool
    bodies: int
    files: int
    in_flight: int
    stuck: tuple[Path, ...]
    scrubbed: bool


def erase(context: Context, address: str, now: datetime) -> Erasing:
    """Erases whoever has this address, and keeps it from being mailed; `now` is story time.

    Repeatable. Where nobody has it, what providers and servers wrote about it is deleted all the same.
    """
    with context.db.read() as session:
        lead = find_lead(session, address)
        traces = rows.traces_of(session, context, address, lead)
        before = [] if lead is None else [Erased(at, digest) for digest, at in had_until(session, lead.id)]
    erased = Erased(now, context.links.address_digest(email_key(address)))
    if lead is not None:
        # Also by the addresses she had: an older backup knows her by those, and whoever has one since is somebody else.
        for each in (erased, *before):
            note_erased(context.settings.data_dir, each)
    done = _erase(context, lead, traces, erased, is_logged=lead is not None)
    return replace(done, scrubbed=_settle(context, now))


def erase_lead(context: Context, lead_id: int, now: datetime, *, only_if_due: bool = False) -> Erasing | None:
    """The same for a person by her number; None where there is none, or she was erased before.

    With `only_if_due` also where her time, `Lead.erase_at`, has not come or was taken back.
    """
    with context.db.read() as session:
        lead = session.get(Lead, lead_id)
        if only_if_due and lead is not None and (lead.erase_at is None or lead.erase_at > now):
            return None
    return None if lead is None or lead.state == LeadState.ERASED else erase(context, lead.email, now)


def reapply(context: Context) -> int:
    """Does again what the log knows of and the database does not, as after a restore; how many people that erased.

    Who signed up anew after she was erased stays. And the log learns what the database knows, so that each machine's
    log holds all erasures.
    """
    data_dir = context.settings.data_dir
    logged = read_log(data_dir)
    with context.db.read() as session:
        known = {Erased(*row) for row in session.execute(select(Erasure.at, Erasure.digest))}
        missing = [each for each in dict.fromkeys(logged) if each not in known]
        leads = _by_digest(session, context) if missing else {}
    for each in sorted(known.difference(logged)):
        note_erased(data_dir, each)
    people = 0
    for erased in missing:
        lead = leads.pop(erased.digest, None)
        if lead is None:
            _keep_away(context, erased)  # nobody knows her address, so there is nothing to look for
        elif lead.created_at > erased.at:
            leads[erased.digest] = lead
            _note_done(context, erased)
        else:
            with context.db.read() as session:
                traces = rows.traces_of(session, context, lead.email, lead)
            _erase(context, lead, traces, erased, is_logged=True)
            people += 1
    if people:
        _settle(context, context.clock.now())  # once for all
    return people


def finish(context: Context, now: datetime) -> int:
    """Blanks mail of erased readers that a worker was handing over then and that has arrived; how many.

    What the mail catcher kept of it goes too, and so does what the database left behind, now if it can be.
    """
    with context.db.read() as session:
        under_way = {row.id: row.in_flight for row in _unfinished(session)}
    if not under_way:
        return 0
    blanked = sum(_finish_mails(context, number) for number, mails in under_way.items() if mails)
    _settle(context, now)
    return blanked


def _finish_mails(context: Context, number: int) -> int:
    with context.db.write() as session:
        row = session.get_one(Erasure, number, with_for_update=True)
        mails = [int(each) for each in row.in_flight]
        refs = session.scalars(select(Delivery).where(among(Delivery.id, mails))).all()
        traces = Traces(frozenset(), frozenset(rows.message_ids(context, refs)), frozenset(mails))
        left = rows.blank_mails(session, mails)
        row.in_flight = [str(each) for each in left]
    if len(left) < len(mails):
        delete_files(context.settings.data_dir, traces)
    return len(mails) - len(left)


def _settle(context: Context, now: datetime) -> bool:
    """Calls finished what nothing is left of. False where the database could not give up what it left behind."""
    with context.db.read() as session:
        done = [row.id for row in _unfinished(session) if not row.in_flight]
    if not scrub(context.db):
        return False
    with context.db.write() as session:
        session.execute(update(Erasure).where(among(Erasure.id, done)).values(finished_at=now))
    return True


def _unfinished(session: Session) -> Sequence[Erasure]:
    return session.scalars(select(Erasure).where(Erasure.finished_at.is_(None)).order_by(Erasure.id)).all()


def end_unconfirmed(context: Context, lead_id: int, cutoff: datetime, now: datetime) -> None:
    """The sign-up of who never confirmed, nor asked again since the cutoff: nothing stays but its figures.

    Whoever said "stop" instead is not forgotten: a digest keeps mail away from her.
    """

    def work(session: Session) -> None:
        lead = session.get_one(Lead, lead_id, with_for_update=True, populate_existing=True)
        asked = session.scalars(select(Signup.asked_at).where(Signup.lead_id == lead_id)).all()
        if lead.confirmed_at is not None or lead.state == LeadState.ERASED or max(asked, default=cutoff) > cutoff:
            return
        if lead.state == LeadState.LEFT:
            rows.keep_away(session, context.links.address_digest(lead.email_key), now)
        end_for_good(session, lead, now)

    context.db.write_again(work)


def end_for_good(session: Session, lead: Lead, now: datetime) -> None:
    """Nothing of this lead, who is locked, stays but figures. It keeps no mail away from the address."""
    _end(session, lead, now)
    mails = list(session.scalars(select(Delivery.id).where(Delivery.lead_id == lead.id).order_by(Delivery.id)))
    session.flush()
    rows.blank_mails(session, mails)
    rows.blank_lead(session, lead)
    rows.delete_events(session, lead.id, [])


@dataclass(frozen=True, slots=True)
class _Others:
    """Rows that are about her and belong to nobody: events, and mails that told the practice of her, by number."""

    events: list[int]
    notices: list[int]


def _erase(context: Context, lead: Lead | None, traces: Traces, erased: Erased, *, is_logged: bool) -> Erasing:
    data_dir = context.settings.data_dir
    bodies = rows.delete_bodies(context, traces)
    cleared = delete_files(data_dir, traces)
    in_flight: list[int] = []
    with context.db.read() as session:
        notices = [] if lead is None else rows.notices_about(session, lead.id)
        others = _Others(rows.stray_events(session, context, traces), notices)
    if is_logged:
        number = None if lead is None else lead.id
        in_flight = context.db.write_again(lambda session: _write(session, number, erased, others, traces))
    elif others.events:
        context.db.write_again(lambda session: rows.delete_events(session, None, others.events))
    last = delete_files(data_dir, traces)
    done = cleared.changed + last.changed
    return Erasing(lead is not None, bodies, done, len(in_flight), tuple(last.stuck), scrubbed=False)


def _write(session: Session, lead_id: int | None, erased: Erased, others: _Others, traces: Traces) -> list[int]:
    """The one transaction; gives back the mails that are being handed over."""
    in_flight: list[int] = []
    # The reader first, and then what is hers: everybody locks in this order.
    lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=True, populate_existing=True)
    same = select(Erasure.in_flight).where(Erasure.digest == erased.digest, Erasure.at == erased.at)
    if (done := session.scalar(same)) is not None:  # whoever took it up from the log was first
        return [int(each) for each in done]
    if lead is not None:
        _end(session, lead, erased.at)
        mails = list(session.scalars(select(Delivery.id).where(Delivery.lead_id == lead.id).order_by(Delivery.id)))
        _cancel(session, among(Delivery.id, others.notices), erased.at)
        session.flush()
        in_flight = rows.blank_mails(session, sorted({*mails, *others.notices}))
        _note_addresses(session, lead, erased.at)
        rows.blank_lead(session, lead)
    rows.delete_events(session, lead_id, others.events)
    rows.blank_channels(session, traces)
    rows.keep_away(session, erased.digest, erased.at)
    session.add(Erasure(digest=erased.digest, at=erased.at, in_flight=[str(each) for each in in_flight]))
    return in_flight


def _note_addresses(session: Session, lead: Lead, now: datetime) -> None:
    """The addresses she had before are hers no more: each counts as erased when she gave it up."""
    for digest, at in had_until(session, lead.id):
        same = select(Erasure.id).where(Erasure.digest == digest, Erasure.at == at)
        if session.scalar(same) is None:
            session.add(Erasure(digest=digest, at=at, in_flight=[], finished_at=now))


def _end(session: Session, lead: Lead, now: datetime) -> None:
    """Nothing more is sent: what is being handed over this moment cannot be called back."""
    lead.state = LeadState.ERASED
    stop_enrolments(session, lead.id, ERASED, now)
    give_up(session, lead.id, ERASED, now)
    _cancel(session, Delivery.lead_id == lead.id, now)


def _cancel(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    """Those of these mails that nobody is handing over."""
    pending = select(Delivery).where(which, Delivery.state.in_((DeliveryState.WAITING, DeliveryState.CLAIMED)))
    locked = pending.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
    for mail in session.scalars(locked).all():
        skip(session, mail, ERASED, now)


def _by_digest(session: Session, context: Context) -> dict[str, Lead]:
    people = session.scalars(select(Lead).where(Lead.state != LeadState.ERASED).execution_options(yield_per=1_000))
    return {context.links.address_digest(lead.email_key): lead for lead in people}


def _keep_away(context: Context, erased: Erased) -> None:
    with context.db.write() as session:
        rows.keep_away(session, erased.digest, erased.at)
        session.add(Erasure(digest=erased.digest, at=erased.at, in_flight=[], finished_at=erased.at))


def _note_done(context: Context, erased: Erased) -> None:
    with context.db.write() as session:
        session.add(Erasure(digest=erased.digest, at=erased.at, in_flight=[], finished_at=erased.at))
