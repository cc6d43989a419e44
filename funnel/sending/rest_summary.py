"""What the servers said of each mailbox provider that rests, in groups, for whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.channel.provider_rest import EVERYWHERE, open_rests, resting_reason
from funnel.context import Context
from funnel.models import BrakeDecision, BrakeScope, Delivery, DeliveryState, ProviderRest, in_state
from funnel.replies.same_words import same_words
from funnel.sending.hits import hits_of

_MOST_GROUPS = 5


@dataclass(frozen=True, slots=True)
class SameAnswer:
    """The same words, said of so many readers, for the first time at `since` (story time)."""

    words: str
    readers: int
    since: datetime


@dataclass(frozen=True, slots=True)
class RestSummary:
    """One provider that rests, or many (`everywhere`); since when (story time).

    `readers` is how many were called dead, and `waiting` how many lessons wait. `answers` are those that most readers
    got; `more` is how many got another. `deciding` while a decision is being carried out.
    """

    provider: str
    of_readers: bool
    everywhere: bool
    since: datetime
    readers: int
    answers: tuple[SameAnswer, ...]
    more: int
    waiting: int
    deciding: bool


def rest_summaries(session: Session, context: Context) -> list[RestSummary]:
    """All providers that rest, oldest first; before them what rests everywhere."""
    rests = sorted(open_rests(session), key=lambda rest: rest.provider != EVERYWHERE)
    return [_summary(session, context, rest) for rest in rests]


def _summary(session: Session, context: Context, rest: ProviderRest) -> RestSummary:
    found: dict[str, SameAnswer] = {}
    hits = hits_of(session, context, rest)
    for hit in hits:
        words = same_words(hit.words)
        before = found.get(words, SameAnswer(words, 0, hit.at))
        found[words] = SameAnswer(words, before.readers + 1, min(before.since, hit.at))
    answers = sorted(found.values(), key=lambda answer: (-answer.readers, answer.words))
    shown = tuple(answers[:_MOST_GROUPS])
    return RestSummary(
        provider=rest.provider,
        of_readers=rest.scope == BrakeScope.READERS,
        everywhere=rest.provider == EVERYWHERE,
        since=rest.since,
        readers=len(hits),
        answers=shown,
        more=len(hits) - sum(answer.readers for answer in shown),
        waiting=_waiting(session, rest),
        deciding=rest.decision != BrakeDecision.OPEN,
    )


def _waiting(session: Session, rest: ProviderRest) -> int:
    if rest.scope != BrakeScope.READERS:
        return 0
    waits = in_state(DeliveryState.WAITING) & (Delivery.reason == resting_reason(rest.provider))
    return session.scalar(select(func.count()).where(waits)) or 0
