"""The brake in the database: asked whenever a reader's address is called dead, before it is given up.

Whatever our rules think of a server's words: when too many addresses of one mailbox provider are called dead in a row
(`channel.brake` is the test), something else is wrong, with us or with them. Then the provider rests, whoever was given
up in this wave is let go again (`letting_go`), and a person decides.

1. Readers who have confirmed and strangers who never have are counted apart: anybody can type addresses that do not
   exist, and so must not stop readers' mail. For strangers nothing rests; they are only not given up.
2. An address counts for its own domain, and for the provider that serves that domain. There all readers of a domain
   count as one: whoever has a domain of his own stops mail to that, and to nothing else.
3. What left before a person's decision counts no more; what is decided everywhere, or of who serves a domain, is
   decided of each domain there. If it was "it was us", nobody is given up for what left before either.
4. Where providers that have nothing to do with each other say the same, nobody is given up anywhere and the channel's
   lessons rest, for two hours at a time: if three of them rest, or the same test trips over providers instead of
   readers, as most may have but a few readers each. A tenth of all lessons has to go to them (as in `blocked`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from funnel.channel.brake import FEWEST, LOOKED_AT, SentMail, wave
from funnel.channel.provider_rest import BRAKE, EVERYWHERE, begin_rest, open_rests, rests_for
from funnel.channel.rest import ChannelRest, Lane, closed_until, resumed_at, states_of, write_channel_rest
from funnel.context import Context
from funnel.models import BrakeDecision, BrakeScope, Delivery, DeliveryState, Event, Lead, ProviderRest
from funnel.people.providers import Providers, providers_of
from funnel.replies import ABOUT_US
from funnel.sending.blocked import PROVIDERS, REST, SHARE, channel_name, share_refused, usual_addresses
from funnel.sending.hits import BOUNCED, calls_dead, in_scope, scope_of
from funnel.sending.letting_go import let_go

WITHIN = timedelta(days=7)  # story time
_RECENT = 2_000  # refusals that are looked through for enough dead readers
_FAR_BACK, _AT_ONCE = 20_000, 2_000  # how many delivery ids back mails are searched, and how many rows at a time

log = structlog.get_logger(__name__)


def holds(session: Session, context: Context, delivery: Delivery, lead: Lead, now: datetime) -> bool:
    """Whether nobody may be given up at this reader's mailbox provider now.

    Ask it of every refusal that calls her address dead, certainly or likely, once its event is flushed; in the caller's
    transaction, with the reader locked. It may make the provider rest. `now` is story time.
    """
    providers, scope = providers_of(session, context.links, [lead.email])[lead.email], scope_of(lead)
    rests = rests_for(session, providers.all, scope)
    holding = {rest.provider for rest in rests if _holds(rest, delivery, now)}
    if EVERYWHERE in holding and any(rest.provider == EVERYWHERE and rest.ended_at is None for rest in rests):
        _rest_channel(session, context, delivery)
    if holding:
        return True
    everywhere = (EVERYWHERE,) if scope == BrakeScope.READERS else ()
    for n, provider in enumerate((*providers.all, *everywhere)):
        covering = (*providers.all, EVERYWHERE)[n:]  # what is decided of the wider is decided of the narrower
        decided = [rest.decided_at for rest in rests if rest.provider in covering and rest.decided_at is not None]
        since = max([now - WITHIN, *decided])
        begins = _Counted(session, context, provider, scope, since).begins(delivery, now)
        if begins is not None:
            _brake(session, context, delivery, ProviderRest(provider=provider, scope=scope, begins=begins), now)
            return True
    return False


def _holds(rest: ProviderRest, delivery: Delivery, now: datetime) -> bool:
    if rest.ended_at is None:
        return True
    ours = rest.decision == BrakeDecision.OURS and rest.decided_at is not None
    return ours and (delivery.ended_at or now) <= (rest.decided_at or now)


class _Mail(NamedTuple):
    sent_at: datetime
    number: int
    email: str
    lead_id: int
    state: str


@dataclass(frozen=True, slots=True)
class _Counted:
    """The mails to one provider, in one scope, that were sent after `since`."""

    session: Session
    context: Context
    provider: str
    scope: BrakeScope
    since: datetime

    def begins(self, delivery: Delivery, now: datetime) -> datetime | None:
        """When the first mail of the wave that ends with this one was sent; None if there is no wave."""
        if not self._enough():
            return None
        last = (delivery.ended_at or now, delivery.id)
        mails = sorted(mail for mail in self._mails(delivery, now) if (mail.sent_at, mail.number) <= last)[-LOOKED_AT:]
        said = self._said({mail.number for mail in mails})
        counted = []
        for mail in mails:
            hit = any(calls_dead(raw, mail.state) for raw in said.get(mail.number, []))
            about_us = any(raw.get("kind") in ABOUT_US for raw in said.get(mail.number, []))
            if hit or (mail.state == DeliveryState.ACCEPTED and not about_us):
                counted.append((mail, hit))
        providers = self._providers(mail.email for mail, _ in counted)
        numbers: dict[object, int] = {}
        of = [numbers.setdefault(self._who(mail.lead_id, providers[mail.email]), len(numbers)) for mail, _ in counted]
        first = wave([SentMail(number, hit) for number, (_, hit) in zip(of, counted, strict=True)])
        if first is None:
            return None
        if self.provider == EVERYWHERE and not self._weighs([counted[n] for n in range(first, len(counted))], delivery):
            return None
        return counted[first][0].sent_at

    def _weighs(self, mails: Sequence[tuple[_Mail, bool]], delivery: Delivery) -> bool:
        """Whether a tenth of all lessons goes where these came back from."""
        behind = self._providers(mail.email for mail, _ in mails)
        sent = Counter(behind[mail.email].farthest for mail, _ in mails)
        dead = Counter(behind[mail.email].farthest for mail, hit in mails if hit)
        usual = _usual(self.session, self.context, delivery)
        return share_refused(sent, dead, Counter(providers.farthest for providers in usual)) >= SHARE

    def _enough(self) -> bool:
        """Whether so many readers' mails came back lately that there may be a wave: mostly there is not."""
        query = (
            select(Event.lead_id, Event.raw, Lead.email, Delivery.state)
            .join(Lead, Lead.id == Event.lead_id)
            .join(Delivery, Delivery.id == Event.delivery_id)
            .where(BOUNCED, Event.at > self.since, in_scope(self.scope))
            .order_by(Event.at.desc())
            .limit(_RECENT)
        )
        hits = {row.lead_id: row.email for row in self.session.execute(query) if calls_dead(row.raw, row.state)}
        if len(hits) < FEWEST:
            return False
        providers = self._providers(hits.values())
        ours = {number: email for number, email in hits.items() if self._is_there(providers[email])}
        return len({self._who(number, providers[email]) for number, email in ours.items()}) >= FEWEST

    def _mails(self, delivery: Delivery, now: datetime) -> list[_Mail]:
        """Its newest mails up to this one, at least `LOOKED_AT` if there are so many not too far back."""
        found: list[_Mail] = []
        before, least = delivery.id + 1, delivery.id - _FAR_BACK
        done = Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.FAILED)) & (Delivery.ended_at > self.since)
        while len(found) < LOOKED_AT:
            query = (
                select(Delivery.id, Delivery.ended_at, Delivery.state, Delivery.lead_id, Lead.email)
                .join(Lead, Lead.id == Delivery.lead_id)
                .where(Delivery.id < before, Delivery.id > least, in_scope(self.scope))
                .where(or_(done, Delivery.id == delivery.id))
                .order_by(Delivery.id.desc())
                .limit(_AT_ONCE)
            )
            rows = self.session.execute(query).all()
            providers = self._providers(row.email for row in rows)
            for row in rows:
                if row.lead_id is not None and self._is_there(providers[row.email]):
                    found.append(_Mail(row.ended_at or now, row.id, row.email, row.lead_id, row.state))
            if len(rows) < _AT_ONCE:
                break
            before = rows[-1].id
        return found

    def _said(self, numbers: set[int]) -> dict[int, list[dict[str, object]]]:
        """By mail, what is written of each of its refusals."""
        query = select(Event.delivery_id, Event.raw).where(Event.delivery_id.in_(numbers), BOUNCED)
        found: dict[int, list[dict[str, object]]] = {}
        for number, raw in self.session.execute(query):
            if number is not None:
                found.setdefault(number, []).append(raw)
        return found

    def _providers(self, addresses: Iterable[str]) -> dict[str, Providers]:
        return providers_of(self.session, self.context.links, addresses)

    def _is_there(self, providers: Providers) -> bool:
        return self.provider == EVERYWHERE or self.provider in providers.all

    def _who(self, lead_id: int, providers: Providers) -> object:
        """Who counts as one: a reader, or all of a domain that the provider only serves; everywhere, a provider."""
        if self.provider == EVERYWHERE:
            return providers.farthest
        return lead_id if providers.own == self.provider else providers.own


def _brake(session: Session, context: Context, delivery: Delivery, rest: ProviderRest, now: datetime) -> None:
    rest.since, rest.machine_since = now, context.clock.machine_now()
    begin_rest(session, rest)
    log.warning("mail rests: too many addresses are called dead", provider=rest.provider, scope=rest.scope)
    let_go(session, context, rest, now)
    if rest.provider == EVERYWHERE:
        _rest_channel(session, context, delivery)
    elif rest.scope == BrakeScope.READERS and (begins := _several(session, context, delivery)):
        everywhere = ProviderRest(provider=EVERYWHERE, scope=rest.scope, begins=begins)
        _brake(session, context, delivery, everywhere, now)


def _several(session: Session, context: Context, delivery: Delivery) -> datetime | None:
    """When the first wave began, if so many providers rest that have nothing to do with each other; else None."""
    resumed = resumed_at(session, channel_name(context, delivery))
    readers = [rest for rest in open_rests(session) if rest.scope == BrakeScope.READERS]
    rests = [rest for rest in readers if resumed is None or rest.machine_since > resumed]
    resting = {rest.provider for rest in rests}
    behind = providers_of(session, context.links, [f"@{provider}" for provider in resting])
    if len({providers.farthest for providers in behind.values()}) < PROVIDERS:
        return None
    usual = _usual(session, context, delivery)
    there = sum(not resting.isdisjoint(providers.all) for providers in usual)
    return min(rest.begins for rest in rests) if there >= SHARE * len(usual) else None


def _usual(session: Session, context: Context, delivery: Delivery) -> list[Providers]:
    """Where the newest lessons of this channel went, one for each."""
    usual = usual_addresses(session, delivery.adapter, Lane.LESSONS)
    providers = providers_of(session, context.links, usual)
    return [providers[address] for address in usual]


def _rest_channel(session: Session, context: Context, delivery: Delivery) -> None:
    """The channel's lessons rest, and are tried again after two hours: the first to be refused makes them rest anew."""
    name, machine = channel_name(context, delivery), context.clock.machine_now()
    lane = Lane.LESSONS.name_in(name)
    if not name or closed_until(states_of(session, name).get(lane), machine) is not None:
        return
    words = "many mailbox providers that have nothing to do with each other call too many addresses dead"
    write_channel_rest(session, lane, ChannelRest(BRAKE, words, machine, machine + REST))
