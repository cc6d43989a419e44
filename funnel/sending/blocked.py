"""Mail that is refused because of us, not of its reader: then the channel rests, and no reader pays for it.

RFC 5321 gives blocks and dead mailboxes the same codes, so the rate decides: one server that refuses us says nothing
about the others. Of the mails that left by the channel within the last hour, at most 500, it counts the refused. The
channel rests for two hours if there are at least 20, and they are a tenth of all at three domains or more, or half of
all at any. (KumoMTA's defaults, based on what providers say, suspend for two hours too.)
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.adapters import AdapterUrlError
from funnel.channel.channel import Channel
from funnel.channel.rest import ChannelRest, closed_until, write_channel_rest
from funnel.context import Context
from funnel.models import ChannelState, Delivery, DeliveryKind, DeliveryState, Event, EventKind, Lead
from funnel.settings import SettingsError

BLOCKED = "blocked"  # the kind of a ChannelState that this file asks for
ABOUT_US = ("block", "policy")  # `kind` of a bounce, in `Event.raw`
WITHIN, REST = timedelta(hours=1), timedelta(hours=2)
LOOKED_AT, LEAST, DOMAINS = 500, 20, 3
SHARE, SHARE_OF_ONE = 0.1, 0.5
_FAR_BACK = 20_000  # how many delivery ids back the last hour is searched

log = structlog.get_logger(__name__)


def turns_us_away(sent: int, turned_away: Collection[str]) -> bool:
    """The decision itself. `turned_away` has the domain of each refused mail, one entry for each."""
    n = len(turned_away)
    if n < LEAST:
        return False
    return n >= SHARE_OF_ONE * sent or (n >= SHARE * sent and len(set(turned_away)) >= DOMAINS)


def note_block(session: Session, context: Context, delivery: Delivery, said: str, now: datetime) -> bool:
    """After another mail was refused because of us, and its event written: whether that makes its channel rest.

    Runs in the caller's transaction, as its last step. `now` is story time; `said` is a word or code, no address.
    """
    machine = context.clock.machine_now()
    channel = _channel(context, delivery)
    name = delivery.adapter if channel is None else channel.name
    if not name or closed_until(session.get(ChannelState, name, populate_existing=True), machine) is not None:
        return False
    recent = _recent(session, context, delivery, now)
    turned_away = _turned_away(session, recent)
    if not turns_us_away(len(recent), turned_away):
        return False
    words = f"{len(turned_away)} of the last {len(recent)} mails were turned away because of us, the last: {said}"
    write_channel_rest(session, name, ChannelRest(BLOCKED, words, machine, machine + REST))
    log.warning("channel rests: mail is refused because of us", channel=name, of=len(recent), n=len(turned_away))
    return True


def _channel(context: Context, delivery: Delivery) -> Channel | None:
    """The channel this mail left by, if it is still configured here; a command may have none at all."""
    channel = context.channel.channel_for(delivery.kind)
    try:
        return channel if channel.adapter.name == delivery.adapter else None
    except (AdapterUrlError, SettingsError):
        return None


def _recent(session: Session, context: Context, delivery: Delivery, now: datetime) -> dict[int, str]:
    """The mails of the last hour that left by the same channel, by id, with the domain of each."""
    newest = session.scalar(select(func.max(Delivery.id))) or 0
    query = select(Delivery.id, Lead.email).outerjoin(Lead, Lead.id == Delivery.lead_id)
    query = query.where(
        Delivery.id > newest - _FAR_BACK,
        Delivery.adapter == delivery.adapter,
        Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.FAILED)),
        Delivery.ended_at >= now - WITHIN * context.clock.rate,
    )
    if context.channel.course is not None:
        is_lesson = Delivery.kind == DeliveryKind.LESSON
        query = query.where(is_lesson if delivery.kind == DeliveryKind.LESSON else ~is_lesson)
    rows = session.execute(query.order_by(Delivery.id.desc()).limit(LOOKED_AT))
    return {number: (email or "").rpartition("@")[2].lower() for number, email in rows}


def _turned_away(session: Session, recent: dict[int, str]) -> list[str]:
    query = select(Event.delivery_id, Event.raw).where(Event.delivery_id.in_(recent), Event.kind == EventKind.BOUNCED)
    found = {number for number, raw in session.execute(query) if raw.get("kind") in ABOUT_US}
    return [recent[number or 0] for number in sorted(found, key=lambda number: number or 0)]
