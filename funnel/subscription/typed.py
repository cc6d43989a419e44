"""What was typed beside an address: kept until the button is pressed, for before that anybody may have typed it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum.measuring import WITH_AGREEMENT, Choice
from funnel.models import Consent, ConsentKind, Lead, Signup
from funnel.people.askings import SignupWords
from funnel.people.consent import record_consent

_VIA = "sign-up"


def note_newest(signup: Signup, said: SignupWords, *, same_mail: bool) -> None:
    """What the sign-up said last, for who signs it up again; "" and None where two requests for one mail disagree."""
    if signup.confirmed_at is not None:
        return
    name, zone = said.name, said.zone
    if same_mail:
        name = name if name == signup.typed_name else ""
        zone = zone if zone == signup.typed_zone else None
    signup.typed_name, signup.typed_zone, signup.typed_language = name, zone, said.language


def take_over(session: Session, lead: Lead, signup: Signup, said: SignupWords, now: datetime) -> None:
    """What was said at the asking that is confirmed now becomes the reader's; nobody is renamed who has a name."""
    lead.first_name = lead.first_name or said.name
    lead.zone, lead.language = lead.zone or said.zone, lead.language or said.language
    lead.discreet = lead.discreet or said.discreet
    signup.typed_name, signup.typed_zone, signup.typed_language = "", None, None
    chosen = _tracking_after(session, lead, said.choice)
    if chosen != lead.tracking:
        lead.tracking = chosen
        record_consent(
            session, lead.id, ConsentKind.TRACKING, now, offer=signup.offer, chosen=chosen or "default", via=_VIA
        )


def _tracking_after(session: Session, lead: Lead, choice: Choice) -> str | None:
    """Who declines is not measured, whatever she chose before. A box left empty takes back nothing she has chosen.

    Agreeing on a form counts as long as she has chosen nothing in her preferences: only she opens those.
    """
    if choice is Choice.DECLINED:
        return "none"
    if choice is Choice.UNTICKED:
        return lead.tracking or "none"
    if choice is Choice.AGREED and (lead.tracking is None or not _has_chosen(session, lead)):
        return WITH_AGREEMENT
    return lead.tracking


def _has_chosen(session: Session, lead: Lead) -> bool:
    """Whether what is measured of her is as she last said in her preferences."""
    newest = select(Consent.detail).where(Consent.lead_id == lead.id, Consent.kind == ConsentKind.TRACKING)
    detail = session.scalar(newest.order_by(Consent.id.desc()).limit(1))
    return detail is not None and detail.get("via") != _VIA
