"""One address, one lead."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum.addresses import email_key
from funnel.db.upsert import insert
from funnel.models import Lead, LeadState


def known_zone(text: str | None) -> str | None:
    """The IANA zone; None if it is not one, and then the practice's zone applies."""
    return text if text and text in available_timezones() else None


def find_lead(session: Session, address: str) -> Lead | None:
    return session.scalar(select(Lead).where(Lead.email_key == email_key(address)))


def gets_discreet_mail(lead: Lead) -> bool:
    """Whether mail to her says nothing of its topic where others may see it: as she chose, and until she could.

    Before she has confirmed, anybody may have typed her address, and nobody knows who looks at her screen.
    """
    return lead.discreet or lead.confirmed_at is None


def get_or_add_lead(session: Session, address: str, now: datetime, state: LeadState = LeadState.ASKED) -> Lead:
    """The lead of this address, made in this state if there is none; two sign-ups at once end with one lead.

    Who is erased in this moment has another address once that is committed: then she is made anew.
    """
    while True:
        _add_lead(session, address, now, state)
        query = select(Lead).where(Lead.email_key == email_key(address)).with_for_update()
        if (lead := session.scalars(query).one_or_none()) is not None:
            return lead


def _add_lead(session: Session, address: str, now: datetime, state: LeadState) -> None:
    session.execute(
        insert(session, Lead)
        .values(
            email=address,
            email_key=email_key(address),
            state=state,
            created_at=now,
            first_name="",
            discreet=False,
            slower=False,
            quiet_days=[],
            tags=[],
            watched=0,
        )
        .on_conflict_do_nothing(index_elements=["email_key"])
    )
