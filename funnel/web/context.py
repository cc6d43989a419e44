"""What every view needs of its request: the service it belongs to, and the one `now` it lives by."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import abort, current_app, g

from funnel.db import find
from funnel.links import Purpose, RowRef
from funnel.models import Delivery, Lead, LeadState, Signup
from funnel.web.language import speak_to
from funnel.wiring import Service

_EXTENSION = "funnel"


def current_service() -> Service:
    """The service this app was made for."""
    return cast(Service, current_app.extensions[_EXTENSION])


def current_now() -> datetime:
    """Story time of this request, aware UTC; asked once and the same until the answer is sent."""
    if "now" not in g:
        g.now = current_service().clock.now()
    return cast(datetime, g.now)


def mail_of(purpose: Purpose, token: str) -> int:
    """The number of the delivery that a token for this names. Answers 404 where it is not ours, 410 as `known_mail`."""
    opened = current_service().links.open(purpose, token)
    return abort(404) if opened is None else known_mail(opened[0])


def known_mail(ref: RowRef) -> int:
    """The number of the delivery a token names. Answers 410 where this database does not know it, or not any more."""
    with current_service().db.read() as session:
        delivery = find(session, Delivery, ref)
        if delivery is None:
            abort(410)
        lead = session.get(Lead, delivery.lead_id) if delivery.lead_id is not None else None
        signup = session.get(Signup, delivery.signup_id) if delivery.signup_id is not None else None
    if lead is not None:
        speak_to(lead, signup)
    return ref.number


def speak_to_reader(lead_id: int) -> Lead | None:
    """Say the rest of this page, and open its files, in the language of the reader whose link it is; gives her back."""
    with current_service().db.read() as session:
        lead = session.get(Lead, lead_id)
    if lead is not None:
        speak_to(lead)
    return lead


def find_signup(ref: RowRef | None) -> Signup | None:
    """The sign-up a token names; None where there is none, or the person was erased."""
    with current_service().db.read() as session:
        signup = find(session, Signup, ref)
        lead = session.get(Lead, signup.lead_id) if signup is not None else None
    if signup is None or lead is None or lead.state == LeadState.ERASED:
        return None
    speak_to(lead, signup)
    return signup
