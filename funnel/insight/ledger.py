"""Everything known about one person's mail: the answer to "why did she get this?"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from funnel.insight.mails import MailLine, mail_lines
from funnel.insight.people import PersonEnrolment, enrolments_of
from funnel.models import Consent, Delivery, Event, Lead, Signup, Suppression, Tagging, WrittenBack

MOST = 200


@dataclass(frozen=True, slots=True)
class Ledger:
    """One person's mail and events, newest first: at most MOST of each. `cut` says whether there are more."""

    lead: Lead
    suppression: Suppression | None
    signups: tuple[Signup, ...]
    consents: tuple[Consent, ...]
    enrolments: tuple[PersonEnrolment, ...]
    mails: tuple[MailLine, ...]
    events: tuple[Event, ...]
    letters: tuple[WrittenBack, ...]
    taggings: tuple[Tagging, ...]
    cut: bool

    @property
    def by_number(self) -> dict[int, MailLine]:
        return {mail.id: mail for mail in self.mails}


def ledger(session: Session, lead_id: int, address_digest: str | None = None) -> Ledger | None:
    """The ledger of one person, or None where there is no such lead. `address_digest` finds a suppression."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        return None
    mails = session.scalars(
        select(Delivery).where(Delivery.lead_id == lead_id).order_by(Delivery.id.desc()).limit(MOST + 1)
    ).all()
    events = _events(session, lead_id)
    return Ledger(
        lead=lead,
        suppression=session.get(Suppression, address_digest) if address_digest else None,
        signups=tuple(session.scalars(select(Signup).where(Signup.lead_id == lead_id).order_by(Signup.id.desc()))),
        consents=tuple(session.scalars(select(Consent).where(Consent.lead_id == lead_id).order_by(Consent.id.desc()))),
        enrolments=enrolments_of(session, [lead_id]).get(lead_id, ()),
        mails=tuple(mail_lines(session, mails[:MOST])),
        events=tuple(events[:MOST]),
        letters=tuple(session.scalars(_letters(lead_id))),
        taggings=tuple(session.scalars(select(Tagging).where(Tagging.lead_id == lead_id).order_by(Tagging.id))),
        cut=len(mails) > MOST or len(events) > MOST,
    )


def _letters(lead_id: int) -> Select[WrittenBack]:
    return select(WrittenBack).where(WrittenBack.lead_id == lead_id).order_by(WrittenBack.id.desc()).limit(MOST)


def _events(session: Session, lead_id: int) -> list[Event]:
    """Events by mail and by person, in two queries so that each can use its own index."""
    of_mail = select(Event.id).where(Event.delivery_id.in_(select(Delivery.id).where(Delivery.lead_id == lead_id)))
    of_person = select(Event.id).where(Event.lead_id == lead_id)
    ids = of_mail.union(of_person).subquery()
    query = select(Event).where(Event.id.in_(select(ids.c.id))).order_by(Event.at.desc(), Event.id.desc())
    return list(session.scalars(query.limit(MOST + 1)))
