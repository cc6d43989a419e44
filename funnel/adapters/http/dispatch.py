"""From mails to calls and back: batches, a few calls at once, one outcome for each mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from funnel.adapters.http.answers import CallFailed, HttpReply, Request, tidy
from funnel.adapters.message import Envelope, Unsendable, prepare_envelope
from funnel.mail import Mail, Outcome, OutcomeKind

CHANNEL_WIDE = frozenset({OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.AUTH_CONFIG})
_LATER = CHANNEL_WIDE | {OutcomeKind.TEMPORARY}
_REFUSED = frozenset({OutcomeKind.PERMANENT_MESSAGE, OutcomeKind.PERMANENT_RECIPIENT})


@dataclass(frozen=True, slots=True)
class Item:
    """One mail and its share of a call's body."""

    mail: Mail
    share: bytes


class ApiProvider(Protocol):
    """What differs between providers. `repeats` says that a call made again takes no mail twice (idempotency key)."""

    name: str
    repeats: bool

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        """This mail's share of a call's body. Raises Unsendable."""
        ...

    def request(self, items: Sequence[Item]) -> Request:
        """The call that hands these mails over."""
        ...

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        """One outcome for each mail in their order, or a single one about the call as a whole.

        `repeated` says that the same call was made before, just now, and got no clear answer.
        """
        ...


class Calls(Protocol):
    """What carries a call: `Caller`, or a stand-in. `post` raises Lost."""

    def post(self, request: Request) -> HttpReply: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes at once: calls side by side, mails and bytes in one call."""

    connections: int
    batch: int = 1
    bytes: int = 20_000_000


class HttpAdapter:
    """Hands mail to a provider's API, a few calls at once, each with as many mails as the provider takes.

    A request that was written whole and got no clear answer leaves its mails `ambiguous`, unless the provider knows an
    idempotency key: then the same call is made once more. A call refused as a whole for what it holds is halved until
    the mail at fault stands alone. Once the provider wants us slower, or not at all, or does not answer, mails of the
    same `send` that had not begun share that outcome at once.
    """

    def __init__(self, provider: ApiProvider, caller: Calls, limits: Limits, secrets: Sequence[str] = ()) -> None:
        self.name = provider.name
        self.window = limits.connections * limits.batch
        self._provider, self._caller, self._limits = provider, caller, limits
        self._hide = tuple(secret for secret in secrets if secret)

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        """(key, outcome) of each mail as it is known; mails are taken one by one, when there is room for them.

        Closing the iterator early leaves what is on the wire as unknown as if the process had died.
        """
        source = _Source(mails, self._provider, self._limits)
        verdict: Outcome | None = None
        under_way: set[Future[_Answer]] = set()
        threads = ThreadPoolExecutor(self._limits.connections, thread_name_prefix=self.name)
        try:
            while True:
                while verdict is None and len(under_way) < self._limits.connections:
                    unsendable, items = source.batch()
                    yield from unsendable
                    if not items:
                        break
                    under_way.add(threads.submit(self._call, items))
                if not under_way:
                    break
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for answer in [future.result() for future in done]:
                    verdict = verdict or answer.verdict
                    yield from answer.outcomes
            if verdict is not None:
                yield from ((key, verdict) for key in source.rest())
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Closes the connections at rest. A later `send` opens new ones."""
        self._caller.close()

    def _call(self, items: Sequence[Item], repeated: bool = False) -> _Answer:
        try:
            reply = self._caller.post(self._provider.request(items))
        except CallFailed as loss:
            if loss.sent and self._provider.repeats and not repeated:
                return self._call(items, repeated=True)
            # One that could not be reached, or lets one call wait so long, would do so with each of the others.
            waiting = Outcome(OutcomeKind.TEMPORARY if loss.sent else loss.outcome.kind, loss.outcome.detail)
            return self._answer(items, [loss.outcome] * len(items), repeated, waiting)
        found = self._provider.read(reply, items, repeated)
        whole = isinstance(found, Outcome)
        outcomes = [found] * len(items) if isinstance(found, Outcome) else found
        unclear = whole and outcomes[0].kind is OutcomeKind.AMBIGUOUS
        if unclear and self._provider.repeats and not repeated:
            return self._call(items, repeated=True)
        if whole and outcomes[0].kind in _REFUSED and len(items) > 1:
            middle = len(items) // 2
            return self._halves(items[:middle], items[middle:])
        return self._answer(items, outcomes, repeated)

    def _halves(self, first: Sequence[Item], second: Sequence[Item]) -> _Answer:
        """One bad mail must not fail the others of its call. What stops the first half stops the second too."""
        before = self._call(first)
        if before.verdict is not None:
            rest = [(item.mail.key, before.verdict) for item in second]
            return _Answer([*before.outcomes, *rest], before.verdict)
        after = self._call(second)
        return _Answer([*before.outcomes, *after.outcomes], after.verdict)

    def _answer(
        self, items: Sequence[Item], outcomes: Sequence[Outcome], repeated: bool, verdict: Outcome | None = None
    ) -> _Answer:
        told = [self._told(item, outcome) for item, outcome in zip(items, outcomes, strict=True)]
        stops = verdict or next((outcome for outcome in told if outcome.kind in CHANNEL_WIDE), None)
        if repeated:
            # That the second call came to nothing says nothing about the first, which may have been taken.
            told = [_unclear(outcome) if outcome.kind in _LATER else outcome for outcome in told]
        return _Answer([(item.mail.key, outcome) for item, outcome in zip(items, told, strict=True)], stops)

    def _told(self, item: Item, outcome: Outcome) -> Outcome:
        provider_id = outcome.provider_id[:200] if outcome.provider_id else None
        detail = tidy(outcome.detail, self._hide, (item.mail.sender.address,))
        return outcome._replace(detail=detail, provider_id=provider_id)


def _unclear(outcome: Outcome) -> Outcome:
    return Outcome(OutcomeKind.AMBIGUOUS, f"The first call got no clear answer; made again: {outcome.detail}"[:500])


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one call's mails, and what that means for those that have not begun."""

    outcomes: list[tuple[str, Outcome]]
    verdict: Outcome | None = None


class _Source:
    """The mails still to go, taken one by one and packed into calls."""

    def __init__(self, mails: Iterable[Mail], provider: ApiProvider, limits: Limits) -> None:
        self._mails = iter(mails)
        self._provider, self._limits = provider, limits
        self._left: Item | None = None  # did not fit into the call before

    def batch(self) -> tuple[list[tuple[str, Outcome]], list[Item]]:
        """Mails that cannot be sent at all, and the next call's; no mails for a call means that none are left."""
        unsendable: list[tuple[str, Outcome]] = []
        items: list[Item] = []
        size = 0
        while len(items) < self._limits.batch:
            item = self._next(unsendable)
            if item is None:
                break
            if items and size + len(item.share) > self._limits.bytes:
                self._left = item
                break
            items.append(item)
            size += len(item.share)
        return unsendable, items

    def rest(self) -> Iterator[str]:
        """The keys of the mails that were not taken."""
        if self._left is not None:
            yield self._left.mail.key
        yield from (mail.key for mail in self._mails)

    def _next(self, unsendable: list[tuple[str, Outcome]]) -> Item | None:
        left, self._left = self._left, None
        if left is not None:
            return left
        for mail in self._mails:
            try:
                return Item(mail, self._provider.share(mail, prepare_envelope(mail, utf8=False)))
            except Unsendable as refusal:
                unsendable.append((mail.key, refusal.outcome))
        return None
