"""A mail as a web page, and the targets of its links: only those that were published (promise 8)."""

from __future__ import annotations

from datetime import datetime

from funnel.compose import CompiledLesson, nameless, render_web_copy
from funnel.compose.addresses import direct, everybodys
from funnel.context import Context
from funnel.db import find
from funnel.links import ClickToken, RowRef, links_mark
from funnel.models import Delivery, DeliveryKind, Lead, LeadState
from funnel.sending.recipients import recipient_of


def web_copy(context: Context, ref: RowRef, *, named: bool = False) -> str | None:
    """The HTML page of a lesson as this reader got it; None if there is none or the reader was erased.

    It calls her by her name only with `named`, for herself: any mail may be passed on, and its links lead to all.
    """
    with context.db.read() as session:
        delivery = find(session, Delivery, ref)
        if delivery is None or delivery.kind != DeliveryKind.LESSON or delivery.lead_id is None:
            return None
        lead = session.get_one(Lead, delivery.lead_id)
        compiled = context.editions.compiled(session, delivery.edition_lesson_id or 0)
        if compiled is None or lead.state == LeadState.ERASED:
            return None
        reader = recipient_of(session, context, delivery, lead).reader
        shown = reader if named else nameless(reader)
        return render_web_copy(compiled, shown, context.links, _sent_at(delivery))


def click_target(context: Context, clicked: ClickToken) -> str | None:
    """The target of a link of a published lesson; None if there is no such link, or there are others by now.

    Ordinary links and links to the practice's pages are answered from memory; only a link to a page of the reader's own
    needs the delivery's row.
    """
    compiled = context.editions.known_compiled(clicked.edition_lesson_id) or _load(context, clicked.edition_lesson_id)
    if compiled is None or not _is_among(clicked, compiled):
        return None
    same_for_all = _everybodys_target(context, compiled, clicked.link)
    if same_for_all is not None:
        return same_for_all
    with context.db.read() as session:
        delivery = find(session, Delivery, clicked.delivery)
        if delivery is None or delivery.lead_id is None:
            return None
        target = compiled.links[clicked.link]
        return direct(target, delivery.ref, context.links, _sent_at(delivery))


def known_click_target(context: Context, clicked: ClickToken) -> str | None:
    """The same where it is answered from memory; None where the database has to be asked, or there is no such link."""
    compiled = context.editions.known_compiled(clicked.edition_lesson_id)
    if compiled is None or not _is_among(clicked, compiled):
        return None
    return _everybodys_target(context, compiled, clicked.link)


def _is_among(clicked: ClickToken, compiled: CompiledLesson) -> bool:
    return 0 <= clicked.link < len(compiled.links) and clicked.mark in (None, links_mark(compiled.links))


def _everybodys_target(context: Context, compiled: CompiledLesson, link: int) -> str | None:
    return everybodys(compiled.links[link], context.links, compiled.name)


def _sent_at(delivery: Delivery) -> datetime:
    """The date from which the links of a mail expire, the same in the mail and in its web copy."""
    return delivery.ended_at or delivery.created_at


def _load(context: Context, edition_lesson_id: int) -> CompiledLesson | None:
    with context.db.read() as session:
        return context.editions.compiled(session, edition_lesson_id)
