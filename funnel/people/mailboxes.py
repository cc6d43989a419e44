"""How often a mailbox is written to because somebody typed its address: that may have been anybody.

At most one confirmation an hour and three such mails a day, from whichever form they were asked. What is more waits for
its turn, and whoever asked last comes first: she is most likely at her screen, and a stranger who typed variants of her
address before cannot keep her waiting. The turns are counted in the row of the mailbox, which is locked meanwhile: no
number of requests at once passes one too many, whether Redis is there or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from funnel.curriculum.mailboxes import counted_mailbox, next_turn, own_mailbox
from funnel.db import among
from funnel.db.upsert import insert
from funnel.deliveries.states import mark_ended
from funnel.links import Links
from funnel.models import AskedMailbox, Delivery, DeliveryKind, DeliveryState, Lead
from funnel.people.addresses import mailed_address

MOST_WAITING = 12  # four days of turns; whoever asks beyond that takes the place of whoever has waited longest
_DAY = timedelta(days=1)
NEVER = "its owner said: it was not me, never ask again"
ANSWERED = "confirmed meanwhile"
_SESSION = DeliveryKind.SESSION
PUSHED_OUT = "more mails were asked for this mailbox than it is sent"


class Turn(StrEnum):
    """What became of a mail that somebody asked for."""

    NOW = "now"
    LATER = "later"
    SHARED = "shared"  # the one that waits already goes for both
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class _Kept:
    """One turn of a mailbox: when (UTC), and of a mail that waits for it its number, else 0."""

    at: datetime
    waits: int = 0

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.waits}" if self.waits else self.at.isoformat()


def add_in_turn(
    session: Session,
    links: Links,
    address: str,
    mail: Delivery,
    now: datetime,
    *,
    own_wish: bool = False,
    confirmed: bool = False,
) -> Turn:
    """Adds this new mail to the session, to be sent at its mailbox's next turn; it is dated by that.

    Nothing is added for a mailbox whose owner said "never", unless it is her `own_wish`, nor where a mail of the same
    sign-up waits already: that comes first then. Who has `confirmed`, or wishes it herself, need not wait for the hour.
    """
    if not own_wish and _says_never(session, links, address):
        return Turn.NEVER
    digest = _digest(links, counted_mailbox(address))
    row = insert(session, AskedMailbox).values(digest=digest, turns=[str(_Kept(now))], last_at=now)
    fresh = row.on_conflict_do_nothing(index_elements=["digest"]).returning(AskedMailbox.digest)
    if session.scalar(fresh) is not None:
        session.add(mail)
        return Turn.NOW
    box = _locked(session, digest, now)
    if box.never_at is not None and not own_wish:
        return Turn.NEVER
    return _add(session, box, mail, now, spaced=not (own_wish or confirmed))


def add_nothing(session: Session, links: Links, address: str, now: datetime) -> None:
    """For who has her mail already: counts nothing, and takes about as long as `add_in_turn`, which so tells nobody."""
    _locked(session, _digest(links, counted_mailbox(address)), now)


def never_asked(session: Session, links: Links, addresses: Iterable[str]) -> set[str]:
    """Of these addresses, those whose owners said that they want no mail that somebody asked for by their address."""
    digests = {address: _digest(links, own_mailbox(address)) for address in addresses}
    query = select(AskedMailbox.digest).where(
        among(AskedMailbox.digest, set(digests.values())), AskedMailbox.never_at.is_not(None)
    )
    never = set(session.scalars(query))
    return {address for address, digest in digests.items() if digest in never}


def never_ask(session: Session, links: Links, address: str, now: datetime) -> None:
    """Notes that the owner of this mailbox wants no such mail; what waits for its turn is not sent.

    Nothing else need ask for this: such mail is made by `add_in_turn` alone.
    """
    own, counted = own_mailbox(address), counted_mailbox(address)
    counting = _locked(session, _digest(links, counted), now)
    box = counting if own == counted else _locked(session, _digest(links, own), now)
    box.never_at = box.never_at or now
    waiting = _waiting(session, _read(counting.turns, now), now)
    for mail in waiting.values():
        lead = session.get(Lead, mail.lead_id) if mail.lead_id is not None else None
        # One that asks about a change of address goes to another than its reader has.
        to = "" if lead is None else mailed_address(session, mail, lead)
        if to and own_mailbox(to) == own:
            mark_ended(mail, DeliveryState.SKIPPED, NEVER, now)


def lift_never(session: Session, links: Links, address: str) -> bool:
    """Takes back `never_ask`. False if it was not said."""
    box = session.get(AskedMailbox, _digest(links, own_mailbox(address)), with_for_update=True)
    if box is None or box.never_at is None:
        return False
    box.never_at = None
    return True


def call_off(session: Session, lead_id: int, signup_id: int, now: datetime) -> None:
    """What this sign-up asked for and still waits for its turn is not needed any more: she has pressed the button."""
    waiting = select(Delivery).where(
        Delivery.lead_id == lead_id,
        Delivery.signup_id == signup_id,
        Delivery.kind.in_((DeliveryKind.CONFIRMATION, DeliveryKind.REMINDER)),
        Delivery.state == DeliveryState.WAITING,
        Delivery.not_before > now,
    )
    for mail in session.scalars(waiting.order_by(Delivery.id).with_for_update()).all():
        mark_ended(mail, DeliveryState.SKIPPED, ANSWERED, now)


def never_listed(session: Session, links: Links) -> list[tuple[datetime, str, str]]:
    """Since when (UTC), the address where a lead here has it, else "", and the digest, of each who said "never"."""
    rows = session.execute(
        select(AskedMailbox.never_at, AskedMailbox.digest).where(AskedMailbox.never_at.is_not(None))
    ).all()
    known = {_digest(links, own_mailbox(email)): email for email in session.scalars(select(Lead.email))} if rows else {}
    return sorted((at, known.get(digest, ""), digest) for at, digest in rows if at is not None)


def forget_mailboxes(session: Session, now: datetime) -> None:
    """Deletes what counts no more: mailboxes that were not written to for a day, but for those of who said "never"."""
    session.execute(delete(AskedMailbox).where(AskedMailbox.never_at.is_(None), AskedMailbox.last_at < now - _DAY))


def _add(session: Session, box: AskedMailbox, mail: Delivery, now: datetime, *, spaced: bool) -> Turn:
    kept = _read(box.turns, now)
    waiting = _waiting(session, kept, now)
    kept = [turn for turn in kept if not turn.waits or turn.waits in waiting]
    same = next((each for each in waiting.values() if _is_for_the_same(each, mail)), None)
    if same is None:
        at = next_turn([turn.at for turn in kept], now, spaced=spaced)
        if at <= now:
            session.add(mail)
            _write(box, [*kept, _Kept(now)])
            return Turn.NOW
        mail.not_before = at
        session.add(mail)
        session.flush()
        kept.append(_Kept(at, mail.id))
    first = same or mail
    order = [first, *(waiting[turn.waits] for turn in kept if turn.waits and turn.waits not in (first.id, mail.id))]
    _write(box, [turn for turn in kept if not turn.waits] + _seat(order, [turn.at for turn in kept if turn.waits], now))
    return Turn.LATER if same is None else Turn.SHARED


def _is_for_the_same(one: Delivery, other: Delivery) -> bool:
    """Whether one of these mails does for both: the same sign-up, or sessions that one person asked for."""
    return (one.lead_id, one.signup_id, one.kind == _SESSION) == (
        other.lead_id,
        other.signup_id,
        other.kind == _SESSION,
    )


def _seat(order: list[Delivery], turns: list[datetime], now: datetime) -> list[_Kept]:
    """Gives these mails these turns in this order; for whoever is beyond the most that wait, there is none."""
    for mail, at in zip(order, turns, strict=True):
        mail.not_before = mail.created_at = at
    for mail in order[MOST_WAITING:]:
        mark_ended(mail, DeliveryState.SKIPPED, PUSHED_OUT, now)
    return [_Kept(at, mail.id) for mail, at in zip(order, turns, strict=True)][:MOST_WAITING]


def _waiting(session: Session, kept: Iterable[_Kept], now: datetime) -> dict[int, Delivery]:
    """By number, the mails that still wait for their turns; locked."""
    numbers = [turn.waits for turn in kept if turn.waits]
    if not numbers:
        return {}
    query = select(Delivery).where(
        among(Delivery.id, numbers), Delivery.state == DeliveryState.WAITING, Delivery.not_before > now
    )
    found = session.scalars(query.order_by(Delivery.id).with_for_update())
    return {mail.id: mail for mail in found}


def _says_never(session: Session, links: Links, address: str) -> bool:
    """Asks only where what she says and what is counted are two rows: else the row is read anyway."""
    if own_mailbox(address) == counted_mailbox(address):
        return False
    return bool(never_asked(session, links, [address]))


def _locked(session: Session, digest: str, now: datetime) -> AskedMailbox:
    """The row of this mailbox, made if there is none."""
    row = insert(session, AskedMailbox).values(digest=digest, turns=[], last_at=now)
    found = row.on_conflict_do_update(index_elements=["digest"], set_={"digest": row.excluded.digest}).returning(
        AskedMailbox
    )
    return session.scalars(found, execution_options={"populate_existing": True}).one()


def _read(turns: Iterable[str], now: datetime) -> list[_Kept]:
    """The turns that still count, oldest first. One whose time has come waits no longer."""
    read = []
    for text in turns:
        at, _, number = text.partition(" ")
        when = datetime.fromisoformat(at)
        if when > now - _DAY:
            read.append(_Kept(when, int(number) if number and when > now else 0))
    return read


def _write(box: AskedMailbox, kept: list[_Kept]) -> None:
    box.turns = [str(turn) for turn in kept]
    box.last_at = kept[-1].at


def _digest(links: Links, mailbox: str) -> str:
    """No address holds a space, so this is no digest of an address that is not written to."""
    return links.address_digest(f"mailbox {mailbox}")
