"""Whose room a link opens, and how far: from any mail a limited one, from a fresh mailed link all of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, abort, make_response, render_template

from funnel.db import find
from funnel.links import Purpose
from funnel.models import Delivery, Lead, LeadState
from funnel.people.addresses import went_elsewhere
from funnel.privacy.own_data import open_own_data
from funnel.web.context import current_service
from funnel.web.language import speak_to
from funnel.web.reader.discretion import be_discreet


@dataclass(frozen=True, slots=True)
class RoomVisit:
    """A reader in her room. `delivery_id` is the mail that led here; `full` means by a fresh link of her own."""

    token: str
    delivery_id: int
    lead: Lead
    full: bool


def visit(token: str, *purposes: Purpose) -> RoomVisit | Response:
    """Who comes in by a token of one of these purposes, or the page that says why nobody does.

    Answers 404 where the token opens nothing here, 410 where its mail is gone.
    """
    found: RoomVisit | Response | None = _limited(token) if Purpose.PREFERENCES in purposes else None
    if found is None and Purpose.OWN_DATA in purposes:
        found = _full(token)
    if found is None:
        abort(404)
    if isinstance(found, RoomVisit):
        be_discreet(found.lead)
        speak_to(found.lead)
    return found


def limited_token(delivery_id: int) -> str:
    """The token of the limited room of this mail's reader."""
    service = current_service()
    with service.db.read() as session:
        return service.links.token(Purpose.PREFERENCES, session.get_one(Delivery, delivery_id).ref)


def closed(said: str, status: int = 410, **more: object) -> Response:
    """The page of a room that is not open: `erased`, `gone`, `expired`, or `elsewhere` (she has another address)."""
    return make_response(render_template("pages/room/closed.html", said=said, **more), status)


def _limited(token: str) -> RoomVisit | Response | None:
    service = current_service()
    opened = service.links.open(Purpose.PREFERENCES, token)
    if opened is None:
        return None
    with service.db.read() as session:
        mail = find(session, Delivery, opened[0])
        if mail is None:
            abort(410)
        lead = None if mail.lead_id is None else session.get(Lead, mail.lead_id)
        if lead is None or lead.state == LeadState.ERASED:
            abort(404)
        elsewhere = went_elsewhere(session, mail, lead)
        stops = service.links.unsubscribe_token(mail.ref, lead.email_key) if elsewhere else ""
    if elsewhere:  # whoever reads that mailbox now need not be her
        speak_to(lead)
        be_discreet(lead)
        return closed("elsewhere", stops=stops)
    return RoomVisit(token, mail.id, lead, full=False)


def _full(token: str) -> RoomVisit | Response | None:
    opened = open_own_data(current_service(), token)
    if opened is None:
        return None
    if opened.lead is None:
        return closed("gone")
    if not opened.valid:
        return closed("expired", room=limited_token(opened.delivery_id))
    return RoomVisit(token, opened.delivery_id, opened.lead, full=True)
