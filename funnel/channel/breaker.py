"""The circuit breaker: when a channel should rest although no provider asked for it.

The rate of recent failures decides, never a lifetime count. Each worker remembers the outcomes of its last mails. If
there were twenty or more in the last five minutes, and at least half were "later" or unanswered, the provider is down
for us: the channel rests, and mail waits instead of using up its attempts. Afterwards the channel is *on trial*: one
accepted mail opens it; a group of mails of which none is accepted closes it again, for twice as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from funnel.mail import Outcome, OutcomeKind

FAILING = "failing"  # the kind of a ChannelState that this file asks for

LAST = 50  # outcomes remembered
LEAST = 20  # fewer say nothing
SHARE = 0.5
OUTCOME_WINDOW = timedelta(minutes=5)
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=30)

_FAILURES = frozenset({OutcomeKind.TEMPORARY, OutcomeKind.AMBIGUOUS})
_USUAL = {OutcomeKind.RATE: timedelta(minutes=1), OutcomeKind.QUOTA: timedelta(hours=1)}
_LONGEST_RATE = timedelta(minutes=15)
# Nobody means a century: a wait that a provider names counts for at most a day, then it is tried again.
_SHORTEST_ASKED, _LONGEST_ASKED = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeenOutcome:
    """One outcome, at machine time `at`. A refusal is no failure of the channel: it is an answer."""

    at: datetime
    failed: bool


class Memory:
    """The last outcomes of this process through one channel."""

    def __init__(self, seen: Iterable[SeenOutcome] = ()) -> None:
        self._seen = deque(seen, maxlen=LAST)

    @property
    def seen(self) -> tuple[SeenOutcome, ...]:
        return tuple(self._seen)

    def add(self, outcomes: Iterable[Outcome], at: datetime) -> None:
        self._seen.extend(SeenOutcome(at, outcome.kind in _FAILURES) for outcome in outcomes)

    def failing(self, now: datetime) -> str | None:
        """Why the channel should rest, in a few words; None if it need not."""
        return failing(self._seen, now)

    def forget(self, before: datetime | None = None) -> None:
        """All of them, or those of before a moment in machine time."""
        kept = [] if before is None else [each for each in self._seen if each.at > before]
        self._seen = deque(kept, maxlen=LAST)


def failing(seen: Iterable[SeenOutcome], now: datetime) -> str | None:
    """The decision itself: "23 of the last 40 mails were not taken", or None. `now` is machine time."""
    recent = [each.failed for each in seen if now - each.at <= OUTCOME_WINDOW]
    failed = sum(recent)
    if len(recent) < LEAST or failed < SHARE * len(recent):
        return None
    return f"{failed} of the last {len(recent)} mails were not taken"


def failed_trial(outcomes: Sequence[Outcome]) -> str | None:
    """Why a channel on trial should rest again; None if a mail was answered, or none was tried."""
    if not outcomes or not all(outcome.kind in _FAILURES for outcome in outcomes):
        return None
    return f"{len(outcomes)} of {len(outcomes)} mails on trial were not taken"


def rest_after_failures(previous: timedelta | None) -> timedelta:
    """How long to rest: one minute, then twice as long as before, at most half an hour."""
    return FIRST_REST if previous is None else min(LONGEST_REST, max(FIRST_REST, 2 * previous))


def rest_asked_for(outcome: Outcome, previous: timedelta | None) -> timedelta | None:
    """How long the channel rests when the provider asks for it; None: until somebody fixes it.

    A time that the provider names counts, up to a day. If it names none: a minute for "slower", doubled each time up to
    a quarter of an hour; an hour for a quota. `previous` is the last rest of the same kind.
    """
    if outcome.kind is OutcomeKind.AUTH_CONFIG:
        return None
    if outcome.retry_after is not None:
        return min(_LONGEST_ASKED, max(_SHORTEST_ASKED, outcome.retry_after))
    usual = _USUAL[outcome.kind]
    if outcome.kind is OutcomeKind.RATE and previous is not None:
        return min(_LONGEST_RATE, max(usual, 2 * previous))
    return usual
