"""The evidence. Rows are added, never changed (GDPR article 7.1: able to demonstrate)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import Consent, ConsentKind, Lead, LeadState


def record_consent(
    session: Session,
    lead_id: int,
    kind: ConsentKind,
    now: datetime,
    *,
    offer: str | None = None,
    text: str = "",
    origin: str = "",
    sequences: Iterable[str] = (),
    **detail: str,
) -> Consent:
    """Adds one piece of evidence, given back: `text` is exactly what was shown, `origin` the network it came from.

    `sequences` are the slugs of what that text says will be sent.
    """
    consent = Consent(
        lead_id=lead_id, kind=kind, offer=offer, text=text, at=now, origin=origin[:64], detail=dict(detail)
    )
    consent.sequences = sorted(set(sequences))
    session.add(consent)
    return consent


def last_consent(session: Session, lead_id: int) -> str | None:
    """What this lead said last: asked, confirmed or withdrawn; None where there is no evidence at all."""
    said = (ConsentKind.ASKED, ConsentKind.CONFIRMED, ConsentKind.WITHDRAWN)
    newest = select(Consent.kind).where(Consent.lead_id == lead_id, Consent.kind.in_(said)).order_by(Consent.id.desc())
    return session.scalar(newest.limit(1))


def has_left(session: Session, lead: Lead) -> bool:
    """Whether this person withdrew consent and has not asked again since."""
    return lead.state == LeadState.LEFT and last_consent(session, lead.id) == ConsentKind.WITHDRAWN


def confirmed_since(session: Session, lead_id: int, offer: str, since: datetime) -> bool:
    """Whether she pressed the button of a mail about this offer at `since` or later."""
    query = select(Consent.id).where(
        Consent.lead_id == lead_id, Consent.kind == ConsentKind.CONFIRMED, Consent.offer == offer, Consent.at >= since
    )
    return session.scalar(query.limit(1)) is not None
