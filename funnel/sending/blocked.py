"""Mail that is refused because of us, not of its reader: then a lane of the channel rests, and no reader pays for it.

RFC 5321 gives blocks and dead mailboxes the same codes, so the rate decides. Anybody can have an address of his own and
refuse our mail as he likes, so that a count says nothing:

1. Only mail to readers who have confirmed counts.
2. It is judged by mailbox provider: what share of the last hour's mail each has refused.
3. A provider weighs as much as its share of the channel's last 5,000 mails.

The lane rests for two hours if at least 20 mails were refused, and so would be a tenth of all mail, by three providers
or more, or half of it by any. (KumoMTA's defaults, based on what providers say, suspend for two hours too.) Lessons and
urgent mail are judged apart; after somebody has ended a rest by hand, mail of before counts no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from funnel.adapters import AdapterUrlError
from funnel.channel.rest import ChannelRest, Lane, closed_until, resumed_at, states_of, write_channel_rest
from funnel.context import Context
from funnel.curriculum.mailbox_providers import mailbox_provider
from funnel.models import Delivery, DeliveryState, Event, EventKind, Lead
from funnel.replies import ABOUT_US
from funnel.sending.lanes import in_lane
from funnel.settings import SettingsError

BLOCKED = "blocked"  # the kind of a ChannelState that this file asks for
WITHIN, REST = timedelta(hours=1), timedelta(hours=2)
LOOKED_AT, LEAST, PROVIDERS = 500, 20, 3
SHARE, SHARE_OF_ONE = 0.1, 0.5
_USUAL = 5_000
_FAR_BACK = 20_000  # how many delivery ids back they are searched

log = structlog.get_logger(__name__)


def turns_us_away(sent: Mapping[str, int], refused: Mapping[str, int], usual: Mapping[str, int]) -> bool:
    """The decision itself. Mails by provider: of the last hour, of these the refused, and those that usually go."""
    if sum(refused.values()) < LEAST:
        return False
    share = share_refused(sent, refused, usual)
    return share >= SHARE_OF_ONE or (share >= SHARE and sum(map(bool, refused.values())) >= PROVIDERS)


def share_refused(sent: Mapping[str, int], refused: Mapping[str, int], usual: Mapping[str, int]) -> float:
    """Which share of all mail is refused, as every provider weighs what usually goes there."""
    weight = sum(usual.get(provider, 0) * n / sent[provider] for provider, n in refused.items() if n)
    return weight / max(1, sum(usual.values()))


def note_block(session: Session, context: Context, delivery: Delivery, said: str, now: datetime) -> bool:
    """After another mail was refused because of us, and its event written: whether that makes its lane rest.

    Runs in the caller's transaction, as its last step. `now` is story time; `said` is a word or code, no address.
    """
    machine = context.clock.machine_now()
    name = channel_name(context, delivery)
    if not name:
        return False
    lane = Lane.of(delivery.kind)
    lane_name, states = lane.name_in(name), states_of(session, name)
    if any(closed_until(states.get(each), machine) is not None for each in (name, lane_name)):
        return False
    since = now - WITHIN * context.clock.rate
    resumed = resumed_at(session, name)
    if resumed is not None:
        since = max(since, now - (machine - resumed) * context.clock.rate)
    mails = _mails(session, delivery.adapter, lane)
    hour = {row.id: row.email for row in session.execute(mails.where(Delivery.ended_at > since).limit(LOOKED_AT))}
    turned_away = _turned_away(session, hour)
    if len(turned_away) < LEAST:
        return False
    usual = usual_addresses(session, delivery.adapter, lane)
    if not turns_us_away(_by_provider(hour.values()), _by_provider(turned_away), _by_provider(usual)):
        return False
    words = f"{len(turned_away)} of the last {len(hour)} mails were turned away because of us, the last: {said}"
    write_channel_rest(session, lane_name, ChannelRest(BLOCKED, words, machine, machine + REST))
    log.warning("mail rests: it is refused because of us", channel=name, lane=lane, of=len(hour), n=len(turned_away))
    return True


def channel_name(context: Context, delivery: Delivery) -> str:
    """The name of the channel this mail left by; that of its adapter if it is not configured here any more.

    A command may have no channel at all.
    """
    channel = context.channel.channel_for(delivery.kind)
    try:
        return channel.name if channel.adapter.name == delivery.adapter else delivery.adapter
    except (AdapterUrlError, SettingsError):
        return delivery.adapter


def usual_addresses(session: Session, adapter: str, lane: Lane) -> list[str]:
    """To whom the newest 5,000 mails of this lane went: they say which share of all goes to a provider."""
    return [row.email for row in session.execute(_mails(session, adapter, lane).limit(_USUAL))]


def _mails(session: Session, adapter: str, lane: Lane) -> Select[int, str]:
    """The newest mails of this lane that left by this adapter to readers who have confirmed: number and address."""
    newest = session.scalar(select(func.max(Delivery.id))) or 0
    return (
        select(Delivery.id, Lead.email)
        .join(Lead, Lead.id == Delivery.lead_id)
        .where(
            Delivery.id > newest - _FAR_BACK,
            Delivery.adapter == adapter,
            Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.FAILED)),
            Lead.confirmed_at.is_not(None),
            in_lane(lane),
        )
        .order_by(Delivery.id.desc())
    )


def _turned_away(session: Session, mails: Mapping[int, str]) -> list[str]:
    """The addresses of those of these mails that were refused because of us, one for each mail."""
    query = select(Event.delivery_id, Event.raw).where(Event.delivery_id.in_(mails), Event.kind == EventKind.BOUNCED)
    found = {number for number, raw in session.execute(query) if number and raw.get("kind") in ABOUT_US}
    return [mails[number] for number in sorted(found)]


def _by_provider(addresses: Iterable[str]) -> Counter[str]:
    return Counter(mailbox_provider(address) for address in addresses)
