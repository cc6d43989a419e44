"""A mail as a page, and where its links lead: only to what was published (promise 8)."""

from __future__ import annotations

from datetime import datetime

from funnel.compose import CompiledLesson, render_web_copy, resolve_link
from funnel.journey.context import Context
from funnel.journey.drafts import reader_of
from funnel.models import Delivery, DeliveryKind, Lead, LeadState


def web_copy(context: Context, delivery_id: int, now: datetime) -> str | None:
    """The whole HTML page of a lesson as this reader got it; None where there is none, or the reader was erased."""
    with context.db.read() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.kind != DeliveryKind.LESSON or delivery.lead_id is None:
            return None
        lead = session.get_one(Lead, delivery.lead_id)
        compiled = context.editions.compiled(session, delivery.edition_lesson_id or 0)
        if compiled is None or lead.state == LeadState.ERASED:
            return None
        return render_web_copy(
            compiled, reader_of(lead, delivery, context.library.practice.tracking), context.links, now
        )


def click_target(context: Context, delivery_id: int, edition_lesson_id: int, link: int, now: datetime) -> str | None:
    """Where link number `link` of a published lesson leads; None where there is no such link.

    Ordinary links are answered from memory; only a reader's own page needs the delivery's row.
    """
    compiled = context.editions.known_compiled(edition_lesson_id) or _load(context, edition_lesson_id)
    if compiled is None or not 0 <= link < len(compiled.links):
        return None
    target = compiled.links[link]
    if target.startswith(("http://", "https://")):
        return target
    with context.db.read() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.lead_id is None:
            return None
        return resolve_link(
            compiled,
            link,
            lead_id=delivery.lead_id,
            delivery_id=delivery.id,
            signup_id=delivery.signup_id,
            links=context.links,
            now=now,
        )


def _load(context: Context, edition_lesson_id: int) -> CompiledLesson | None:
    with context.db.read() as session:
        return context.editions.compiled(session, edition_lesson_id)
